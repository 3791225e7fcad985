"""tls_version, ssl_cipher, tls_ciphersuites of a listener: what is listed works, what is not fails in the handshake."""
import ssl

import pytest

from harness import driver
from harness.ports import free_port
from harness.wire import Wire

VERSIONS = {"TLSv1": ssl.TLSVersion.TLSv1, "TLSv1.1": ssl.TLSVersion.TLSv1_1, "TLSv1.2": ssl.TLSVersion.TLSv1_2,
            "TLSv1.3": ssl.TLSVersion.TLSv1_3}


def client(pki, version, **options):
    return driver.context(pki.client_trust, (VERSIONS[version],) * 2, weak=version in ("TLSv1", "TLSv1.1"), **options)


@pytest.mark.parametrize("listed", ["TLSv1.2", "TLSv1.3", "TLSv1.2,TLSv1.3", "TLSv1.1,TLSv1.2", "TLSv1,TLSv1.3",
                                    "TLSv1,TLSv1.1,TLSv1.2,TLSv1.3", "TLSv1"])
def test_exactly_the_listed_versions_are_spoken(make_gate, mariadb, pki, listed):
    gate = make_gate(mariadb, listener={"tls_version": listed})
    for version in VERSIONS:
        if version in listed.split(","):
            with driver.connect(gate, client(pki, version)) as connection:
                assert driver.value(connection, "SELECT 1") == 1
            gate.wait_for(msg="session closed", client_tls=version)
        else:
            with pytest.raises(Exception, match="(?i)alert|ssl|version"):
                driver.connect(gate, client(pki, version))
            gate.wait_for(msg="session closed", phase="tls", cause="tls_failed")


def test_old_versions_come_with_a_warning(make_gate, mariadb):
    gate = make_gate(mariadb, listener={"tls_version": "TLSv1,TLSv1.1,TLSv1.2"})
    assert [line for line in gate.warnings() if "TLSv1,TLSv1.1" in line], gate.text()


def test_the_effective_versions_are_logged_at_start(make_gate, mariadb):
    gate = make_gate(mariadb, listener={"tls_version": "TLSv1.2"})
    assert "TLSv1.2" in gate.text() and gate.entries(msg="ready")


def test_a_failed_handshake_is_logged_with_its_reason(make_gate, mariadb, pki):
    gate = make_gate(mariadb, listener={"tls_version": "TLSv1.3"})
    with pytest.raises(Exception):
        driver.connect(gate, client(pki, "TLSv1.2"))
    assert "protocol" in str(gate.session(phase="tls", cause="tls_failed"))


def test_only_the_listed_ciphers_are_spoken(make_gate, mariadb, pki):
    gate = make_gate(mariadb, listener={"tls_version": "TLSv1.2", "ssl_cipher": "ECDHE-RSA-AES256-GCM-SHA384"})
    with driver.connect(gate, client(pki, "TLSv1.2")):
        pass
    assert gate.session()["client_cipher"] == "ECDHE-RSA-AES256-GCM-SHA384"
    with pytest.raises(Exception, match="(?i)alert|handshake"):
        driver.connect(gate, client(pki, "TLSv1.2", ciphers="ECDHE-RSA-AES128-GCM-SHA256"))


def test_only_the_listed_suites_are_spoken(make_gate, mariadb, pki):
    gate = make_gate(mariadb, listener={"tls_version": "TLSv1.3", "tls_ciphersuites": "TLS_CHACHA20_POLY1305_SHA256"})
    with driver.connect(gate, client(pki, "TLSv1.3")):
        pass
    assert gate.session()["client_cipher"] == "TLS_CHACHA20_POLY1305_SHA256"


def test_listeners_have_versions_of_their_own(make_gate, mariadb, pki):
    port = free_port()
    gate = make_gate(mariadb, listener={"tls_version": "TLSv1.3"},
                     listeners=[{"name": "old", "address": f"127.0.0.1:{port}", "tls_version": "TLSv1.2"}])
    with pytest.raises(Exception):
        driver.connect(gate, client(pki, "TLSv1.2"))
    with driver.connect(gate, client(pki, "TLSv1.2"), port=port) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_the_listeners_and_the_clusters_versions_are_separate(make_gate, mariadb, pki):
    gate = make_gate(mariadb, listener={"tls_version": "TLSv1.3"}, cluster={"tls_version": "TLSv1.2"})
    with driver.connect(gate, client(pki, "TLSv1.3")) as connection:
        assert driver.value(connection, "SHOW STATUS LIKE 'Ssl_version'") == "Ssl_version"
    line = gate.session()
    assert (line["client_tls"], line["aggregator_tls"]) == ("TLSv1.3", "TLSv1.2")


@pytest.mark.rule(17)
def test_compression_and_renegotiation_are_off(make_gate, mariadb, pki):
    gate = make_gate(mariadb, listener={"tls_version": "TLSv1.2"})
    with Wire(gate) as wire:
        wire.login("app", tls=client(pki, "TLSv1.2"))
        assert wire.socket.compression() is None
