"""MariaDB as Debian packages it, in a scratch folder, with TLS, an account for each way to log in, and nothing shared.

A data folder is installed once per test run and copied for every server.
"""
import shutil
import subprocess

from .child import as_server_user, give_to_server_user
from .database import Database

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
    _template = None

    def __init__(self, scratch, authority, pair, options=()):
        folder = scratch.folder("mariadb")
        shutil.copytree(self._data_template(scratch), folder / "data")
        super().__init__(folder, [
            "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={folder / 'data'}",
            self.init_file(folder, ACCOUNTS), *self.give_certificates(folder, authority, pair),
            "--bind-address=*", "--plugin-load-add=auth_ed25519", "--max-allowed-packet=128M", "--skip-log-bin",
            "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0",
            "--log-warnings=2", "--performance-schema=ON", "--skip-name-resolve",
        ], options)

    @classmethod
    def _data_template(cls, scratch):
        if cls._template is None:
            folder = scratch.folder("mariadb-template")
            give_to_server_user(folder)
            done = subprocess.run(
                ["mariadb-install-db", "--no-defaults", f"--datadir={folder / 'data'}", "--skip-test-db",
                 "--auth-root-authentication-method=normal", "--innodb-log-file-size=8M", f"--tmpdir={folder}"],
                capture_output=True, text=True, check=False, cwd=folder, **as_server_user())
            if done.returncode != 0:
                raise RuntimeError(f"mariadb-install-db: {done.stdout}{done.stderr}")
            cls._template = folder / "data"
        return cls._template

