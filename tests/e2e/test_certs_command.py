"""`portcullis certs`: what it makes is good for a gate, its aggregators and its clients, and overwrites nothing."""
import stat

import pytest

from harness import driver
from harness import gate as gates
from harness.authority import Pair, openssl

PARTS = ["ca", "server", "aggregator", "client"]


@pytest.fixture
def folder(scratch):
    return scratch.folder("made") / "certs"


def make(folder, *options):
    result = gates.run("certs", "make", "--dir", folder, *options)
    assert result.returncode == 0, result
    return result


def described(file):
    return openssl("x509", "-in", file, "-noout", "-text")


def test_a_ca_and_three_pairs_are_made(folder):
    make(folder)
    assert {file.name for file in folder.iterdir()} == {f"{part}-{kind}.pem" for part in PARTS for kind in ("cert", "key")}


def test_everything_made_is_signed_by_the_ca(folder):
    make(folder)
    for part in PARTS:
        assert "OK" in openssl("verify", "-CAfile", folder / "ca-cert.pem", "-x509_strict", folder / f"{part}-cert.pem")


def test_keys_are_for_their_owner_only(folder):
    make(folder)
    for part in PARTS:
        assert stat.S_IMODE((folder / f"{part}-key.pem").stat().st_mode) == 0o600


def test_certificates_are_of_version_3_with_the_right_usage(folder):
    make(folder)
    for part in PARTS:
        assert "Version: 3" in described(folder / f"{part}-cert.pem")
    assert "TLS Web Server Authentication" in described(folder / "server-cert.pem")
    assert "TLS Web Server Authentication" in described(folder / "aggregator-cert.pem")
    assert "TLS Web Client Authentication" in described(folder / "client-cert.pem")
    assert "CA:TRUE" in described(folder / "ca-cert.pem") and "Certificate Sign" in described(folder / "ca-cert.pem")


def test_names_and_addresses_are_written_as_what_they_are(folder):
    make(folder, "--san", "db.example.com", "--san", "192.0.2.7", "--san", "2001:db8::7")
    text = described(folder / "server-cert.pem")
    assert "DNS:db.example.com" in text and "IP Address:192.0.2.7" in text and "IP Address:2001:DB8:0:0:0:0:0:7" in text


@pytest.mark.parametrize("key, shown", [("rsa:2048", "(2048 bit)"), ("rsa:3072", "(3072 bit)"), ("ecdsa:P-256", "prime256v1"),
                                        ("ecdsa:P-384", "secp384r1")])
def test_the_kind_of_key_can_be_chosen(folder, key, shown):
    make(folder, "--key", key)
    assert shown in described(folder / "server-cert.pem")


def test_a_second_time_nothing_is_overwritten(folder):
    make(folder)
    before = {file: file.read_bytes() for file in folder.iterdir()}
    gates.run("certs", "make", "--dir", folder)
    gates.run("certs", "make", "--dir", folder, "--only", "server")
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


def test_told_to_it_replaces_a_pair_and_keeps_the_ca(folder):
    make(folder)
    ca, server = (folder / "ca-cert.pem").read_bytes(), (folder / "server-cert.pem").read_bytes()
    make(folder, "--only", "server", "--force")
    assert (folder / "ca-cert.pem").read_bytes() == ca
    assert (folder / "server-cert.pem").read_bytes() != server
    assert "OK" in openssl("verify", "-CAfile", folder / "ca-cert.pem", folder / "server-cert.pem")


def test_show_describes_a_certificate(folder):
    make(folder)
    result = gates.run("certs", "show", folder / "server-cert.pem")
    assert result.returncode == 0
    for word in ("subject", "issuer", "days left", "localhost"):
        assert word in result.stdout, result.stdout


def test_show_of_what_is_no_certificate_fails(folder):
    make(folder)
    assert gates.run("certs", "show", folder / "server-key.pem").returncode == 1
    assert gates.run("certs", "show", folder / "nothing.pem").returncode == 1


def test_a_folder_that_cannot_be_made_is_an_error():
    result = gates.run("certs", "make", "--dir", "/proc/certs")
    assert result.returncode == 1 and "/proc/certs" in result.stderr, result


@pytest.mark.parametrize("key", ["rsa:2048", "ecdsa:P-256"])
def test_a_whole_cluster_runs_with_what_it_made(make_gate, mariadb_of_own, folder, key, mysql_cli, mariadb_cli):
    make(folder, "--key", key)

    class Made:
        ca = folder / "ca-cert.pem"

    server = mariadb_of_own(authority=Made, pair=Pair(folder / "aggregator-cert.pem", folder / "aggregator-key.pem"))
    gate = make_gate(server, listener={"ssl_cert": folder / "server-cert.pem", "ssl_key": folder / "server-key.pem",
                                       "ssl_ca": folder / "ca-cert.pem"},
                     cluster={"ssl_mode": "VERIFY_IDENTITY", "ssl_ca": folder / "ca-cert.pem",
                              "ssl_cert": folder / "client-cert.pem", "ssl_key": folder / "client-key.pem"})
    assert mysql_cli(gate, ssl_mode="VERIFY_IDENTITY", ssl_ca=Made.ca).code == 0
    assert mariadb_cli(gate, ssl_ca=Made.ca, ssl_verify_server_cert=True).code == 0
    with driver.connect(gate, driver.context(Made.ca, check_hostname=True)) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_a_made_client_pair_satisfies_require_x509(make_gate, mariadb, folder, pki):
    make(folder, "--client-name", "alice")
    pair = Pair(folder / "client-alice-cert.pem", folder / "client-alice-key.pem")
    gate = make_gate(mariadb, listener={"ssl_ca": folder / "ca-cert.pem"}, accounts=[{"user": "app", "require": "X509"}])
    with driver.connect(gate, driver.context(pki.client_trust, pair=pair)) as connection:
        assert driver.value(connection, "SELECT 1") == 1
