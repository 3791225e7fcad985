"""The command-line clients, called as a user calls them: Oracle's mysql and MariaDB's mariadb."""
import dataclasses
import os
import subprocess

from .programs import PROJECT, fetched


@dataclasses.dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def rows(self):
        return [line.split("\t") for line in self.out.splitlines()]

    def __str__(self):
        return f"exit code {self.code}\n{self.out}{self.err}"


class CommandLine:
    """Calls with (gate, SQL, user=..., option=value, ...): ssl_ca=F becomes --ssl-ca=F, flag=True becomes --flag."""

    def __init__(self, program, name, client_commands=None):
        self.program = program
        self.name = name
        self._client_commands = client_commands or {}

    def status(self, server, **options):
        """What the client itself says of its connection."""
        return self(server, "status", batch=False, **self._client_commands, **options)

    def __call__(self, server, sql="SELECT 1", deadline=60, **options):
        process = self.start(server, sql, **options)
        try:
            out, err = process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return Result(process.returncode, out, err)

    def start(self, server, sql, user="app", password=None, batch=True, socket=None, terminal=None, **options):
        """The same, without waiting for its end; with a terminal's descriptor: for somebody to type into."""
        place = [f"--socket={socket}"] if socket else [f"--host={server.host.strip('[]')}", f"--port={server.port}",
                                                       "--protocol=tcp"]
        words = [self.program, "--no-defaults", *place, f"--user={user}", "--connect-timeout=20"]
        if batch:
            words += ["--batch", "--skip-column-names"]
        for name, value in options.items():
            option = "--" + name.replace("_", "-")
            words.append(option if value is True else f"{option}={value}")
        words += ["-e", sql] if sql else []
        return subprocess.Popen(list(map(str, words)), text=True, errors="replace", stdin=terminal or subprocess.DEVNULL,
                                stdout=terminal or subprocess.PIPE, stderr=terminal or subprocess.PIPE,
                                env={**os.environ, "TERM": "dumb",
                                     "MYSQL_PWD": f"{user}-pw" if password is None else password})


def oracle_mysql():
    return CommandLine(fetched("mysql-lts/bin/mysql"), "mysql", {"commands": True})  # MySQL 9 asks for it


def mariadb():
    return CommandLine("/usr/bin/mariadb", "mariadb")


class Libmariadb:
    """tests/e2e/libmariadb/client.cpp, compiled: (exit code, lines) of a list of actions and their arguments."""

    def __init__(self, program):
        self._program = program
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libmariadb"], capture_output=True, text=True, check=True)
        subprocess.run(["g++", "-std=c++20", "-O1", "-o", program, PROJECT / "tests/e2e/libmariadb/client.cpp",
                        *flags.stdout.split()], check=True)

    def __call__(self, server, ca, *actions, user="app", compress=False):
        done = subprocess.run([self._program, server.host, str(server.port), user, f"{user}-pw", ca, *actions],
                              capture_output=True, text=True, check=False, timeout=60,
                              env={**os.environ, **({"COMPRESS": "1"} if compress else {})})
        return done.returncode, (done.stdout + done.stderr).splitlines()
