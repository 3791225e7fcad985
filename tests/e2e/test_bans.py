"""Addresses that fail to authenticate too often are banned: for a time, and for nothing else they do."""
import signal
import socket

import pymysql
import pytest

from harness import driver, proxy_protocol as proxy
from harness.ports import free_port, wait_until
from harness.wire import ServerError, Wire, handshake_response

pytestmark = pytest.mark.rule(12)

BANS = {"ban_after": 3, "ban_window": "1h", "ban_time": "1h"}
BEHIND_A_BALANCER = {"proxy_protocol_networks": ["127.0.0.0/8"]}


def fails(gate, tls, times=1, **options):
    """So many wrong passwords; each is answered by the aggregator's refusal."""
    for _ in range(times):
        with pytest.raises(pymysql.err.OperationalError) as refused:
            driver.connect(gate, tls, password="wrong", **options)
        assert refused.value.args[0] == 1045


def greeting_of(gate, header=b"", **options):
    """The first packet a client reads: a greeting, or ServerError."""
    with Wire(gate, **options) as wire:
        wire.send(header)
        return wire.read_greeting()


def is_banned(gate, header=b""):
    with pytest.raises(ServerError) as refused:
        greeting_of(gate, header)
    assert refused.value.code == 1129, refused.value
    return refused.value.text


def fails_behind_a_balancer(gate, tls, address, times=1):
    for _ in range(times):
        with Wire(gate) as wire, pytest.raises(ServerError) as refused:
            wire.send(proxy.v1(address))
            wire.login("app", password="wrong", tls=tls)
        assert refused.value.code == 1045


def test_an_address_is_banned_after_so_many_wrong_passwords_and_reads_1129_before_tls(make_gate, aggregator, client_tls):
    gate = make_gate(aggregator, limits=BANS)
    fails(gate, client_tls, 2)
    assert greeting_of(gate)
    fails(gate, client_tls)
    assert is_banned(gate) == "Host '127.0.0.1' is blocked because of many connection errors"
    gate.wait_for(msg="session closed", phase="arrival", cause="banned", aggregator="none")
    assert gate.entries(level="warning", network="127.0.0.1", last_user="app")


def test_unknown_users_count_like_wrong_passwords(make_gate, aggregator, client_tls):
    gate = make_gate(aggregator, limits=BANS)
    for user in ("root1", "root2", "root3"):
        fails(gate, client_tls, user=user)
    is_banned(gate)


def test_nobody_is_banned_unless_configured(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb)
    fails(gate, client_tls, 12)
    assert greeting_of(gate)


def test_a_ban_ends_by_itself(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, limits={**BANS, "ban_time": "1s"})
    fails(gate, client_tls, 3)
    is_banned(gate)

    def served():
        try:
            return greeting_of(gate)
        except ServerError:
            return False

    wait_until(served, 20, "the ban to end")
    fails(gate, client_tls, 2)
    driver.connect(gate, client_tls).close()


def test_bans_can_be_lifted_without_a_restart(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, limits=BANS)
    fails(gate, client_tls, 3)
    is_banned(gate)
    gate.child.signal(signal.SIGUSR2)
    assert gate.wait_for(msg="bans lifted")[0]["networks"] == "1"
    driver.connect(gate, client_tls).close()
    gate.child.signal(signal.SIGUSR2)
    assert gate.wait_for(2, msg="bans lifted")[1]["networks"] == "0"


def test_sessions_that_are_there_already_go_on_when_their_address_is_banned(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, limits=BANS)
    with driver.connect(gate, client_tls) as connection:
        fails(gate, client_tls, 3)
        is_banned(gate)
        assert driver.value(connection, "SELECT 1") == 1


def test_a_success_does_not_forgive_failures(make_gate, mariadb, client_tls):
    """Or whoever has one account could guess the others' passwords for ever."""
    gate = make_gate(mariadb, limits=BANS)
    for _ in range(2):
        fails(gate, client_tls)
        driver.connect(gate, client_tls).close()
    fails(gate, client_tls)
    is_banned(gate)


def test_a_failed_change_of_user_counts(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, limits=BANS)
    for _ in range(3):
        with Wire(gate) as wire:
            wire.login("app", tls=client_tls)
            with pytest.raises(ServerError) as refused:
                wire.change_user("report", password="wrong")
            assert refused.value.code == 1045
    is_banned(gate)


def test_what_is_no_failed_authentication_counts_for_nothing(make_gate, mariadb, pki, client_tls):
    """Refusals by policy, scans, failed TLS, broken packets, time-outs, and those who left before they answered."""
    gate = make_gate(mariadb, limits={**BANS, "ban_after": 1}, timeouts={"login": "1500ms"})
    for _ in range(3):
        socket.create_connection((gate.host, gate.port)).close()
        for tls in (None, driver.context(pki.stranger_ca.ca)):
            with pytest.raises((pymysql.err.MySQLError, OSError)):
                driver.connect(gate, tls)
        with Wire(gate) as wire:
            wire.read_greeting()
            wire.write(b"")
            assert wire.closed_within(20)
        with Wire(gate) as wire:
            wire.read_greeting()
            wire.start_tls(client_tls)
            wire.write(handshake_response("app", capabilities=wire.greeting.capabilities & ~8))
            assert wire.read()[:1] == b"\xfe", "asked for a password, and gone"
    with Wire(gate) as silent:
        silent.read_greeting()
        assert silent.closed_within(20)
    gate.wait_for(16, msg="session closed")
    driver.connect(gate, client_tls).close()


def test_a_database_that_does_not_exist_is_no_failed_authentication(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, limits={**BANS, "ban_after": 1})
    with pytest.raises(pymysql.err.OperationalError) as refused:
        driver.connect(gate, client_tls, database="nowhere")
    assert refused.value.args[0] in (1044, 1049)
    driver.connect(gate, client_tls).close()


def test_behind_a_balancer_the_headers_address_is_banned_and_the_balancer_is_not(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, limits=BANS, listener=BEHIND_A_BALANCER)
    fails_behind_a_balancer(gate, client_tls, "192.0.2.7", 3)
    assert "192.0.2.7" in is_banned(gate, proxy.v1("192.0.2.7"))
    with Wire(gate) as wire:
        wire.send(proxy.v1("192.0.2.8"))
        assert wire.login("app", tls=client_tls).ping()


def test_of_ipv6_the_64_around_the_address_is_banned(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, limits=BANS, listener=BEHIND_A_BALANCER)
    for last in (1, 2, 3):
        fails_behind_a_balancer(gate, client_tls, f"2001:db8::{last}")
    is_banned(gate, proxy.v1("2001:db8::4"))
    assert greeting_of(gate, proxy.v1("2001:db8:0:1::1"))


def test_clients_of_a_unix_socket_are_never_banned(make_gate, mariadb, scratch):
    path = scratch.folder("socket") / "gate"
    make_gate(mariadb, limits=BANS, default_require="NONE", listeners=[{"name": "local", "address": f"unix:{path}"}])
    for _ in range(4):
        with Wire(path=path) as wire, pytest.raises(ServerError):
            wire.login("app", password="wrong")
    with Wire(path=path) as wire:
        assert wire.login("app").ping()


def test_a_ban_holds_at_every_listener(make_gate, mariadb, client_tls):
    port = free_port()
    gate = make_gate(mariadb, limits=BANS, listeners=[{"name": "second", "address": f"127.0.0.1:{port}"}])
    fails(gate, client_tls, 3, port=port)
    is_banned(gate)
