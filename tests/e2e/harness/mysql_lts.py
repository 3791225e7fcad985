"""MySQL LTS, fetched by tests/servers/fetch: caching_sha2_password, sha256_password, TLS 1.2 and 1.3."""
import subprocess

from .child import as_server_user, give_to_server_user
from .database import Database
from .programs import fetched

ACCOUNTS = """
CREATE DATABASE app;
CREATE TABLE app.note (id INT PRIMARY KEY AUTO_INCREMENT, text VARCHAR(200), body LONGBLOB);
INSERT INTO app.note (text) VALUES ('first'), ('second');
CREATE USER app@'%' IDENTIFIED WITH caching_sha2_password BY 'app-pw' REQUIRE X509;
CREATE USER report@'%' IDENTIFIED WITH caching_sha2_password BY 'report-pw' REQUIRE X509;
CREATE USER nopw@'%' IDENTIFIED WITH caching_sha2_password BY '' REQUIRE X509;
CREATE USER sha256@'%' IDENTIFIED WITH sha256_password BY 'sha256-pw' REQUIRE X509;
CREATE USER clear@'%' IDENTIFIED WITH caching_sha2_password BY 'clear-pw';
GRANT ALL ON app.* TO app@'%', report@'%', nopw@'%', sha256@'%', clear@'%';
"""


class MysqlLts(Database):
    name = "MySQL"

    def __init__(self, scratch, authority, pair, options=(), accounts=ACCOUNTS):
        folder = scratch.folder("mysql")
        tls = self.give_certificates(folder, authority, pair)
        init_file = self.init_file(folder, accounts)
        give_to_server_user(folder)
        mysqld = fetched("mysql-lts/bin/mysqld")
        done = subprocess.run([mysqld, "--no-defaults", "--initialize-insecure", f"--datadir={folder / 'data'}",
                               init_file, "--innodb-redo-log-capacity=8M"],
                              capture_output=True, text=True, check=False, cwd=folder, **as_server_user())
        if done.returncode != 0:
            raise RuntimeError(f"mysqld --initialize-insecure: {done.stdout}{done.stderr}")
        super().__init__(folder, [
            mysqld, "--no-defaults", f"--datadir={folder / 'data'}", *tls,
            "--bind-address=127.0.0.1", "--mysqlx=OFF", "--skip-log-bin", "--max-allowed-packet=128M",
            "--innodb-buffer-pool-size=32M", "--innodb-redo-log-capacity=8M", "--innodb-flush-log-at-trx-commit=0",
            "--skip-name-resolve", "--long-query-time=3600",  # as MariaDb's
        ], options)
