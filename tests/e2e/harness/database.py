"""What the database servers of a test run have in common: a folder, a port, a socket, a process, and SQL as root.

How each of them is set up is in mariadb.py, mysql_lts.py and mysql_5_6.py.
"""
import os
import shutil

import pymysql

from .child import Child, as_server_user, give_to_server_user
from .ports import free_port, wait_until


class Database:
    """One running server. Its root may log in by the socket only, without a password."""

    host = "127.0.0.1"

    def __init__(self, folder, command, options=(), env=None, cwd=None):
        self.folder = folder
        self.port = free_port()
        self.socket = folder / "s"
        self._command = [*command, f"--port={self.port}", f"--socket={self.socket}", f"--pid-file={folder / 'pid'}",
                         f"--tmpdir={folder}", *options]
        self._env = env
        self._cwd = cwd
        self.child = None

    @staticmethod
    def give_certificates(folder, authority, pair):
        """Copies them where the server can read them; returns the options that name them."""
        for file, copy in ((authority.ca, "ca.pem"), (pair.cert, "cert.pem"), (pair.key, "key.pem")):
            shutil.copy(file, folder / copy)
        return [f"--ssl-ca={folder / 'ca.pem'}", f"--ssl-cert={folder / 'cert.pem'}", f"--ssl-key={folder / 'key.pem'}"]

    @staticmethod
    def init_file(folder, statements):
        """Writes an init file, which has one statement a line; returns the option that names it."""
        file = folder / "accounts.sql"
        file.write_text("\n".join(line for line in statements.split("\n") if line) + "\n")
        return f"--init-file={file}"

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def start(self):
        give_to_server_user(self.folder)
        self.child = Child(self._command, self.folder / "log", as_user=as_server_user(), env=self._env, cwd=self._cwd)
        wait_until(self._answers, 60, f"{self._command[0]} to answer")
        return self

    def _answers(self):
        if not self.child.running():
            raise RuntimeError(f"{self._command[0]} ended at once:\n{self.child.log()[-3000:]}")
        try:
            self.sql("SELECT 1")
            return True
        except pymysql.err.OperationalError:
            return False

    def sql(self, *statements):
        """Runs statements as root, past the gate; returns the rows of the last."""
        connection = pymysql.connect(unix_socket=str(self.socket), user="root", charset="utf8mb4", autocommit=True,
                                     read_timeout=60)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall()
        finally:
            connection.close()

    def status(self, name):
        """A status variable as an integer."""
        rows = self.sql(f"SHOW GLOBAL STATUS LIKE '{name}'")
        return int(rows[0][1])

    def stop(self):
        """Ends it for good: its data is removed, as a run starts many of these."""
        if self.child:
            self.child.end()
        if not os.environ.get("KEEP_SCRATCH"):
            shutil.rmtree(self.folder / "data", ignore_errors=True)

    def kill(self):
        self.child.kill()
