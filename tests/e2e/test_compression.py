"""The compressed protocol: the gate packs and unpacks it for its clients, and every rule holds inside."""
import subprocess
import zlib

import pytest

from harness.programs import PROJECT
from harness.wire import (CAPABILITIES, CLIENT_COMPRESS, CLIENT_ZSTD, COM_CHANGE_USER, COM_QUERY, ServerError, Wire,
                          packet)

ALGORITHMS = ["zlib", "zstd"]


def frame(data, sequence_id=0, pack=True):
    body = zlib.compress(data) if pack else data
    return len(body).to_bytes(3, "little") + bytes([sequence_id]) + (len(data) if pack else 0).to_bytes(3, "little") + body


class CompressedWire(Wire):
    """Speaks zlib frames from OK on."""

    plain = None  # bytes: what was unpacked and not yet read

    def login(self, *arguments, capabilities=CAPABILITIES, **options):
        super().login(*arguments, capabilities=capabilities | CLIENT_COMPRESS, **options)
        self.plain = b""
        return self

    def send(self, data):
        super().send(data if self.plain is None else frame(data))

    def exactly(self, count):
        if self.plain is None:
            return super().exactly(count)
        while len(self.plain) < count:
            header = super().exactly(7)
            body = super().exactly(int.from_bytes(header[:3], "little"))
            size = int.from_bytes(header[4:], "little")
            self.plain += zlib.decompress(body) if size else body
        data, self.plain = self.plain[:count], self.plain[count:]
        return data


@pytest.fixture
def wire(make_gate, mariadb, client_tls):
    with CompressedWire(make_gate(mariadb)) as made:
        yield made.login("app", tls=client_tls)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_oracles_client_compresses(make_gate, mysql_lts, mysql_cli, pki, algorithm):
    gate = make_gate(mysql_lts)
    options = {"ssl_mode": "VERIFY_CA", "ssl_ca": pki.client_trust, "compression_algorithms": algorithm}
    result = mysql_cli(gate, "SELECT REPEAT('x', 3000000)", **options)
    assert result.code == 0 and result.out == "x" * 3000000 + "\n", result.err
    wide = "SELECT LENGTH('" + "y" * 100000 + "')"
    assert mysql_cli(gate, wide, **options).rows == [["100000"]]
    assert "Protocol: Compressed" in " ".join(mysql_cli.status(gate, **options).out.split())


@pytest.mark.parametrize("level", [1, 22])
def test_zstd_takes_the_level_the_client_asks_for(make_gate, mysql_lts, mysql_cli, pki, level):
    result = mysql_cli(make_gate(mysql_lts), "SELECT REPEAT('x', 100000)", ssl_ca=pki.client_trust,
                       compression_algorithms="zstd", zstd_compression_level=level)
    assert result.code == 0, result


def test_mariadbs_client_compresses(make_gate, aggregator, mariadb_cli, pki):
    gate = make_gate(aggregator)
    result = mariadb_cli(gate, "SELECT REPEAT('x', 3000000)", ssl_ca=pki.client_trust, compress=True)
    assert result.code == 0 and len(result.out) == 3000001, result.err


def test_what_is_compressed_is_smaller(make_gate, mariadb):
    """Counted on the wire, by a client whose frames the test reads itself."""
    with CompressedWire(make_gate(mariadb, default_require="NONE")) as wire:
        wire.login("app")
        wire.command(bytes([COM_QUERY]) + b"SELECT REPEAT('x', 1000000)")
        sizes = []
        while sum(unpacked for _, unpacked in sizes) < 1000000:
            header = super(CompressedWire, wire).exactly(7)
            sizes.append((int.from_bytes(header[:3], "little"), int.from_bytes(header[4:], "little")))
            super(CompressedWire, wire).exactly(sizes[-1][0])
        assert sum(packed for packed, _ in sizes) * 20 < 1000000, sizes


def test_compression_can_be_forbidden(make_gate, mysql_lts, mysql_cli, pki):
    gate = make_gate(mysql_lts, listener={"compression": False})
    with Wire(gate) as wire:
        assert wire.read_greeting().capabilities & (CLIENT_COMPRESS | CLIENT_ZSTD) == 0
    assert mysql_cli(gate, ssl_ca=pki.client_trust, compression_algorithms="zlib").code == 1


@pytest.mark.rule(23)
def test_compression_is_offered_as_the_cluster_offers_it(make_gate, mariadb, mysql_lts):
    """MariaDB 10.11 knows no zstd."""
    for aggregators, offered in (((mariadb,), CLIENT_COMPRESS), ((mysql_lts,), CLIENT_COMPRESS | CLIENT_ZSTD),
                                 ((mariadb, mysql_lts), CLIENT_COMPRESS)):
        with Wire(make_gate(*aggregators)) as wire:
            assert wire.read_greeting().capabilities & (CLIENT_COMPRESS | CLIENT_ZSTD) == offered


@pytest.mark.rule(7)
@pytest.mark.rule(23)
def test_a_client_that_was_not_offered_compression_is_refused(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, listener={"compression": False})
    with pytest.raises(ServerError) as refused, CompressedWire(gate) as wire:
        wire.login("app", tls=client_tls)
    assert refused.value.code == 1043
    assert gate.session()["cause"] == "protocol_error"


def test_commands_split_over_frames_and_several_in_one_pass(wire):
    ping = packet(b"\x0e", 0)
    for at in range(1, len(ping)):
        Wire.send(wire, frame(ping[:at]) + frame(ping[at:], 1, pack=False))
        assert wire.read()[:1] == b"\0"
    Wire.send(wire, frame(ping * 3))
    for _ in range(3):
        assert wire.read()[:1] == b"\0"


@pytest.mark.attack
@pytest.mark.rule(7)
def test_a_change_of_user_inside_compressed_packets_passes_the_decision(make_gate, mariadb):
    """A plaintext session of one user never becomes another who must use TLS."""
    gate = make_gate(mariadb, accounts=[{"user": "app", "require": "NONE"}])
    with CompressedWire(gate) as wire:
        wire.login("app")
        with pytest.raises(ServerError) as refused:
            wire.change_user("report")
        assert refused.value.code == 1045
    assert gate.session(user="report")["cause"] == "refused"


@pytest.mark.attack
@pytest.mark.rule(7)
def test_a_change_of_user_behind_another_command_in_one_frame_passes_the_decision(make_gate, mariadb):
    gate = make_gate(mariadb, accounts=[{"user": "app", "require": "NONE"}])
    with CompressedWire(gate) as wire:
        wire.login("app")
        hidden = packet(bytes([COM_CHANGE_USER]) + b"report\0\0app\0\x2d\0mysql_native_password\0", 0)
        Wire.send(wire, frame(packet(b"\x0e", 0) + hidden))
        assert wire.closed_within(20)
    assert gate.session(user="report")["cause"] == "refused"


def test_a_change_of_user_keeps_the_session_compressed(wire):
    assert wire.change_user("report").ping()
    wire.command(bytes([COM_QUERY]) + b"SELECT USER()")
    assert wire.read() == b"\x01"
    wire.read(), wire.read()
    assert b"report@" in wire.read()


def test_a_change_of_user_with_libmariadb_inside_compressed_packets(make_gate, aggregator, pki, libmariadb):
    actions = ["change_user", "report", "query", "SELECT SUBSTRING_INDEX(USER(), '@', 1)"]
    assert libmariadb(make_gate(aggregator), pki.client_trust, *actions, compress=True) == (0, ["report"])


@pytest.mark.rule(22)
def test_a_file_of_mariadbs_client_inside_compressed_packets(make_gate, mariadb, pki, mariadb_cli, scratch):
    file = scratch.folder("infile") / "rows"
    file.write_text("from a file\n" * 2_000_000)
    mariadb.sql("CREATE OR REPLACE TABLE app.loaded (text VARCHAR(50)) ENGINE=MyISAM")
    gate = make_gate(mariadb, cluster={"local_infile": True})
    result = mariadb_cli(gate, f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE app.loaded; SELECT 'the end'", compress=True,
                         ssl_ca=pki.client_trust, local_infile=1)
    assert (result.code, result.rows) == (0, [["the end"]]), result
    assert mariadb.sql("SELECT COUNT(*) FROM app.loaded")[0][0] == 2_000_000
    mariadb.sql("DROP TABLE app.loaded")
    file.unlink()


@pytest.mark.attack
@pytest.mark.parametrize("what", ["no zlib", "too long a claim", "too short a claim", "nothing"])
def test_damaged_frames_end_the_session(make_gate, mariadb, client_tls, what):
    gate = make_gate(mariadb)
    ping = packet(b"\x0e", 0)
    good = frame(ping)
    with CompressedWire(gate) as wire:
        wire.login("app", tls=client_tls)
        Wire.send(wire, {
            "no zlib": good[:7] + b"x" * (len(good) - 7),
            "too long a claim": good[:4] + b"\xff\xff\xff" + good[7:],
            "too short a claim": good[:4] + b"\x03\0\0" + good[7:],
            "nothing": bytes(7) * 1000,
        }[what])
        assert wire.closed_within(20)
    assert gate.session(user="app")["cause"] == "protocol_error"


@pytest.mark.attack
def test_a_frame_that_unpacks_to_a_thousand_times_its_size_passes_piece_by_piece(wire):
    length = (1 << 24) - 100
    statement = bytes([COM_QUERY]) + b"SELECT LENGTH('" + b"z" * length + b"')"
    packed = frame(packet(statement, 0))
    assert len(packed) * 500 < len(statement)
    Wire.send(wire, packed)
    assert wire.read() == b"\x01"
    wire.read(), wire.read()
    assert wire.read()[1:] == str(length).encode()


@pytest.mark.rule(24)
def test_kill_reaches_its_session_inside_compressed_packets(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb)
    with CompressedWire(gate) as victim, CompressedWire(gate) as killer:
        victim.login("app", tls=client_tls)
        killer.login("app", tls=client_tls)
        killer.command(bytes([COM_QUERY]) + b"KILL %d" % victim.greeting.connection_id)
        assert killer.read()[:1] == b"\0"
        assert victim.closed_within(20)
        assert killer.ping()


def test_node_mysql2_compresses(make_gate, mariadb, pki):
    gate = make_gate(mariadb)
    modules = PROJECT / "tests/e2e/node/node_modules/mysql2"
    if not modules.exists():
        pytest.skip("cannot run here: the npm registry was out of reach of ./dev setup")
    script = f"""
      const mysql = require({str(modules)!r}), fs = require('fs');
      const connection = mysql.createConnection({{host: '127.0.0.1', port: {gate.port}, user: 'app', password: 'app-pw',
        compress: true, ssl: {{ca: fs.readFileSync({str(pki.client_trust)!r}), checkServerIdentity: () => undefined}}}});
      connection.query("SELECT REPEAT('x', 2000000) AS wide", (error, rows) => {{
        console.log(error ? String(error) : rows[0].wide.length); connection.destroy(); }});
    """
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "2000000", done
