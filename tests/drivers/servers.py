"""A server of the matrix, the gate in front of it, and what runs against both: the accounts ask for TLS here and there."""
import concurrent.futures

from harness import driver as pymysql_driver
from harness.gate import Gate, default_config
from harness.mariadb import MariaDb, MariaDb118
from harness.mysql_lts import MysqlLts

from contract import Place, Run
from matrix import CASES

# Each statement may run again when the server starts again.
_ACCOUNTS = """
CREATE DATABASE IF NOT EXISTS app CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS app.word (n INT PRIMARY KEY, word VARCHAR(20));
REPLACE INTO app.word VALUES (1, 'one'), (2, 0x7A77656920E282AC), (3, NULL);
CREATE TABLE IF NOT EXISTS app.ledger (owner VARCHAR(80));
CREATE USER IF NOT EXISTS app@'%' IDENTIFIED {plugin} BY 'app-pw' REQUIRE SSL;
CREATE USER IF NOT EXISTS other@'%' IDENTIFIED {plugin} BY 'other-pw' REQUIRE SSL;
GRANT ALL ON app.* TO app@'%', other@'%';
"""

KINDS = {
    "MariaDB 10.11": (MariaDb, ""),
    "MariaDB 11.8": (MariaDb118, ""),
    "MySQL 9.7": (MysqlLts, "WITH caching_sha2_password"),
}


class Server:
    """A server, straight and behind a gate, and the answers of the drivers, each taken once."""

    def __init__(self, name, scratch, pki):
        self.name = name
        self._pki = pki
        kind, plugin = KINDS[name]
        make = lambda: kind(scratch, pki.cluster_ca, pki.aggregator, accounts=_ACCOUNTS.format(plugin=plugin))
        self._first, self._second = make(), make()
        config = default_config(pki, [self._first, self._second])
        # Every session is on the first as long as it lives.
        config["cluster"]["default"]["balance"] = "first_available"
        config["listener"][0]["ssl_cert"] = self._with_its_ca(scratch)
        self.gate = Gate(scratch.folder("gate"), config)
        self._places = [Place("direct", self._first.host, self._first.port, str(pki.ca)),
                        Place("gate", self.gate.host, self.gate.port, str(pki.client_trust))]
        self._answers = {}

    def __enter__(self):
        self._first.start()
        self._second.start()
        self.gate.start()
        self._fill_the_password_cache()
        return self

    def __exit__(self, *_):
        try:
            self.gate.finish()
        finally:
            self._first.stop()
            self._second.stop()

    def _with_its_ca(self, scratch):
        """The gate's certificate and the CA's: the servers too send the whole chain."""
        chain = scratch.folder("chain") / "gate.pem"
        chain.write_text(self._pki.gate.cert.read_text() + self._pki.client_trust.read_text())
        return chain

    def _fill_the_password_cache(self):
        """MySQL asks for the password itself once per account: not by chance in the middle of the matrix."""
        tls = pymysql_driver.context(self._pki.ca)
        for user in ("app", "other"):
            for server in (self._first, self._second):
                pymysql_driver.connect(server, tls, user=user).close()

    def _start(self, driver, name, place):
        case = CASES[name]
        ca = {"right": None, "wrong": self._pki.stranger_ca.ca, "": ""}[case.ca]
        return Run(driver, case.action, place, sql=case.sql, password=case.password, ca=ca,
                   owner=f"{driver.name}, {name}, {place.name}")

    def answers(self, driver, cases, ahead):
        """(direct, gate) of each case as {case: (answer, answer)}; `ahead` at a time, as most of them wait a lot."""
        def one(name, place):
            return self._start(driver, name, place).finish()

        cases = [name for name in cases if name != "reconnect"]
        with concurrent.futures.ThreadPoolExecutor(ahead) as pool:
            futures = {name: [pool.submit(one, name, place) for place in self._places] for name in cases}
        return {name: tuple(future.result() for future in pair) for name, pair in futures.items()}

    def reconnect(self, drivers):
        """{driver: (direct, gate)} of one death of the first server: behind the gate the second takes over, straight the
        first comes back."""
        runs = {}
        for driver in drivers:
            runs[driver.name] = [self._start(driver, "reconnect", place) for place in self._places]
        connected = 0
        for straight, through_gate in runs.values():
            straight.ready()
            connected += through_gate.ready()
        lost = {"msg": "session closed", "side": "aggregator", "phase": "command"}
        before = len(self.gate.entries(**lost))
        self._first.kill()
        self.gate.wait_for(before + connected, **lost)  # the clients see it too
        through_gate = self._finish([pair[1] for pair in runs.values()])
        self._first.start()
        direct = self._finish([pair[0] for pair in runs.values()])
        return dict(zip(runs, zip(direct, through_gate)))

    @staticmethod
    def _finish(runs):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda run: run.finish("\n"), runs))
