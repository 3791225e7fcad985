"""The rows and the columns of the matrix: drivers and cases. A new driver is a program and a line here."""
import dataclasses
import functools
import pathlib
import re
import subprocess
import sys

from harness.programs import PROJECT, fetched

HERE = pathlib.Path(__file__).resolve().parent
BUILD = PROJECT / "build/drivers"
NODE_MODULES = PROJECT / "tests/e2e/node/node_modules"


@dataclasses.dataclass(frozen=True)
class Case:
    """action: see contract.py; outcome and detail: what every driver should tell of the server itself."""
    action: str
    outcome: str = "ok"
    detail: str = ""
    either: str = ""  # what matches this depends on the moment: it counts as the same
    sql: str = ""
    password: str = "app-pw"
    ca: str = "right"  # "right", "wrong", "" for no TLS

    def same(self, direct, gate):
        return self._settled(direct) == self._settled(gate)

    def _settled(self, answer):
        return re.sub(self.either, "(either)", str(answer)) if self.either else str(answer)

    def expects(self, answer):
        return answer.outcome == self.outcome and re.search(self.detail, answer.detail) is not None


_WORDS = "SELECT n, word FROM app.word"
_PATTERN = "REPEAT('0123456789abcdef', 1048576)"
_ACCESS_DENIED = r"1045.*Access denied for user 'app'@'127\.0\.0\.1' \(using password: YES\)"
# MySQL gives 1 for a SLEEP that is killed, and this error when it is killed on its way there.
_KILLED = r"(?<=: )([^;]*\b1317\b[^;]*|([^;]*, )?1)(?=; then)"

CASES = {
    "VERIFY_CA": Case("query", sql="SELECT 6 * 7", detail="^42$"),
    "wrong CA": Case("query", sql="SELECT 6 * 7", ca="wrong", outcome="error"),
    "plaintext": Case("query", sql="SELECT 6 * 7", ca="", outcome="error", detail=_ACCESS_DENIED),
    "password": Case("query", sql="SELECT 6 * 7", password="wrong", outcome="error", detail=_ACCESS_DENIED),
    "query": Case("query", sql=f"{_WORDS} ORDER BY n", detail="^1 one, 2 zwei €, 3 NULL$"),
    "error": Case("query", sql="SELECT * FROM app.nowhere", outcome="error", detail="1146.*app.nowhere"),
    "prepared": Case("prepared", sql=f"{_WORDS} WHERE n >= ? AND word <> ? ORDER BY n",
                     detail="^2 zwei €; 1 one; Com_stmt_execute [1-9]"),
    "transaction": Case("transaction", detail="^0 after rollback, 1 after commit$"),
    "64 MiB": Case("big_result", sql=" UNION ALL ".join([f"SELECT {_PATTERN}"] * 4), detail="^4 rows of 16 MiB$"),
    "time-out": Case("timeout", sql="SELECT SLEEP(8)", detail="^(?!0;).*; then ", either=_KILLED),
    "KILL": Case("kill", sql="SELECT SLEEP(8)", detail="^(?!0;).*; then 42$", either=_KILLED),
    "user": Case("change_user", detail="^other$"),
    "reconnect": Case("reconnect", detail="; then 42$"),
}


@dataclasses.dataclass(frozen=True)
class Driver:
    name: str
    command: tuple
    build: tuple = ()     # a command that makes what `command` needs
    from_npm: str = ""    # the module it needs

    def excuse(self):
        """Why it cannot run on this machine, if it cannot."""
        if self.from_npm and not (NODE_MODULES / self.from_npm).exists():
            return f"cannot run here: the npm registry was out of reach of ./dev setup ({self.from_npm} is missing)"
        return None

    @functools.cache
    def prepare(self):
        if self.build:
            BUILD.mkdir(parents=True, exist_ok=True)
            done = subprocess.run(self.build, capture_output=True, text=True, check=False, cwd=HERE)
            assert done.returncode == 0, f"{self.build}:\n{done.stdout}{done.stderr}"


def _cli(name, flavour, program):
    return Driver(name, (sys.executable, HERE / "cli/driver.py", flavour, program))


def _node(module):
    return Driver(f"{module} (npm)", ("node", HERE / "node/driver.js", module), from_npm=module)


_LIBMARIADB = "g++ -std=c++20 -O1 -pthread -o {0}/libmariadb libmariadb/driver.cpp $(pkg-config --cflags --libs libmariadb)"
_GO = "cd go && GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= GOCACHE={0}/go-cache go build -o {0}/go-sql-driver driver.go"
_JDBC = "javac -d {0}/jdbc jdbc/Driver.java"


def _by_shell(command):
    return ("sh", "-ec", command.format(BUILD))


DRIVERS = {driver.name: driver for driver in (
    _cli("mysql", "mysql", fetched("mysql-lts/bin/mysql")),
    _cli("mariadb", "mariadb", "/usr/bin/mariadb"),
    _cli("mariadb 11.8", "mariadb", fetched("mariadb-11.8/bin/mariadb")),
    Driver("libmariadb", (BUILD / "libmariadb",), build=_by_shell(_LIBMARIADB)),
    Driver("PyMySQL", (sys.executable, HERE / "python/driver.py", "pymysql")),
    Driver("mysqlclient", (sys.executable, HERE / "python/driver.py", "MySQLdb")),
    Driver("mysqli (PHP)", ("php", HERE / "php/mysqli.php")),
    Driver("PDO (PHP)", ("php", HERE / "php/pdo.php")),
    Driver("DBD::mysql", ("perl", HERE / "perl/driver.pl")),
    Driver("mysql2 (Ruby)", ("ruby", HERE / "ruby/driver.rb")),
    Driver("go-sql-driver", (BUILD / "go-sql-driver",), build=_by_shell(_GO)),
    Driver("Connector/J", ("java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
                           f"{BUILD}/jdbc:/usr/share/java/mariadb-java-client.jar", "Driver"), build=_by_shell(_JDBC)),
    _node("mysql2"),
    _node("mysql"),
    _node("mariadb"),
)}
