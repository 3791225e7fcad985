"""What a peer may do once its TLS handshake is over: renew its keys now and then, and nothing else."""
import pytest

from harness import driver
from harness.openssl_client import NOT_REQUESTED, REQUESTED, TLS_1_2, OpensslSocket
from harness.wire import CAPABILITIES, CLIENT_SSL, Closed, Wire, handshake_response, native_password, ssl_request

pytestmark = [pytest.mark.rule(17), pytest.mark.attack]


@pytest.fixture
def gate(make_gate, mariadb):
    return make_gate(mariadb)


def in_tls(gate, **options):
    """After the TLS handshake, before the HandshakeResponse."""
    wire = Wire(gate)
    wire.read_greeting()
    wire.write(ssl_request())
    wire.socket = OpensslSocket(wire.socket, **options)
    return wire


def logged_in(gate, **options):
    wire = in_tls(gate, **options)
    wire.write(handshake_response("app", native_password("app-pw", wire.greeting.scramble),
                                  capabilities=CAPABILITIES | CLIENT_SSL))
    return wire.finish_auth("app-pw")


def flood(wire, count=200, kind=NOT_REQUESTED):
    try:
        for _ in range(count):
            wire.socket.update_key(kind)
    except BrokenPipeError:
        pass


def ended_as_a_flood(gate):
    line = gate.session()
    assert line["cause"] == "tls_failed" and "too many" in line["detail"], line


@pytest.mark.parametrize("kind", [NOT_REQUESTED, REQUESTED])
def test_a_flood_of_key_updates_in_the_login_ends_the_connection(gate, kind):
    with in_tls(gate) as wire:
        flood(wire, kind=kind)
        assert wire.closed_within(20)
    ended_as_a_flood(gate)


@pytest.mark.parametrize("kind", [NOT_REQUESTED, REQUESTED])
def test_a_flood_of_key_updates_in_a_session_ends_it(gate, kind):
    with logged_in(gate) as wire:
        flood(wire, kind=kind)
        assert wire.closed_within(20)
    ended_as_a_flood(gate)


def test_a_flood_of_key_updates_with_some_data_in_between_ends_the_session(gate):
    with logged_in(gate) as wire:
        with pytest.raises((Closed, BrokenPipeError, ConnectionResetError)):
            for _ in range(50):
                for _ in range(4):
                    wire.socket.update_key()
                wire.ping()
    ended_as_a_flood(gate)


def test_a_client_that_renews_its_keys_with_every_command_is_served(gate):
    with logged_in(gate) as wire:
        for _ in range(100):
            wire.socket.update_key(REQUESTED)
            assert wire.ping()


def test_others_are_served_during_a_flood(gate, client_tls):
    with logged_in(gate) as wire, driver.connect(gate, client_tls) as other:
        flood(wire)
        assert driver.value(other, "SELECT 1") == 1


def test_renegotiation_is_refused(make_gate, mariadb):
    gate = make_gate(mariadb, listener={"tls_version": "TLSv1.2"})
    with logged_in(gate, version=TLS_1_2) as wire:
        assert wire.ping()
        assert not wire.socket.renegotiates()


def test_no_ticket_allows_early_data(gate):
    with logged_in(gate) as wire:
        assert wire.ping()
        assert not wire.socket.takes_early_data()
