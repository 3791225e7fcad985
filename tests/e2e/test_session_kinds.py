"""Every kind of command and reply, one after the other, answered as without the gate: where the gate reads nothing of the
replies, and where it follows them because files may be asked for or the connection may serve another session."""
import contextlib
import re

import MySQLdb
import pytest

from harness import driver
from harness.replies import (COM_DEBUG, COM_FIELD_LIST, COM_INIT_DB, COM_PROCESS_INFO, COM_RESET_CONNECTION, COM_SET_OPTION,
                             COM_STATISTICS, COM_STMT_CLOSE, COM_STMT_PREPARE, COM_STMT_RESET, READ_ONLY_CURSOR, Commander,
                             about, execute, fetch, long_data, pipelined)
from harness.wire import COM_CHANGE_USER, COM_PING, COM_QUERY, COM_QUIT, packet

UNKNOWN_COMMAND = 0x50


@pytest.fixture
def procedures(aggregator):
    aggregator.sql("CREATE PROCEDURE app.several() BEGIN SELECT 1; DO 0; SELECT 2, 'two' FROM app.note; END",
                   "CREATE PROCEDURE app.outward(IN a INT, OUT b INT, OUT c VARCHAR(9)) BEGIN SELECT a; SET b = a + 1, c = 'c'; END",
                   "CREATE PROCEDURE app.failing() BEGIN SELECT 1; SELECT * FROM app.nothing; END")
    yield
    aggregator.sql(*[f"DROP PROCEDURE app.{name}" for name in ("several", "outward", "failing")])


def query(text):
    return bytes([COM_QUERY]) + text.encode()


def prepare(text):
    return bytes([COM_STMT_PREPARE]) + text.encode()


def every_kind(first):
    """Commands of a new session; the statement that is prepared first has this id."""
    notes, length, call, none = range(first, first + 4)
    return [
        bytes([COM_STATISTICS]), bytes([COM_PING]), bytes([COM_INIT_DB]) + b"app", bytes([COM_INIT_DB]) + b"nowhere",
        query("SELECT 1"), query("SELECT NULL, 'x'; DO 1; SELECT 2; SELECT id FROM note WHERE id < 0"), query(""),
        query("SELECT 1; SELECT broken; SELECT 2"), query("SELECT " + ",".join(map(str, range(300)))),
        query("SELECT REPEAT('w', 16777216)"), query("CALL several()"), query("CALL failing()"), query("DO 0"),
        bytes([COM_PROCESS_INFO]), bytes([COM_FIELD_LIST]) + b"note\0", bytes([COM_FIELD_LIST]) + b"nothing\0",
        bytes([COM_DEBUG]), bytes([UNKNOWN_COMMAND]),
        bytes([COM_SET_OPTION, 1, 0]), query("SELECT 1; SELECT 2"), bytes([COM_SET_OPTION, 0, 0]), query("SELECT 1; SELECT 2"),
        prepare("SELECT id, text FROM note WHERE id > ? ORDER BY id"), prepare("SELECT LENGTH(?), ?"),
        prepare("CALL outward(?, ?, ?)"), prepare("DO 1"), prepare("SELECT broken"),
        execute(notes, 0), execute(notes, 0, flags=READ_ONLY_CURSOR), fetch(notes, 1), fetch(notes, 5), fetch(notes, 5),
        about(COM_STMT_RESET, notes), fetch(notes, 1), execute(notes, 99, flags=READ_ONLY_CURSOR), fetch(notes, 1),
        execute(notes, 0, flags=READ_ONLY_CURSOR), execute(notes, 1),
        long_data(length, b"x" * 70000), long_data(length, b"y" * 70000), execute(length, ..., 7),
        long_data(length, b"z"), about(COM_STMT_RESET, length), execute(length, None, 7), execute(none), execute(none),
        execute(call, 41, None, None), execute(call, 1, None, None),
        about(COM_STMT_CLOSE, notes), about(COM_STMT_CLOSE, 999), execute(notes, 0), fetch(999, 1), about(COM_STMT_RESET, 999),
        query("PREPARE p FROM 'SELECT 5'"), query("EXECUTE p"),
        bytes([COM_RESET_CONNECTION]), execute(call, 1, None, None), query("SELECT 'the end'"),
    ]


def shown(command, packets):
    """Without what differs from session to session."""
    if command[0] in (COM_STATISTICS, COM_PROCESS_INFO):
        return [packets[0][:1]]
    if command[0] == COM_STMT_PREPARE and packets[0][:1] == b"\0":
        return [packets[0][5:], *packets[1:]]
    return [re.sub(rb"\(\d+\)", b"(ID)", each) if each[:1] == b"\xff" else each for each in packets]


def one_by_one(wire, commands):
    return [wire.ask(each) for each in commands]


def first_statement(wire):
    return int.from_bytes(wire.ask(prepare("SELECT 0"))[0][1:5], "little") + 1


EOF = pytest.mark.parametrize("deprecate_eof", [False, True], ids=["EOF", "no EOF"])


@pytest.fixture
def straight(aggregator, pki):
    """Logs in to the server itself, with the gate's certificate."""
    return lambda **options: Commander(aggregator).log_in(driver.context(pki.ca, pair=pki.gate_client), **options)


@pytest.fixture(params=[{}, {"local_infile": True}, {"reuse": "change_user"}],
                ids=["replies unread", "replies followed", "replies followed for reuse"])
def gate(request, make_gate, aggregator):
    return make_gate(aggregator, cluster=request.param)


@pytest.fixture
def session(gate, client_tls):
    """Logs in through a gate that follows replies, or does not."""
    return lambda **options: Commander(gate).log_in(client_tls, **options)


@pytest.mark.rule(21)
@EOF
def test_every_kind_of_reply_is_as_without_the_gate(session, straight, procedures, deprecate_eof):
    """One after the other, and all sent at once."""
    def run(wire, ask):
        with wire:
            commands = every_kind(first_statement(wire))
            return [(command[:60], shown(command, reply)) for command, reply in zip(commands, ask(wire, commands))]

    expected = run(straight(deprecate_eof=deprecate_eof), one_by_one)
    assert {reply[-1][:1] for _, reply in expected if reply} >= {b"\xff", b"\xfe", b"\0"}
    for ask in (one_by_one, pipelined):
        for (command, reply), (_, wanted) in zip(run(session(deprecate_eof=deprecate_eof), ask), expected, strict=True):
            assert reply == wanted, command


COMPRESSED = pytest.mark.parametrize("compressed", [False, True], ids=["as it is", "compressed"])


@COMPRESSED
def test_an_application_uses_prepared_statements_cursors_procedures_and_long_data(gate, procedures, pki, libmariadb, compressed):
    """Its second piece of long data takes more than a packet; inside compressed frames libmariadb numbers both 0."""
    actions = ["call", "CALL app.outward(?, ?, ?)", "cursor", "SELECT id FROM app.note ORDER BY id", "cursor",
               "SELECT a.id, b.text FROM app.note a, app.note b, app.note c ORDER BY 1, 2",
               "long_data", "1000000 17000000 0 1", "query", "CALL app.several()", "query", "SELECT 'several'; SELECT 'at once'",
               "prepared", "SELECT ? + 1", "query", "SELECT 'the end'"]
    lines = ["41", "42 c", "1", "2", *["1 first"] * 2, *["1 second"] * 2, *["2 first"] * 2, *["2 second"] * 2, "18000001",
             "1", "2", "2", "several", "at once", "42", "the end"]
    assert libmariadb(gate, pki.client_trust, *actions, compress=compressed) == (0, lines)


# --- large ----------------------------------------------------------------------------------------------------------------------------


@COMPRESSED
def test_statements_and_rows_of_64_mib_pass(make_gate, aggregator, pki, compressed):
    """With MySQLdb, whose library is libmariadb; compressed ones where replies are followed, too."""
    gate = make_gate(aggregator, cluster={"local_infile": compressed})
    block = "".join(map(chr, [*range(35, 39), *range(40, 92), *range(93, 127)]))
    text = block * ((64 << 20) // len(block) + 1)
    connection = MySQLdb.connect(host=gate.host, port=gate.port, user="app", passwd="app-pw", ssl={"ca": str(pki.client_trust)},
                                 **({"compress": True} if compressed else {}))
    with contextlib.closing(connection):
        cursor = connection.cursor()
        cursor.execute("SHOW SESSION STATUS LIKE 'Compression'")
        assert cursor.fetchone()[1] == "OFF", "between gate and aggregator nothing is compressed"
        cursor.execute(f"SELECT '{text}'".encode())
        assert cursor.fetchone()[0] == text


# --- files --------------------------------------------------------------------------------------------------------------------------

# What a client may put into a file so that it is taken for its commands: packets, their headers included.
COMMANDS_IN_A_FILE = b"".join(packet(each, 0) for each in (
    bytes([COM_CHANGE_USER]) + b"report\0\0app\0\x2d\0mysql_native_password\0", bytes([COM_QUIT]),
    b"\x0c\x01\0\0\0", query("KILL 1"), query("DROP TABLE app.from_client"), b""))


@pytest.fixture
def loading(aggregator, make_gate):
    """A gate that lets files pass, in front of a server that takes them into app.from_client."""
    before = aggregator.sql("SELECT @@local_infile")[0][0]
    aggregator.sql("SET GLOBAL local_infile = 1", "CREATE TABLE app.from_client (line LONGBLOB) ENGINE=MyISAM")
    yield make_gate(aggregator, cluster={"local_infile": True},
                    env={"ASAN_OPTIONS": "quarantine_size_mb=1:detect_leaks=1"})
    aggregator.sql("DROP TABLE app.from_client", f"SET GLOBAL local_infile = {before}")


LOAD = "LOAD DATA LOCAL INFILE 'any' INTO TABLE app.from_client"


@pytest.mark.rule(22)
@EOF
def test_a_file_between_other_results_is_a_file_and_the_session_goes_on(loading, aggregator, client_tls, deprecate_eof):
    with Commander(loading).log_in(client_tls, deprecate_eof=deprecate_eof) as wire:
        for _ in range(2):
            packets = wire.ask(query(f"SELECT 1; {LOAD} CHARACTER SET binary; SELECT 2"))
            assert packets[-1] == b"\xfbany"
            for data in (COMMANDS_IN_A_FILE, COMMANDS_IN_A_FILE, b""):
                wire.write(data)
            assert wire.reply_to(query(""))[0][:1] == b"\0"
            assert wire.ask(bytes([COM_PING]))[0][:1] == b"\0"
        assert wire.ask(query(LOAD))[-1] == b"\xfbany"
        wire.write(b"")
        assert wire.reply_to(query(""))[-1][:1] == b"\0", "an empty file"
        assert wire.ask(query("SELECT SUBSTRING_INDEX(USER(), '@', 1)"))[-2] == b"\x04nopw"
    assert aggregator.sql("SELECT GROUP_CONCAT(line SEPARATOR '\n') FROM app.from_client")[0][0].count(b"mysql_native_password") >= 1
    assert not loading.entries(msg="user changed")


@pytest.mark.rule(22)
def test_a_file_that_the_server_does_not_take_is_refused_with_its_own_error(loading, aggregator, client_tls):
    aggregator.sql("SET GLOBAL local_infile = 0")
    with Commander(loading).log_in(client_tls) as wire:
        refused = wire.ask(query(LOAD))[-1]
        assert (refused[:1], int.from_bytes(refused[1:3], "little")) == (b"\xff", 4166 if aggregator.name == "MariaDB" else 3948)
        assert wire.ask(query("LOAD DATA LOCAL INFILE 'any' INTO TABLE app.nothing"))[-1][:1] == b"\xff"
        assert wire.ask(bytes([COM_PING]))[0][:1] == b"\0"


@pytest.mark.rule(22)
def test_a_gate_that_lets_no_file_pass_refuses_with_the_servers_error(make_gate, loading, aggregator, client_tls):
    with Commander(make_gate(aggregator)).log_in(client_tls) as wire:
        refused = wire.ask(query(LOAD))[-1]
        assert (refused[:1], int.from_bytes(refused[1:3], "little")) == (b"\xff", 4166 if aggregator.name == "MariaDB" else 3948)
        assert wire.ask(bytes([COM_PING]))[0][:1] == b"\0"


@pytest.fixture
def file_of_100_mb(scratch):
    """100 lines of 10^6 bytes, which begin as commands do."""
    file = scratch.folder("infile") / "rows"
    line = COMMANDS_IN_A_FILE.replace(b"\n", b" ")
    line += b"x" * (10**6 - 1 - len(line)) + b"\n"
    with open(file, "wb") as out:
        for _ in range(100):
            out.write(line)
    yield file
    file.unlink()


def test_a_file_of_100_mb_passes_and_costs_the_gate_no_memory(loading, aggregator, file_of_100_mb, pki, mysql_cli, client_tls):
    driver.connect(loading, client_tls, user="nopw", password="").close()
    before = loading.child.memory()
    result = mysql_cli(loading, f"LOAD DATA LOCAL INFILE '{file_of_100_mb}' INTO TABLE app.from_client CHARACTER SET binary"
                                " FIELDS ESCAPED BY ''; SELECT SUBSTRING_INDEX(USER(), '@', 1)",
                       user="nopw", password="", ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust, local_infile=1)
    assert result.code == 0 and result.rows == [["nopw"]], result
    assert loading.child.memory() - before < 32 << 20
    assert aggregator.sql("SELECT COUNT(*), SUM(LENGTH(line)) FROM app.from_client")[0] == (100, 100 * (10**6 - 1))
    assert not loading.entries(msg="user changed")
