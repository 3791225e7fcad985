"""Aggregators that break the rules: a clear error for the client within its deadline, and others are served."""
import socket
import time

import pymysql
import pytest

from harness import driver, fake_aggregator as fake
from harness import wire as protocol
from harness.fake_aggregator import FakeAggregator, greeting
from harness.ports import free_port
from harness.wire import ServerError, Wire, packet

pytestmark = pytest.mark.attack

NEVER_CHECKED = {"health": {"interval": "1h"}}
DEADLINES = {"login": "4s", "connect": "1s"}


@pytest.fixture
def in_front_of(make_gate, mariadb, pki):
    """A gate whose first aggregator is the fake one; a listener on `.good` leads to a MariaDB that works."""
    fakes = []

    def make(conversation, **options):
        broken = FakeAggregator(conversation)
        fakes.append(broken)
        good = free_port()
        gate = make_gate(broken, start=False, listeners=[{"name": "good", "address": f"127.0.0.1:{good}", "cluster": "good"}],
                         timeouts=DEADLINES, **{"cluster": NEVER_CHECKED, **options})
        gate.config["cluster"]["good"] = {**gate.config["cluster"]["default"], "ssl_mode": "VERIFY_CA", "ssl_ca": pki.ca,
                                          "aggregator": [{"address": mariadb.address}]}
        gate.write_config()
        gate.good = good
        return gate.start()

    yield make
    for each in fakes:
        each.close()


def login_fails(gate, tls, within=30):
    """The error a client reads; meanwhile another client is served elsewhere."""
    start = time.monotonic()
    with pytest.raises((pymysql.err.MySQLError, OSError)) as refused:
        driver.connect(gate, tls)
    assert time.monotonic() - start < within
    with driver.connect(gate, tls, port=gate.good) as connection:
        assert driver.value(connection, "SELECT 1") == 1
    return refused.value.args


def wait(connection):
    fake.wait_for_close(connection)


@pytest.mark.parametrize("bytes_", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 100, b"\xff" * 100, packet(b"\x0a", 0),
                                    packet(b"\x0a" + b"5" * 200, 0), packet(b"\x09old\0", 0), packet(b"", 0),
                                    greeting()[:30], packet(greeting()[4:], 5)],
                         ids=["SSH", "zeros", "ones", "cut", "no end", "protocol 9", "empty", "half", "sequence id"])
def test_an_aggregator_that_speaks_garbage_is_2003(in_front_of, client_tls, bytes_):
    def conversation(connection):
        connection.sendall(bytes_)
        wait(connection)
    assert login_fails(in_front_of(conversation), client_tls)[0] == 2003


def test_an_aggregator_that_closes_at_once_is_2003(in_front_of, client_tls):
    assert login_fails(in_front_of(lambda connection: None), client_tls)[0] == 2003


def test_an_aggregator_that_never_answers_is_2003_at_the_deadline(in_front_of, client_tls):
    gate = in_front_of(wait)
    assert login_fails(gate, client_tls)[0] == 2003
    assert gate.entries(msg="session closed", phase="connect")


def test_an_aggregator_that_drips_its_greeting_is_2003_at_the_deadline(in_front_of, client_tls):
    def conversation(connection):
        for byte in greeting():
            connection.sendall(bytes([byte]))
            time.sleep(0.2)
    assert login_fails(in_front_of(conversation), client_tls)[0] == 2003


@pytest.mark.rule(11)
def test_an_aggregator_that_refuses_with_an_error_is_2003_without_its_words(in_front_of, client_tls):
    def conversation(connection):
        connection.sendall(packet(b"\xff" + (1129).to_bytes(2, "little") + b"Host 'gate.internal' is blocked", 0))
        wait(connection)
    gate = in_front_of(conversation)
    number, text = login_fails(gate, client_tls)
    assert number == 2003 and "internal" not in text
    assert "1129" in gate.text()


@pytest.mark.rule(1)
def test_bytes_behind_a_greeting_before_tls_are_an_error(in_front_of, client_tls):
    def conversation(connection):
        connection.sendall(greeting() + packet(b"\x00\x00\x00\x02\x00\x00\x00", 2))
        wait(connection)
    assert login_fails(in_front_of(conversation), client_tls)[0] == 2003


@pytest.mark.rule(3)
def test_no_user_name_is_sent_to_an_aggregator_without_tls(in_front_of, client_tls):
    heard = []

    def conversation(connection):
        connection.sendall(greeting(capabilities=fake.CAPABILITIES))
        while True:
            data = connection.recv(4096)
            if not data:
                return
            heard.append(data)
    for mode in ("REQUIRED", "VERIFY_CA"):
        gate = in_front_of(conversation, cluster={**NEVER_CHECKED, "ssl_mode": mode})
        assert login_fails(gate, client_tls)[0] == 2003
    assert b"app" not in b"".join(heard)


def test_an_aggregator_that_never_finishes_tls_is_2003_at_the_deadline(in_front_of, client_tls):
    def conversation(connection):
        connection.sendall(greeting())
        fake.read_packet(connection)
        wait(connection)
    assert login_fails(in_front_of(conversation), client_tls)[0] == 2003


def test_an_aggregator_that_closes_in_tls_is_2003(in_front_of, client_tls):
    def conversation(connection):
        connection.sendall(greeting())
        fake.read_packet(connection)
    assert login_fails(in_front_of(conversation), client_tls)[0] == 2003


@pytest.fixture
def spoken_in_tls(pki):
    """Wraps a conversation: greeting and TLS are done, the HandshakeResponse was read. Health checks find nothing wrong."""
    context = fake.tls_context(pki.aggregator)

    def wrap(conversation, **options):
        def whole(connection):
            connection.sendall(greeting(**options))
            fake.read_packet(connection)
            with context.wrap_socket(connection, server_side=True) as encrypted:
                encrypted.settimeout(60)
                response = fake.read_packet(encrypted)
                if b"app\0" in response:
                    conversation(encrypted, response)
                else:
                    encrypted.sendall(packet(b"\xff" + (1045).to_bytes(2, "little") + b"#28000Access denied", 3))
                    fake.wait_for_close(encrypted)
        return whole
    return wrap


def auth_switch(plugin=b"mysql_native_password", data=b"abcdefghijklmnopqrst\0", sequence_id=3):
    return packet(b"\xfe" + plugin + b"\0" + data, sequence_id)


def test_an_aggregator_that_closes_in_the_login_ends_it_with_an_error(in_front_of, spoken_in_tls, client_tls):
    gate = in_front_of(spoken_in_tls(lambda connection, _: None))
    assert login_fails(gate, client_tls)[0] == 2003
    line = gate.entries(msg="session closed", user="app", cluster="default")[0]
    assert (line["phase"], line["cause"]) == ("connect", "no_aggregator")


def test_an_aggregator_that_closes_after_the_switch_ends_the_login(in_front_of, spoken_in_tls, client_tls):
    def conversation(connection, _):
        connection.sendall(auth_switch())
        fake.read_packet(connection)
    login_fails(in_front_of(spoken_in_tls(conversation)), client_tls)


def test_an_aggregator_that_is_silent_in_the_login_ends_it_at_the_deadline(in_front_of, spoken_in_tls, client_tls):
    login_fails(in_front_of(spoken_in_tls(lambda connection, _: wait(connection))), client_tls)


@pytest.mark.rule(22)
@pytest.mark.parametrize("answer", [b"", b"\xfe", b"\xfe" + b"x" * 300, b"\x42nonsense", b"\xfb/etc/passwd", b"\xff\x15"],
                         ids=["empty", "old switch", "no end", "unknown", "LOCAL INFILE", "cut error"])
def test_an_aggregator_that_answers_nonsense_ends_the_login(in_front_of, spoken_in_tls, client_tls, answer):
    def conversation(connection, _):
        connection.sendall(packet(answer, 3))
        wait(connection)
    login_fails(in_front_of(spoken_in_tls(conversation)), client_tls)


def test_an_aggregator_that_switches_twice_ends_the_login(in_front_of, spoken_in_tls, client_tls):
    def conversation(connection, _):
        connection.sendall(auth_switch())
        fake.read_packet(connection)
        connection.sendall(auth_switch(sequence_id=5))
        wait(connection)
    login_fails(in_front_of(spoken_in_tls(conversation)), client_tls)


def test_an_aggregator_that_knows_no_switch_is_logged_in_to_without(in_front_of, spoken_in_tls, client_tls):
    """As some MemSQL versions: they answer the forced switch with an error; the gate dials again and switches itself."""
    seen = []

    def conversation(connection, response):
        forced = b"mysql_native_password\0" not in response
        seen.append(forced)
        if forced:
            connection.sendall(packet(b"\xff" + (1251).to_bytes(2, "little") + b"#08004Client does not support", 3))
            return
        assert protocol.native_password("app-pw", b"abcdefghijklmnopqrst") in response
        connection.sendall(packet(b"\x00\x00\x00\x02\x00\x00\x00", 3))
        wait(connection)

    gate = in_front_of(spoken_in_tls(conversation))
    for _ in range(2):
        with Wire(gate) as wire:
            wire.login("app", tls=client_tls)
    assert seen == [True, False, False], "the first login learns it, the second knows it"


@pytest.mark.rule(11)
def test_a_client_is_never_told_what_is_wrong_behind_the_gate(in_front_of, client_tls, pki):
    gate = in_front_of(lambda connection: connection.sendall(b"SSH-2.0-secret.internal\r\n"))
    with Wire(gate) as wire:
        with pytest.raises(ServerError) as refused:
            wire.login("app", tls=client_tls)
    for word in ("SSH", "127.0.0.1:", "internal", str(pki.ca), "openssl", "OpenSSL"):
        assert word not in refused.value.text
    assert refused.value.code == 2003


def test_an_aggregator_that_resets_in_a_session_ends_that_session_only(in_front_of, spoken_in_tls, client_tls):
    def conversation(connection, _):
        connection.sendall(auth_switch())
        fake.read_packet(connection)
        connection.sendall(packet(b"\x00\x00\x00\x02\x00\x00\x00", 5))
        fake.read_packet(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    gate = in_front_of(spoken_in_tls(conversation))
    with Wire(gate) as wire:
        wire.login("app", tls=client_tls)
        wire.command(b"\x0e")
        assert wire.closed_within(20)
    assert gate.session()["side"] == "aggregator"
    with driver.connect(gate, client_tls, port=gate.good) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_health_checks_of_broken_aggregators_never_stop(in_front_of):
    gate = in_front_of(lambda connection: connection.sendall(b"garbage"), cluster={"health": {"interval": "50ms"}})
    time.sleep(2)
    assert gate.child.running()
