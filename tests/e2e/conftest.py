"""Fixtures: certificates and servers once per run, a gate for each test that asks for one."""
import copy

import pymysql
import pytest

from harness import command_line, driver
from harness.bystander import Bystander
from harness.gate import Gate, default_config
from harness.mariadb import MariaDb
from harness.mysql_5_6 import Mysql56
from harness.mysql_lts import MysqlLts
from harness.pki import Pki
from harness.programs import portcullis
from harness.scratch import Scratch


def pytest_sessionstart():
    if not portcullis().exists():
        pytest.exit(f"{portcullis()} is missing: run ./dev build dev", returncode=2)


@pytest.fixture(scope="session")
def scratch():
    made = Scratch()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def pki(scratch):
    return Pki(scratch)


def _running(server):
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def mariadb(scratch, pki):
    """MariaDB 10.11, whose accounts only the gate's client certificate satisfies. Shared: leave it as it was."""
    yield from _running(MariaDb(scratch, pki.cluster_ca, pki.aggregator))


@pytest.fixture
def mariadb_of_own(scratch, pki):
    """Starts MariaDB servers that a test may kill: call it with options."""
    started = []

    def start(*options, authority=None, pair=None):
        server = MariaDb(scratch, authority or pki.cluster_ca, pair or pki.aggregator, options)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def mysql_lts(scratch, pki):
    yield from _running(MysqlLts(scratch, pki.cluster_ca, pki.aggregator))


@pytest.fixture(scope="session")
def legacy_ca(pki):
    """MySQL 5.6 knows RSA only."""
    return pki.authority("Legacy CA", key="rsa")


@pytest.fixture(scope="session")
def mysql_5_6(scratch, legacy_ca):
    try:
        # yaSSL takes a certificate for not yet valid until the minute of its notBefore is over.
        pair = legacy_ca.issue("legacy", key="rsa", dates=("200101000000Z", "491231235959Z"))
        server = Mysql56(scratch, legacy_ca, pair)
    except FileNotFoundError as missing:
        pytest.skip(f"cannot run here: the npm registry was out of reach of ./dev setup ({missing})")
    yield from _running(server)


@pytest.fixture(params=["MariaDB", "MySQL"])
def aggregator(request):
    """Runs a test against MariaDB and against MySQL LTS."""
    return request.getfixturevalue({"MariaDB": "mariadb", "MySQL": "mysql_lts"}[request.param])


@pytest.fixture(scope="session")
def mysql_cli():
    """Oracle's mysql."""
    return command_line.oracle_mysql()


@pytest.fixture(scope="session")
def mariadb_cli():
    """MariaDB's mariadb."""
    return command_line.mariadb()


@pytest.fixture(scope="session")
def libmariadb(scratch):
    """An application with libmariadb; see command_line.Libmariadb."""
    return command_line.Libmariadb(scratch.folder("libmariadb") / "client")


@pytest.fixture
def client_tls(pki):
    """A context that trusts the gate's CA."""
    return driver.context(pki.client_trust)


def merge(config, changes):
    """changes win; dicts are merged, a value of None removes the key."""
    for key, value in changes.items():
        if value is None:
            config.pop(key, None)
        elif isinstance(value, dict) and isinstance(config.get(key), dict):
            merge(config[key], value)
        else:
            config[key] = copy.deepcopy(value)
    return config


@pytest.fixture
def make_gate(scratch, pki, request):
    """Starts a gate in front of the given aggregators. listener, cluster, ... are merged into the default configuration;
    listeners are further ones, which inherit from the first. start=False only writes the configuration."""
    gates, bystanders = [], []

    def under_attack(config):
        """Whoever is at the gate of a test of attacks; nobody elsewhere."""
        if not request.node.get_closest_marker("attack"):
            return None
        bystander = Bystander(default_config(pki, []), request.getfixturevalue("mariadb"))
        bystander.join(config)
        return bystander

    def make(*aggregators, listener=None, listeners=(), cluster=None, accounts=(), default_require=None, start=True,
             env=None, **sections):
        config = default_config(pki, aggregators)
        merge(config["listener"][0], listener or {})
        config["listener"] += [merge(copy.deepcopy(config["listener"][0]), each) for each in listeners]
        merge(config["cluster"]["default"], cluster or {})
        config["account"] = list(accounts)
        if default_require:
            config["accounts"]["default_require"] = default_require
        merge(config, sections)
        bystander = under_attack(config) if start else None
        gate = Gate(scratch.folder("gate"), config)
        gates.append(gate)
        request.node.gates = gates
        if start:
            gate.start(env)
        if bystander:
            bystander.arrive(gate, driver.context(pki.client_trust))
            bystanders.append(bystander)
        return gate

    yield make
    problems = []
    for bystander in bystanders:
        try:
            bystander.check()
        except (AssertionError, TimeoutError, pymysql.err.MySQLError) as problem:
            problems.append(f"the bystander noticed: {problem}")
    for gate in gates:
        try:
            gate.finish()
        except (AssertionError, TimeoutError) as problem:
            problems.append(str(problem))
    assert not problems, "\n".join(problems)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows the gate's log beside a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and report.when == "call":
        for gate in getattr(item, "gates", []):
            report.sections.append(("log of the gate", gate.text()[-6000:]))
