"""Reuse of aggregator connections: who gets one that was kept, and what they find there. What is kept: test_reuse_keeping."""
import concurrent.futures
import contextlib

import pymysql
import pytest
from pymysql.constants import CLIENT

from harness import driver
from harness.ports import wait_until
from harness.visits import Visits, threads, wait_for_threads
from harness.wire import (CAPABILITIES, CLIENT_LOCAL_FILES, CLIENT_MULTI_STATEMENTS, CLIENT_PS_MULTI_RESULTS, CLIENT_SSL,
                          COM_QUIT, Wire, handshake_response)

REPLIES = CAPABILITIES | CLIENT_MULTI_STATEMENTS | CLIENT_PS_MULTI_RESULTS | CLIENT_LOCAL_FILES
REUSE = {"reuse": "change_user"}
ER_ACCESS_DENIED = 1045


@pytest.fixture
def visit(make_gate, aggregator, client_tls):
    """A client comes and goes; what it asked for is returned."""
    yield Visits(make_gate(aggregator, cluster=REUSE), client_tls)
    aggregator.sql("DROP USER IF EXISTS guest@'%'")


def make_guest(server, password):
    server.sql(f"CREATE USER guest@'%' IDENTIFIED BY '{password}' REQUIRE X509")


# --- who gets it ----------------------------------------------------------------------------------------------------------------------


def test_the_next_login_of_the_same_user_gets_the_connection(visit, aggregator):
    first = visit()
    assert threads(aggregator) == {first}
    assert [visit() for _ in range(3)] == [first] * 3
    assert [line["aggregator_reused"] for line in visit.lines] == ["false", "true", "true", "true"]
    assert {(line["aggregator_id"], line["cause"]) for line in visit.lines} == {(str(first), "quit")}


def test_without_the_key_nothing_is_kept(make_gate, aggregator, client_tls):
    visit = Visits(make_gate(aggregator), client_tls)
    assert visit() != visit()
    wait_for_threads(aggregator, 0)


@pytest.mark.rule(16)
def test_another_user_never_gets_it(visit, aggregator):
    first = visit()
    other = visit(user="report")
    assert other != first
    assert (visit(), visit(user="report")) == (first, other)


@pytest.mark.parametrize("options", [{"client_flag": CLIENT.FOUND_ROWS}, {"database": "app"}], ids=["FOUND_ROWS", "a schema"])
def test_a_client_that_said_other_things_at_its_login_gets_another(visit, options):
    first = visit()
    other = visit(**options)
    assert other != first
    assert (visit(), visit(**options)) == (first, other)


@pytest.mark.rule(16)
def test_a_plaintext_client_neither_leaves_nor_gets_one(make_gate, aggregator, client_tls):
    visit = Visits(make_gate(aggregator, cluster=REUSE, default_require="NONE"), client_tls)
    plain = visit(user="nopw", password="", tls=None)
    wait_for_threads(aggregator, 0, "nopw")
    first = visit(user="nopw", password="")
    assert first != plain
    assert visit(user="nopw", password="", tls=None) not in (first, plain)
    wait_until(lambda: threads(aggregator, "nopw") == {first}, 20, "the plaintext client's connection to end")


@pytest.mark.threads
def test_workers_share_what_is_kept(make_gate, mariadb, client_tls):
    """Sessions go to the least loaded worker: what the first one kept is taken by the second."""
    visit = Visits(make_gate(mariadb, cluster=REUSE), client_tls)
    leaves = driver.connect(visit.gate, client_tls)
    first = driver.value(leaves, "SELECT CONNECTION_ID()")
    with contextlib.ExitStack() as stack:
        def another_comes():
            stack.enter_context(driver.connect(visit.gate, client_tls, user="report"))

        another_comes()  # to the second worker
        with visit.that_ends():
            leaves.close()
        another_comes()
        another_comes()  # both to the first
        assert visit() == first


@pytest.mark.threads
def test_many_clients_at_once_share_a_few_connections(make_gate, mariadb, client_tls):
    """Real parallel clients; every one finds a session of its own."""
    gate = make_gate(mariadb, cluster=REUSE)

    def client(number):
        found = set()
        for turn in range(15):
            with contextlib.closing(driver.connect(gate, client_tls)) as connection:
                assert driver.value(connection, "SELECT @whose") is None
                driver.value(connection, f"SELECT @whose := {number * 100 + turn}")
                assert driver.value(connection, "SELECT @whose") == number * 100 + turn
                found.add(driver.value(connection, "SELECT CONNECTION_ID()"))
        return found

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        ids = set().union(*pool.map(client, range(8)))
    lines = gate.wait_for(120, msg="session closed")
    assert len(ids) == sum(line["aggregator_reused"] == "false" for line in lines)
    assert len(ids) <= 30, "a connection for each of those who were there together, and a few"


# --- the password ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.rule(16)
def test_a_wrong_password_is_refused_and_ends_the_connection(visit, aggregator):
    first = visit()
    number, text = visit.refused(password="wrong")
    assert number == ER_ACCESS_DENIED and "'app'@'127.0.0.1' (using password: YES)" in text
    line = visit.lines[-1]
    assert (line["aggregator_id"], line["cause"]) == (str(first), "authentication_failed")
    wait_for_threads(aggregator, 0)
    assert visit() != first


@pytest.mark.rule(16)
def test_a_client_that_leaves_instead_of_answering_ends_the_connection(visit, aggregator, client_tls):
    with visit.that_ends(), visit.by_wire() as wire:
        first = wire.value("SELECT CONNECTION_ID()").decode()
        wire.command(bytes([COM_QUIT]))
    with visit.that_ends(), Wire(visit.gate) as wire:
        wire.read_greeting()
        wire.start_tls(client_tls)
        wire.write(handshake_response("nopw", database="app", capabilities=REPLIES | CLIENT_SSL))
        assert wire.read()[:1] == b"\xfe"
    line = visit.lines[-1]
    assert (line["aggregator_id"], line["aggregator_reused"]) == (first, "true")
    wait_for_threads(aggregator, 0, "nopw")


def test_the_password_is_the_one_of_today(visit, aggregator):
    make_guest(aggregator, "old")
    first = visit(user="guest", password="old")
    aggregator.sql("ALTER USER guest@'%' IDENTIFIED BY 'new'")
    assert visit.refused(user="guest", password="old")[0] == ER_ACCESS_DENIED
    second = visit(user="guest", password="new")
    assert second != first
    assert visit(user="guest", password="new") == second


def test_a_locked_or_dropped_user_does_not_get_in(visit, aggregator):
    make_guest(aggregator, "guest-pw")
    visit(user="guest")
    aggregator.sql("ALTER USER guest@'%' ACCOUNT LOCK")
    visit.refused(user="guest")
    aggregator.sql("ALTER USER guest@'%' ACCOUNT UNLOCK")
    visit(user="guest")
    aggregator.sql("DROP USER guest@'%'")
    assert visit.refused(user="guest")[0] == ER_ACCESS_DENIED
    wait_for_threads(aggregator, 0, "guest")


def test_the_gates_own_rules_come_first(make_gate, aggregator, client_tls, pki):
    """Whether a client may pass is decided as always; one that may not touches no kept connection."""
    gate = make_gate(aggregator, cluster=REUSE, accounts=[{"user": "app", "require": "X509"}],
                     listener={"ssl_ca": pki.client_trust})
    visit = Visits(gate, driver.context(pki.client_trust, pair=pki.alice))
    first = visit()
    assert visit.refused(tls=client_tls)[0] == ER_ACCESS_DENIED
    assert visit.lines[-1]["aggregator"] == "none"
    assert visit() == first


@pytest.mark.parametrize("cached", [True, False], ids=["fast", "full"])
def test_caching_sha2_password_passes_both_ways(make_gate, mysql_lts, client_tls, cached):
    visit = Visits(make_gate(mysql_lts, cluster=REUSE), client_tls)
    first = visit()
    if not cached:
        mysql_lts.sql("FLUSH PRIVILEGES")
    assert visit() == first


def test_sha256_password_passes(make_gate, mysql_lts, client_tls):
    visit = Visits(make_gate(mysql_lts, cluster=REUSE), client_tls)
    assert visit(user="sha256") == visit(user="sha256")


def test_accounts_without_a_password_pass(visit):
    assert visit(user="nopw", password="") == visit(user="nopw", password="")


def test_client_ed25519_passes(make_gate, mariadb, pki, mariadb_cli):
    gate = make_gate(mariadb, cluster=REUSE)
    for count in (1, 2):
        assert mariadb_cli(gate, user="ed", ssl_ca=pki.client_trust).code == 0
        gate.wait_for(count, msg="session closed")
    assert mariadb_cli(gate, user="ed", password="wrong", ssl_ca=pki.client_trust).code == 1
    assert [line["aggregator_reused"] for line in gate.wait_for(3, msg="session closed")] == ["false", "true", "true"]


# --- what it finds --------------------------------------------------------------------------------------------------------------------

STATE = """SELECT CONCAT_WS('|', IFNULL(@mine, 'none'), @@autocommit, @@sql_mode, IFNULL(DATABASE(), 'none'), @@character_set_client,
    @@collation_connection, @@time_zone, @@{}, @@foreign_key_checks, @@wait_timeout, LAST_INSERT_ID())"""


def test_nothing_of_the_earlier_session_is_left(visit, aggregator, client_tls):
    isolation = "tx_isolation" if aggregator.name == "MariaDB" else "transaction_isolation"
    state = STATE.format(isolation)
    fresh = visit(state)
    with visit.that_ends(), contextlib.closing(driver.connect(visit.gate, client_tls)) as connection:
        before = driver.value(connection, "SELECT CONNECTION_ID()")
        with connection.cursor() as cursor:
            for statement in ("SET @mine = 1, autocommit = 0, sql_mode = 'ANSI', time_zone = '+05:00', foreign_key_checks = 0",
                              "SET NAMES latin1", "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET wait_timeout = 77",
                              "USE app", "CREATE TEMPORARY TABLE mine (a INT PRIMARY KEY AUTO_INCREMENT)",
                              "INSERT INTO mine VALUES (NULL)", "PREPARE mine FROM 'SELECT 1'",
                              "INSERT INTO note (text) VALUES ('uncommitted')"):
                cursor.execute(statement)
    with contextlib.closing(driver.connect(visit.gate, client_tls)) as connection:
        assert driver.value(connection, "SELECT CONNECTION_ID()") == before
        assert driver.value(connection, state) == fresh
        assert driver.value(connection, "SELECT COUNT(*) FROM app.note WHERE text = 'uncommitted'") == 0
        for gone, number in (("SELECT * FROM app.mine", 1146), ("EXECUTE mine", 1243)):
            with pytest.raises(pymysql.err.MySQLError) as missing:
                driver.value(connection, gone)
            assert missing.value.args[0] == number


def test_the_schema_and_the_character_set_are_those_of_the_login(visit):
    ask = "SELECT CONCAT_WS(' ', CONNECTION_ID(), DATABASE(), @@collation_connection)"
    first = visit(ask, database="app", charset="latin1").split()
    assert first[1:] == ["app", "latin1_swedish_ci"]
    second = visit(ask, database="information_schema", charset="utf8mb4").split()
    assert second[0] == first[0] and second[1] == "information_schema" and second[2].startswith("utf8mb4_")


def test_a_schema_that_is_not_there_is_refused_as_in_a_new_connection(visit, aggregator):
    fresh = visit.refused(database="nowhere")
    first = visit(database="app")
    assert visit.refused(database="nowhere") == fresh
    assert visit.lines[-1]["aggregator_id"] == str(first)
    assert visit(database="app") != first


def test_connect_attributes_are_those_of_the_login(make_gate, mariadb, client_tls):
    visit = Visits(make_gate(mariadb, cluster=REUSE), client_tls)
    ask = """SELECT CONCAT_WS(' ', CONNECTION_ID(), (SELECT ATTR_VALUE FROM performance_schema.session_connect_attrs
             WHERE PROCESSLIST_ID = CONNECTION_ID() AND ATTR_NAME = '{}'))"""
    first = visit(ask.format("_client_port"), program_name="one").split()
    second = visit(ask.format("_client_port"), program_name="two").split()
    assert first[0] == second[0] and first[1] != second[1], "each client's own port"
    assert visit(ask.format("program_name"), program_name="three").split() == [first[0], "three"]


def test_init_connect_ran_for_the_first_only(mariadb_of_own, make_gate, client_tls):
    """What differs from a new connection, as README.md says."""
    server = mariadb_of_own("--init-connect=SET @greeted = 'yes'")
    visit = Visits(make_gate(server, cluster=REUSE), client_tls)
    assert [visit("SELECT @greeted"), visit("SELECT @greeted")] == ["yes", None]


# --- clients --------------------------------------------------------------------------------------------------------------------------


def test_command_line_clients_come_again(make_gate, aggregator, pki, mysql_cli, mariadb_cli):
    for client, options in ((mysql_cli, {"ssl_mode": "VERIFY_CA"}), (mariadb_cli, {"ssl_verify_server_cert": True})):
        gate = make_gate(aggregator, cluster=REUSE)
        ids = []
        for count in (1, 2, 3):
            result = client(gate, "SELECT CONNECTION_ID()", ssl_ca=pki.client_trust, **options)
            assert result.code == 0, result
            ids.append(result.out)
            gate.wait_for(count, msg="session closed")
        assert len(set(ids)) == 1


@pytest.mark.parametrize("compress", [False, True], ids=["as it is", "compressed"])
def test_an_application_with_libmariadb_comes_again(make_gate, aggregator, pki, libmariadb, compress):
    gate = make_gate(aggregator, cluster=REUSE)
    actions = ["query", "SELECT REPEAT('x', 3)", "query", "SELECT CONNECTION_ID()", "prepared", "SELECT ? + 1"]
    answers = []
    for count in (1, 2, 3):
        answers.append(libmariadb(gate, pki.client_trust, *actions, compress=compress))
        gate.wait_for(count, msg="session closed")
    assert answers == [(0, ["xxx", answers[0][1][1], "42"])] * 3
