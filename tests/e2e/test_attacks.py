"""Attacks on the login, sentence by sentence of the security rules: injections, downgrades, lengths that lie, odd names, tickets."""
import contextlib
import re
import ssl
import struct

import pymysql
import pytest

from harness import driver, fake_aggregator as fake
from harness.fake_aggregator import FakeAggregator, greeting
from harness.ports import free_port
from harness.wire import (CAPABILITIES, CLIENT_CONNECT_ATTRS, CLIENT_CONNECT_WITH_DB, CLIENT_LOCAL_FILES,
                          CLIENT_PLUGIN_AUTH_LENENC_DATA, CLIENT_SSL, COM_QUERY, Closed, ServerError, Wire,
                          handshake_response, native_password, packet, ssl_request)

pytestmark = pytest.mark.attack

NEVER_CHECKED = {"health": {"interval": "1h"}}


# --- rules 1 to 4: the handshake ---------------------------------------------------------------------------------------------------


@pytest.mark.rule(2)
def test_only_the_packet_inside_tls_decides_capabilities_and_character_set(make_gate, mariadb, client_tls):
    """What the SSLRequest says could be anybody's."""
    latin1 = 8
    with Wire(make_gate(mariadb)) as wire:
        wire.read_greeting()
        wire.write(struct.pack("<IIB23x", CAPABILITIES | CLIENT_SSL | CLIENT_CONNECT_WITH_DB, 1 << 24, latin1))
        wire.socket = client_tls.wrap_socket(wire.socket)
        wire.write(handshake_response("app", native_password("app-pw", wire.greeting.scramble),
                                      capabilities=CAPABILITIES | CLIENT_SSL))
        wire.finish_auth("app-pw")
        wire.command(bytes([COM_QUERY]) + b"SELECT DATABASE() IS NULL, @@character_set_client")
        row = [wire.read() for _ in range(5)][4]
        assert row == b"\x011\x07utf8mb4"


@pytest.mark.rule(2)
def test_a_user_name_before_tls_is_nobodys(make_gate, mariadb, client_tls):
    """An SSLRequest with a user behind it is no SSLRequest; that user appears in no decision."""
    gate = make_gate(mariadb, default_require="NONE")
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(ssl_request() + b"root\0")
        assert wire.closed_within(20)
    line = gate.session()
    assert (line["cause"], line["user"], line["aggregator"]) == ("protocol_error", "", "none")


@pytest.fixture
def stripped(make_gate):
    """A gate in front of a server whose greeting somebody robbed of CLIENT_SSL; what reaches that server is noted."""
    heard = []

    def conversation(connection):
        connection.sendall(greeting(capabilities=fake.CAPABILITIES))
        while data := connection.recv(4096):
            heard.append(data)
            connection.sendall(fake.packet_of_error(1045, b"#28000Access denied", 2))

    with FakeAggregator(conversation) as server:
        def made(**cluster):
            return make_gate(server, cluster={**NEVER_CHECKED, **cluster}, timeouts={"connect": "1s"}), heard
        yield made


@pytest.mark.rule(3)
@pytest.mark.parametrize("mode", [None, "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"])
def test_a_greeting_robbed_of_client_ssl_gets_not_one_byte(stripped, client_tls, mode):
    """Without ssl_mode in the configuration it is VERIFY_CA; PREFERRED never applies unless written."""
    gate, heard = stripped(ssl_mode=mode)
    with pytest.raises(pymysql.err.OperationalError) as refused:
        driver.connect(gate, client_tls)
    assert refused.value.args[0] == 2003
    assert not heard, "nor did the health check"


@pytest.mark.rule(3)
def test_only_preferred_speaks_plaintext_to_a_greeting_robbed_of_client_ssl(stripped, client_tls):
    gate, heard = stripped(ssl_mode="PREFERRED")
    with pytest.raises(pymysql.err.OperationalError):
        driver.connect(gate, client_tls)
    assert b"app\0" in b"".join(heard), "the login in the clear that was asked for"


@pytest.mark.rule(1)
def test_an_aggregators_answer_to_a_login_nobody_sent_yet_is_an_error(make_gate, pki, client_tls):
    """An OK injected behind the greeting, before TLS: it must not become the answer to the login inside TLS."""
    context = fake.tls_context(pki.aggregator)

    def conversation(connection):
        connection.sendall(greeting() + packet(b"\x00\x00\x00\x02\x00\x00\x00", 2))
        with contextlib.suppress(OSError, EOFError):
            fake.read_packet(connection)
            context.wrap_socket(connection, server_side=True)

    with FakeAggregator(conversation) as injecting:
        gate = make_gate(injecting, cluster=NEVER_CHECKED)
        with pytest.raises(pymysql.err.OperationalError) as refused:
            driver.connect(gate, client_tls)
        assert refused.value.args[0] == 2003
        assert gate.entries(reason=re.compile("somebody is in the middle"))


def lying(*fields, capabilities=CAPABILITIES):
    return struct.pack("<IIB23x", capabilities, 1 << 24, 45) + b"".join(fields)


HUGE = b"\xfe" + b"\xff" * 8


@pytest.mark.rule(4)
@pytest.mark.parametrize("payload", [
    lying(b"app\0", b"\xff" + b"x" * 10),
    lying(b"app\0", HUGE + b"x" * 10, capabilities=CAPABILITIES | CLIENT_PLUGIN_AUTH_LENENC_DATA),
    lying(b"app\0", b"\xfd\xff\xff\xff" + b"x" * 10, capabilities=CAPABILITIES | CLIENT_PLUGIN_AUTH_LENENC_DATA),
    lying(b"app\0", b"\xfe\x00", capabilities=CAPABILITIES | CLIENT_PLUGIN_AUTH_LENENC_DATA),
    lying(b"app\0", b"\0", b"plugin\0", HUGE, capabilities=CAPABILITIES | CLIENT_CONNECT_ATTRS),
    lying(b"app\0", b"\0", b"plugin\0", b"\xfc\xff\xff" + b"x", capabilities=CAPABILITIES | CLIENT_CONNECT_ATTRS),
    lying(b"app"), lying(), lying(b"x" * 100000)],
    ids=["auth of 255", "auth of 2^64-1", "auth of 2^24-1", "half a length", "attributes of 2^64-1", "attributes of 2^16-1",
         "no end of the user", "no user", "a user of 100000"])
def test_a_length_that_lies_is_an_error_and_no_allocation(make_gate, mariadb, payload):
    gate = make_gate(mariadb, default_require="NONE", cluster=NEVER_CHECKED)
    with Wire(gate) as wire:
        wire.read_greeting()
        before = gate.child.memory()
        wire.write(payload)
        assert wire.closed_within(20)
        assert gate.child.memory() - before < 8 << 20
    line = gate.session()
    assert (line["cause"], line["aggregator"]) == ("protocol_error", "none")


@pytest.mark.rule(4)
def test_the_cap_of_unauthenticated_connections_is_checked_before_tls(make_gate, mariadb):
    """Who is one too many reads an error where the greeting would be, and no handshake was paid for."""
    gate = make_gate(mariadb, limits={"max_unauthenticated": 3})
    with contextlib.ExitStack() as held:
        for _ in range(3):
            held.enter_context(Wire(gate)).read_greeting()
        for _ in range(20):
            with Wire(gate) as wire, pytest.raises(ServerError) as refused:
                wire.read_greeting()
            assert refused.value.code == 1040
    gate.wait_for(20, msg="session closed", phase="arrival", cause="too_many_connections", client_tls="none")


# --- rules 8 and 10: names and tickets ------------------------------------------------------------------------------------------


@pytest.mark.rule(8)
@pytest.mark.parametrize("name", [b"app\0root", b"app\0", b"\0app"], ids=["NUL inside", "NUL behind", "NUL first"])
def test_a_user_name_ends_at_its_first_nul_for_the_rules_and_for_the_aggregator(make_gate, mariadb, name):
    """Only app may come in plaintext; what stands behind a NUL is the next field, and never a second reading of the name."""
    gate = make_gate(mariadb, accounts=[{"user": "app", "require": "NONE"}])
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(struct.pack("<IIB23x", CAPABILITIES, 1 << 24, 45) + name + b"\0" + b"\0" * 3)
        with pytest.raises((ServerError, Closed)):
            wire.finish_auth("root-pw")
    line = gate.session()
    assert line["user"] in ("", "app"), line
    assert line["user"] or line["aggregator"] == "none"


@pytest.mark.rule(8)
def test_over_long_user_names_are_compared_whole(make_gate, mariadb):
    """MySQL cuts names at 32 characters; a rule for the beginning must not decide for the whole."""
    name = "a" * 32
    gate = make_gate(mariadb, accounts=[{"user": name, "require": "NONE"}])
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(handshake_response(name + "b"))
        with pytest.raises(ServerError) as refused:
            raise ServerError(wire.read())
    assert refused.value.code == 1045
    assert gate.session()["cause"] == "refused"


VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


def session_of(gate, tls, user="report"):
    """A TLS session that could be resumed."""
    with Wire(gate) as wire:
        assert wire.login(user, tls=tls).ping()
        return wire.socket.session


@pytest.mark.rule(10)
@VERSIONS
def test_a_resumed_session_without_a_certificate_satisfies_no_certificate_rule(make_gate, mariadb, pki, version):
    gate = make_gate(mariadb, listener={"ssl_ca": pki.client_trust}, accounts=[{"user": "app", "require": "X509"}])
    tls = driver.context(pki.client_trust, (version, version))
    session = session_of(gate, tls)
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.start_tls(tls, session=session)
        assert wire.socket.session_reused
        wire.write(handshake_response("app", capabilities=CAPABILITIES | CLIENT_SSL))
        with pytest.raises(ServerError) as refused:
            raise ServerError(wire.read())
    assert refused.value.code == 1045


@pytest.mark.rule(10)
@VERSIONS
def test_a_ticket_of_a_listener_without_a_ca_is_refused_where_certificates_are_asked_for(make_gate, mariadb, pki, version):
    """CVE-2025-23419: a session that was never asked for a certificate must not be taken for one that showed its own."""
    strict = free_port()
    gate = make_gate(mariadb, listeners=[{"name": "strict", "address": f"127.0.0.1:{strict}", "ssl_ca": pki.client_trust}])
    tls = driver.context(pki.client_trust, (version, version))
    session = session_of(gate, tls)
    gate.config["listener"][0]["address"] = f"127.0.0.1:{strict}"
    with Wire(gate) as wire:
        wire.read_greeting()
        try:
            wire.start_tls(tls, session=session)
            assert not wire.socket.session_reused
        except ssl.SSLError:
            pass


# --- rule 7: a change of user that is none ------------------------------------------------------------------------------------------


@pytest.mark.rule(7)
@pytest.mark.parametrize("first", [False, True], ids=["after other data", "first of all"])
def test_a_change_of_user_in_the_data_of_load_data_local_is_data(make_gate, mariadb, first):
    gate = make_gate(mariadb, accounts=[{"user": "app", "require": "NONE"}], cluster={"local_infile": True})
    capabilities = CAPABILITIES | CLIENT_LOCAL_FILES
    mariadb.sql("CREATE OR REPLACE TABLE app.loaded (text BLOB)")
    disguised = b"\x11report\0\0app\0\x2d\0mysql_native_password\0"
    with Wire(gate) as wire:
        wire.login("app", capabilities=capabilities)
        wire.command(bytes([COM_QUERY]) + b"LOAD DATA LOCAL INFILE 'rows' INTO TABLE app.loaded")
        assert wire.read() == b"\xfbrows"
        for data in ([] if first else [b"other data\n"]) + [disguised, b""]:
            wire.write(data)
        assert wire.read()[:1] == b"\x00", "loaded"
        wire.command(bytes([COM_QUERY]) + b"SELECT USER()")
        assert b"app@" in [wire.read() for _ in range(5)][3]
    assert disguised in mariadb.sql("SELECT GROUP_CONCAT(text SEPARATOR '') FROM app.loaded")[0][0]
    assert not gate.entries(msg="user changed")


# --- rules 15, 16, 22, 24: secrets, scrambles, files, KILL ---------------------------------------------------------------------------


@pytest.mark.rule(15)
def test_no_tls_key_log_is_written_for_an_environment_variable(make_gate, mariadb, scratch, client_tls):
    log = scratch.folder("keylog") / "keys"
    gate = make_gate(mariadb, env={"SSLKEYLOGFILE": str(log)})
    driver.connect(gate, client_tls).close()
    assert not log.exists()


@pytest.mark.rule(16)
def test_scrambles_are_20_printable_bytes_and_never_the_same(make_gate, mariadb):
    gate = make_gate(mariadb)
    seen = set()
    for _ in range(200):
        with Wire(gate) as wire:
            scramble = wire.read_greeting().scramble
        assert len(scramble) == 20 and all(0x21 <= byte <= 0x7E for byte in scramble)
        seen.add(scramble)
    assert len(seen) == 200


@pytest.mark.rule(22)
def test_an_aggregator_that_asks_for_a_file_in_the_login_gets_none(make_gate, pki, client_tls):
    context = fake.tls_context(pki.aggregator)
    answers = []

    def conversation(connection):
        connection.sendall(greeting())
        fake.read_packet(connection)
        with context.wrap_socket(connection, server_side=True) as encrypted:
            fake.read_packet(encrypted)
            encrypted.sendall(packet(b"\xfb/etc/passwd", 3))
            answers.append(encrypted.recv(4096))

    with FakeAggregator(conversation) as asking:
        gate = make_gate(asking, cluster=NEVER_CHECKED)
        with Wire(gate) as wire:
            wire.read_greeting()
            wire.start_tls(client_tls)
            wire.write(handshake_response("app", capabilities=CAPABILITIES | CLIENT_SSL))
            assert b"passwd" not in wire.read()
    assert not any(answers), answers


@pytest.mark.rule(24)
def test_a_kill_of_an_id_that_the_gate_never_gave_out_reaches_nothing(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb)
    with Wire(gate) as victim, Wire(gate) as killer:
        victim.login("app", tls=client_tls)
        killer.login("app", tls=client_tls)
        killer.command(bytes([COM_QUERY]) + f"KILL {victim.greeting.connection_id + 1000}".encode())
        with pytest.raises(ServerError) as refused:
            raise ServerError(killer.read())
        assert refused.value.code == 1094
        assert victim.ping() and killer.ping()
