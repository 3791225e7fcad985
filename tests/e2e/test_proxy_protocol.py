"""The PROXY protocol: believed from listed networks only, read strictly, and told to aggregators that expect it."""
import struct
import time

import pymysql
import pytest

from harness import driver, fake_aggregator as fake, proxy_protocol as proxy
from harness.fake_aggregator import FakeAggregator
from harness.wire import ServerError, Wire

BALANCED = {"proxy_protocol_networks": ["127.0.0.0/8"]}
TELL = {"proxy_protocol": True}
NEVER_CHECKED = {"health": {"interval": "1h"}}
V2_OF_192_0_2_7 = proxy.v2("192.0.2.7")


def log_in(gate, tls, header, user="app", pieces=None):
    with Wire(gate) as wire:
        for start in range(0, len(header), pieces or len(header)):
            wire.send(header[start:start + (pieces or len(header))])
            time.sleep(0.001 if pieces else 0)
        assert wire.login(user, tls=tls).ping()


def refusal(gate, tls, header, user="app"):
    with pytest.raises(ServerError) as refused:
        log_in(gate, tls, header, user)
    return refused.value.code


# --- from load balancers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [proxy.v1, proxy.v2], ids=["v1", "v2"])
@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
def test_a_header_of_either_version_tells_the_clients_address(make_gate, mariadb, client_tls, make, address):
    gate = make_gate(mariadb, listener=BALANCED, accounts=[{"user": "app", "host": address, "require": "SSL"}])
    log_in(gate, client_tls, make(address))
    line = gate.session()
    assert line["client"] == (f"[{address}]:40000" if ":" in address else f"{address}:40000")
    assert line["account"] == f"'app'@'{address}'"


@pytest.mark.parametrize("header", [proxy.v1("192.0.2.7"), proxy.v2("2001:db8::7", tlvs=proxy.tlv(4, bytes(300)))],
                         ids=["v1", "v2 with a TLV"])
def test_a_header_that_comes_byte_by_byte_is_read(make_gate, mariadb, client_tls, header):
    log_in(make_gate(mariadb, listener=BALANCED), client_tls, header, pieces=1)


@pytest.mark.parametrize("header", [b"PROXY UNKNOWN\r\n", proxy.v2(command=proxy.LOCAL), proxy.v2("192.0.2.7", command=proxy.LOCAL)],
                         ids=["v1 UNKNOWN", "v2 LOCAL", "v2 LOCAL with addresses"])
def test_a_balancers_own_connection_has_the_balancers_address(make_gate, mariadb, client_tls, header):
    gate = make_gate(mariadb, listener=BALANCED)
    log_in(gate, client_tls, header)
    assert gate.session()["client"].startswith("127.0.0.1:")


@pytest.mark.attack
@pytest.mark.rule(13)
@pytest.mark.parametrize("header", [
    b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 65536\r\n", b"PROXY TCP4 192.0.2.7 127.0.0.1 040000 3306\r\n",
    b"PROXY TCP4 192.0.2.07 127.0.0.1 40000 3306\r\n", b"PROXY TCP4 192.0.2.256 127.0.0.1 40000 3306\r\n",
    b"PROXY TCP4 2001:db8::7 ::1 40000 3306\r\n", b"PROXY TCP6 192.0.2.7 127.0.0.1 40000 3306\r\n",
    b"PROXY  TCP4 192.0.2.7 127.0.0.1 40000 3306\r\n", b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 3306 \r\n",
    b"PROXY TCP4 192.0.2.7 127.0.0.1 40000\r\nwhat follows", b"proxy TCP4 192.0.2.7 127.0.0.1 40000 3306\r\n",
    b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 3306\n" + b"x" * 100, b"PROXY UNKNOWN" + b" " * 100 + b"\r\n",
    proxy.v2("192.0.2.7", command=0x11), proxy.v2("192.0.2.7", command=0x22),
    V2_OF_192_0_2_7[:14] + struct.pack(">H", 11) + V2_OF_192_0_2_7[16:],
    V2_OF_192_0_2_7[:13] + b"\x12" + V2_OF_192_0_2_7[14:], V2_OF_192_0_2_7[:13] + b"\x41" + V2_OF_192_0_2_7[14:],
    V2_OF_192_0_2_7[:14] + b"\xff\xff" + bytes(65535), proxy.v2("192.0.2.7", tlvs=b"\x04\x00\x09ab"),
    proxy.v2("192.0.2.7", tlvs=proxy.tlv(3, b"\0\0\0\1")), proxy.SIGNATURE + bytes(200), b"\r\n\r\n" + bytes(200),
    b"\x20\0\0\1" + bytes(32)],
    ids=["port too large", "port with a zero", "address with a zero", "no address", "TCP4 with IPv6", "TCP6 with IPv4",
         "two spaces", "a space too many", "a port too few", "lower case", "no CR", "too long", "version 1", "command 2",
         "shorter than its addresses", "datagrams", "unknown family", "65535 bytes", "TLV beyond the end", "wrong checksum",
         "version 0", "half a signature", "none at all"])
def test_a_malformed_header_of_a_listed_peer_is_an_error_before_tls(make_gate, mariadb, header):
    gate = make_gate(mariadb, listener=BALANCED, timeouts={"login": "5s"})
    with Wire(gate) as wire:
        wire.send(header)
        assert wire.closed_within(20)
    line = gate.session()
    assert (line["phase"], line["cause"], line["aggregator"]) == ("arrival", "proxy_header_invalid", "none")


@pytest.mark.attack
@pytest.mark.rule(13)
@pytest.mark.parametrize("header", [proxy.v1("192.0.2.7"), proxy.v2("192.0.2.7")], ids=["v1", "v2"])
def test_a_header_of_a_peer_that_is_not_listed_is_an_error(make_gate, mariadb, header):
    gate = make_gate(mariadb, listener={"proxy_protocol_networks": ["192.0.2.0/24"]})
    with Wire(gate) as wire:
        wire.send(header)
        assert wire.closed_within(20)
    line = gate.session()
    assert line["cause"] == "protocol_error" and line["client"].startswith("127.0.0.1:")


@pytest.mark.attack
@pytest.mark.rule(13)
def test_a_second_header_is_an_error(make_gate, mariadb):
    gate = make_gate(mariadb, listener=BALANCED)
    with Wire(gate) as wire:
        wire.send(proxy.v1("192.0.2.7") + proxy.v1("192.0.2.8"))
        assert wire.closed_within(20)
    line = gate.session()
    assert line["cause"] == "protocol_error" and line["client"] == "192.0.2.7:40000"


@pytest.mark.attack
@pytest.mark.rule(13)
def test_a_header_that_never_ends_is_closed_at_the_deadline(make_gate, mariadb):
    gate = make_gate(mariadb, listener=BALANCED, timeouts={"login": "1500ms"})
    with Wire(gate) as wire:
        wire.send(b"PROXY TCP4 192.0.2.7")
        assert wire.closed_within(20)
    assert gate.session()["cause"] == "login_timeout"


def test_address_rules_are_about_the_headers_address(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, listener={**BALANCED, "allow_from": ["192.0.2.0/24"], "deny_from": ["192.0.2.8"]})
    log_in(gate, client_tls, proxy.v2("192.0.2.7"))
    assert refusal(gate, client_tls, proxy.v2("192.0.2.8")) == 1130
    assert refusal(gate, client_tls, proxy.v2("10.0.0.1")) == 1130


def test_connections_per_address_are_counted_by_the_headers_address(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, listener=BALANCED, limits={"max_connections_per_address": 1})
    with Wire(gate) as wire:
        wire.send(proxy.v2("192.0.2.7"))
        wire.login("app", tls=client_tls)
        assert refusal(gate, client_tls, proxy.v2("192.0.2.7")) == 1040
        log_in(gate, client_tls, proxy.v2("192.0.2.8"))


# --- to aggregators -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def mariadb_behind_proxies(mariadb_of_own):
    """MariaDB that believes headers of the gate, with an account that is at home at one address only."""
    server = mariadb_of_own("--proxy-protocol-networks=127.0.0.1")
    server.sql("CREATE USER athome@'192.0.2.7' IDENTIFIED BY 'athome-pw' REQUIRE X509",
               "CREATE USER atsix@'2001:db8::%' IDENTIFIED BY 'atsix-pw' REQUIRE X509")
    return server


def test_host_patterns_hold_for_the_real_address_on_both_sides(make_gate, mariadb_behind_proxies, client_tls):
    rules = [{"user": "athome", "host": "192.0.2.7", "require": "SSL"}, {"user": "athome", "host": "%", "require": "X509"},
             {"user": "atsix", "host": "2001:db8::/32", "require": "SSL"}]
    gate = make_gate(mariadb_behind_proxies, listener=BALANCED, cluster=TELL, accounts=rules)
    log_in(gate, client_tls, proxy.v2("192.0.2.7"), "athome")
    log_in(gate, client_tls, proxy.v2("2001:db8::7"), "atsix")
    assert refusal(gate, client_tls, proxy.v2("192.0.2.8"), "athome") == 1045
    assert gate.wait_for(3, msg="session closed")[2]["cause"] == "refused", "by the gate, from another address"


def test_a_host_pattern_of_the_aggregator_refuses_another_real_address(make_gate, mariadb_behind_proxies, client_tls):
    gate = make_gate(mariadb_behind_proxies, listener=BALANCED, cluster=TELL)
    log_in(gate, client_tls, proxy.v2("192.0.2.7"), "athome")
    assert refusal(gate, client_tls, proxy.v2("192.0.2.8"), "athome") == 1045
    assert gate.wait_for(2, msg="session closed")[1]["cause"] == "authentication_failed", "by the aggregator"


def test_without_a_balancer_the_aggregator_sees_the_clients_socket(make_gate, mariadb_behind_proxies, client_tls):
    gate = make_gate(mariadb_behind_proxies, cluster=TELL)
    with Wire(gate) as wire:
        port = wire.socket.getsockname()[1]
        wire.login("app", tls=client_tls)
        assert ("app", f"127.0.0.1:{port}") in mariadb_behind_proxies.sql("SELECT user, host FROM information_schema.processlist")


def test_a_change_of_user_keeps_the_real_address(make_gate, mariadb_behind_proxies, client_tls):
    gate = make_gate(mariadb_behind_proxies, listener=BALANCED, cluster=TELL)
    with Wire(gate) as wire:
        wire.send(proxy.v2("192.0.2.7"))
        wire.login("app", tls=client_tls)
        assert wire.change_user("athome", database="").ping()


def test_an_aggregator_that_expects_no_header_is_2003_and_the_log_says_where(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, cluster={**TELL, **NEVER_CHECKED}, timeouts={"connect": "2s"})
    with pytest.raises(pymysql.err.OperationalError) as refused:
        driver.connect(gate, client_tls)
    assert refused.value.args[0] == 2003
    assert gate.entries(msg="aggregator cannot be reached")


@pytest.fixture
def headers_seen(pki, make_gate):
    """A gate in front of an aggregator that notes the header of each connection and denies everybody."""
    context = fake.tls_context(pki.aggregator)
    headers = []

    def conversation(connection):
        headers.append(proxy.receive(connection))
        fake.finish_health_check(connection, context)

    with FakeAggregator(conversation) as noting:
        def header_of(send=lambda wire: None, tls=None, path=None, **options):
            gate = make_gate(noting, cluster={**TELL, **NEVER_CHECKED}, **options)
            assert headers.pop().command == proxy.LOCAL, "a health check is the gate's own connection"
            with Wire(path=path) if path else Wire(gate) as wire:
                send(wire)
                with pytest.raises(ServerError):
                    wire.login("app", tls=tls)
            return headers[-1]

        yield header_of


def test_the_header_tells_the_clients_tls(headers_seen, client_tls):
    header = headers_seen(tls=client_tls)
    flags, verify, facts = header.tls
    assert (flags, verify) == (proxy.PP2_CLIENT_SSL, 1)
    assert facts == {proxy.PP2_SUBTYPE_SSL_VERSION: "TLSv1.3", proxy.PP2_SUBTYPE_SSL_CIPHER: "TLS_AES_256_GCM_SHA384"}


def test_the_header_tells_the_name_of_a_verified_certificate(headers_seen, pki):
    header = headers_seen(tls=driver.context(pki.client_trust, pair=pki.alice),
                          listener={"ssl_ca": pki.client_trust})
    flags, verify, facts = header.tls
    assert (flags, verify) == (proxy.PP2_CLIENT_SSL | proxy.PP2_CLIENT_CERT_CONN | proxy.PP2_CLIENT_CERT_SESS, 0)
    assert facts[proxy.PP2_SUBTYPE_SSL_CN] == "alice"


def test_the_header_of_a_plaintext_client_tells_of_no_tls(headers_seen):
    header = headers_seen(default_require="NONE")
    assert header.command == proxy.PROXY and header.source[0] == "127.0.0.1" and header.tls is None


def test_the_header_passes_a_balancers_addresses_on(headers_seen, client_tls):
    header = headers_seen(lambda wire: wire.send(proxy.v1("2001:db8::7", 40001)), client_tls, listener=BALANCED)
    assert (header.source, header.destination) == (("2001:db8::7", 40001), ("::1", 3306))
    assert header.tls[2][proxy.PP2_SUBTYPE_SSL_VERSION] == "TLSv1.3"


def test_what_a_balancer_says_of_tls_is_not_taken_for_the_gates_own(headers_seen):
    """The gate has not seen that TLS; an aggregator that read of it would take a plaintext client for a safe one."""
    claim = proxy.tlv(proxy.PP2_TYPE_SSL, b"\x07\0\0\0\0" + proxy.tlv(proxy.PP2_SUBTYPE_SSL_CN, b"alice"))
    header = headers_seen(lambda wire: wire.send(proxy.v2("192.0.2.7", tlvs=claim)), listener=BALANCED, default_require="NONE")
    assert header.source == ("192.0.2.7", 40000) and header.tls is None


def test_a_client_of_a_unix_socket_has_no_address_to_tell(headers_seen, scratch):
    path = scratch.folder("socket") / "gate"
    header = headers_seen(path=path, listeners=[{"name": "local", "address": f"unix:{path}"}], default_require="NONE")
    assert header.command == proxy.LOCAL and header.source is None
