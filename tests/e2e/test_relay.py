"""After OK: bytes of any size both ways, and one slow peer slows down nobody else."""
import concurrent.futures
import contextlib
import socket
import threading
import time

import pymysql
import pytest

from harness import driver
from harness.ports import wait_until
from harness.wire import COM_PING, COM_QUERY, COM_QUIT, Closed, Wire, packet

MIB = 1 << 20
FULL = (1 << 24) - 1  # the longest payload of one packet
SIZES = [FULL - 1, FULL, FULL + 1, 2 * FULL, 2 * FULL + 1]


def statement_of(length):
    """A statement whose COM_QUERY payload has this length, and the number it answers."""
    frame = len("SELECT LENGTH('')")
    return "SELECT LENGTH('" + "x" * (length - 1 - frame) + "')", length - 1 - frame


@pytest.mark.rule(21)
@pytest.mark.parametrize("length", SIZES)
def test_commands_around_the_packet_boundary_pass(make_gate, aggregator, client_tls, length):
    with driver.connect(make_gate(aggregator), client_tls) as connection:
        connection.max_allowed_packet = 128 * MIB
        statement, answer = statement_of(length)
        assert driver.value(connection, statement) == answer
        assert driver.value(connection, "SELECT 1") == 1


@pytest.mark.rule(21)
@pytest.mark.parametrize("length", SIZES)
def test_rows_around_the_packet_boundary_pass(make_gate, aggregator, client_tls, length):
    # A row of one long field is its length (4 bytes below 16 MiB, 9 from there on) and its bytes.
    size = length - (4 if length - 4 < 1 << 24 else 9)
    with driver.connect(make_gate(aggregator), client_tls) as connection:
        assert len(driver.value(connection, f"SELECT REPEAT('y', {size})")) == size
        assert driver.value(connection, "SELECT 1") == 1


def test_64_mib_pass_both_ways_unchanged(make_gate, mariadb, client_tls):
    block = bytes(range(1, 39)) + bytes(range(40, 92)) + bytes(range(93, 128))  # no NUL, quote or backslash
    text = (block * (64 * MIB // len(block))).decode()
    with driver.connect(make_gate(mariadb), client_tls) as connection:
        connection.max_allowed_packet = 128 * MIB
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT '{text}'")
            assert cursor.fetchone()[0] == text


@pytest.mark.rule(21)
def test_packets_split_at_every_byte_pass(make_gate, mariadb, client_tls):
    with Wire(make_gate(mariadb)) as wire:
        wire.login("app", tls=client_tls)
        for byte in packet(bytes([COM_QUERY]) + b"SELECT 'split'", 0):
            wire.send(bytes([byte]))
        assert wire.read() == b"\x01"


def test_pipelined_commands_are_all_answered(make_gate, mariadb, client_tls):
    with Wire(make_gate(mariadb)) as wire:
        wire.login("app", tls=client_tls)
        wire.send(packet(bytes([COM_PING]), 0) * 50)
        for _ in range(50):
            assert wire.read()[:1] == b"\x00"


@pytest.mark.rule(21)
def test_a_continuation_that_looks_like_change_user_is_none(make_gate, mariadb, client_tls):
    """The second packet of a long command begins with COM_CHANGE_USER's byte: it must pass as data."""
    with driver.connect(make_gate(mariadb), client_tls) as connection:
        connection.max_allowed_packet = 128 * MIB
        statement, _ = statement_of(FULL + 100)
        spoiled = statement[: FULL - 1] + "\x11" + statement[FULL:]
        assert driver.value(connection, spoiled) == len(spoiled) - len("SELECT LENGTH('')")
        assert driver.value(connection, "SELECT SUBSTRING_INDEX(USER(), '@', 1)") == "app"


def test_a_long_result_passes_whole(make_gate, mariadb, client_tls):
    with driver.connect(make_gate(mariadb), client_tls, cursorclass=pymysql.cursors.SSCursor) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT seq, REPEAT('z', 10000) FROM app.seq_1_to_20000")
            count = total = 0
            for number, text in cursor:
                count, total = count + 1, total + len(text)
                assert number == count
    assert (count, total) == (20000, 200_000_000)


@pytest.mark.rule(22)
def test_load_data_local_is_refused_unless_configured(make_gate, mariadb, scratch, pki, mysql_cli):
    file = scratch.folder("infile") / "rows"
    file.write_text("from a file\n")
    load = f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE app.note (text)"
    tls = {"ssl_mode": "VERIFY_CA", "ssl_ca": pki.client_trust, "local_infile": 1}
    assert mysql_cli(make_gate(mariadb), load, **tls).code == 1
    assert mariadb.sql("SELECT COUNT(*) FROM app.note")[0][0] == 2


@pytest.mark.rule(22)
def test_load_data_local_works_when_configured(make_gate, mariadb, scratch, pki, mysql_cli):
    file = scratch.folder("infile") / "rows"
    file.write_text("from a file\n" * 1000)
    load = f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE app.loaded"
    mariadb.sql("CREATE OR REPLACE TABLE app.loaded (text VARCHAR(50))")
    gate = make_gate(mariadb, cluster={"local_infile": True})
    result = mysql_cli(gate, load, ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust, local_infile=1)
    assert result.code == 0, result
    assert mariadb.sql("SELECT COUNT(*) FROM app.loaded")[0][0] == 1000


# --- back-pressure ------------------------------------------------------------------------------------------------------------------


FLOOD = b"SELECT REPEAT('x', 1000000) FROM app.seq_1_to_2000"  # 2 GB


@pytest.mark.parametrize("in_tls", [True, False], ids=["TLS", "plaintext"])
def test_a_client_that_stops_reading_holds_back_its_aggregator_and_nobody_else(make_gate, mariadb, client_tls, in_tls):
    gate = make_gate(mariadb, gate={"workers": 1}, default_require="NONE",
                     env={"ASAN_OPTIONS": "quarantine_size_mb=1:detect_leaks=1"})
    driver.connect(gate, client_tls).close()
    before = gate.child.memory()
    with Wire(gate, receive_buffer=65536) as stopped:
        stopped.login("app", tls=client_tls if in_tls else None)
        stopped.command(bytes([COM_QUERY]) + FLOOD)
        time.sleep(2)
        cpu = gate.child.cpu_seconds()
        with driver.connect(gate, client_tls) as other:
            for number in range(20):
                assert driver.value(other, f"SELECT {number}") == number
        time.sleep(1)
        assert gate.child.memory() - before < 16 * MIB
        assert gate.child.cpu_seconds() - cpu < 0.9, "waiting costs nothing"
        # What was held back is still there, in order.
        assert stopped.read() == b"\x01"
    gate.wait_for(2, msg="session closed")
    wait_until(lambda: not mariadb.sql("SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT REPEAT(_x%'"), 20,
               "the aggregator's session to end")


def test_an_aggregator_that_stops_reading_holds_back_its_client(make_gate, mariadb, client_tls):
    """The aggregator sleeps while its client sends 64 MiB more."""
    gate = make_gate(mariadb, gate={"workers": 1}, env={"ASAN_OPTIONS": "quarantine_size_mb=1:detect_leaks=1"})
    with Wire(gate) as wire:
        wire.login("app", tls=client_tls)
        before = gate.child.memory()
        wire.command(bytes([COM_QUERY]) + b"SELECT SLEEP(3)")
        big = packet(bytes([COM_QUERY]) + b"SELECT LENGTH('" + b"x" * (8 * MIB) + b"')", 0)

        def send_all():
            with contextlib.suppress(OSError):  # the test ends before it has
                wire.send(big * 8)

        threading.Thread(target=send_all, daemon=True).start()
        time.sleep(2)
        assert gate.child.memory() - before < 16 * MIB
        with driver.connect(gate, client_tls) as other:
            assert driver.value(other, "SELECT 1") == 1
        assert wire.read() == b"\x01"
        wire.socket.settimeout(60)


def test_an_idle_session_costs_no_cpu(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, cluster={"health": {"interval": "1h"}})
    with driver.connect(gate, client_tls):
        before = gate.child.cpu_seconds()
        time.sleep(2)
        assert gate.child.cpu_seconds() - before < 0.2


# --- ends ---------------------------------------------------------------------------------------------------------------------------


def test_quit_ends_the_session_on_both_sides(make_gate, mariadb_of_own, client_tls):
    server = mariadb_of_own()
    gate = make_gate(server)
    before = server.status("Aborted_clients")
    with Wire(gate) as wire:
        wire.login("app", tls=client_tls)
        wire.command(bytes([COM_QUIT]))
        assert wire.closed_within(10)
    line = gate.session()
    assert (line["side"], line["phase"], line["cause"]) == ("client", "command", "quit")
    assert server.status("Aborted_clients") == before


def test_a_client_that_vanishes_is_noticed(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb)
    wire = Wire(gate)
    wire.login("app", tls=client_tls)
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    wire.close()
    line = gate.session()
    assert (line["side"], line["phase"]) == ("client", "command") and line["cause"] in ("reset", "closed")


def test_a_client_that_vanishes_in_a_query_ends_it_at_the_aggregator(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb)
    wire = Wire(gate)
    wire.login("app", tls=client_tls)
    wire.command(bytes([COM_QUERY]) + b"SELECT SLEEP(50)")
    wait_until(lambda: mariadb.sql("SELECT 1 FROM information_schema.processlist WHERE info = 'SELECT SLEEP(50)'"), 10,
               "the query to run")
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    wire.close()
    gate.session()
    mariadb.sql(*[f"KILL {row[0]}" for row in mariadb.sql(
        "SELECT id FROM information_schema.processlist WHERE info = 'SELECT SLEEP(50)'")] or ["SELECT 1"])


@pytest.mark.rule(20)
def test_a_half_closed_client_still_gets_its_answer(make_gate, mariadb):
    """Sends a query, shuts its sending side, reads: as `nc -N` and some pools do."""
    gate = make_gate(mariadb, default_require="NONE")
    with Wire(gate) as wire:
        wire.login("app")
        wire.command(bytes([COM_QUERY]) + b"SELECT SLEEP(1), REPEAT('x', 100000)")
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.read() == b"\x02"
        received = 0
        try:
            while True:
                received += len(wire.read())
        except Closed:
            pass
    assert received > 100000
    gate.session()


def test_a_session_that_is_idle_too_long_is_ended(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, timeouts={"idle": "1s"})
    with Wire(gate) as wire:
        wire.login("app", tls=client_tls)
        assert wire.closed_within(20)
    line = gate.session()
    assert (line["side"], line["cause"]) == ("gate", "idle_timeout")


def test_a_session_that_is_busy_is_not_idle(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, timeouts={"idle": "2s"})
    with driver.connect(gate, client_tls) as connection:
        for _ in range(8):
            time.sleep(0.5)
            assert driver.value(connection, "SELECT 1") == 1


@pytest.mark.rule(24)
def test_the_kill_of_an_aggregators_own_id_passes_untouched(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb)
    with driver.connect(gate, client_tls) as victim, driver.connect(gate, client_tls) as killer:
        own = driver.value(victim, "SELECT CONNECTION_ID()")
        with killer.cursor() as cursor:
            cursor.execute(f"KILL {own}")
        with pytest.raises(pymysql.err.MySQLError):
            driver.value(victim, "SELECT 1")


@pytest.mark.threads
def test_many_sessions_carry_bulk_data_at_once(make_gate, mariadb, pki):
    gate = make_gate(mariadb, gate={"workers": 3})

    def work(number):
        with driver.connect(gate, driver.context(pki.client_trust)) as connection:
            return [len(driver.value(connection, f"SELECT REPEAT('{number}', 300000)")) for _ in range(5)]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, [n % 10 for n in range(24)])) == [[300000] * 5] * 24
