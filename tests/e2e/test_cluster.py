"""Several aggregators: failover before the login, balancing by mode and weight, health checks that offend nobody."""
import collections
import concurrent.futures
import socket

import pymysql
import pytest

from harness import driver
from harness.fake_aggregator import FakeAggregator
from harness.mariadb import MariaDb
from harness.ports import free_port, own_address, wait_until
from harness.wire import Wire

PORT = "SELECT @@port"


@pytest.fixture(scope="module")
def pair_of_mariadbs(scratch, pki):
    servers = [MariaDb(scratch, pki.cluster_ca, pki.aggregator).start() for _ in range(2)]
    yield servers
    for server in servers:
        server.stop()


def shares(gate, tls, count):
    """How many of `count` sessions, all open at once, each port serves."""
    connections = [driver.connect(gate, tls) for _ in range(count)]
    try:
        return collections.Counter(driver.value(each, PORT) for each in connections)
    finally:
        for each in connections:
            each.close()


def weighted(servers, *weights):
    return {"aggregator": [{"address": server.address, "weight": weight} for server, weight in zip(servers, weights)]}


@pytest.mark.parametrize("balance", ["round_robin", "least_connections"])
def test_sessions_are_spread_evenly(make_gate, pair_of_mariadbs, client_tls, balance):
    gate = make_gate(*pair_of_mariadbs, cluster={"balance": balance})
    assert sorted(shares(gate, client_tls, 8).values()) == [4, 4]


@pytest.mark.parametrize("balance", ["round_robin", "least_connections"])
def test_weights_are_respected(make_gate, pair_of_mariadbs, client_tls, balance):
    one, other = pair_of_mariadbs
    gate = make_gate(cluster={"balance": balance, **weighted(pair_of_mariadbs, 3, 1)})
    found = shares(gate, client_tls, 8)
    assert (found[one.port], found[other.port]) == (6, 2)


def test_least_connections_prefers_the_idle_one(make_gate, pair_of_mariadbs, client_tls):
    gate = make_gate(*pair_of_mariadbs, cluster={"balance": "least_connections"})
    kept = [driver.connect(gate, client_tls) for _ in range(4)]
    by_port = collections.defaultdict(list)
    for each in kept:
        by_port[driver.value(each, PORT)].append(each)
    emptied = next(iter(by_port))
    for each in by_port.pop(emptied):
        each.close()
    gate.wait_for(2, msg="session closed")
    assert shares(gate, client_tls, 2) == {emptied: 2}


def test_first_available_takes_the_first(make_gate, pair_of_mariadbs, client_tls):
    gate = make_gate(*pair_of_mariadbs, cluster={"balance": "first_available"})
    assert shares(gate, client_tls, 6) == {pair_of_mariadbs[0].port: 6}


def test_a_killed_aggregator_is_replaced_at_the_next_login(make_gate, mariadb_of_own, client_tls):
    first, second = mariadb_of_own(), mariadb_of_own()
    gate = make_gate(first, second, cluster={"balance": "first_available", "health": {"interval": "1h"}})
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, PORT) == first.port
    first.kill()
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, PORT) == second.port


def test_an_aggregator_that_comes_back_is_used_again(make_gate, mariadb_of_own, client_tls):
    first, second = mariadb_of_own(), mariadb_of_own()
    gate = make_gate(first, second, cluster={"balance": "first_available", "health": {"interval": "200ms"}})
    first.kill()
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, PORT) == second.port
    first.start()

    def first_serves():
        with driver.connect(gate, client_tls) as connection:
            return driver.value(connection, PORT) == first.port

    wait_until(first_serves, 20, "the first aggregator to serve again")


def test_an_aggregator_that_is_down_at_start_is_no_obstacle(make_gate, mariadb, client_tls):
    gate = make_gate(f"127.0.0.1:{free_port()}", mariadb)
    assert shares(gate, client_tls, 4) == {mariadb.port: 4}


def test_a_session_whose_aggregator_dies_ends_and_the_log_says_so(make_gate, mariadb_of_own, client_tls):
    first, second = mariadb_of_own(), mariadb_of_own()
    gate = make_gate(first, second, cluster={"balance": "first_available"})
    connection = driver.connect(gate, client_tls)
    first.kill()
    with pytest.raises(pymysql.err.MySQLError):
        driver.value(connection, "SELECT 1")
    line = gate.session()
    assert (line["side"], line["phase"]) == ("aggregator", "command")


@pytest.mark.rule(11)
def test_with_no_aggregator_up_the_client_reads_2003_without_detail(make_gate, client_tls):
    address = f"127.0.0.1:{free_port()}"
    gate = make_gate(address)
    with pytest.raises(pymysql.err.OperationalError) as refused:
        driver.connect(gate, client_tls)
    assert refused.value.args[0] == 2003
    assert address not in refused.value.args[1] and address.split(":")[1] not in refused.value.args[1]
    line = gate.session()
    assert (line["phase"], line["cause"]) == ("connect", "no_aggregator")
    assert address in gate.text()


def test_with_no_aggregator_up_the_gate_still_greets(make_gate):
    with Wire(make_gate(f"127.0.0.1:{free_port()}")) as wire:
        assert wire.read_greeting().protocol == 10


def test_an_aggregator_that_never_answers_costs_its_connect_deadline_only(make_gate, mariadb, client_tls):
    """A full backlog: SYNs are dropped, as by a firewall."""
    hole = socket.create_server(("127.0.0.1", 0), backlog=0)
    fill = []
    for _ in range(3):
        each = socket.socket()
        each.setblocking(False)
        each.connect_ex(hole.getsockname())
        fill.append(each)
    address = f"127.0.0.1:{hole.getsockname()[1]}"
    gate = make_gate(address, mariadb, timeouts={"connect": "1s"},
                     cluster={"balance": "first_available", "health": {"interval": "1h"}})
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, PORT) == mariadb.port
    for each in [*fill, hole]:
        each.close()


def test_the_greeting_shows_the_clusters_version(make_gate, aggregator):
    with Wire(make_gate(aggregator)) as wire:
        assert wire.read_greeting().version.endswith(aggregator.sql("SELECT @@version")[0][0])


def test_the_configured_server_version_wins(make_gate, mariadb):
    with Wire(make_gate(mariadb, gate={"server_version": "8.0.36-gate"})) as wire:
        assert wire.read_greeting().version == "8.0.36-gate"


def test_two_listeners_lead_to_two_clusters(make_gate, pair_of_mariadbs, pki, client_tls):
    one, other = pair_of_mariadbs
    port = free_port()
    second = {"ssl_mode": "VERIFY_CA", "ssl_ca": pki.ca, "ssl_cert": pki.gate_client.cert, "ssl_key": pki.gate_client.key,
              "aggregator": [{"address": other.address}]}
    gate = make_gate(one, listeners=[{"name": "second", "address": f"127.0.0.1:{port}", "cluster": "second"}],
                     start=False)
    gate.config["cluster"]["second"] = second
    gate.write_config()
    gate.start()
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, PORT) == one.port
    with driver.connect(gate, client_tls, port=port) as connection:
        assert driver.value(connection, PORT) == other.port


@pytest.mark.rule(23)
def test_a_cluster_of_different_servers_serves_every_client(make_gate, mariadb, mysql_lts, pki, client_tls, mysql_cli, mariadb_cli):
    """Only what all of them understand is offered, so each of them can take each client."""
    gate = make_gate(mariadb, mysql_lts, cluster={"balance": "round_robin"})
    assert shares(gate, client_tls, 6) == {mariadb.port: 3, mysql_lts.port: 3}
    for cli in (mysql_cli, mariadb_cli):
        served = {cli(gate, PORT, ssl_ca=pki.client_trust).out for _ in range(4)}
        assert served == {f"{mariadb.port}\n", f"{mysql_lts.port}\n"}


@pytest.mark.threads
def test_logins_refusals_and_dying_aggregators_all_at_once(make_gate, mariadb_of_own, pki):
    first, second = mariadb_of_own(), mariadb_of_own()
    gate = make_gate(first, second, gate={"workers": 4}, cluster={"health": {"interval": "50ms"}})

    def work(number):
        try:
            tls = None if number % 5 == 0 else driver.context(pki.client_trust)
            with driver.connect(gate, tls, password="wrong" if number % 7 == 0 else None) as connection:
                return driver.value(connection, "SELECT 1")
        except (pymysql.err.MySQLError, OSError):
            return None

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        futures = [pool.submit(work, number) for number in range(120)]
        wait_until(lambda: sum(each.done() for each in futures) > 40, 60, "40 clients")
        first.kill()
        results = [each.result() for each in futures]
    assert results.count(1) > 60
    assert len(gate.wait_for(120, msg="session closed")) == 120


# --- health checks ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule(5)
def test_health_checks_never_get_the_gate_blocked(make_gate, mariadb_of_own, pki, client_tls):
    address = own_address()
    if not address:
        pytest.skip("cannot run here: no address but loopback, which servers never block")
    server = mariadb_of_own("--max-connect-errors=3",
                            pair=pki.cluster_ca.issue("by-address", names=f"IP:{address},IP:127.0.0.1"))
    gate = make_gate(f"{address}:{server.port}", cluster={"ssl_mode": "VERIFY_IDENTITY", "health": {"interval": "50ms"}})
    wait_until(lambda: server.status("Connections") > 30, 30, "30 health checks")
    assert _errors(server) == 0
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def _errors(server):
    """Errors that max_connect_errors counts."""
    return sum(int(row[0]) for row in server.sql("SELECT SUM_CONNECT_ERRORS FROM performance_schema.host_cache"))


@pytest.mark.rule(5)
def test_refused_clients_scans_and_broken_tls_never_get_the_gate_blocked(make_gate, mariadb_of_own, pki, client_tls):
    address = own_address()
    if not address:
        pytest.skip("cannot run here: no address but loopback, which servers never block")
    server = mariadb_of_own("--max-connect-errors=3")
    gate = make_gate(f"{address}:{server.port}")
    for _ in range(6):
        socket.create_connection((gate.host, gate.port)).close()
        for tls in (None, driver.context(pki.stranger_ca.ca)):
            with pytest.raises((pymysql.err.MySQLError, OSError)):
                driver.connect(gate, tls)
        with pytest.raises(pymysql.err.MySQLError):
            driver.connect(gate, client_tls, password="wrong")
    assert _errors(server) == 0
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, "SELECT 1") == 1


@pytest.mark.rule(5)
def test_health_checks_leave_no_warning_in_the_servers_log(make_gate, mariadb_of_own):
    server = mariadb_of_own("--log-warnings=4")
    before = server.status("Connections")
    make_gate(server, cluster={"health": {"interval": "50ms"}})
    wait_until(lambda: server.status("Connections") > before + 30, 30, "30 health checks")
    assert "Got an error reading communication packets" not in server.child.log()
    assert "Got timeout reading communication packets" not in server.child.log()


def test_health_checks_can_log_in(make_gate, mariadb_of_own, scratch, client_tls):
    server = mariadb_of_own()
    server.sql("CREATE USER health@'%' IDENTIFIED BY 'secret of health' REQUIRE X509")
    password = scratch.password_file("secret of health")
    before = server.status("Aborted_connects")
    gate = make_gate(server, cluster={"health": {"interval": "50ms", "user": "health", "password_file": password}})
    count = server.status("Connections")
    wait_until(lambda: server.status("Connections") > count + 20, 30, "20 health checks")
    assert server.status("Aborted_connects") == before
    assert shares(gate, client_tls, 2) == {server.port: 2}
    assert "secret of health" not in gate.text()


def test_an_aggregator_that_fails_its_health_check_is_not_chosen(make_gate, mariadb, client_tls):
    with FakeAggregator(lambda connection: connection.sendall(b"\x05\x00\x00\x00hello")) as broken:
        gate = make_gate(broken, mariadb, cluster={"balance": "first_available", "health": {"interval": "100ms"}})
        wait_until(lambda: broken.connections >= 1, 20, "a health check")
        assert shares(gate, client_tls, 4) == {mariadb.port: 4}
