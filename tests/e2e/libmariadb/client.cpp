// An application with libmariadb: logs in with a verified certificate, does what it is told, prints the first field of
// every row. client HOST PORT USER PASSWORD CA [ACTION ARGUMENT]...   exits 1 with "NUMBER MESSAGE" on an error.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mysql.h>
#include <string>

namespace {

[[noreturn]] void fail(unsigned number, const char* message) {
    std::printf("%u %s\n", number, message);
    std::exit(1);
}

void check(MYSQL* connection, bool good) {
    if (!good) fail(mysql_errno(connection), mysql_error(connection));
}

void query(MYSQL* connection, const char* statement) {
    check(connection, mysql_query(connection, statement) == 0);
    do {
        MYSQL_RES* result = mysql_store_result(connection);
        if (!result) continue;
        while (MYSQL_ROW row = mysql_fetch_row(result)) std::printf("%s\n", row[0] ? row[0] : "NULL");
        mysql_free_result(result);
    } while (mysql_next_result(connection) == 0);
    check(connection, mysql_errno(connection) == 0);
}

// Executes with 41 as its parameter.
void prepared(MYSQL* connection, const char* statement) {
    MYSQL_STMT* prepared_statement = mysql_stmt_init(connection);
    const auto good = [&](bool fine) {
        if (!fine) fail(mysql_stmt_errno(prepared_statement), mysql_stmt_error(prepared_statement));
    };
    good(mysql_stmt_prepare(prepared_statement, statement, std::strlen(statement)) == 0);
    long long parameter = 41, answer = 0;
    MYSQL_BIND in{}, out{};
    in.buffer_type = out.buffer_type = MYSQL_TYPE_LONGLONG;
    in.buffer = &parameter;
    out.buffer = &answer;
    good(mysql_stmt_bind_param(prepared_statement, &in) == 0);
    good(mysql_stmt_execute(prepared_statement) == 0);
    good(mysql_stmt_bind_result(prepared_statement, &out) == 0);
    while (mysql_stmt_fetch(prepared_statement) == 0) std::printf("%lld\n", answer);
    mysql_stmt_close(prepared_statement);
}

}  // namespace

int main(int count, char** words) {
    if (count < 6) fail(0, "usage: client HOST PORT USER PASSWORD CA [ACTION ARGUMENT]...");
    MYSQL* connection = mysql_init(nullptr);
    const my_bool verify = 1;
    const unsigned deadline = 20;
    mysql_ssl_set(connection, nullptr, nullptr, words[5], nullptr, nullptr);
    mysql_options(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    mysql_options(connection, MYSQL_OPT_CONNECT_TIMEOUT, &deadline);
    check(connection,
          mysql_real_connect(connection, words[1], words[3], words[4], nullptr,
                             static_cast<unsigned>(std::atoi(words[2])), nullptr, CLIENT_MULTI_STATEMENTS) != nullptr);
    for (int word = 6; word + 1 < count; word += 2) {
        const std::string action = words[word];
        const char* argument = words[word + 1];
        if (action == "query") query(connection, argument);
        if (action == "prepared") prepared(connection, argument);
        if (action == "reset") check(connection, mysql_reset_connection(connection) == 0);
        if (action == "change_user")
            check(connection,
                  mysql_change_user(connection, argument, (std::string(argument) + "-pw").c_str(), nullptr) == 0);
    }
    mysql_close(connection);
}
