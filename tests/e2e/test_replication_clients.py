"""Replication clients: who reads the binary log reads it through the gate, for as long as he likes."""
import concurrent.futures
import struct
import subprocess

import pytest

from harness import driver
from harness.mariadb import MariaDb
from harness.mysql_lts import MysqlLts
from harness.ports import wait_until
from harness.replies import Commander
from harness.wire import COM_QUERY

COM_BINLOG_DUMP, COM_REGISTER_SLAVE = 0x12, 0x15
END_WHEN_READ = 1  # flag of a COM_BINLOG_DUMP
SERVER_ID = 77


@pytest.fixture(scope="module", params=["MariaDB", "MySQL"])
def primary(request, scratch, pki):
    """A server that writes a binary log."""
    kind = {"MariaDB": MariaDb, "MySQL": MysqlLts}[request.param]
    server = kind(scratch, pki.cluster_ca, pki.aggregator, ["--log-bin=binlog", "--server-id=1", "--binlog-format=STATEMENT"])
    try:
        server.start()
        server.sql("GRANT REPLICATION SLAVE ON *.* TO nopw@'%'", "CREATE TABLE app.written (text VARCHAR(50))")
        yield server
    finally:
        server.stop()


@pytest.fixture(params=[False, True], ids=["replies unread", "replies followed"])
def gate(request, make_gate, primary):
    return make_gate(primary, cluster={"local_infile": request.param}, timeouts={"drain": "1s"})


MARIADB = pytest.mark.parametrize("primary", ["MariaDB"], indirect=True)


def log_file(server):
    return server.sql("SHOW BINARY LOGS")[-1][0]


def write(server, text):
    """Waits, in semi-synchronous replication, for a replica that has it."""
    server.sql(f"INSERT INTO app.written VALUES ('{text}')")


class Replica(Commander):
    def follow(self, server, flags=0, settings=()):
        """From the begin of the newest binary log."""
        for name in ("master_binlog_checksum", "source_binlog_checksum"):
            self.ask(bytes([COM_QUERY]) + f"SET @{name} = 'NONE'".encode())
        for setting in settings:
            assert self.ask(bytes([COM_QUERY]) + setting.encode())[0][:1] == b"\0"
        assert self.ask(struct.pack("<BI3xHII", COM_REGISTER_SLAVE, SERVER_ID, 0, 0, 0))[0][:1] == b"\0"
        self.command(struct.pack("<BIHI", COM_BINLOG_DUMP, 4, flags, SERVER_ID) + log_file(server).encode())
        return self

    def event_with(self, text):
        """Reads up to the event that has this in it."""
        while text not in (event := self.message()):
            assert event[:1] == b"\0", event
        return event

    def wanted_answer(self):
        """The position behind the next event whose writer waits for an acknowledgement."""
        while True:
            event = self.message()
            assert event[:2] == b"\0\xef", event
            if event[2] & 1:
                return struct.unpack_from("<I", event, 3 + 13)[0]

    def acknowledge(self, server, position):
        self.command(b"\xef" + struct.pack("<Q", position) + log_file(server).encode())

    def last(self):
        while (event := self.message())[:1] == b"\0":
            pass
        return event


def test_events_are_read_as_they_are_written(gate, primary, client_tls):
    with Replica(gate).log_in(client_tls) as replica:
        replica.follow(primary)
        for number in range(5):
            write(primary, f"event {number}")
            replica.event_with(f"'event {number}'".encode())
        with driver.connect(gate, client_tls, user="nopw", password="") as other:
            assert driver.value(other, "SELECT 1") == 1


def test_a_client_that_waits_for_nothing_more_reads_the_end(gate, primary, client_tls):
    """Servers close behind it."""
    write(primary, "to read")
    with Replica(gate).log_in(client_tls) as replica:
        replica.follow(primary, END_WHEN_READ)
        replica.event_with(b"'to read'")
        assert replica.last()[:1] == b"\xfe"
        assert replica.closed_within(20)


def test_a_dump_that_is_refused_reads_the_servers_own_error(gate, primary, client_tls):
    with Replica(gate).log_in(client_tls) as replica:
        replica.command(struct.pack("<BIHI", COM_BINLOG_DUMP, 4, 0, SERVER_ID) + b"no-such-file")
        refused = replica.last()
        assert refused[:3] == b"\xff" + (1236).to_bytes(2, "little")


def test_a_replica_that_goes_away_ends_its_session(gate, primary, client_tls):
    with Replica(gate).log_in(client_tls) as replica:
        replica.follow(primary)
        write(primary, "seen")
        replica.event_with(b"'seen'")

    def dump_has_ended():
        write(primary, "for nobody")
        return not primary.sql("SELECT 1 FROM information_schema.processlist WHERE command = 'Binlog Dump'")

    wait_until(dump_has_ended, 20, "the dump to end")
    gate.session(user="nopw")


# --- mariadb-binlog -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def reader(gate, primary, pki):
    """Starts mariadb-binlog."""
    started = []

    def start(*options):
        words = ["mariadb-binlog", "--no-defaults", "--read-from-remote-server", f"--host={gate.host}", f"--port={gate.port}",
                 "--protocol=tcp", "--user=nopw", f"--ssl-ca={pki.client_trust}", "--ssl-verify-server-cert", *options,
                 log_file(primary)]
        started.append(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.communicate()


@MARIADB
def test_mariadb_binlog_reads_what_the_server_wrote(reader, primary):
    write(primary, "for the reader")
    file = primary.folder / "data" / log_file(primary)
    own = subprocess.run(["mariadb-binlog", "--no-defaults", file], capture_output=True, text=True, errors="replace", check=True)
    out, err = reader().communicate(timeout=60)
    assert "for the reader" in out and not err

    def statements(text):
        return [line for line in text.splitlines() if line.startswith("INSERT")]

    assert statements(out) == statements(own.stdout)


@MARIADB
def test_mariadb_binlog_follows_for_ever(reader, primary):
    running = reader("--stop-never", "--stop-never-slave-server-id=78")
    for number in range(3):
        write(primary, f"line {number}")
        while f"'line {number}'" not in (line := running.stdout.readline()):
            assert line, running.communicate()[1]


# --- semi-synchronous replication ---------------------------------------------------------------------------------------------------


@MARIADB
def test_a_replica_acknowledges_events_while_they_come(gate, primary, client_tls):
    """Who writes waits for the acknowledgement, a packet of the client's between the events; several may be under way."""
    primary.sql("SET GLOBAL rpl_semi_sync_master_timeout = 60000", "SET GLOBAL rpl_semi_sync_master_enabled = 1")
    before = primary.status("Rpl_semi_sync_master_yes_tx")
    try:
        with Replica(gate).log_in(client_tls) as replica, concurrent.futures.ThreadPoolExecutor(2) as writers:
            replica.follow(primary, settings=["SET @rpl_semi_sync_slave = 1"])
            wait_until(lambda: primary.status("Rpl_semi_sync_master_clients") == 1, 20, "the replica to be known")
            for number in range(3):
                written = [writers.submit(write, primary, f"{number} of {writer}") for writer in "ab"]
                unanswered = [replica.wanted_answer() for _ in written]
                replica.acknowledge(primary, unanswered[0])
                assert concurrent.futures.wait(written, 20, concurrent.futures.FIRST_COMPLETED).done
                replica.acknowledge(primary, unanswered[1])
                assert not concurrent.futures.wait(written, 20).not_done
        assert primary.status("Rpl_semi_sync_master_yes_tx") - before == 6
    finally:
        primary.sql("SET GLOBAL rpl_semi_sync_master_enabled = 0")
