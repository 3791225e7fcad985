"""The gate as a client of the aggregators: ssl_mode with the five meanings MySQL gives it, mutual TLS, old servers."""
import re

import pymysql
import pytest

from harness import driver
from harness.gate import IN_THE_CLEAR
from harness.mariadb import MariaDb
from harness.wire import Wire


@pytest.fixture(scope="module")
def mariadb_without_tls(scratch, pki):
    server = MariaDb(scratch, pki.cluster_ca, pki.aggregator, ["--skip-ssl"]).start()
    yield server
    server.stop()


def aggregator_cipher(gate, tls, user="clear"):
    """What the aggregator thinks of its leg; '' is plaintext."""
    with driver.connect(gate, tls, user=user) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
            return cursor.fetchone()[1]


def refused_with_2003(gate, tls, user="clear"):
    with pytest.raises(pymysql.err.OperationalError) as refused:
        driver.connect(gate, tls, user=user)
    assert refused.value.args[0] == 2003, refused.value
    return refused.value.args[1]


# --- the five modes against a server with TLS, one without, and one of another CA ---------------------------------------


@pytest.mark.parametrize("mode", ["PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"])
def test_a_server_with_tls_is_spoken_to_in_tls(make_gate, mariadb, client_tls, mode):
    assert aggregator_cipher(make_gate(mariadb, cluster={"ssl_mode": mode}), client_tls) != ""


def test_disabled_speaks_plaintext_even_to_a_server_with_tls(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, cluster=IN_THE_CLEAR)
    assert aggregator_cipher(gate, client_tls) == ""
    assert any("DISABLED" in line and "in the clear" in line for line in gate.warnings()), "it is said loudly"


@pytest.mark.parametrize("cluster", [IN_THE_CLEAR, {"ssl_mode": "PREFERRED"}], ids=["DISABLED", "PREFERRED"])
def test_a_server_without_tls_is_spoken_to_in_plaintext(make_gate, mariadb_without_tls, client_tls, cluster):
    gate = make_gate(mariadb_without_tls, cluster=cluster)
    assert aggregator_cipher(gate, client_tls) == ""
    assert any("in the clear" in line for line in gate.warnings())


@pytest.mark.rule(3)
@pytest.mark.parametrize("mode", ["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"])
def test_a_server_without_tls_is_refused(make_gate, mariadb_without_tls, client_tls, mode):
    gate = make_gate(mariadb_without_tls, cluster={"ssl_mode": mode})
    refused_with_2003(gate, client_tls)


@pytest.mark.parametrize("mode", ["PREFERRED", "REQUIRED"])
def test_without_verify_any_certificate_will_do(make_gate, mariadb, pki, client_tls, mode):
    assert aggregator_cipher(make_gate(mariadb, cluster={"ssl_mode": mode, "ssl_ca": None}), client_tls) != ""


@pytest.mark.rule(11)
@pytest.mark.parametrize("mode", ["VERIFY_CA", "VERIFY_IDENTITY"])
def test_a_server_of_another_ca_is_refused(make_gate, mariadb, pki, client_tls, mode):
    gate = make_gate(mariadb, cluster={"ssl_mode": mode, "ssl_ca": pki.stranger_ca.ca})
    text = refused_with_2003(gate, client_tls)
    assert mariadb.address not in text and "certificate" not in text, "the detail is for the log"
    assert re.search("certificate was refused: (self-signed|unable to get)", gate.text())


def test_verify_ca_does_not_care_for_the_name(make_gate, mariadb_of_own, pki, client_tls):
    server = mariadb_of_own(pair=pki.cluster_ca.issue("other-name", names="DNS:other.example"))
    assert aggregator_cipher(make_gate(server), client_tls) != ""


@pytest.mark.rule(19)
def test_verify_identity_refuses_another_name(make_gate, mariadb_of_own, pki, client_tls):
    server = mariadb_of_own(pair=pki.cluster_ca.issue("other-name", names="DNS:other.example"))
    refused_with_2003(make_gate(server, cluster={"ssl_mode": "VERIFY_IDENTITY"}), client_tls)


@pytest.mark.rule(19)
def test_verify_identity_compares_an_address_with_addresses_only(make_gate, mariadb_of_own, pki, client_tls):
    server = mariadb_of_own(pair=pki.cluster_ca.issue("as-dns", names="DNS:127.0.0.1"))
    refused_with_2003(make_gate(server, cluster={"ssl_mode": "VERIFY_IDENTITY"}), client_tls)


@pytest.mark.rule(19)
def test_verify_identity_compares_the_configured_name(make_gate, mariadb_of_own, pki, client_tls):
    server = mariadb_of_own(pair=pki.cluster_ca.issue("by-name", names="DNS:localhost"))
    mode = {"ssl_mode": "VERIFY_IDENTITY"}
    refused_with_2003(make_gate(f"127.0.0.1:{server.port}", cluster=mode), client_tls)
    assert aggregator_cipher(make_gate(f"localhost:{server.port}", cluster=mode), client_tls) != ""


def test_a_server_pair_of_the_old_recipe_works_with_verify_ca(make_gate, mariadb_of_own, pki, client_tls):
    server = mariadb_of_own(pair=pki.cluster_ca.issue_by_the_old_recipe("aggregator"))
    assert aggregator_cipher(make_gate(server), client_tls) != ""


def test_a_server_pair_behind_an_intermediate_ca_works(make_gate, mariadb_of_own, pki, client_tls):
    server = mariadb_of_own(pair=pki.intermediate(pki.cluster_ca).issue("aggregator"))
    assert aggregator_cipher(make_gate(server, cluster={"ssl_mode": "VERIFY_IDENTITY"}), client_tls) != ""


def test_an_expired_server_certificate_is_refused(make_gate, mariadb_of_own, pki, client_tls):
    server = mariadb_of_own(pair=pki.cluster_ca.issue("expired", dates=("200101000000Z", "210101000000Z")))
    gate = make_gate(server)
    refused_with_2003(gate, client_tls)
    assert "expired" in gate.text()


def test_a_revoked_server_certificate_is_refused(make_gate, mariadb_of_own, pki, client_tls):
    pair = pki.cluster_ca.issue("revoked")
    server = mariadb_of_own(pair=pair)
    crl = pki.cluster_ca.revoke(pair)
    refused_with_2003(make_gate(server, cluster={"ssl_crl": crl}), client_tls)


def test_a_server_that_is_not_revoked_passes_the_list(make_gate, mariadb, pki, client_tls):
    crl = pki.cluster_ca.revoke(pki.cluster_ca.issue("somebody-else"))
    assert aggregator_cipher(make_gate(mariadb, cluster={"ssl_crl": crl}), client_tls) != ""


def test_without_ssl_ca_the_systems_certificates_are_used(make_gate, mariadb, pki, client_tls):
    own = make_gate(mariadb, cluster={"ssl_ca": None}, env={"SSL_CERT_FILE": str(pki.ca), "SSL_CERT_DIR": "/nonexistent"})
    assert aggregator_cipher(own, client_tls) != ""
    systems = make_gate(mariadb, cluster={"ssl_ca": None}, env={"SSL_CERT_FILE": str(pki.stranger_ca.ca)})
    refused_with_2003(systems, client_tls)


# --- mutual TLS ---------------------------------------------------------------------------------------------------------


def test_accounts_of_require_x509_are_satisfied_by_the_gates_certificate(make_gate, aggregator, client_tls):
    assert aggregator_cipher(make_gate(aggregator), client_tls, user="app") != ""


def test_without_the_gates_certificate_such_an_account_is_refused_by_the_aggregator(make_gate, aggregator, client_tls):
    gate = make_gate(aggregator, cluster={"ssl_cert": None, "ssl_key": None})
    with pytest.raises(pymysql.err.OperationalError) as refused:
        driver.connect(gate, client_tls)
    assert refused.value.args[0] == 1045


def test_past_the_gate_nobody_gets_in_without_that_certificate(mariadb, pki):
    for tls in (None, driver.context(pki.ca), driver.context(pki.ca, pair=pki.alice)):
        with pytest.raises((pymysql.err.MySQLError, OSError)):
            driver.connect(mariadb, tls)
    with driver.connect(mariadb, driver.context(pki.ca, pair=pki.gate_client)) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_the_aggregator_sees_the_gates_subject(make_gate, mariadb_of_own, client_tls):
    server = mariadb_of_own()
    server.sql("CREATE USER bysubject@'%' IDENTIFIED BY 'bysubject-pw' REQUIRE SUBJECT '/O=Portcullis tests/CN=gate-client'")
    assert aggregator_cipher(make_gate(server), client_tls, user="bysubject") != ""


def test_plaintext_clients_have_mutual_tls_behind_the_gate(make_gate, mariadb):
    assert aggregator_cipher(make_gate(mariadb, default_require="NONE"), None, user="app") != ""


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_tls_sessions_to_the_aggregator_are_resumed(make_gate, aggregator, client_tls, version):
    gate = make_gate(aggregator, gate={"workers": 1}, cluster={"tls_version": version})
    for _ in range(4):
        driver.connect(gate, client_tls).close()
    lines = gate.wait_for(4, msg="session closed")
    assert {line["aggregator_tls"] for line in lines} == {version}
    assert "true" in {line["aggregator_resumed"] for line in lines}


def test_only_the_clusters_ciphers_are_spoken(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, cluster={"tls_version": "TLSv1.2", "ssl_cipher": "ECDHE-ECDSA-AES128-GCM-SHA256"})
    assert aggregator_cipher(gate, client_tls) == "ECDHE-ECDSA-AES128-GCM-SHA256"


def test_only_the_clusters_suites_are_spoken(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, cluster={"tls_version": "TLSv1.3", "tls_ciphersuites": "TLS_CHACHA20_POLY1305_SHA256"})
    assert aggregator_cipher(gate, client_tls) == "TLS_CHACHA20_POLY1305_SHA256"


# --- a real legacy server: TLS 1.0 only, no secure renegotiation ------------------------------------------------------------


def legacy_gate(make_gate, mysql_5_6, legacy_ca, **cluster):
    return make_gate(mysql_5_6, cluster={"ssl_ca": legacy_ca.ca, "ssl_cert": None, "ssl_key": None, **cluster})


def test_a_legacy_server_is_reached_when_asked_for(make_gate, mysql_5_6, legacy_ca, pki, client_tls, mysql_cli):
    gate = legacy_gate(make_gate, mysql_5_6, legacy_ca, tls_version="TLSv1", legacy_server_connect=True)
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, "SELECT @@version") == "5.6.24"
    line = gate.session()
    assert (line["aggregator_tls"], line["client_tls"]) == ("TLSv1", "TLSv1.3")
    assert mysql_cli(gate, ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust, default_auth="mysql_native_password").code == 0


def test_a_legacy_server_is_refused_without_tls_1_0(make_gate, mysql_5_6, legacy_ca, client_tls):
    refused_with_2003(legacy_gate(make_gate, mysql_5_6, legacy_ca, legacy_server_connect=True), client_tls, "app")


def test_a_legacy_server_is_refused_without_legacy_server_connect(make_gate, mysql_5_6, legacy_ca, client_tls):
    refused_with_2003(legacy_gate(make_gate, mysql_5_6, legacy_ca, tls_version="TLSv1"), client_tls, "app")


def test_a_legacy_server_changes_users(make_gate, mysql_5_6, legacy_ca, client_tls):
    gate = legacy_gate(make_gate, mysql_5_6, legacy_ca, tls_version="TLSv1", legacy_server_connect=True)
    with Wire(gate) as wire:
        assert wire.login("app", tls=client_tls).change_user("app").ping()
