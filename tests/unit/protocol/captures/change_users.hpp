// COM_CHANGE_USER payloads of real drivers.
// Captured from throwaway servers on loopback with sham or blank passwords; as hexadecimal text, see hex.hpp.
#pragma once

#include <string_view>

namespace portcullis::protocol::captures {

// Connector/C 3.3.20 to MariaDB 10.11: user blank, no password, database app.
inline constexpr std::string_view libmariadb_change_user_blank =
    "11626c616e6b0000617070002d006d7973716c5f6e61746976655f70617373776f7264006c035f6f73054c696e75780c5f63"
    "6c69656e745f6e616d650a6c69626d617269616462045f7069640531353531350f5f636c69656e745f76657273696f6e0633"
    "2e332e3230095f706c6174666f726d067838365f36340c5f7365727665725f686f7374093132372e302e302e31";

// Connector/C 3.3.20 to MariaDB 10.11: user app, mysql_native_password, no database.
inline constexpr std::string_view libmariadb_change_user_password =
    "1161707000145e8efc9ad776b6ca49b6b2e05d8457d1f7d79270002d006d7973716c5f6e61746976655f70617373776f7264"
    "006c035f6f73054c696e75780c5f636c69656e745f6e616d650a6c69626d617269616462045f7069640531353531350f5f63"
    "6c69656e745f76657273696f6e06332e332e3230095f706c6174666f726d067838365f36340c5f7365727665725f686f7374"
    "093132372e302e302e31";

// node mysql2 3.24.6 to MySQL 9.7.4: user blank, database app, empty attributes.
inline constexpr std::string_view mysql2_change_user =
    "11626c616e6b0014070f03803e0aab2bda1fc14b3430c3c12a9ccc3c61707000e0006d7973716c5f6e61746976655f706173"
    "73776f72640000";

}  // namespace portcullis::protocol::captures
