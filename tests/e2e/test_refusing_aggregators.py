"""Aggregators that answer with an error instead of a greeting, and members that differ: the others serve."""
import contextlib
import socket

import pymysql
import pytest

from harness import driver, fake_aggregator as fake
from harness.fake_aggregator import FakeAggregator
from harness.ports import own_address, wait_until
from harness.wire import CLIENT_DEPRECATE_EOF, CLIENT_SSL, Wire

FIRST = {"balance": "first_available"}
NEVER_CHECKED = {**FIRST, "health": {"interval": "1h"}}
OFTEN_CHECKED = {**FIRST, "health": {"interval": "50ms"}}
PORT = "SELECT @@port"

TEXTS = {1040: "Too many connections",
         1129: "Host 'gate.internal' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'",
         1130: "Host 'gate.internal' is not allowed to connect to this MySQL server"}
every_code = pytest.mark.parametrize("code", TEXTS)


class Moody(FakeAggregator):
    """Answers connections with ERR `code` while `refuses` is set, and is healthy otherwise."""

    def __init__(self, pki, code=1129, **options):
        context = fake.tls_context(pki.aggregator)
        self.refuses = False

        def conversation(connection):
            if self.refuses:
                connection.sendall(fake.packet_of_error(code, TEXTS[code].encode()))
                fake.wait_for_close(connection)
            else:
                fake.finish_health_check(connection, context, **options)

        super().__init__(conversation)


@pytest.fixture
def moody(pki):
    with contextlib.ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(Moody(pki, *arguments, **options))


@every_code
def test_a_member_that_refuses_is_passed_over(make_gate, mariadb, moody, client_tls, code):
    first = moody(code)
    first.refuses = True
    gate = make_gate(first, mariadb, cluster=NEVER_CHECKED)
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, PORT) == mariadb.port
    assert gate.entries(msg="aggregator cannot be used", reason=f"refused: ERR {code} {TEXTS[code]}")


@every_code
def test_a_member_that_begins_to_refuse_between_two_health_checks_costs_no_login(make_gate, mariadb, moody, client_tls, code):
    first = moody(code)
    gate = make_gate(first, mariadb, cluster=NEVER_CHECKED)
    assert gate.entries(msg="aggregator can be used", aggregator=first.address)
    first.refuses = True
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, PORT) == mariadb.port
    assert gate.entries(msg="aggregator cannot be reached", reason=f"refused: ERR {code} {TEXTS[code]}")


@every_code
def test_with_nobody_else_there_the_client_reads_2003_and_none_of_its_words(make_gate, moody, client_tls, code):
    only = moody(code)
    only.refuses = True
    with pytest.raises(pymysql.err.OperationalError) as refused:
        driver.connect(make_gate(only, cluster=NEVER_CHECKED), client_tls)
    assert refused.value.args[0] == 2003 and "internal" not in refused.value.args[1]


def test_a_member_that_blocks_the_gate_is_an_alarm_that_names_the_remedy(make_gate, mariadb, moody):
    blocking = moody()
    blocking.refuses = True
    gate = make_gate(blocking, mariadb, cluster=OFTEN_CHECKED)
    alarm = gate.wait_for(level="error", aggregator=blocking.address)[0]
    for word in ("1129", "FLUSH HOSTS", "max_connect_errors", "proxy_protocol"):
        assert word in alarm["msg"]
    seen = blocking.connections
    wait_until(lambda: blocking.connections > seen + 5, 30, "further health checks")
    assert len(gate.entries(level="error")) == 1, "once, not at every check"


def test_the_alarm_is_raised_again_after_the_block_had_been_lifted(make_gate, mariadb, moody):
    blocking = moody()
    gate = make_gate(blocking, mariadb, cluster=OFTEN_CHECKED)
    for count in (1, 2):
        blocking.refuses = True
        gate.wait_for(count, level="error", aggregator=blocking.address)
        blocking.refuses = False
        gate.wait_for(count + 1, msg="aggregator can be used", aggregator=blocking.address)
    assert int(gate.entries(level="error")[1]["times"]) > 1


@pytest.mark.parametrize("code", [1040, 1130])
def test_other_refusals_are_no_alarm(make_gate, mariadb, moody, code):
    first = moody(code)
    first.refuses = True
    gate = make_gate(first, mariadb, cluster=OFTEN_CHECKED)
    wait_until(lambda: first.connections > 3, 30, "health checks")
    assert not gate.entries(level="error")


# --- real servers -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def taken_by_root(server, count):
    connections = [pymysql.connect(unix_socket=str(server.socket), user="root") for _ in range(count)]
    try:
        yield
    finally:
        for each in connections:
            each.close()


def test_a_full_mariadb_is_passed_over_and_used_again_when_it_has_room(make_gate, mariadb, mariadb_of_own, client_tls):
    """max_connections is 10 at least; one more is there for root."""
    full = mariadb_of_own("--max-connections=10")
    gate = make_gate(full, mariadb, cluster=NEVER_CHECKED | {"health": {"interval": "200ms"}})
    gate.wait_for(msg="aggregator can be used", aggregator=full.address)

    def serves(server):
        with driver.connect(gate, client_tls) as connection:
            return driver.value(connection, PORT) == server.port

    with taken_by_root(full, 11):
        assert serves(mariadb)
        assert "ERR 1040" in gate.text()
    wait_until(lambda: serves(full), 30, "the first aggregator to serve again")


def test_a_mariadb_that_is_full_but_for_roots_place_refuses_after_the_password(make_gate, mariadb_of_own, client_tls):
    """Too late to ask another member: a client answers once. So it reads the aggregator's own reason."""
    full = mariadb_of_own("--max-connections=10")
    gate = make_gate(full, cluster=NEVER_CHECKED)
    with taken_by_root(full, 10):
        with pytest.raises(pymysql.err.OperationalError) as refused:
            driver.connect(gate, client_tls)
    assert refused.value.args == (1040, "Too many connections")
    assert gate.session()["cause"] == "server_error"


def test_a_mariadb_that_blocks_the_gate_is_an_alarm_and_another_serves(make_gate, mariadb, mariadb_of_own, client_tls):
    host = own_address()
    if not host:
        pytest.skip("cannot run here: no address but loopback, which servers never block")
    server = mariadb_of_own("--max-connect-errors=3", "--skip-name-resolve=OFF")
    seen_as = f"{host}:{server.port}"
    gate = make_gate(seen_as, mariadb, cluster=NEVER_CHECKED | {"health": {"interval": "200ms"}})
    for _ in range(6):
        with socket.create_connection((host, server.port), timeout=20) as broken:
            broken.recv(1)
    alarm = gate.wait_for(level="error", aggregator=seen_as)
    assert "FLUSH HOSTS" in alarm[0]["msg"]
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, PORT) == mariadb.port
    cleared = len(gate.entries(msg="aggregator can be used", aggregator=seen_as))
    server.sql("FLUSH HOSTS")
    gate.wait_for(cleared + 1, msg="aggregator can be used", aggregator=seen_as)


# --- members that differ ------------------------------------------------------------------------------------------------------


def offered(gate):
    with Wire(gate) as wire:
        return wire.read_greeting().capabilities


@pytest.mark.rule(23)
def test_only_what_every_member_offers_is_offered(make_gate, mariadb, moody):
    poor = moody(capabilities=fake.CAPABILITIES & ~CLIENT_DEPRECATE_EOF | CLIENT_SSL)
    assert offered(make_gate(mariadb, cluster=NEVER_CHECKED)) & CLIENT_DEPRECATE_EOF
    assert not offered(make_gate(mariadb, poor, cluster=NEVER_CHECKED)) & CLIENT_DEPRECATE_EOF


@pytest.mark.rule(23)
def test_a_member_that_lost_a_capability_serves_no_client_that_was_offered_it(make_gate, mariadb, pki, client_tls):
    """It was exchanged for an older one between two health checks; the client is told of another, not of the difference."""
    context = fake.tls_context(pki.aggregator)
    rich = fake.CAPABILITIES | CLIENT_SSL
    spoken = [rich]
    with FakeAggregator(lambda connection: fake.finish_health_check(connection, context, capabilities=spoken[-1])) as changing:
        gate = make_gate(changing, mariadb, cluster=NEVER_CHECKED)
        gate.wait_for(msg="aggregator can be used", aggregator=changing.address)
        spoken.append(rich & ~CLIENT_DEPRECATE_EOF)
        with Wire(gate) as wire:
            wire.login("app", tls=client_tls, capabilities=wire.read_greeting().capabilities & ~8)
            assert wire.ping()
        assert gate.entries(reason="the member lacks a capability the cluster's others offered to the client")


def test_a_mariadb_and_a_mysql_5_6_serve_the_same_clients(make_gate, mariadb_of_own, mysql_5_6, pki, client_tls, mysql_cli,
                                                           mariadb_cli):
    """15 years lie between them: what is offered, and TLS, are what both know."""
    modern = mariadb_of_own()
    modern.sql("ALTER USER app@'%' REQUIRE SSL")
    gate = make_gate(modern, mysql_5_6, cluster={
        "balance": "round_robin", "ssl_mode": "REQUIRED", "ssl_ca": None, "ssl_cert": None, "ssl_key": None,
        "tls_version": "TLSv1,TLSv1.1,TLSv1.2", "legacy_server_connect": True})
    both = {modern.port, mysql_5_6.port}
    assert not offered(gate) & CLIENT_DEPRECATE_EOF, "MySQL 5.6 does not know it"

    def served_by(connect):
        return {connect() for _ in range(4)}

    def by_driver():
        with driver.connect(gate, client_tls) as connection:
            return driver.value(connection, PORT)

    assert served_by(by_driver) == both
    tls = {"ssl_ca": pki.client_trust, "default_auth": "mysql_native_password"}
    assert served_by(lambda: int(mysql_cli(gate, PORT, **tls).out)) == both
    assert served_by(lambda: int(mariadb_cli(gate, PORT, **tls).out)) == both
    assert {line["aggregator_tls"] for line in gate.wait_for(12, msg="session closed", cause="quit")} == {"TLSv1.2", "TLSv1"}
