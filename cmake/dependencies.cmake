# Debian's packages. Boost is used header-only but for Boost.JSON and Asio, which are compiled once each.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)  # Boost's own package file, where CMake has no FindBoost any more
endif()
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)  # sd_notify
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
find_file(CHART_JS chart.min.js PATHS /usr/share/javascript/chart.js REQUIRED)  # libjs-chart.js, for the dashboard
if(PORTCULLIS_BENCH)
  find_package(benchmark REQUIRED)
endif()

add_library(portcullis_boost INTERFACE)
target_include_directories(portcullis_boost SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(portcullis_boost INTERFACE BOOST_ALL_NO_LIB BOOST_ERROR_CODE_HEADER_ONLY)
