"""MariaDB in a scratch folder, with TLS, an account for each way to log in, and nothing shared: the one that this Debian
packages, and 11.8, fetched by tests/servers/fetch.

A data folder is installed once per test run and copied for every server.
"""
import shutil
import subprocess

from .child import as_server_user, give_to_server_user
from .database import Database
from .programs import fetched

# Every account may come only with the gate's client certificate, but the one that is there for unencrypted aggregator
# legs: who gets in at all came through the gate, with mutual TLS. The password of NAME is NAME-pw.
ACCOUNTS = """
CREATE DATABASE app;
CREATE TABLE app.note (id INT PRIMARY KEY AUTO_INCREMENT, text VARCHAR(200), body LONGBLOB);
INSERT INTO app.note (text) VALUES ('first'), ('second');
CREATE USER app@'%' IDENTIFIED BY 'app-pw' REQUIRE X509;
CREATE USER report@'%' IDENTIFIED BY 'report-pw' REQUIRE X509;
CREATE USER auditor@'%' IDENTIFIED BY 'auditor-pw' REQUIRE X509;
CREATE USER nopw@'%' REQUIRE X509;
CREATE USER ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('ed-pw') REQUIRE X509;
CREATE USER clear@'%' IDENTIFIED BY 'clear-pw';
GRANT ALL ON app.* TO app@'%', report@'%', auditor@'%', nopw@'%', ed@'%', clear@'%';
GRANT SELECT ON performance_schema.* TO app@'%';
"""


class MariaDb(Database):
    name = "MariaDB"
    plugins = ["--plugin-load-add=auth_ed25519"]
    _templates = {}

    def __init__(self, scratch, authority, pair, options=(), accounts=ACCOUNTS):
        folder = scratch.folder("mariadb")
        shutil.copytree(self._data_template(scratch), folder / "data")
        super().__init__(folder, [
            self.program(), "--no-defaults", f"--datadir={folder / 'data'}",
            self.init_file(folder, accounts), *self.give_certificates(folder, authority, pair),
            "--bind-address=*", *self.plugins, "--max-allowed-packet=128M", "--skip-log-bin",
            "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0",
            "--log-warnings=2", "--performance-schema=ON", "--skip-name-resolve",
            "--long-query-time=3600",  # or replies say on a busy machine that they were slow (SERVER_QUERY_WAS_SLOW)
        ], options)

    @staticmethod
    def program():
        return "/usr/sbin/mariadbd"

    @classmethod
    def _data_template(cls, scratch):
        if cls not in cls._templates:
            folder = scratch.folder("mariadb-template")
            give_to_server_user(folder)
            done = cls._install(folder)
            if done.returncode != 0:
                raise RuntimeError(f"{done.args[0]}: {done.stdout}{done.stderr}")
            cls._templates[cls] = folder / "data"
        return cls._templates[cls]

    @classmethod
    def _install(cls, folder):
        return subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={folder / 'data'}", "--skip-test-db",
             "--auth-root-authentication-method=normal", "--innodb-log-file-size=8M", f"--tmpdir={folder}"],
            capture_output=True, text=True, check=False, cwd=folder, **as_server_user())


class MariaDb118(MariaDb):
    """Has the plugins that are compiled into the server only."""

    name = "MariaDB 11.8"
    plugins = []

    @staticmethod
    def program():
        return fetched("mariadb-11.8/bin/mariadbd")

    @classmethod
    def _install(cls, folder):
        """What mariadb-install-db does, which would run its helpers with the C library of this system."""
        tables = fetched("mariadb-11.8/root/usr/share/mariadb")
        scripts = ["mariadb_system_tables.sql", "mariadb_performance_tables.sql", "mariadb_system_tables_data.sql"]
        statements = "".join((tables / name).read_text() for name in scripts)
        (folder / "data").mkdir()
        give_to_server_user(folder)
        return subprocess.run(
            [cls.program(), "--no-defaults", "--bootstrap", f"--datadir={folder / 'data'}", f"--tmpdir={folder}",
             "--innodb-log-file-size=8M", "--enforce-storage-engine="],
            input=f"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n{statements}",
            capture_output=True, text=True, check=False, cwd=folder, **as_server_user())
