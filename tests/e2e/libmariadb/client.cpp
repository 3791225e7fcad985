// An application with libmariadb: logs in with a verified certificate, does what it is told, prints the first field of
// every row. client HOST PORT USER PASSWORD CA [ACTION ARGUMENT]...   exits 1 with "NUMBER MESSAGE" on an error. With
// COMPRESS in its environment it asks for compression.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mysql.h>
#include <string>
#include <vector>

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

// A prepared statement that ends the program where something fails.
class statement {
public:
    statement(MYSQL* connection, const std::string& sql, unsigned long cursor = CURSOR_TYPE_NO_CURSOR)
        : handle_(mysql_stmt_init(connection)) {
        const unsigned long rows_at_a_time = 3;
        good(!mysql_stmt_attr_set(handle_, STMT_ATTR_CURSOR_TYPE, &cursor));
        good(!mysql_stmt_attr_set(handle_, STMT_ATTR_PREFETCH_ROWS, &rows_at_a_time));
        good(mysql_stmt_prepare(handle_, sql.data(), sql.size()) == 0);
    }
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;
    ~statement() { mysql_stmt_close(handle_); }

    void bind(std::vector<MYSQL_BIND> parameters) { good(!mysql_stmt_bind_param(handle_, parameters.data())); }
    void send(const std::string& data) { good(!mysql_stmt_send_long_data(handle_, 0, data.data(), data.size())); }

    // Prints the rows of all results, a blank between their fields.
    void execute() {
        good(mysql_stmt_execute(handle_) == 0);
        int more = 0;
        do {
            if (mysql_stmt_field_count(handle_) > 0) print_rows();
            more = mysql_stmt_next_result(handle_);
        } while (more == 0);
        good(more < 0);
    }

private:
    void good(bool fine) const {
        if (!fine) fail(mysql_stmt_errno(handle_), mysql_stmt_error(handle_));
    }

    void print_rows() {
        struct field {
            char text[64]{};
            unsigned long length = 0;
            my_bool is_null = 0;
        };
        std::vector<field> fields(mysql_stmt_field_count(handle_));
        std::vector<MYSQL_BIND> out(fields.size());
        for (std::size_t i = 0; i < fields.size(); ++i) {
            out[i].buffer_type = MYSQL_TYPE_STRING;
            out[i].buffer = fields[i].text;
            out[i].buffer_length = sizeof fields[i].text;
            out[i].length = &fields[i].length;
            out[i].is_null = &fields[i].is_null;
        }
        good(!mysql_stmt_bind_result(handle_, out.data()));
        int fetched = 0;
        while ((fetched = mysql_stmt_fetch(handle_)) == 0) {
            std::string line;
            for (const auto& each : fields)
                line += (line.empty() ? "" : " ") + (each.is_null ? "NULL" : std::string(each.text, each.length));
            std::printf("%s\n", line.c_str());
        }
        good(fetched == MYSQL_NO_DATA);
        mysql_stmt_free_result(handle_);
    }

    MYSQL_STMT* handle_;
};

// With 41 as the first parameter, and NULL for `nulls` others.
void prepared(MYSQL* connection, const char* sql, std::size_t nulls = 0) {
    statement made(connection, sql);
    long long parameter = 41;
    std::vector<MYSQL_BIND> in(1 + nulls);
    for (auto& each : in) each.buffer_type = MYSQL_TYPE_NULL;
    in[0].buffer_type = MYSQL_TYPE_LONGLONG;
    in[0].buffer = &parameter;
    made.bind(in);
    made.execute();
}

// A parameter in pieces of these sizes, in bytes.
void long_data(MYSQL* connection, std::string sizes) {
    statement made(connection, "SELECT LENGTH(?)");
    MYSQL_BIND in{};
    in.buffer_type = MYSQL_TYPE_LONG_BLOB;
    made.bind({in});
    for (char* size = std::strtok(sizes.data(), " "); size; size = std::strtok(nullptr, " "))
        made.send(std::string(std::stoul(size), 'x'));
    made.execute();
}

}  // namespace

int main(int count, char** words) {
    if (count < 6) fail(0, "usage: client HOST PORT USER PASSWORD CA [ACTION ARGUMENT]...");
    MYSQL* connection = mysql_init(nullptr);
    const my_bool verify = 1;
    const unsigned deadline = 20, files = 1;
    mysql_ssl_set(connection, nullptr, nullptr, words[5], nullptr, nullptr);
    mysql_options(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    mysql_options(connection, MYSQL_OPT_CONNECT_TIMEOUT, &deadline);
    mysql_options(connection, MYSQL_OPT_LOCAL_INFILE, &files);
    if (std::getenv("COMPRESS")) mysql_options(connection, MYSQL_OPT_COMPRESS, nullptr);
    check(connection,
          mysql_real_connect(connection, words[1], words[3], words[4], nullptr,
                             static_cast<unsigned>(std::atoi(words[2])), nullptr, CLIENT_MULTI_STATEMENTS) != nullptr);
    for (int word = 6; word + 1 < count; word += 2) {
        const std::string action = words[word];
        const char* argument = words[word + 1];
        if (action == "query") query(connection, argument);
        if (action == "prepared") prepared(connection, argument);
        if (action == "call") prepared(connection, argument, 2);
        if (action == "cursor") statement(connection, argument, CURSOR_TYPE_READ_ONLY).execute();
        if (action == "long_data") long_data(connection, argument);
        if (action == "reset") check(connection, mysql_reset_connection(connection) == 0);
        if (action == "change_user")
            check(connection,
                  mysql_change_user(connection, argument, (std::string(argument) + "-pw").c_str(), nullptr) == 0);
    }
    mysql_close(connection);
}
