// An application with JDBC (MariaDB Connector/J): java Driver ACTION; see contract.py.
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

public final class Driver {
    /** The driver has no such thing. */
    private static final class Lack extends Exception {
        Lack(String text) { super(text); }
    }

    private interface Action {
        String run() throws Exception;
    }

    private static String env(String name) { return System.getenv(name); }

    private static Connection connect() throws SQLException {
        String tls = env("DB_CA").isEmpty()
            ? "&useSsl=false&sslMode=disable"
            : "&useSsl=true&sslMode=verify-ca&disableSslHostnameVerification=true&serverSslCert=" + env("DB_CA");
        return DriverManager.getConnection("jdbc:mariadb://" + env("DB_HOST") + ":" + env("DB_PORT") + "/?user=" + env("DB_USER")
            + "&password=" + env("DB_PASSWORD") + "&connectTimeout=20000&useServerPrepStmts=true" + tls);
    }

    private static String shown(ResultSet found) throws SQLException {
        List<String> lines = new ArrayList<>();
        int columns = found.getMetaData().getColumnCount();
        while (found.next()) {
            List<String> words = new ArrayList<>();
            for (int i = 1; i <= columns; i++) words.add(found.getString(i) == null ? "NULL" : found.getString(i));
            lines.add(String.join(" ", words));
        }
        return String.join(", ", lines);
    }

    private static String rows(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql) ? shown(statement.getResultSet()) : "";
        }
    }

    private static String error(SQLException problem) {
        return problem.getErrorCode() + ": " + problem.getMessage();
    }

    private static String attempt(Action action) throws Exception {
        try {
            return action.run();
        } catch (SQLException problem) {
            return error(problem);
        }
    }

    private static String query() throws SQLException { return rows(connect(), env("DB_SQL")); }

    private static String prepared() throws SQLException {
        Connection connection = connect();
        PreparedStatement statement = connection.prepareStatement(env("DB_SQL"));
        List<String> found = new ArrayList<>();
        statement.setInt(1, 1);
        for (String word : new String[] {"one", "zwei \u20ac"}) {
            statement.setString(2, word);
            found.add(shown(statement.executeQuery()));
        }
        found.add(rows(connection, "SHOW SESSION STATUS LIKE 'Com_stmt_execute'"));
        return String.join("; ", found);
    }

    private static String transaction() throws SQLException {
        Connection connection = connect();
        connection.setAutoCommit(false);
        List<String> counts = new ArrayList<>();
        for (String end : new String[] {"rollback", "commit"}) {
            rows(connection, "INSERT INTO app.ledger (owner) VALUES ('" + env("DB_OWNER") + "')");
            if (end.equals("commit")) connection.commit();
            else connection.rollback();
            counts.add(rows(connect(), "SELECT COUNT(*) FROM app.ledger WHERE owner = '" + env("DB_OWNER") + "'") + " after " + end);
        }
        return String.join(", ", counts);
    }

    private static String bigResult() throws Exception {
        String asked = "0123456789abcdef".repeat(1 << 20);
        int count = 0;
        Statement statement = connect().createStatement();
        statement.setFetchSize(1);
        for (ResultSet found = statement.executeQuery(env("DB_SQL")); found.next(); count++)
            if (!found.getString(1).equals(asked)) throw new Exception("other bytes than asked for");
        return count + " rows of 16 MiB";
    }

    private static String timeout() throws Exception {
        Connection connection = connect();
        String ended = attempt(() -> {
            try (Statement statement = connection.createStatement()) {
                statement.setQueryTimeout(3);
                return shown(statement.executeQuery(env("DB_SQL")));
            }
        });
        return ended + "; then " + attempt(() -> rows(connection, "SELECT 42"));
    }

    /** Statement.cancel(): the driver sends KILL QUERY on a connection that it makes for this. */
    private static String kill() throws Exception {
        Connection connection = connect();
        Statement statement = connection.createStatement();
        String[] ended = new String[1];
        Exception[] unkilled = new Exception[1];
        Thread sleeper = new Thread(() -> {
            try {
                ended[0] = attempt(() -> shown(statement.executeQuery(env("DB_SQL"))));
            } catch (Exception other) {
                unkilled[0] = other;
            }
        });
        sleeper.setDaemon(true);
        sleeper.start();
        do {
            statement.cancel();
            sleeper.join(200);
        } while (sleeper.isAlive());
        if (unkilled[0] != null) throw unkilled[0];
        return ended[0] + "; then " + attempt(() -> rows(connection, "SELECT 42"));
    }

    private static String changeUser() throws Lack { throw new Lack("JDBC cannot change the user"); }

    private static String reconnect() throws Exception {
        Connection connection = connect();
        rows(connection, "SELECT 42");
        System.out.println("ready");
        System.in.read();
        String lost = attempt(() -> rows(connection, "SELECT 42"));
        return lost + "; then " + rows(connect(), "SELECT 42");
    }

    private static String act(String action) throws Exception {
        switch (action) {
            case "query": return query();
            case "prepared": return prepared();
            case "transaction": return transaction();
            case "big_result": return bigResult();
            case "timeout": return timeout();
            case "kill": return kill();
            case "change_user": return changeUser();
            case "reconnect": return reconnect();
            default: throw new Exception("unknown action " + action);
        }
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray())
            quoted.append(c < ' ' || c == '"' || c == '\\' || c > '~' ? String.format("\\u%04x", (int) c) : c);
        return quoted.append('"').toString();
    }

    public static void main(String[] words) {
        String outcome = "ok", detail;
        try {
            detail = act(words[0]);
        } catch (Lack lack) {
            outcome = "none";
            detail = lack.getMessage();
        } catch (SQLException problem) {
            outcome = "error";
            detail = error(problem);
        } catch (Exception problem) {
            outcome = "error";
            detail = problem.toString();
        }
        System.out.println("{\"outcome\": \"" + outcome + "\", \"detail\": " + quoted(detail) + "}");
        System.exit(0);
    }
}
