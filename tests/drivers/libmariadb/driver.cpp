// An application with libmariadb: driver ACTION; see contract.py.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <iostream>
#include <memory>
#include <mysql.h>
#include <stdexcept>
#include <string>

namespace {

using namespace std::chrono_literals;

std::string env(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

struct closer {
    void operator()(MYSQL* connection) const { mysql_close(connection); }
};
using connection = std::unique_ptr<MYSQL, closer>;

[[noreturn]] void fail(unsigned number, const char* text) {
    throw std::runtime_error(std::to_string(number) + ": " + text);
}

void check(MYSQL* db, bool good) {
    if (!good) fail(mysql_errno(db), mysql_error(db));
}

connection connect(unsigned read_timeout = 300) {
    connection db(mysql_init(nullptr));
    const auto ca = env("DB_CA");
    const my_bool verify = 1;
    const unsigned limit = 20;
    if (!ca.empty()) {
        mysql_ssl_set(db.get(), nullptr, nullptr, ca.c_str(), nullptr, nullptr);
        mysql_options(db.get(), MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    }
    mysql_options(db.get(), MYSQL_OPT_CONNECT_TIMEOUT, &limit);
    mysql_options(db.get(), MYSQL_OPT_READ_TIMEOUT, &read_timeout);
    mysql_options(db.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    check(db.get(),
          mysql_real_connect(db.get(), env("DB_HOST").c_str(), env("DB_USER").c_str(), env("DB_PASSWORD").c_str(),
                             nullptr, static_cast<unsigned>(std::stoul(env("DB_PORT"))), nullptr, 0) != nullptr);
    return db;
}

std::string rows(MYSQL* db, const std::string& sql) {
    check(db, mysql_real_query(db, sql.data(), sql.size()) == 0);
    std::string all;
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(mysql_store_result(db), mysql_free_result);
    check(db, result || mysql_field_count(db) == 0);
    if (!result) return all;
    const unsigned columns = mysql_num_fields(result.get());
    while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
        if (!all.empty()) all += ", ";
        for (unsigned i = 0; i < columns; ++i) all += (i ? " " : "") + std::string(row[i] ? row[i] : "NULL");
    }
    return all;
}

std::string attempt(MYSQL* db, const std::string& sql) {
    try {
        return rows(db, sql);
    } catch (const std::runtime_error& problem) {
        return problem.what();
    }
}

std::string executed(MYSQL_STMT* statement, long long n, std::string word) {
    const auto good = [&](bool fine) {
        if (!fine) fail(mysql_stmt_errno(statement), mysql_stmt_error(statement));
    };
    MYSQL_BIND in[2]{}, out[2]{};
    in[0].buffer_type = out[0].buffer_type = MYSQL_TYPE_LONGLONG;
    in[1].buffer_type = out[1].buffer_type = MYSQL_TYPE_STRING;
    in[0].buffer = &n;
    in[1].buffer = word.data();
    in[1].buffer_length = word.size();
    good(mysql_stmt_bind_param(statement, in) == 0 && mysql_stmt_execute(statement) == 0);
    long long number = 0;
    char text[64]{};
    my_bool is_null = 0;
    out[0].buffer = &number;
    out[1].buffer = text;
    out[1].buffer_length = sizeof text - 1;
    out[1].is_null = &is_null;
    good(mysql_stmt_bind_result(statement, out) == 0);
    std::string all;
    while (mysql_stmt_fetch(statement) == 0) {
        all += (all.empty() ? "" : ", ") + std::to_string(number) + " " + (is_null ? "NULL" : text);
        std::memset(text, 0, sizeof text);
    }
    return all;
}

std::string prepared() {
    const auto db = connect();
    const auto sql = env("DB_SQL");
    MYSQL_STMT* statement = mysql_stmt_init(db.get());
    if (mysql_stmt_prepare(statement, sql.data(), sql.size()) != 0)
        fail(mysql_stmt_errno(statement), mysql_stmt_error(statement));
    const auto found = executed(statement, 1, "one") + "; " + executed(statement, 1, "zwei €");
    mysql_stmt_close(statement);
    return found + "; " + rows(db.get(), "SHOW SESSION STATUS LIKE 'Com_stmt_execute'");
}

std::string transaction() {
    const auto db = connect();
    const auto owner = "'" + env("DB_OWNER") + "'";
    std::string counts;
    mysql_autocommit(db.get(), 0);
    for (const bool commit : {false, true}) {
        rows(db.get(), "INSERT INTO app.ledger (owner) VALUES (" + owner + ")");
        check(db.get(), (commit ? mysql_commit(db.get()) : mysql_rollback(db.get())) == 0);
        counts += rows(connect().get(), "SELECT COUNT(*) FROM app.ledger WHERE owner = " + owner) +
                  (commit ? " after commit" : " after rollback, ");
    }
    return counts;
}

std::string big_result() {
    const auto db = connect();
    const auto sql = env("DB_SQL");
    std::string asked;
    for (int i = 0; i < 1 << 20; ++i) asked += "0123456789abcdef";
    check(db.get(), mysql_real_query(db.get(), sql.data(), sql.size()) == 0);
    MYSQL_RES* result = mysql_use_result(db.get());
    int count = 0;
    for (; MYSQL_ROW row = mysql_fetch_row(result); ++count)
        if (mysql_fetch_lengths(result)[0] != asked.size() || std::memcmp(row[0], asked.data(), asked.size()) != 0)
            throw std::runtime_error("other bytes than asked for");
    check(db.get(), mysql_errno(db.get()) == 0);
    mysql_free_result(result);
    return std::to_string(count) + " rows of 16 MiB";
}

std::string timeout() {
    const auto db = connect(3);
    const auto ended = attempt(db.get(), env("DB_SQL"));
    return ended + "; then " + attempt(db.get(), "SELECT 42");
}

std::string kill() {
    const auto db = connect(), second = connect();
    auto sleeper = std::async(std::launch::async, [&] { return attempt(db.get(), env("DB_SQL")); });
    do
        check(second.get(),
              mysql_query(second.get(), ("KILL QUERY " + std::to_string(mysql_thread_id(db.get()))).c_str()) == 0);
    while (sleeper.wait_for(200ms) != std::future_status::ready);
    return sleeper.get() + "; then " + attempt(db.get(), "SELECT 42");
}

std::string change_user() {
    const auto db = connect();
    check(db.get(),
          mysql_change_user(db.get(), env("DB_OTHER_USER").c_str(), env("DB_OTHER_PASSWORD").c_str(), "app") == 0);
    return rows(db.get(), "SELECT SUBSTRING_INDEX(USER(), '@', 1)");
}

std::string reconnect() {
    const auto db = connect();
    const my_bool by_itself = 1;
    mysql_options(db.get(), MYSQL_OPT_RECONNECT, &by_itself);
    rows(db.get(), "SELECT 42");
    std::cout << "ready" << std::endl;
    std::string line;
    std::getline(std::cin, line);
    return "by itself; then " + rows(db.get(), "SELECT 42");
}

std::string act(const std::string& action) {
    if (action == "query") return rows(connect().get(), env("DB_SQL"));
    if (action == "prepared") return prepared();
    if (action == "transaction") return transaction();
    if (action == "big_result") return big_result();
    if (action == "timeout") return timeout();
    if (action == "kill") return kill();
    if (action == "change_user") return change_user();
    if (action == "reconnect") return reconnect();
    throw std::runtime_error("unknown action " + action);
}

void print(const char* outcome, const std::string& detail) {
    std::printf("{\"outcome\": \"%s\", \"detail\": \"", outcome);
    for (const char c : detail) std::printf(c == '"' || c == '\\' || (c >= 0 && c < ' ') ? "\\u%04x" : "%c", c);
    std::printf("\"}\n");
    std::fflush(stdout);
}

}  // namespace

int main(int count, char** words) {
    try {
        print("ok", act(count > 1 ? words[1] : ""));
    } catch (const std::runtime_error& problem) {
        print("error", problem.what());
    }
    std::_Exit(0);  // a thread may still wait for its answer
}
