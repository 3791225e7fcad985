"""What a driver's program is told and what it answers, whatever its language.

Its last argument is the action. Where and who it is are variables of the environment:

    DB_HOST DB_PORT DB_USER DB_PASSWORD    the server, or the gate, and an account of it
    DB_CA                                  the CA file to verify its certificate with (VERIFY_CA); empty: connect without TLS
    DB_SQL                                 the statement of the action, where the table below says "DB_SQL"
    DB_OTHER_USER DB_OTHER_PASSWORD        whom change_user changes to
    DB_OWNER                               a name that no other run uses: the rows of a transaction, the mark of a query

Its last line is {"outcome": ..., "detail": ...}. "ok": the action went to its end. "error": the driver reported an error;
the detail is "NUMBER: TEXT". "none": the driver has no such thing; the detail says what it lacks. Rows are shown with a
blank between fields, ", " between rows and NULL for null; "42" below is what SELECT 42 gives, or its error.

    action        does, in the driver's own way                                            detail of "ok"
    query         DB_SQL                                                                   its rows
    prepared      DB_SQL prepared once, executed with (1, 'one') and (1, 'zwei €')         ROWS; ROWS; Com_stmt_execute N
    transaction   inserts a row of DB_OWNER into app.ledger and rolls back, then the       0 after rollback, 1 after commit
                  same and commits; counts each time on another connection
    big_result    DB_SQL, each of whose rows is 0123456789abcdef 2^20 times                N rows of 16 MiB
    timeout       DB_SQL, which sleeps, with the driver's time-out of three seconds        what ended it; then 42
    kill          DB_SQL, which sleeps, ended by KILL QUERY with the connection id that    what ended it; then 42
                  the driver knows
    change_user   becomes the other user                                                   the user's name
    reconnect     connects, SELECT 42, prints "ready", waits for a line (by then the       what it lost; then 42
                  server has died), then comes back as applications with this driver do
"""
import dataclasses
import json
import os
import re
import subprocess


@dataclasses.dataclass(frozen=True)
class Answer:
    outcome: str
    detail: str

    def __str__(self):
        return f"{self.outcome}: {self.detail}"


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a program connects to: a server or the gate in front of it."""
    name: str
    host: str
    port: int
    ca: str


# Numbers that differ from run to run, and what stands for them.
_VARYING = [(r"\(conn[=:]\d+[^)]*\)", "(conn)"), (r"(Unknown thread id:) \d+", r"\1 ID")]


class Run:
    """One action of one driver, under way."""

    def __init__(self, driver, action, place, sql="", user="app", password="app-pw", ca=None, owner=""):
        env = {"DB_HOST": place.host, "DB_PORT": str(place.port), "DB_USER": user, "DB_PASSWORD": password, "DB_SQL": sql,
               "DB_CA": str(place.ca if ca is None else ca), "DB_OTHER_USER": "other", "DB_OTHER_PASSWORD": "other-pw",
               "DB_OWNER": owner}
        self._answered = ""
        self._varying = [(rf"\b{place.port}\b", "PORT"), *_VARYING]
        self._process = subprocess.Popen([*map(str, driver.command), action], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True, errors="replace",
                                         env={**os.environ, "LC_ALL": "C.UTF-8", **env})

    def ready(self):
        """Waits until a reconnect action has its connection: True. False: it has ended for want of one."""
        line = self._process.stdout.readline()
        if line.strip() == "ready":
            return True
        self._answered = line
        return False

    def finish(self, line="", deadline=45):
        """Gives it a line; its answer."""
        try:
            out, err = self._process.communicate(line, timeout=deadline)
        except subprocess.TimeoutExpired:
            self._process.kill()
            out, err = self._process.communicate()
            return Answer("hangs", f"no answer within {deadline} s")
        out = self._answered + out
        try:
            answer = json.loads(out.splitlines()[-1])
            return Answer(answer["outcome"], self._shown(answer["detail"]))
        except (IndexError, KeyError, ValueError):
            return Answer("breaks", f"exit code {self._process.returncode}: {(out + err).strip()[-2000:]}")

    def _shown(self, detail):
        for pattern, name in self._varying:
            detail = re.sub(pattern, name, detail)
        return " ".join(detail.split())
