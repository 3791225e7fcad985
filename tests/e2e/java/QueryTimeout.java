// An application with JDBC whose query takes too long: URL USER PASSWORD SQL, then "timeout" (Statement.setQueryTimeout) or
// "cancel" (Statement.cancel from another thread). Prints how the query ended and what the connection answers then.
import java.sql.*;

public class QueryTimeout {
    public static void main(String[] words) throws Exception {
        try (Connection connection = DriverManager.getConnection(words[0], words[1], words[2]);
             Statement statement = connection.createStatement()) {
            if (words[4].equals("timeout")) {
                statement.setQueryTimeout(1);
            } else {
                new Thread(() -> {
                    try {
                        Thread.sleep(1000);
                        statement.cancel();
                    } catch (Exception failure) {
                        System.out.println(failure);
                    }
                }).start();
            }
            try {
                ResultSet rows = statement.executeQuery(words[3]);
                rows.next();
                System.out.println("slept " + rows.getInt(1));
            } catch (SQLException ended) {
                System.out.println(ended instanceof SQLTimeoutException ? "timed out" : "error " + ended.getErrorCode());
            }
            ResultSet rows = connection.createStatement().executeQuery("SELECT 6 * 7");
            rows.next();
            System.out.println(rows.getInt(1));
        }
    }
}
