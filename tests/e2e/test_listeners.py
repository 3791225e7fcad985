"""Where clients come in: IPv4, IPv6, unix sockets, several at once; certificates; address rules and limits."""
import concurrent.futures
import os
import socket
import ssl
import stat
import subprocess

import pymysql
import pytest

from harness import driver
from harness.ports import free_port, wait_until
from harness.wire import ServerError, Wire


def test_ipv6_clients_are_served(make_gate, mariadb, pki, client_tls, mysql_cli):
    gate = make_gate(mariadb, listener={"address": f"[::1]:{free_port()}"})
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, "SELECT 1") == 1
    assert gate.session()["client"].startswith("[::1]:")
    assert mysql_cli(gate, ssl_mode="VERIFY_IDENTITY", ssl_ca=pki.client_trust).code == 0


def test_an_ipv6_rule_decides(make_gate, mariadb):
    gate = make_gate(mariadb, listener={"address": f"[::1]:{free_port()}"},
                     accounts=[{"user": "app", "host": "::1", "require": "NONE"}])
    with driver.connect(gate, None) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_every_ipv4_and_every_ipv6_address_can_have_the_same_port(make_gate, mariadb, client_tls):
    port = free_port()
    gate = make_gate(mariadb, listener={"address": f"0.0.0.0:{port}"},
                     listeners=[{"name": "six", "address": f"[::]:{port}"}])
    for host in ("127.0.0.1", "::1"):
        with pymysql.connect(host=host, port=port, user="app", password="app-pw", ssl=client_tls) as connection:
            assert driver.value(connection, "SELECT 1") == 1
    assert {line["listener"] for line in gate.wait_for(2, msg="session closed")} == {"main", "six"}


@pytest.fixture
def unix_gate(make_gate, mariadb, scratch):
    def make(**options):
        path = scratch.folder("socket") / "gate"
        gate = make_gate(mariadb, listeners=[{"name": "local", "address": f"unix:{path}"}], **options)
        return gate, path
    return make


def test_a_unix_socket_serves_clients_in_tls(unix_gate, pki, mysql_cli):
    gate, path = unix_gate()
    result = mysql_cli(gate, socket=path, ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust)
    assert result.code == 0, result


def test_clients_of_a_unix_socket_and_of_loopback_are_at_localhost(unix_gate):
    gate, path = unix_gate(accounts=[{"user": "app", "host": "localhost", "require": "NONE"}])
    with pymysql.connect(unix_socket=str(path), user="app", password="app-pw") as connection:
        assert driver.value(connection, "SELECT 1") == 1
    with driver.connect(gate, None) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_clients_of_a_unix_socket_are_at_no_address(unix_gate):
    _, path = unix_gate(accounts=[{"user": "app", "host": "127.0.0.1", "require": "NONE"}])
    with pytest.raises(pymysql.err.OperationalError):
        pymysql.connect(unix_socket=str(path), user="app", password="app-pw")


def test_a_unix_socket_alone_does_not_satisfy_require_ssl(unix_gate):
    _, path = unix_gate()
    with pytest.raises(pymysql.err.OperationalError) as refused:
        pymysql.connect(unix_socket=str(path), user="app", password="app-pw")
    assert refused.value.args == (1045, "Access denied for user 'app'@'localhost' (using password: YES)")


def test_a_unix_socket_counts_as_secure_transport(unix_gate):
    _, path = unix_gate(default_require="NONE", listener={"require_secure_transport": True})
    with pymysql.connect(unix_socket=str(path), user="app", password="app-pw") as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_a_unix_socket_is_removed_at_the_end_and_replaced_when_stale(unix_gate):
    gate, path = unix_gate()
    assert stat.S_ISSOCK(path.stat().st_mode)
    assert gate.stop() == 0
    assert not path.exists()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    gate.start()
    with Wire(path=path) as wire:
        assert wire.read_greeting().protocol == 10


def test_several_listeners_serve_at_once(make_gate, mariadb, client_tls, scratch):
    ports = [free_port(), free_port()]
    path = scratch.folder("socket") / "gate"
    gate = make_gate(mariadb, listeners=[
        {"name": "second", "address": f"127.0.0.1:{ports[0]}"}, {"name": "third", "address": f"[::1]:{ports[1]}"},
        {"name": "fourth", "address": f"unix:{path}"}])
    with driver.connect(gate, client_tls), driver.connect(gate, client_tls, port=ports[0]), Wire(path=path) as wire:
        assert wire.login("app", tls=client_tls).ping()
    with socket.create_connection(("::1", ports[1])) as connection:
        assert connection.recv(1)


def test_a_listener_without_a_certificate_speaks_plaintext_and_warns(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, listener={"ssl_cert": None, "ssl_key": None}, default_require="NONE")
    with driver.connect(gate, None) as connection:
        assert driver.value(connection, "SELECT 1") == 1
    # PyMySQL claims TLS in its login without having begun it.
    with pytest.raises(pymysql.err.OperationalError, match="1043"):
        driver.connect(gate, client_tls)
    assert any("offers no TLS" in line for line in gate.warnings())


# --- certificates -------------------------------------------------------------------------------------------------------------


def test_rsa_and_ecdsa_certificates_stand_side_by_side(make_gate, mariadb, pki):
    gate = make_gate(mariadb, listener={"ssl_cert": [pki.gate.cert, pki.gate_ecdsa.cert],
                                        "ssl_key": [pki.gate.key, pki.gate_ecdsa.key]})
    v12 = (ssl.TLSVersion.TLSv1_2,) * 2
    for kind in ("RSA", "ECDSA"):
        with driver.connect(gate, driver.context(pki.client_trust, v12, ciphers=f"ECDHE-{kind}-AES128-GCM-SHA256")):
            pass
        assert gate.wait_for(msg="session closed", client_cipher=f"ECDHE-{kind}-AES128-GCM-SHA256")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_chain_with_an_intermediate_ca_is_sent_whole(make_gate, mariadb, pki, version):
    leaf = pki.intermediate(pki.client_ca).issue("gate")
    gate = make_gate(mariadb, listener={"ssl_cert": leaf.cert, "ssl_key": leaf.key})
    with driver.connect(gate, driver.context(pki.client_trust, (version, version), check_hostname=True)) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_a_pair_of_the_old_recipe_works_with_verify_ca(make_gate, mariadb, pki, mysql_cli, mariadb_cli):
    old = pki.client_ca.issue_by_the_old_recipe("gate")
    gate = make_gate(mariadb, listener={"ssl_cert": old.cert, "ssl_key": old.key})
    assert mysql_cli(gate, ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust).code == 0
    assert mariadb_cli(gate, ssl_ca=pki.client_trust).code == 0


def test_relative_paths_are_relative_to_the_configuration_file(make_gate, mariadb, pki, client_tls):
    gate = make_gate(mariadb, listener={"ssl_cert": "certs/cert.pem", "ssl_key": "certs/key.pem"}, start=False)
    (gate.folder / "certs").mkdir()
    (gate.folder / "certs/cert.pem").write_text(pki.gate.cert.read_text())
    (gate.folder / "certs/key.pem").write_text(pki.gate.key.read_text())
    (gate.folder / "certs/key.pem").chmod(0o600)
    gate.start()
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, "SELECT 1") == 1


# --- resumption -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_resumes_its_session(make_gate, mariadb, pki, version):
    gate = make_gate(mariadb)
    tls = driver.context(pki.client_trust, (version, version))
    with Wire(gate) as first:
        session = first.login("app", tls=tls).ping() and first.socket.session
    with Wire(gate) as second:
        second.read_greeting()
        second.start_tls(tls, session=session)
        assert second.socket.session_reused


@pytest.mark.rule(10)
def test_a_session_is_not_resumed_at_another_listener(make_gate, mariadb, pki):
    port = free_port()
    gate = make_gate(mariadb, listeners=[{"name": "strict", "address": f"127.0.0.1:{port}", "ssl_ca": pki.client_trust}])
    tls = driver.context(pki.client_trust)
    with Wire(gate) as first:
        session = first.login("app", tls=tls).ping() and first.socket.session
    gate.config["listener"][0]["address"] = f"127.0.0.1:{port}"
    with Wire(gate) as second:
        second.read_greeting()
        second.start_tls(tls, session=session)
        assert not second.socket.session_reused


# --- address rules and limits ---------------------------------------------------------------------------------------------------


def turned_away(gate, number):
    """The first packet is this error."""
    with Wire(gate) as wire, pytest.raises(ServerError) as refused:
        wire.read_greeting()
    assert refused.value.code == number, refused.value
    return refused.value


def test_addresses_not_on_the_allow_list_read_1130(make_gate, mariadb):
    gate = make_gate(mariadb, listener={"allow_from": ["10.0.0.0/8"]})
    assert "127.0.0.1" in turned_away(gate, 1130).text
    assert gate.session()["cause"] == "address_not_allowed"


def test_addresses_on_the_deny_list_read_1130(make_gate, mariadb):
    turned_away(make_gate(mariadb, listener={"deny_from": ["127.0.0.0/8"]}), 1130)


def test_addresses_on_the_allow_list_are_served(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, listener={"allow_from": ["127.0.0.0/8"]})
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_an_accounts_allow_list_is_kept(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, accounts=[{"user": "app", "allow_from": ["10.0.0.0/8"]}])
    with pytest.raises(pymysql.err.OperationalError) as refused:
        driver.connect(gate, client_tls)
    assert refused.value.args[0] == 1045


def test_max_connections_is_kept_with_1040(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, limits={"max_connections": 2})
    one, two = driver.connect(gate, client_tls), driver.connect(gate, client_tls)
    assert "Too many connections" in turned_away(gate, 1040).text
    one.close()
    gate.wait_for(msg="session closed", cause="quit")
    driver.connect(gate, client_tls).close()
    two.close()


@pytest.mark.rule(4)
def test_max_unauthenticated_is_kept_with_1040(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, limits={"max_unauthenticated": 2})
    with driver.connect(gate, client_tls) as connection, Wire(gate) as one, Wire(gate) as two:
        one.read_greeting()
        two.read_greeting()
        turned_away(gate, 1040)
        assert driver.value(connection, "SELECT 1") == 1


def test_max_connections_per_address_is_kept(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, limits={"max_connections_per_address": 1})
    with driver.connect(gate, client_tls):
        turned_away(gate, 1040)
    gate.wait_for(msg="session closed", cause="quit")
    driver.connect(gate, client_tls).close()


def test_max_user_connections_is_kept_with_1203(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, accounts=[{"user": "app", "max_user_connections": 1}])
    with driver.connect(gate, client_tls):
        with pytest.raises(pymysql.err.OperationalError) as refused:
            driver.connect(gate, client_tls)
        assert refused.value.args[0] == 1203
        driver.connect(gate, client_tls, user="report").close()
    gate.wait_for(msg="session closed", cause="quit", user="app")
    driver.connect(gate, client_tls).close()


# --- nothing leaks ------------------------------------------------------------------------------------------------------------------


@pytest.mark.rule(20)
def test_file_descriptors_are_given_back(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, cluster={"health": {"interval": "1h"}})
    driver.connect(gate, client_tls).close()
    gate.wait_for(msg="session closed")
    before = gate.child.open_files()
    for _ in range(30):
        driver.connect(gate, client_tls).close()
        socket.create_connection((gate.host, gate.port)).close()
    gate.wait_for(61, msg="session closed")
    wait_until(lambda: gate.child.open_files() <= before + 2, 10, "descriptors to be closed")


@pytest.mark.threads
def test_many_clients_at_once_are_served_by_several_workers(make_gate, mariadb, pki):
    """Real parallel clients: threads of this process, each with connections of its own."""
    gate = make_gate(mariadb, gate={"workers": 4})

    def work(number):
        with driver.connect(gate, driver.context(pki.client_trust)) as connection:
            return [driver.value(connection, f"SELECT {number} + {each}") for each in range(10)]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        results = list(pool.map(work, range(96)))
    assert results == [[number + each for each in range(10)] for number in range(96)]
    assert len(gate.wait_for(96, msg="session closed")) == 96


def test_a_dual_address_host_name_listens(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, listener={"address": f"localhost:{free_port()}"})
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_the_keys_of_the_listener_are_not_in_the_process_list(make_gate, mariadb):
    gate = make_gate(mariadb)
    shown = subprocess.run(["ps", "-o", "args=", "-p", str(gate.child.pid)], capture_output=True, text=True, check=True)
    arguments = shown.stdout.split(" run ", 1)[1]
    assert "key" not in arguments.replace(os.fspath(gate.config_file), "")
