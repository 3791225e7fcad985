"""KILL with the connection ids that the gate gives out: it reaches exactly that session, or nothing."""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import time

import pymysql
import pytest
from pymysql.constants import COMMAND

from harness import driver
from harness.fake_aggregator import FakeAggregator, greeting, read_packet
from harness.gate import IN_THE_CLEAR
from harness.mariadb import MariaDb
from harness.ports import free_port, wait_until
from harness.programs import PROJECT
from harness.wire import CAPABILITIES, CLIENT_LOCAL_FILES, COM_PING, COM_QUERY, ServerError, Wire, packet

COM_PROCESS_KILL = 0x0C
SERVER_STATUS_IN_TRANS = 1
SLEEP = "SELECT SLEEP(60), "


def with_killer(server):
    """A server that knows `killer`, who may end everybody's queries, and `powerless`, who may not."""
    server.sql("CREATE USER killer@'%' IDENTIFIED BY 'killer-pw' REQUIRE X509",
               "GRANT CONNECTION ADMIN ON *.* TO killer@'%'",
               "CREATE USER powerless@'%' IDENTIFIED BY 'powerless-pw' REQUIRE X509")
    return server


@pytest.fixture(scope="module")
def two_mariadbs(scratch, pki):
    servers = [with_killer(MariaDb(scratch, pki.cluster_ca, pki.aggregator).start()) for _ in range(2)]
    yield servers
    for server in servers:
        server.stop()


def health_as(scratch, user):
    return {"interval": "1h", "user": user, "password_file": scratch.password_file(f"{user}-pw")}


@pytest.fixture
def health(scratch):
    return health_as(scratch, "killer")


@pytest.fixture
def gate(make_gate, two_mariadbs, health):
    """In turn: every other session is on the same aggregator."""
    return make_gate(*two_mariadbs, cluster={"balance": "round_robin", "health": health})


def queries(*servers):
    """The sleeping queries of these servers, by the word each one has in it."""
    return sorted(row[0].removeprefix(SLEEP).strip("'") for server in servers for row in server.sql(
        f"SELECT info FROM information_schema.processlist WHERE info LIKE \"{SLEEP}%\""))


@pytest.fixture
def asleep(request):
    """Starts a sleeping query on a connection, without waiting for its answer; all are ended with the test."""
    servers = []

    def start(connection, word, *among):
        servers.extend(among)
        connection._execute_command(COMMAND.COM_QUERY, f"{SLEEP}'{word}'")
        wait_until(lambda: word in queries(*among), 20, f"the query of {word}")

    yield start
    for server in set(servers):
        for row in server.sql(f"SELECT id FROM information_schema.processlist WHERE info LIKE \"{SLEEP}%\""):
            with contextlib.suppress(pymysql.err.MySQLError):
                server.sql(f"KILL {row[0]}")


@pytest.fixture
def connect(gate, client_tls):
    """PyMySQL connections through the gate, one after the other on each aggregator."""
    with contextlib.ExitStack() as stack:

        def make(user="app", through=None, **options):
            connection = driver.connect(through or gate, client_tls, user=user, **options)
            stack.callback(lambda: connection.open and connection._force_close())
            return connection

        yield make


def run(connection, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def refusal(connection, sql):
    """Code and text of the error that a statement ends with."""
    with pytest.raises(pymysql.err.MySQLError) as refused:
        run(connection, sql)
    return refused.value.args


def is_gone(connection):
    """Whether its session has ended."""
    try:
        driver.value(connection, "SELECT 1")
        return False
    except pymysql.err.MySQLError:
        return True


def interrupted(connection):
    """The answer to the query that the connection waits for: interrupted servers report that in two ways."""
    try:
        return connection._read_query_result() and connection._result.rows[0][0] == 1
    except pymysql.err.OperationalError as error:
        return error.args[0] == 1317


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


class Terminal:
    """A client that somebody types into."""

    def __init__(self, cli, gate, **options):
        self.screen, terminal = pty.openpty()
        self.process = cli.start(gate, None, batch=False, terminal=terminal, **options)
        os.close(terminal)
        self.shown = ""

    def type(self, text):
        os.write(self.screen, text.encode())

    def ctrl_c(self):
        self.process.send_signal(signal.SIGINT)

    def shows(self, text, deadline=40):
        """Whether this appears on the screen."""
        end = time.monotonic() + deadline
        while text not in self.shown and time.monotonic() < end:
            if select.select([self.screen], [], [], 0.2)[0]:
                try:
                    self.shown += os.read(self.screen, 65536).decode(errors="replace")
                except OSError:  # the client has ended
                    break
        return text in self.shown

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.screen)


@pytest.mark.rule(24)
@pytest.mark.parametrize("where", ["same", "other"])
@pytest.mark.parametrize("client", ["mariadb", "mysql"])
def test_ctrl_c_ends_that_query_and_no_other(request, gate, pki, two_mariadbs, connect, asleep, client, where):
    cli = request.getfixturevalue(f"{client}_cli")
    bystanders = ["one"] if where == "same" else ["one", "two"]  # whose turn it is when the client comes back to kill
    with Terminal(cli, gate, ssl_ca=pki.client_trust, skip_reconnect=True) as terminal:
        terminal.type(f"{SLEEP}'victim';\n")
        wait_until(lambda: "victim" in queries(*two_mariadbs), 20, "the query of the client")
        for word in bystanders:
            asleep(connect(), word, *two_mariadbs)
        terminal.ctrl_c()
        wait_until(lambda: "victim" not in queries(*two_mariadbs), 20, "the end of the client's query")
        terminal.type("SELECT CONCAT('the session ', 'goes on');\n")
        assert terminal.shows("the session goes on"), terminal.shown
        assert queries(*two_mariadbs) == bystanders
        terminal.type("exit\n")
        ended = gate.wait_for(2, msg="session closed", user="app")
    assert (ended[0]["aggregator"] == ended[1]["aggregator"]) == (where == "same")
    assert len(gate.entries(msg="killed on another aggregator")) == (where == "other")


@pytest.mark.parametrize("client", ["mariadb", "mysql"])
def test_ctrl_c_ends_a_query_on_mysql(request, make_gate, pki, mysql_lts, connect, asleep, client):
    cli = request.getfixturevalue(f"{client}_cli")
    gate = make_gate(mysql_lts)
    with Terminal(cli, gate, ssl_ca=pki.client_trust) as terminal:
        terminal.type(f"{SLEEP}'victim';\n")
        wait_until(lambda: "victim" in queries(mysql_lts), 20, "the query of the client")
        asleep(connect(through=gate), "bystander", mysql_lts)
        terminal.ctrl_c()
        wait_until(lambda: queries(mysql_lts) == ["bystander"], 20, "the end of that query alone")
        terminal.type("SELECT CONCAT('the session ', 'goes on');\n")
        assert terminal.shows("the session goes on"), terminal.shown


# --- KILL -------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["same", "other"])
def victim_and_killer(request, connect):
    """Two sessions of one user, on the same aggregator or on two."""
    victim = connect()
    if request.param == "same":
        connect()
    killer = connect()
    assert (driver.value(victim, "SELECT @@port") == driver.value(killer, "SELECT @@port")) == (request.param == "same")
    return victim, killer


@pytest.mark.rule(24)
def test_kill_ends_the_session_of_that_id(victim_and_killer, connect):
    victim, killer = victim_and_killer
    bystanders = [connect(), connect()]
    run(killer, f"KILL {victim.thread_id()}")
    assert is_gone(victim)
    assert not any(map(is_gone, [killer, *bystanders]))


def test_kill_query_leaves_the_session(victim_and_killer, two_mariadbs, asleep):
    victim, killer = victim_and_killer
    asleep(victim, "victim", *two_mariadbs)
    run(killer, f"/* ApplicationName=test */ kill query {victim.thread_id()};")
    assert interrupted(victim)
    assert not is_gone(victim)


def test_process_kill_ends_the_session_of_that_id(victim_and_killer):
    victim, killer = victim_and_killer
    killer.kill(victim.thread_id())
    assert is_gone(victim)
    assert not is_gone(killer)


def test_a_session_may_kill_itself(connect):
    connection = connect()
    assert refusal(connection, f"KILL {connection.thread_id()}")[0] in (1317, 1927, 2013)
    assert is_gone(connection)


@pytest.mark.rule(24)
def test_the_id_of_a_session_that_has_ended_is_unknown(gate, victim_and_killer):
    victim, killer = victim_and_killer
    number = victim.thread_id()
    victim.close()
    gate.session(id=number)
    assert refusal(killer, f"KILL {number}") == (1094, f"Unknown thread id: {number}")
    assert not is_gone(killer)


@pytest.mark.parametrize("number", [(1 << 30) + 5, (1 << 30) + (1 << 23) + 99999, (1 << 31) - 1])
def test_an_id_that_was_never_given_out_is_unknown(connect, number):
    connection = connect()
    assert refusal(connection, f"KILL QUERY {number}") == (1094, f"Unknown thread id: {number}")
    with pytest.raises(pymysql.err.MySQLError) as refused:
        connection.kill(number)
    assert refused.value.args[0] == 1094


@pytest.mark.rule(24)
@pytest.mark.parametrize("where", ["same", "other"])
def test_the_id_of_another_user_is_unknown(connect, where):
    victim = connect(user="report")
    if where == "same":
        connect()
    killer = connect()
    number = victim.thread_id()
    assert refusal(killer, f"KILL {number}") == (1094, f"Unknown thread id: {number}")
    assert not is_gone(victim)


def test_the_id_of_a_session_in_another_cluster_is_unknown(make_gate, two_mariadbs, pki, health, connect):
    one, other = two_mariadbs
    port = free_port()
    gate = make_gate(one, cluster={"health": health}, start=False,
                     listeners=[{"name": "second", "address": f"127.0.0.1:{port}", "cluster": "second"}])
    gate.config["cluster"]["second"] = {**gate.config["cluster"]["default"], "aggregator": [{"address": other.address}]}
    gate.write_config()
    gate.start()
    victim, killer = connect(through=gate, port=port), connect(through=gate)
    assert refusal(killer, f"KILL {victim.thread_id()}")[0] == 1094
    assert not is_gone(victim)


def test_an_aggregators_own_id_passes_untouched(connect, two_mariadbs):
    """SELECT CONNECTION_ID() and SHOW PROCESSLIST give the aggregators' ids, which mean something on one aggregator."""
    victim, _, killer = connect(), connect(), connect()
    number = driver.value(victim, "SELECT CONNECTION_ID()")
    assert number < 1 << 30
    run(killer, f"KILL {number}")
    assert is_gone(victim)
    assert refusal(killer, "KILL 99999999")[0] == 1094


@pytest.mark.rule(24)
def test_a_kill_hidden_from_the_gate_reaches_nothing(connect, two_mariadbs):
    victim, _, killer = connect(), connect(), connect(client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS)
    number = victim.thread_id()
    for hidden in (f"KILL {number} + 0", f"/*!50000 KILL {number} */", f"KILL {number}; SELECT 1",
                   f"KILL /* {'x' * 600} */ {number}"):
        assert refusal(killer, hidden)[0] == 1094, hidden
    run(killer, f"PREPARE hidden FROM 'KILL {number}'")
    assert refusal(killer, "EXECUTE hidden")[0] == 1094
    assert not is_gone(victim)


def test_kill_finds_a_session_after_its_change_of_user(gate, client_tls, connect):
    with Wire(gate) as victim:
        victim.login("app", tls=client_tls)
        number = victim.greeting.connection_id
        before, after = connect(user="app"), connect(user="report")
        victim.change_user("report")
        assert refusal(before, f"KILL {number}")[0] == 1094
        assert victim.ping()
        run(after, f"KILL {number}")
        assert victim.closed_within(20)


def test_query_attributes_hide_no_kill(make_gate, mysql_lts, pki, mysql_cli, connect):
    gate = make_gate(mysql_lts)
    victim = connect(through=gate)
    result = mysql_cli(gate, f"query_attributes traceparent 00-0af7651916cd43dd-01\nKILL {victim.thread_id()}",
                       ssl_ca=pki.client_trust, commands=True)
    assert result.code == 0, result
    assert is_gone(victim)


# --- across aggregators -----------------------------------------------------------------------------------------------


def test_without_a_health_account_another_aggregator_is_not_reached_and_the_log_says_what_is_missing(
        make_gate, two_mariadbs, connect):
    gate = make_gate(*two_mariadbs, cluster={"balance": "round_robin"})
    victim, killer, neighbour = (connect(through=gate) for _ in range(3))
    number = victim.thread_id()
    assert refusal(killer, f"KILL {number}") == (1094, f"Unknown thread id: {number}")
    assert not is_gone(victim)
    line = gate.wait_for(level="warning", msg="KILL does not reach another aggregator")[0]
    assert "health.user" in line["reason"] and line["target"] == str(number)
    run(neighbour, f"KILL {number}")
    assert is_gone(victim)


def test_a_health_account_that_may_not_kill_reaches_nothing_and_the_log_says_so(make_gate, two_mariadbs, scratch, connect):
    gate = make_gate(*two_mariadbs, cluster={"balance": "round_robin", "health": health_as(scratch, "powerless")})
    victim, killer = connect(through=gate), connect(through=gate)
    assert refusal(killer, f"KILL {victim.thread_id()}")[0] == 1094
    assert not is_gone(victim)
    assert "ERR 1095" in gate.wait_for(msg="KILL does not reach another aggregator")[0]["reason"]


def test_kill_reaches_from_mariadb_to_mysql_and_back(make_gate, two_mariadbs, mysql_lts, health, connect, asleep):
    mysql_lts.sql("CREATE USER killer@'%' IDENTIFIED BY 'killer-pw' REQUIRE X509",
                  "GRANT CONNECTION_ADMIN ON *.* TO killer@'%'")
    try:
        servers = two_mariadbs[0], mysql_lts
        gate = make_gate(*servers, cluster={"balance": "round_robin", "health": health})
        one, other = connect(through=gate), connect(through=gate)
        for victim, killer in ((one, other), (other, one)):
            asleep(victim, "victim", *servers)
            run(killer, f"KILL QUERY {victim.thread_id()}")
            assert interrupted(victim)
    finally:
        mysql_lts.sql("DROP USER killer@'%'")


def test_an_aggregator_that_is_gone_is_not_waited_for_longer_than_its_connect_deadline(
        make_gate, mariadb_of_own, health, connect):
    servers = with_killer(mariadb_of_own()), with_killer(mariadb_of_own())
    gate = make_gate(*servers, cluster={"balance": "round_robin", "health": health}, timeouts={"connect": "1s"})
    victim, killer = connect(through=gate), connect(through=gate)
    servers[0].child.signal(signal.SIGSTOP)
    try:
        assert refusal(killer, f"KILL {victim.thread_id()}")[0] == 1094
    finally:
        servers[0].child.signal(signal.SIGCONT)
    assert "timed out" in gate.wait_for(msg="KILL does not reach another aggregator")[0]["reason"]
    assert not is_gone(killer)


def served(connection_id, heard):
    """The conversation of an aggregator that accepts every login and answers every command with OK."""

    def conversation(connection):
        connection.sendall(greeting(CAPABILITIES, connection_id=connection_id))
        read_packet(connection)
        ok = b"\0\0\0\2\0\0\0"
        connection.sendall(packet(ok, 2))
        while True:
            heard.append(read_packet(connection))
            connection.sendall(packet(ok, 1))

    return conversation


@pytest.mark.rule(24)
def test_a_kill_that_fails_never_becomes_one_of_an_aggregators_own_ids(make_gate, client_tls):
    """An aggregator that has served a billion connections gives out ids that look like the gate's."""
    heard = []
    with FakeAggregator(served(7, [])) as one, FakeAggregator(served((1 << 30) + 5, heard)) as old:
        gate = make_gate(one, old, cluster={"balance": "round_robin", **IN_THE_CLEAR})
        with Wire(gate) as victim, Wire(gate) as killer:
            victim.login("app", tls=client_tls)
            killer.login("app", tls=client_tls)
            heard.clear()
            number = victim.greeting.connection_id
            for statement in (f"KILL {number}", f"KILL {number + 50}"):
                killer.command(bytes([COM_QUERY]) + statement.encode())
                killer.read()
            assert [each[1:] for each in heard if each[0] == COM_QUERY] == [b"KILL 0", f"KILL {number + 50}".encode()]


def test_the_ok_of_a_kill_across_aggregators_has_the_sessions_own_status(gate, client_tls, connect):
    victim = connect()
    with Wire(gate) as killer:
        killer.login("app", tls=client_tls)
        for statement, in_transaction in (("BEGIN", True), (None, True), ("COMMIT", False)):
            killer.command(bytes([COM_QUERY]) + (statement or f"KILL QUERY {victim.thread_id()}").encode())
            ok = killer.read()
            assert ok[0] == 0
            assert bool(struct.unpack_from("<H", ok, 3)[0] & SERVER_STATUS_IN_TRANS) == in_transaction, statement
    assert len(gate.entries(msg="killed on another aggregator")) == 1


# --- among other commands -----------------------------------------------------------------------------------------------


@pytest.fixture(params=[0, CLIENT_LOCAL_FILES], ids=["", "LOCAL_FILES"])
def killer(request, make_gate, two_mariadbs, health, client_tls, connect):
    """A raw session, and victims on both aggregators: with and without LOAD DATA LOCAL, where replies are followed."""
    gate = make_gate(*two_mariadbs, cluster={"balance": "round_robin", "health": health, "local_infile": True})
    victims = [connect(through=gate), connect(through=gate)]
    with Wire(gate) as wire:
        wire.login("app", tls=client_tls, capabilities=CAPABILITIES | request.param)
        yield wire, victims


def test_a_kill_split_at_every_byte_is_found(killer):
    wire, victims = killer
    for victim in victims:
        for byte in packet(bytes([COM_QUERY]) + f"KILL {victim.thread_id()}".encode(), 0):
            wire.send(bytes([byte]))
            time.sleep(0.002)
        assert wire.read()[0] == 0
    assert all(map(is_gone, victims))


def test_the_replies_to_pipelined_commands_and_kills_keep_their_order(killer):
    wire, victims = killer
    numbers = [each.thread_id() for each in victims]
    commands = [bytes([COM_QUERY]) + b"DO SLEEP(1)", bytes([COM_PROCESS_KILL]) + struct.pack("<I", numbers[0]),
                bytes([COM_QUERY]) + b"SYNTAX ERROR", bytes([COM_QUERY]) + f"KILL {numbers[1]}".encode(),
                bytes([COM_QUERY]) + b"KILL 2147483647", bytes([COM_PING])]
    wire.send(b"".join(packet(command, 0) for command in commands))
    replies = [wire.read() for _ in commands]
    assert [ServerError(reply).code if reply[0] else 0 for reply in replies] == [0, 0, 1064, 0, 1094, 0]
    assert all(map(is_gone, victims))


def test_a_file_that_looks_like_a_kill_is_a_file(make_gate, two_mariadbs, health, client_tls, connect):
    gate = make_gate(two_mariadbs[0], cluster={"health": health, "local_infile": True})
    two_mariadbs[0].sql("CREATE OR REPLACE TABLE app.loaded (text VARCHAR(50))")
    victim = connect(through=gate)
    content = bytes([COM_QUERY]) + f"KILL {victim.thread_id()}".encode()
    with Wire(gate) as wire:
        wire.login("app", tls=client_tls, capabilities=CAPABILITIES | CLIENT_LOCAL_FILES)
        wire.command(bytes([COM_QUERY]) + b"LOAD DATA LOCAL INFILE 'rows' INTO TABLE app.loaded")
        assert wire.read() == b"\xfbrows"
        wire.write(content)
        wire.write(b"")
        assert wire.read()[0] == 0
    assert two_mariadbs[0].sql("SELECT text FROM app.loaded") == ((content.decode(),),)
    assert not is_gone(victim)


@pytest.mark.rule(24)
@pytest.mark.threads
def test_many_kills_at_once_each_reach_their_own(gate, two_mariadbs, connect, asleep):
    pairs = []
    for number in range(12):
        victim = connect(user="app" if number % 3 else "report")
        asleep(victim, f"victim {number:02}", *two_mariadbs)
        pairs.append((victim, connect(user=victim.user.decode())))
    spared = connect()
    asleep(spared, "spared", *two_mariadbs)
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda pair: run(pair[1], f"KILL QUERY {pair[0].thread_id()}"), pairs))
    assert all(interrupted(victim) for victim, _ in pairs)
    assert queries(*two_mariadbs) == ["spared"]


# --- drivers ----------------------------------------------------------------------------------------------------------


def test_an_application_on_mysql2_ends_a_query_that_timed_out(gate, pki, two_mariadbs, connect, asleep):
    """As knex does: the driver gives up waiting; a second connection kills by the first one's threadId."""
    if not (PROJECT / "tests/e2e/node/node_modules/mysql2").exists():
        pytest.skip("cannot run here: the npm registry was out of reach of ./dev setup (mysql2 is missing)")
    asleep(connect(), "bystander", *two_mariadbs)
    request = {"host": gate.host, "port": gate.port, "user": "app", "password": "app-pw", "ca": str(pki.client_trust),
               "sql": f"{SLEEP}'victim'", "timeout": 1000}
    done = subprocess.run(["node", PROJECT / "tests/e2e/node/query_timeout.js"], input=json.dumps(request),
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"code": "PROTOCOL_SEQUENCE_TIMEOUT", "killed": True}
    assert queries(*two_mariadbs) == ["bystander"]


JDBC = pathlib.Path("/usr/share/java/mariadb-java-client.jar")


@pytest.mark.parametrize("how", ["timeout", "cancel"])
@pytest.mark.parametrize("servers", ["MariaDB", "MySQL"])
def test_jdbc_ends_a_query_that_takes_too_long(request, make_gate, pki, health, connect, asleep, servers, how):
    if not JDBC.exists():
        pytest.skip(f"cannot run here: {JDBC} is missing (libmariadb-java)")
    servers = request.getfixturevalue("two_mariadbs") if servers == "MariaDB" else [request.getfixturevalue("mysql_lts")]
    gate = make_gate(*servers, cluster={"balance": "round_robin"} | ({"health": health} if len(servers) > 1 else {}))
    url = f"jdbc:mariadb://{gate.host}:{gate.port}/app?sslMode=verify-ca&useSsl=true&serverSslCert={pki.client_trust}"
    with subprocess.Popen(["java", "-cp", JDBC, PROJECT / "tests/e2e/java/QueryTimeout.java", url, "app", "app-pw",
                           f"{SLEEP}'victim'", how], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        wait_until(lambda: "victim" in queries(*servers) or program.poll() is not None, 40, "the query of the program")
        asleep(connect(through=gate), "bystander", *servers)
        out, err = program.communicate(timeout=60)
    ended, afterwards = out.splitlines() or (err, "")
    assert ended in ("timed out", "error 1317", "slept 1"), (out, err)  # "slept 0": to its end
    assert afterwards == "42"
    assert queries(*servers) == ["bystander"]
