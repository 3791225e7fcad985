"""Connect attributes: what a client says of itself passes, what the gate knows of it is added, and neither can be forged."""
import struct

import pytest

from harness import driver, proxy_protocol as proxy
from harness.wire import (CAPABILITIES, CLIENT_CONNECT_ATTRS, CLIENT_SSL, COM_CHANGE_USER, COM_QUERY, Wire,
                          handshake_response, native_password)

OURS = {"_client_ip", "_client_port", "_client_ssl_version", "_client_ssl_cipher"}


def lenenc(data):
    if isinstance(data, str):
        data = data.encode()
    if len(data) < 251:
        return bytes([len(data)]) + data
    return b"\xfc" + struct.pack("<H", len(data)) + data if len(data) < 65536 else b"\xfd" + struct.pack("<I", len(data))[:3] + data


def block(attributes):
    return b"".join(lenenc(name) + lenenc(value) for name, value in attributes)


def login(wire, tls, attributes, user="app", capabilities=CAPABILITIES | CLIENT_CONNECT_ATTRS):
    """With a block of attributes as the last field."""
    if not wire.greeting:
        wire.read_greeting()
    if tls:
        wire.start_tls(tls, capabilities=capabilities)
        capabilities |= CLIENT_SSL
    password = f"{user}-pw"
    auth = native_password(password, wire.greeting.scramble)
    wire.write(handshake_response(user, auth, capabilities=capabilities) + lenenc(attributes))
    return wire.finish_auth(password)


def id_of(wire):
    wire.command(bytes([COM_QUERY]) + b"SELECT CONNECTION_ID()")
    packets = [wire.read() for _ in range(5)]
    return int(packets[3][1:])


def known(server, connection_id):
    """The attributes that the server knows of a connection."""
    rows = server.sql("SELECT attr_name, attr_value FROM performance_schema.session_connect_attrs"
                      f" WHERE processlist_id = {connection_id}")
    return dict(rows)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_the_aggregator_knows_the_clients_address_and_tls(make_gate, aggregator, client_tls, version):
    gate = make_gate(aggregator, listener={"tls_version": version})
    with driver.connect(gate, client_tls) as connection:
        attributes = known(aggregator, driver.value(connection, "SELECT CONNECTION_ID()"))
    line = gate.session()
    assert line["client"] == f"{attributes['_client_ip']}:{attributes['_client_port']}"
    assert (attributes["_client_ssl_version"], attributes["_client_ssl_cipher"]) == (version, line["client_cipher"])
    assert attributes["_client_name"] == "pymysql", "the client's own are there, too"


def test_a_plaintext_client_has_no_tls_attributes(make_gate, mariadb):
    with driver.connect(make_gate(mariadb, default_require="NONE"), None) as connection:
        attributes = known(mariadb, driver.value(connection, "SELECT CONNECTION_ID()"))
    assert OURS & set(attributes) == {"_client_ip", "_client_port"}


def test_behind_a_balancer_it_is_the_headers_address(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, listener={"proxy_protocol_networks": ["127.0.0.0/8"]})
    with Wire(gate) as wire:
        wire.send(proxy.v1("2001:db8::7"))
        attributes = known(mariadb, id_of(wire.login("app", tls=client_tls)))
    assert (attributes["_client_ip"], attributes["_client_port"]) == ("2001:db8::7", "40000")


def test_a_client_of_a_unix_socket_has_no_address(make_gate, mariadb, scratch, client_tls):
    path = scratch.folder("socket") / "gate"
    make_gate(mariadb, listeners=[{"name": "local", "address": f"unix:{path}"}])
    with Wire(path=path) as wire:
        attributes = known(mariadb, id_of(wire.login("app", tls=client_tls)))
    assert OURS & set(attributes) == {"_client_ssl_version", "_client_ssl_cipher"}


def test_a_client_without_attributes_is_described_all_the_same(make_gate, mariadb, client_tls):
    """It does not know the capability; the gate does."""
    with Wire(make_gate(mariadb)) as wire:
        attributes = known(mariadb, id_of(wire.login("app", tls=client_tls)))
    assert set(attributes) == OURS


def test_oracles_client_keeps_its_own_attributes(make_gate, mysql_lts, pki, mysql_cli):
    gate = make_gate(mysql_lts)
    mysql_lts.sql("GRANT SELECT ON performance_schema.* TO app@'%'")
    result = mysql_cli(gate, "SELECT attr_name, attr_value FROM performance_schema.session_connect_attrs"
                             " WHERE processlist_id = CONNECTION_ID()", ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust)
    attributes = dict(result.rows)
    assert OURS < set(attributes) and attributes["_client_name"] == "libmysql", result


def test_a_clients_own_claims_to_these_names_are_dropped(make_gate, mariadb):
    lies = [("_client_ip", "10.0.0.1"), ("_client_ssl_cipher", "forged"), ("_CLIENT_IP", "10.0.0.2"),
            ("_client_ip ", "10.0.0.3"), ("honest", "yes")]
    with Wire(make_gate(mariadb, default_require="NONE")) as wire:
        attributes = known(mariadb, id_of(login(wire, None, block(lies))))
    assert attributes.pop("_client_port").isdigit()
    assert attributes == {"_client_ip": "127.0.0.1", "honest": "yes"}


def test_attributes_that_cannot_be_read_end_at_the_first_broken_one(make_gate, mariadb, client_tls):
    with Wire(make_gate(mariadb)) as wire:
        attributes = known(mariadb, id_of(login(wire, client_tls, block([("honest", "yes")]) + b"\xff\xff\xff")))
    assert set(attributes) == OURS | {"honest"}


@pytest.mark.parametrize("size", [512, 65000, 65535])
def test_a_client_with_64_kib_of_attributes_logs_in_and_is_described(make_gate, mariadb, client_tls, size):
    full = block([("a", "x" * (size - 5))])
    assert len(full) in (size, size - 1)
    with Wire(make_gate(mariadb)) as wire:
        attributes = known(mariadb, id_of(login(wire, client_tls, full)))
    assert OURS <= set(attributes)


def test_a_change_of_user_carries_them_too(make_gate, mariadb, client_tls):
    with Wire(make_gate(mariadb)) as wire:
        login(wire, client_tls, block([("before", "1"), ("_client_ip", "lie")]))
        auth = native_password("report-pw", wire.greeting.scramble)
        wire.command(bytes([COM_CHANGE_USER]) + b"report\0" + bytes([len(auth)]) + auth + b"app\0" + struct.pack("<H", 45)
                     + b"mysql_native_password\0" + lenenc(block([("after", "1"), ("_client_ip", "lie")])))
        wire.finish_auth("report-pw")
        attributes = known(mariadb, id_of(wire))
    assert set(attributes) == OURS | {"after"} and attributes["_client_ip"] == "127.0.0.1"


def test_a_change_of_user_by_a_client_without_attributes_carries_them_too(make_gate, mariadb, client_tls):
    with Wire(make_gate(mariadb)) as wire:
        wire.login("app", tls=client_tls).change_user("report")
        assert set(known(mariadb, id_of(wire))) == OURS


def test_they_can_be_turned_off(make_gate, mariadb, client_tls):
    with Wire(make_gate(mariadb, cluster={"connect_attributes": False})) as wire:
        attributes = known(mariadb, id_of(login(wire, client_tls, block([("honest", "yes"), ("_client_ip", "as it was")]))))
    assert attributes == {"honest": "yes", "_client_ip": "as it was"}


def test_a_legacy_server_takes_them(make_gate, mysql_5_6, legacy_ca, client_tls):
    gate = make_gate(mysql_5_6, cluster={"ssl_ca": legacy_ca.ca, "ssl_cert": None, "ssl_key": None, "tls_version": "TLSv1",
                                         "legacy_server_connect": True})
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, "SELECT 1") == 1
