// The API's replies as people read them: aligned columns, ages and sizes in words. JSON in, text out.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace portcullis::admin {

/// Rows under a heading; columns as wide as their widest cell, two blanks between them; none at a line's end. What a
/// terminal would act upon is shown as '?'.
[[nodiscard]] std::string aligned(const std::vector<std::vector<std::string>>& rows);

/// The reply to GET /api/v1/`what`. A shape it does not know is shown as JSON.
[[nodiscard]] std::string as_table(std::string_view what, const boost::json::value& reply);

/// "3d 4h", "5m 6s", "7s"
[[nodiscard]] std::string duration_in_words(double seconds);
/// "1.5 MiB"
[[nodiscard]] std::string size_in_words(double bytes);

}  // namespace portcullis::admin
