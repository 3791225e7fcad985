"""Reuse of aggregator connections: which ones are kept, how long, and what a kept one holds. Who gets it: test_reuse."""
import contextlib
import socket
import struct
import time

import pymysql
import pytest

from harness import driver
from harness.ports import wait_until
from harness.replies import COM_STMT_CLOSE, COM_STMT_PREPARE, about
from harness.visits import Visits, threads, wait_for_threads
from harness.wire import COM_PING, COM_QUERY, COM_QUIT, Closed, packet

REUSE = {"reuse": "change_user"}
CLIENT_IGNORE_SPACE, CLIENT_INTERACTIVE = 0x100, 0x400
QUIT = packet(bytes([COM_QUIT]), 0)


def query(text):
    return bytes([COM_QUERY]) + text.encode()


@pytest.fixture
def visit(make_gate, aggregator, client_tls):
    return Visits(make_gate(aggregator, cluster=REUSE), client_tls)


# --- clean ends -----------------------------------------------------------------------------------------------------------------------


def behind_a_command_without_reply(wire):
    statement = int.from_bytes(wire.ask(bytes([COM_STMT_PREPARE]) + b"SELECT 1")[0][1:5], "little")
    wire.send(packet(about(COM_STMT_CLOSE, statement), 0) + QUIT)


def behind_a_query_whose_reply_is_still_to_come(wire):
    ask = query("SELECT REPEAT('x', 1000000); SELECT SLEEP(0.3), 2")
    wire.send(packet(ask, 0) + QUIT)
    assert wire.reply_to(ask)[-2] == b"\x010\x012"


def in_two_pieces(wire):
    wire.send(QUIT[:3])
    time.sleep(0.1)
    wire.send(QUIT[3:])


def in_a_transaction(wire):
    wire.ask(query("BEGIN"))
    wire.ask(query("INSERT INTO note (text) VALUES ('never there')"))
    wire.send(QUIT)


def after_an_error(wire):
    assert wire.ask(query("SELECT broken"))[0][:1] == b"\xff"
    wire.send(QUIT)


@pytest.mark.parametrize("leave", [behind_a_command_without_reply, behind_a_query_whose_reply_is_still_to_come, in_two_pieces,
                                   in_a_transaction, after_an_error], ids=lambda leave: leave.__name__.replace("_", " "))
def test_a_client_that_quits_leaves_its_connection(visit, aggregator, leave):
    with visit.that_ends(), visit.by_wire() as wire:
        first = int(wire.value("SELECT CONNECTION_ID()"))
        leave(wire)
        with pytest.raises(Closed):
            wire.read()
    assert visit.lines[-1]["cause"] == "quit"
    assert threads(aggregator, "nopw") == {first}
    with visit.that_ends(), visit.by_wire() as wire:
        assert int(wire.value("SELECT CONNECTION_ID()")) == first
        assert wire.value("SELECT COUNT(*) FROM note WHERE text = 'never there'") == b"0"
        wire.send(QUIT)


# --- unclean ends ---------------------------------------------------------------------------------------------------------------------


def reset(wire):
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def without_quitting(wire):
    wire.close()


def with_half_a_quit(wire):
    wire.send(QUIT[:4])


def with_half_a_query(wire):
    wire.send(packet(query("SELECT 1"), 0)[:7])


def with_more_behind_its_quit(wire):
    wire.send(QUIT + packet(bytes([COM_PING]), 0))


def with_a_quit_that_is_too_long(wire):
    wire.send(packet(bytes([COM_QUIT, 0]), 0))


def with_a_quit_out_of_order(wire):
    wire.send(packet(bytes([COM_QUIT]), 1))


def in_the_middle_of_a_reply(wire):
    wire.send(packet(query("SELECT REPEAT('x', 60000000)"), 0) + QUIT)
    wire.exactly(1000)
    reset(wire)


def after_a_change_of_user(wire):
    wire.change_user("nopw", "")
    wire.send(QUIT)


def after_a_query_that_was_killed(wire):
    with contextlib.closing(pymysql.connect(**wire.beside)) as other:
        other.cursor().execute(f"KILL QUERY {wire.greeting.connection_id}")
    wire.send(QUIT)


@pytest.mark.rule(16)
@pytest.mark.parametrize("leave", [reset, without_quitting, with_half_a_quit, with_half_a_query, with_more_behind_its_quit,
                                   with_a_quit_that_is_too_long, with_a_quit_out_of_order, in_the_middle_of_a_reply,
                                   after_a_change_of_user, after_a_query_that_was_killed],
                         ids=lambda leave: leave.__name__.replace("_", " "))
def test_a_client_that_leaves_otherwise_leaves_nothing(visit, aggregator, client_tls, leave):
    with visit.by_wire() as wire:
        first = int(wire.value("SELECT CONNECTION_ID()"))
        wire.beside = {"host": visit.gate.host, "port": visit.gate.port, "user": "nopw", "ssl": client_tls}
        leave(wire)
        with contextlib.suppress(OSError, ValueError):
            wire.socket.shutdown(socket.SHUT_WR)
        wait_until(lambda: first not in threads(aggregator, "nopw"), 20, "its connection to end")


@pytest.mark.parametrize("flag", [CLIENT_INTERACTIVE, CLIENT_IGNORE_SPACE], ids=["INTERACTIVE", "IGNORE_SPACE"])
def test_a_client_of_a_flag_that_counts_at_a_login_only_leaves_nothing(visit, aggregator, flag):
    """MariaDB would not give the next one its wait_timeout, nor its sql_mode."""
    with visit.that_ends(), visit.by_wire(flags=flag) as wire:
        assert (b"IGNORE_SPACE" in wire.value("SELECT @@sql_mode")) == (flag == CLIENT_IGNORE_SPACE)
        wire.send(QUIT)
    wait_for_threads(aggregator, 0, "nopw")


# --- files ----------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def loading(aggregator, make_gate, client_tls):
    before = aggregator.sql("SELECT @@local_infile")[0][0]
    aggregator.sql("SET GLOBAL local_infile = 1", "CREATE TABLE app.from_client (line LONGBLOB)")
    yield Visits(make_gate(aggregator, cluster=REUSE | {"local_infile": True}), client_tls)
    aggregator.sql("DROP TABLE app.from_client", f"SET GLOBAL local_infile = {before}")


LOAD = query("LOAD DATA LOCAL INFILE 'any' INTO TABLE app.from_client")


def test_a_client_that_loaded_a_file_leaves_its_connection(loading):
    ids = []
    for _ in range(2):
        with loading.that_ends(), loading.by_wire() as wire:
            ids.append(wire.value("SELECT CONNECTION_ID()"))
            assert wire.ask(LOAD)[-1] == b"\xfbany"
            wire.write(QUIT)  # data
            wire.write(b"")
            assert wire.reply_to(query(""))[-1][:1] == b"\0"
            wire.send(QUIT)
    assert ids[0] == ids[1]


def test_a_client_that_quits_in_the_middle_of_a_file_leaves_nothing(loading, aggregator):
    with loading.by_wire() as wire:
        assert wire.ask(LOAD)[-1] == b"\xfbany"
        wire.write(b"data")
        wire.write(bytes([COM_QUIT]))  # data
        wire.send(QUIT)  # no data, as it is not numbered on
        assert wire.closed_within(20)
    wait_for_threads(aggregator, 0, "nopw")


# --- what it holds --------------------------------------------------------------------------------------------------------------------


def test_locks_and_transactions_end_when_the_client_quits(visit, aggregator):
    """Not when the connection is used again."""
    with visit.that_ends(), visit.by_wire() as wire:
        first = int(wire.value("SELECT CONNECTION_ID()"))
        assert wire.value("SELECT GET_LOCK('mine', 1)") == b"1"
        wire.ask(query("BEGIN"))
        wire.ask(query("UPDATE note SET text = 'mine' WHERE id = 1"))
        wire.send(QUIT)
    wait_until(lambda: aggregator.sql("SELECT IS_FREE_LOCK('mine')")[0][0] == 1, 20, "the lock to be free")
    aggregator.sql("SET innodb_lock_wait_timeout = 20", "UPDATE app.note SET body = 'x' WHERE id = 1")
    assert aggregator.sql("SELECT text FROM app.note WHERE id = 1")[0][0] == "first"
    assert threads(aggregator, "nopw") == {first}, "and it is still there"


def test_tables_that_were_locked_are_free_when_the_client_quits(visit, aggregator):
    with visit.that_ends(), visit.by_wire() as wire:
        first = int(wire.value("SELECT CONNECTION_ID()"))
        wire.ask(query("LOCK TABLES note WRITE"))
        wire.send(QUIT)
    aggregator.sql("SET lock_wait_timeout = 20", "UPDATE app.note SET body = 'y' WHERE id = 1")
    assert threads(aggregator, "nopw") == {first}


# --- how long -------------------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def quits_in_good_order(server):
    """The server counts no aborted client meanwhile."""
    before = server.status("Aborted_clients")
    yield
    assert server.status("Aborted_clients") == before


def test_a_kept_connection_quits_after_reuse_idle(make_gate, aggregator, client_tls):
    visit = Visits(make_gate(aggregator, cluster=REUSE | {"reuse_idle": "1s"}), client_tls)
    with quits_in_good_order(aggregator):
        first = visit()
        wait_for_threads(aggregator, 0)
    assert visit() != first


def test_of_more_than_reuse_max_the_oldest_quits(make_gate, aggregator, client_tls):
    visit = Visits(make_gate(aggregator, cluster=REUSE | {"reuse_max": 2}), client_tls)
    clients = [driver.connect(visit.gate, client_tls) for _ in range(4)]
    ids = [driver.value(each, "SELECT CONNECTION_ID()") for each in clients]
    with quits_in_good_order(aggregator):
        for each in clients:
            with visit.that_ends():
                each.close()
        wait_for_threads(aggregator, 2)
    assert threads(aggregator) == set(ids[2:])
    assert visit() == ids[3], "the youngest first"


def test_a_gate_that_ends_leaves_no_connection(make_gate, aggregator, client_tls):
    visit = Visits(make_gate(aggregator, cluster=REUSE), client_tls)
    lasting = driver.connect(visit.gate, client_tls)
    with quits_in_good_order(aggregator):
        for user in ("app", "report"):
            visit(user=user)
        assert len(threads(aggregator)) == 2
        visit.gate.terminate()
        wait_for_threads(aggregator, 1)
        lasting.close()
        wait_for_threads(aggregator, 0)
        wait_for_threads(aggregator, 0, "report")
    assert visit.gate.child.wait(30) == 0


def test_kept_connections_to_an_aggregator_that_fails_its_health_check_end(make_gate, mariadb_of_own, scratch, client_tls):
    server = mariadb_of_own()
    server.sql("CREATE USER health@'%' IDENTIFIED BY 'health-pw' REQUIRE X509")
    health = {"interval": "100ms", "user": "health", "password_file": scratch.password_file("health-pw")}
    visit = Visits(make_gate(server, cluster=REUSE | {"health": health}), client_tls)
    visit()
    server.sql("ALTER USER health@'%' ACCOUNT LOCK")
    wait_for_threads(server, 0)


# --- what may happen to it ------------------------------------------------------------------------------------------------------------


def nothing_was_wrong(gate):
    return not gate.entries(level="warning") and not gate.entries(level="error")


def test_a_kept_connection_that_the_server_closed_is_replaced_unseen(visit, aggregator):
    first = visit()
    aggregator.sql(f"KILL {first}")
    wait_for_threads(aggregator, 0)
    second = visit()
    assert second != first and visit() == second
    assert nothing_was_wrong(visit.gate)


def test_kept_connections_to_a_server_that_was_restarted_are_replaced_unseen(make_gate, mariadb_of_own, client_tls):
    server = mariadb_of_own()
    visit = Visits(make_gate(server, cluster=REUSE | {"health": {"interval": "1h"}}), client_tls)
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(driver.connect(visit.gate, client_tls))
    visit.gate.wait_for(3, msg="session closed")
    server.kill()
    server.start()
    assert visit("SELECT 1") == 1
    assert nothing_was_wrong(visit.gate)
    assert len(visit.gate.entries(msg="a kept connection cannot be used")) == 3


def test_a_server_without_com_reset_connection_keeps_nothing(make_gate, mysql_5_6, legacy_ca, client_tls):
    visit = Visits(make_gate(mysql_5_6, cluster=REUSE | {
        "ssl_ca": legacy_ca.ca, "ssl_cert": None, "ssl_key": None, "tls_version": "TLSv1", "legacy_server_connect": True}), client_tls)
    with quits_in_good_order(mysql_5_6):
        ids = [visit() for _ in range(3)]
        wait_for_threads(mysql_5_6, 0)
    assert len(set(ids)) == 3


def test_an_account_of_one_connection_at_a_time_may_come_again(make_gate, aggregator, client_tls):
    """What is kept counts at the aggregators, not at the gate."""
    rule = {"user": "app", "require": "SSL", "max_user_connections": 1}
    visit = Visits(make_gate(aggregator, cluster=REUSE, accounts=[rule]), client_tls)
    first = visit()
    assert [visit() for _ in range(5)] == [first] * 5
