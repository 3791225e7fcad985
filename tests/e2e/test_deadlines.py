"""From accept to OK there is one total deadline: whoever is slow is gone at it, and nobody else notices."""
import socket
import time

import pytest

from harness import driver
from harness.wire import CAPABILITIES, CLIENT_SSL, ServerError, Wire, handshake_response, packet, ssl_request

LOGIN = {"login": "1500ms"}
AT_MOST = 15  # generous: this machine does other things too


@pytest.fixture
def gate(make_gate, mariadb):
    return make_gate(mariadb, timeouts=LOGIN, default_require="NONE")


def drip(wire, data, pause=0.1):
    """A byte every tenth of a second: fast enough for any deadline per read, too slow for a total one."""
    end = time.monotonic() + AT_MOST
    try:
        for byte in data:
            if time.monotonic() > end:
                return False
            wire.send(bytes([byte]))
            time.sleep(pause)
        return wire.closed_within(AT_MOST)
    except OSError:
        return True


def ended_by_deadline(gate, phase):
    line = gate.session()
    assert (line["side"], line["phase"], line["cause"]) == ("client", phase, "login_timeout"), line


@pytest.mark.rule(4)
def test_a_client_that_says_nothing_is_gone_at_the_deadline(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        assert wire.closed_within(AT_MOST)
    assert gate.session()["cause"] == "login_timeout"


@pytest.mark.rule(4)
def test_a_client_that_drips_its_ssl_request_is_gone_at_the_deadline(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        assert drip(wire, packet(ssl_request(), 1))
    assert gate.session()["cause"] == "login_timeout"


@pytest.mark.rule(4)
def test_a_client_that_drips_its_client_hello_is_gone_at_the_deadline(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(ssl_request())
        assert drip(wire, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200))
    assert gate.session()["cause"] == "login_timeout"


@pytest.mark.rule(4)
def test_a_client_that_drips_its_handshake_response_is_gone_at_the_deadline(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        assert drip(wire, packet(handshake_response("app"), 1))
    assert gate.session()["cause"] == "login_timeout"


@pytest.mark.rule(4)
def test_a_client_that_drips_in_tls_is_gone_at_the_deadline(gate, client_tls):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.start_tls(client_tls)
        assert drip(wire, packet(handshake_response("app", capabilities=CAPABILITIES | CLIENT_SSL), 2))
    assert gate.session()["cause"] == "login_timeout"


@pytest.mark.rule(4)
def test_a_client_that_drips_its_auth_answer_is_gone_at_the_deadline(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(handshake_response("app"))
        assert wire.read()[:1] == b"\xfe"
        assert drip(wire, packet(b"x" * 200, 3))
    assert gate.session()["cause"] == "login_timeout"


@pytest.mark.rule(4)
def test_a_client_that_never_answers_the_switch_is_gone_at_the_deadline(gate):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.write(handshake_response("app"))
        assert wire.read()[:1] == b"\xfe"
        assert wire.closed_within(AT_MOST)
    assert gate.session()["phase"] == "authentication"


def test_the_deadline_ends_with_the_login(gate, client_tls):
    with driver.connect(gate, client_tls) as connection:
        time.sleep(2.5)
        assert driver.value(connection, "SELECT 1") == 1


@pytest.mark.rule(5)
def test_slow_clients_cost_the_aggregator_no_connection(make_gate, mariadb):
    gate = make_gate(mariadb, timeouts=LOGIN, cluster={"health": {"interval": "1h"}})
    before = mariadb.status("Connections")
    wires = [Wire(gate) for _ in range(10)]
    for wire in wires:
        wire.read_greeting()
    gate.wait_for(10, msg="session closed")
    assert mariadb.status("Connections") - before <= 1
    for wire in wires:
        wire.close()


def test_others_are_served_while_many_are_slow(gate, client_tls):
    slow = [socket.create_connection((gate.host, gate.port)) for _ in range(50)]
    for _ in range(5):
        with driver.connect(gate, client_tls) as connection:
            assert driver.value(connection, "SELECT 1") == 1
    gate.wait_for(50, msg="session closed", cause="login_timeout")
    for each in slow:
        each.close()


def test_a_wrong_login_is_answered_before_the_deadline(gate):
    with Wire(gate) as wire, pytest.raises(ServerError):
        wire.login("app", password="wrong")
