"""MySQL 5.6.24, fetched by tests/servers/fetch: speaks TLS 1.0 without secure renegotiation, and nothing newer.

Its TLS library reads only RSA keys in the PKCS#1 form.
"""
import shutil

from .authority import openssl
from .database import Database
from .programs import fetched

ACCOUNTS = """
CREATE DATABASE app;
DELETE FROM mysql.user WHERE user = '';
FLUSH PRIVILEGES;
CREATE USER app@'%' IDENTIFIED BY 'app-pw';
GRANT ALL ON app.* TO app@'%' REQUIRE SSL;
FLUSH PRIVILEGES;
"""


class Mysql56(Database):
    name = "MySQL 5.6"

    def __init__(self, scratch, authority, pair, options=()):
        """pair: RSA, signed with SHA-256 by an RSA authority."""
        folder = scratch.folder("mysql56")
        home = fetched("mysql-5.6")
        shutil.copytree(home / "data/mysql", folder / "data")
        tls = self.give_certificates(folder, authority, pair)
        openssl("rsa", "-in", pair.key, "-traditional", "-out", folder / "key.pem")
        super().__init__(folder, [
            home / "mysqld", "--no-defaults", f"--basedir={home}", f"--datadir={folder / 'data'}",
            f"--lc-messages-dir={home / 'share'}", f"--character-sets-dir={home / 'share/charsets'}",
            self.init_file(folder, ACCOUNTS), *tls,
            "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=4M", "--skip-name-resolve",
            "--performance-schema=OFF",
        ], options, env={"LD_LIBRARY_PATH": str(home)})
