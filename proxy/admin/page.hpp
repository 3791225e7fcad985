// The dashboard's files, embedded at build (dashboard/ and Chart.js), and how they are served: to everybody, for they
// hold nothing of the gate. What they show the page asks of the API, with the token that its user gives it.
#pragma once

#include "proxy/admin/answer.hpp"

#include <span>
#include <string_view>

namespace portcullis::admin {

struct page_file {
    std::string_view name;
    std::string_view etag;  ///< with its quotes
    std::string_view body;
};

/// Written by embed.cmake.
[[nodiscard]] std::span<const page_file> page_files();

/// 304 if `known`, the request's If-None-Match, names what there is; 404 if there is no such file.
[[nodiscard]] reply page_reply(std::string_view name, std::string_view known);

}  // namespace portcullis::admin
