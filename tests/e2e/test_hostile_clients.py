"""Clients that break the rules: bytes by hand, and nothing of it may reach an aggregator or hurt anybody else."""
import os
import random
import socket
import ssl
import struct
import time

import pytest

from harness import driver
from harness.wire import (CAPABILITIES, CLIENT_PROTOCOL_41, CLIENT_SSL, COM_CHANGE_USER, COM_QUERY, Closed,
                          ServerError, Wire, handshake_response, native_password, packet, ssl_request)

pytestmark = pytest.mark.attack


@pytest.fixture
def gate(make_gate, mariadb_of_own):
    """Has a server of its own, whose count of connections tells what reached it."""
    server = mariadb_of_own()
    made = make_gate(server, cluster={"health": {"interval": "1h"}})
    made.server = server
    made.connections_before = server.status("Connections")
    return made


def reached_nobody(gate):
    """Nothing but the question itself connected to the aggregator."""
    return gate.server.status("Connections") - gate.connections_before <= 1


def ends_with_protocol_error(gate, wire):
    """The gate may say 1043 or so first; then it closes."""
    assert wire.closed_within(20)
    line = gate.session()
    assert line["cause"] in ("protocol_error", "tls_failed"), line
    assert reached_nobody(gate)


def serves_others(gate, tls):
    with driver.connect(gate, tls) as connection:
        return driver.value(connection, "SELECT 1") == 1


@pytest.mark.rule(1)
def test_a_plaintext_command_behind_the_ssl_request_reaches_no_aggregator(gate, client_tls):
    """CVE-2021-3935's and CVE-2011-0411's trick: what follows in the same segment must go to the TLS engine only."""
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.send(packet(ssl_request(), 1) + packet(bytes([COM_QUERY]) + b"DROP TABLE app.note", 0))
        ends_with_protocol_error(gate, wire)
    assert serves_others(gate, client_tls)


@pytest.mark.rule(1)
def test_a_plaintext_login_behind_the_ssl_request_reaches_no_aggregator(gate):
    with Wire(gate) as wire:
        greeting = wire.read_greeting()
        login = handshake_response("app", native_password("app-pw", greeting.scramble))
        wire.send(packet(ssl_request(), 1) + packet(login, 2))
        ends_with_protocol_error(gate, wire)


@pytest.mark.rule(1)
def test_a_client_hello_in_the_segment_of_the_ssl_request_is_served(gate, pki, client_tls):
    """Clients need not wait between the two."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    engine = client_tls.wrap_bio(incoming, outgoing)
    with Wire(gate) as wire:
        wire.read_greeting()
        with pytest.raises(ssl.SSLWantReadError):
            engine.do_handshake()
        wire.send(packet(ssl_request(), 1) + outgoing.read())
        while True:
            incoming.write(wire.socket.recv(65536))
            try:
                engine.do_handshake()
                break
            except ssl.SSLWantReadError:
                wire.send(outgoing.read()) if outgoing.pending else None
        login = handshake_response("app", native_password("app-pw", wire.greeting.scramble),
                                   capabilities=CAPABILITIES | CLIENT_SSL)
        engine.write(packet(login, 2))
        wire.send(outgoing.read())
        while True:
            incoming.write(wire.socket.recv(65536))
            try:
                assert engine.read(5)[4] in (0x00, 0xFE)
                break
            except ssl.SSLWantReadError:
                continue


@pytest.mark.rule(2)
def test_a_full_handshake_response_with_client_ssl_in_plaintext_is_an_error(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(handshake_response("app", capabilities=CAPABILITIES | CLIENT_SSL))
        ends_with_protocol_error(gate, wire)


@pytest.mark.rule(2)
def test_32_bytes_without_client_ssl_are_an_error(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(struct.pack("<IIB23x", CAPABILITIES, 1 << 24, 45))
        ends_with_protocol_error(gate, wire)


@pytest.mark.rule(2)
def test_a_second_ssl_request_inside_tls_is_an_error(gate, client_tls):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.start_tls(client_tls)
        wire.write(ssl_request())
        ends_with_protocol_error(gate, wire)


def test_a_wrong_sequence_id_is_an_error(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(ssl_request(), sequence_id=7)
        with pytest.raises((ServerError, Closed)) as ended:
            payload = wire.read()
            raise ServerError(payload)
    if ended.type is ServerError:
        assert ended.value.code == 1156
    assert gate.session()["cause"] == "protocol_error"


def test_an_old_protocol_is_an_error(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(struct.pack("<HI", 0x85, 0)[:5] + b"app\0" + b"x" * 8)
        ends_with_protocol_error(gate, wire)


def test_a_client_without_protocol_41_is_an_error(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(handshake_response("app", capabilities=CAPABILITIES & ~CLIENT_PROTOCOL_41))
        ends_with_protocol_error(gate, wire)


@pytest.mark.rule(4)
def test_a_login_packet_of_more_than_a_mebibyte_is_refused_unread(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        before = gate.child.memory()
        wire.send(b"\xff\xff\xff\x01")
        try:
            for _ in range(64):
                wire.send(bytes(65536))
        except OSError:
            pass
        ends_with_protocol_error(gate, wire)
        assert gate.child.memory() - before < 8 << 20


def test_an_empty_login_packet_is_an_error(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(b"")
        ends_with_protocol_error(gate, wire)


def test_a_user_name_that_never_ends_is_an_error(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(struct.pack("<IIB23x", CAPABILITIES, 1 << 24, 45) + b"x" * 300)
        ends_with_protocol_error(gate, wire)


@pytest.mark.rule(8)
@pytest.mark.parametrize("user", [b"app ", b"App", b"app\xff", b"app'@'%", b"a" * 200, b"app\n level=error msg=forged"],
                         ids=["trailing space", "case", "not UTF-8", "quotes", "long", "newline"])
def test_odd_user_names_are_no_other_users(make_gate, mariadb, user):
    """The rule lookup uses exactly the bytes that are forwarded: only app may come in plaintext."""
    gate = make_gate(mariadb, accounts=[{"user": "app", "require": "NONE"}])
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(handshake_response(user, native_password("app-pw", wire.greeting.scramble)))
        with pytest.raises((ServerError, Closed)):
            raise ServerError(wire.read())
    line = gate.session()
    assert line["cause"] in ("refused", "protocol_error")
    assert not gate.entries(msg="forged")


def test_plain_text_that_is_no_mysql_is_an_error(gate):
    with Wire(gate) as wire:
        wire.send(b"GET / HTTP/1.1\r\nHost: gate\r\n\r\n")
        ends_with_protocol_error(gate, wire)


def test_tls_without_an_ssl_request_is_an_error(gate, client_tls):
    with Wire(gate) as wire:
        wire.read_greeting()
        with pytest.raises(OSError):
            client_tls.wrap_socket(wire.socket)
    assert gate.session()["cause"] == "protocol_error"
    assert reached_nobody(gate)


@pytest.mark.parametrize("seed", range(8))
def test_random_bytes_hurt_nobody(gate, client_tls, seed):
    noise = random.Random(seed)
    for stage in range(4):
        with Wire(gate) as wire:
            wire.read_greeting()
            try:
                if stage == 1:
                    wire.write(ssl_request())
                if stage == 2:
                    wire.start_tls(client_tls)
                data = noise.randbytes(noise.randrange(1, 3000))
                wire.send(data if stage < 3 else packet(data, 1))
                wire.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            assert wire.closed_within(30)
    assert serves_others(gate, client_tls)


def test_a_login_cut_at_every_byte_hurts_nobody(gate, client_tls):
    with Wire(gate) as wire:
        wire.read_greeting()
        whole = packet(handshake_response("app"), 1)
    for cut in range(len(whole)):
        with Wire(gate) as wire:
            wire.read_greeting()
            wire.send(whole[:cut])
    assert serves_others(gate, client_tls)
    assert reached_nobody(gate) or gate.server.status("Connections") - gate.connections_before <= 3


@pytest.mark.rule(5)
def test_port_scans_cost_the_aggregator_nothing(gate, client_tls):
    for _ in range(50):
        socket.create_connection((gate.host, gate.port)).close()
    gate.wait_for(50, msg="session closed")
    assert reached_nobody(gate)
    assert serves_others(gate, client_tls)


@pytest.mark.rule(20)
def test_half_closed_strangers_do_not_spin_the_cpu(gate):
    strangers = []
    for _ in range(10):
        stranger = socket.create_connection((gate.host, gate.port))
        stranger.shutdown(socket.SHUT_WR)
        strangers.append(stranger)
    before = gate.child.cpu_seconds()
    time.sleep(2)
    assert gate.child.cpu_seconds() - before < 0.5
    for each in strangers:
        each.close()


# --- COM_CHANGE_USER in disguise ---------------------------------------------------------------------------------------------------


def change_user_packet(wire, user, sequence_id=0):
    auth = native_password(f"{user}-pw", wire.greeting.scramble)
    return packet(bytes([COM_CHANGE_USER]) + user.encode() + b"\0" + bytes([len(auth)]) + auth + b"app\0"
                  + struct.pack("<H", 45) + b"mysql_native_password\0", sequence_id)


@pytest.fixture
def plaintext_app(make_gate, mariadb):
    """app may come in plaintext; report must use TLS."""
    return make_gate(mariadb, accounts=[{"user": "app", "require": "NONE"}])


def never_became_report(gate, wire):
    """However it was hidden, the session ends or goes on as app."""
    answers = b""
    try:
        wire.socket.settimeout(10)
        while True:
            payload = wire.read()
            answers += payload
            if payload[:1] == b"\xff":
                break
            wire.command(bytes([COM_QUERY]) + b"SELECT USER()")
    except (Closed, OSError):
        pass
    assert b"report@" not in answers


@pytest.mark.rule(7)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7])
def test_a_change_user_in_small_pieces_is_recognised(plaintext_app, size):
    with Wire(plaintext_app) as wire:
        wire.login("app")
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = change_user_packet(wire, "report")
        for start in range(0, len(data), size):
            wire.send(data[start:start + size])
            time.sleep(0.001)
        never_became_report(plaintext_app, wire)


@pytest.mark.rule(7)
@pytest.mark.parametrize("sequence_id", [1, 2, 255])
def test_a_change_user_with_an_odd_sequence_id_is_recognised(plaintext_app, sequence_id):
    with Wire(plaintext_app) as wire:
        wire.login("app")
        wire.send(change_user_packet(wire, "report", sequence_id))
        never_became_report(plaintext_app, wire)


@pytest.mark.rule(7)
def test_a_change_user_pipelined_behind_a_query_is_recognised(plaintext_app):
    with Wire(plaintext_app) as wire:
        wire.login("app")
        wire.send(packet(bytes([COM_QUERY]) + b"SELECT 1", 0) + change_user_packet(wire, "report"))
        never_became_report(plaintext_app, wire)


@pytest.mark.rule(7)
def test_a_change_user_that_cannot_be_parsed_is_refused(plaintext_app):
    with Wire(plaintext_app) as wire:
        wire.login("app")
        wire.command(bytes([COM_CHANGE_USER]) + b"report")
        never_became_report(plaintext_app, wire)
    assert plaintext_app.session()["phase"] in ("change_user", "command")


@pytest.mark.rule(7)
def test_a_change_user_behind_an_empty_packet_is_recognised(plaintext_app):
    with Wire(plaintext_app) as wire:
        wire.login("app")
        wire.send(packet(b"", 0) + change_user_packet(wire, "report"))
        never_became_report(plaintext_app, wire)


@pytest.mark.rule(20)
def test_tls_alerts_and_closes_in_the_middle_hurt_nobody(gate, client_tls):
    for count in (1, 5, 20, 100):
        with Wire(gate) as wire:
            wire.read_greeting()
            wire.write(ssl_request())
            wire.send(b"\x16\x03\x01" + os.urandom(count))
    assert serves_others(gate, client_tls)


