"""Clients that vanish or fall half silent in any phase: others are served, every descriptor is given back, no CPU is busy."""
import contextlib
import socket
import struct

import pytest

from harness import driver
from harness.bystander import cpu_share
from harness.wire import CAPABILITIES, CLIENT_SSL, COM_QUERY, Wire, handshake_response, packet, ssl_request

pytestmark = [pytest.mark.rule(20), pytest.mark.attack]


def greeted(wire, _):
    wire.read_greeting()


def half_an_ssl_request(wire, _):
    wire.read_greeting()
    wire.send(packet(ssl_request(), 1)[:20])


def before_the_client_hello(wire, _):
    wire.read_greeting()
    wire.write(ssl_request())


def half_a_client_hello(wire, _):
    before_the_client_hello(wire, _)
    wire.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100))


def half_a_handshake_response(wire, _):
    wire.read_greeting()
    wire.send(packet(handshake_response("app"), 1)[:40])


def in_tls(wire, tls):
    wire.read_greeting()
    wire.start_tls(tls)


def half_a_handshake_response_in_tls(wire, tls):
    in_tls(wire, tls)
    wire.send(packet(handshake_response("app", capabilities=CAPABILITIES | CLIENT_SSL), 2)[:40])


def asked_for_the_password(wire, tls):
    in_tls(wire, tls)
    wire.write(handshake_response("app", capabilities=CAPABILITIES | CLIENT_SSL))
    assert wire.read()[:1] == b"\xfe"


def half_an_answer(wire, tls):
    asked_for_the_password(wire, tls)
    wire.send(packet(b"x" * 20, wire.sequence_id)[:10])


def logged_in(wire, tls):
    wire.login("app", tls=tls)


def half_a_command(wire, tls):
    logged_in(wire, tls)
    wire.send(packet(bytes([COM_QUERY]) + b"SELECT 1", 0)[:7])


def in_a_query(wire, tls):
    logged_in(wire, tls)
    wire.command(bytes([COM_QUERY]) + b"SELECT SLEEP(1)")


def in_a_result(wire, tls):
    logged_in(wire, tls)
    wire.command(bytes([COM_QUERY]) + b"SELECT REPEAT('x', 1000000) FROM app.note, app.note AS n")
    wire.read()


def half_a_change_of_user(wire, tls):
    logged_in(wire, tls)
    wire.send(packet(b"\x11report\0" + bytes(20), 0)[:15])


def nothing(wire, _):
    pass


PHASES = [nothing, greeted, half_an_ssl_request, before_the_client_hello, half_a_client_hello, half_a_handshake_response, in_tls,
          half_a_handshake_response_in_tls, asked_for_the_password, half_an_answer, logged_in, half_a_command, in_a_query,
          in_a_result, half_a_change_of_user]


def raw(wire):
    """The descriptor under TLS."""
    return socket.socket(fileno=socket.dup(wire.socket.fileno()))


def reset(wire):
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def half_close(wire):
    with raw(wire) as under_tls:
        under_tls.shutdown(socket.SHUT_WR)


@pytest.fixture
def gate(make_gate, mariadb):
    return make_gate(mariadb, cluster={"health": {"interval": "1h"}}, timeouts={"login": "10s"}, gate={"workers": 2})


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.__name__.replace("_", " "))
def test_resets_in_any_phase_disturb_nobody_and_leak_nothing(gate, client_tls, phase):
    for _ in range(5):
        wire = Wire(gate)
        phase(wire, client_tls)
        reset(wire)
    gate.wait_for(5, msg="session closed")


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.__name__.replace("_", " "))
def test_half_closes_in_any_phase_end_the_session_and_spin_no_cpu(gate, client_tls, phase):
    with contextlib.ExitStack() as open_:
        wires = [open_.enter_context(Wire(gate)) for _ in range(5)]
        for wire in wires:
            phase(wire, client_tls)
            half_close(wire)
        gate.wait_for(5, msg="session closed")
        assert cpu_share(gate, 0.5) < 0.5, "the clients are still there, and read nothing"


def test_a_tls_error_of_one_connection_ends_no_other_of_the_same_worker(make_gate, mariadb, client_tls):
    """OpenSSL's error queue belongs to the thread (proxysql #4556)."""
    gate = make_gate(mariadb, gate={"workers": 1})
    with driver.connect(gate, client_tls) as other:
        for garbage in (b"\x16\x03\x01\x00\x05hello", b"\x15\x03\x03\x00\x02\x02\x28", b"\x17\x03\x03\x00\x20" + bytes(32)):
            for phase in (before_the_client_hello, in_tls, logged_in):
                with Wire(gate) as wire:
                    phase(wire, client_tls)
                    with raw(wire) as under_tls:
                        under_tls.sendall(garbage)
                    assert driver.value(other, "SELECT 1") == 1
                    with driver.connect(gate, client_tls) as fresh:
                        assert driver.value(fresh, "SELECT 1") == 1
