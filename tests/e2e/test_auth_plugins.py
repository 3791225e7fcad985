"""Every way to prove who one is, relayed: the gate never knows a password, and never lets one be read on a plaintext leg."""
import os
import pathlib

import pymysql
import pytest

from harness import driver
from harness.child import give_to_server_user
from harness.gate import IN_THE_CLEAR
from harness.wire import CAPABILITIES, CLIENT_PLUGIN_AUTH, CLIENT_SSL, ServerError, Wire, handshake_response, native_password


def login(gate, tls, user, **options):
    with driver.connect(gate, tls, user=user, **options) as connection:
        return driver.value(connection, "SELECT SUBSTRING_INDEX(USER(), '@', 1)")


# --- MariaDB ----------------------------------------------------------------------------------------------------------------


def test_mysql_native_password_in_tls(make_gate, mariadb, client_tls):
    assert login(make_gate(mariadb), client_tls, "app") == "app"


def test_mysql_native_password_in_plaintext(make_gate, mariadb):
    assert login(make_gate(mariadb, default_require="NONE"), None, "app") == "app"


def test_an_empty_password(make_gate, aggregator, client_tls):
    assert login(make_gate(aggregator), client_tls, "nopw", password="") == "nopw"


def test_an_empty_password_in_plaintext(make_gate, mariadb):
    assert login(make_gate(mariadb, default_require="NONE"), None, "nopw", password="") == "nopw"


def test_a_password_where_none_is_due_is_refused(make_gate, aggregator, client_tls):
    with pytest.raises(pymysql.err.OperationalError) as refused:
        login(make_gate(aggregator), client_tls, "nopw", password="something")
    assert refused.value.args[0] == 1045


def test_client_ed25519_in_tls(make_gate, mariadb, pki, mariadb_cli):
    result = mariadb_cli(make_gate(mariadb), "SELECT USER()", user="ed", ssl_ca=pki.client_trust)
    assert result.code == 0 and result.rows[0][0].startswith("ed@"), result


def test_client_ed25519_in_plaintext(make_gate, mariadb, mariadb_cli):
    gate = make_gate(mariadb, accounts=[{"user": "ed", "require": "NONE"}])
    assert mariadb_cli(gate, user="ed", skip_ssl=True).code == 0


def test_client_ed25519_with_a_wrong_password_is_refused(make_gate, mariadb, pki, mariadb_cli):
    result = mariadb_cli(make_gate(mariadb), user="ed", password="wrong", ssl_ca=pki.client_trust)
    assert result.code == 1 and "ERROR 1045" in result.err, result


@pytest.fixture
def pam_mariadb(mariadb_of_own, scratch):
    """MariaDB that asks PAM: a service of ours takes the password "pam-pw" from everybody."""
    if os.geteuid() != 0:
        pytest.skip("cannot run here: a PAM service can be added by root only")
    folder = scratch.folder("pam")
    check = folder / "check"
    check.write_text('#!/bin/sh\n[ "$(tr -d \'\\0\')" = pam-pw ]\n')
    check.chmod(0o755)
    give_to_server_user(folder)
    service = pathlib.Path("/etc/pam.d/portcullis-e2e")
    service.write_text(f"auth required pam_exec.so expose_authtok quiet {check}\naccount required pam_permit.so\n")

    def start(*options):
        server = mariadb_of_own("--plugin-load-add=auth_pam_v1", *options)
        server.sql("CREATE USER pam@'%' IDENTIFIED VIA pam USING 'portcullis-e2e' REQUIRE X509")
        return server

    yield start
    service.unlink()


def test_dialog_with_pam_in_tls(make_gate, pam_mariadb, pki, mariadb_cli):
    gate = make_gate(pam_mariadb())
    assert mariadb_cli(gate, user="pam", ssl_ca=pki.client_trust).code == 0
    assert mariadb_cli(gate, user="pam", password="wrong", ssl_ca=pki.client_trust).code == 1


def test_mysql_clear_password_with_pam_in_tls(make_gate, pam_mariadb, pki, mariadb_cli, mysql_cli):
    gate = make_gate(pam_mariadb("--pam-use-cleartext-plugin"))
    assert mariadb_cli(gate, user="pam", ssl_ca=pki.client_trust).code == 0
    result = mysql_cli(gate, user="pam", ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust, enable_cleartext_plugin=True)
    assert result.code == 0, result


@pytest.mark.parametrize("option", [(), ("--pam-use-cleartext-plugin",)], ids=["dialog", "mysql_clear_password"])
def test_change_user_to_and_from_pam(make_gate, pam_mariadb, pki, libmariadb, option):
    check_changes(make_gate(pam_mariadb(*option)), pki, libmariadb, ["app", "pam", "ed", "pam", "pam", "app"])


def test_change_user_from_a_plugin_without_a_scramble_to_mysql_native_password(make_gate, pam_mariadb, client_tls):
    """The client answers to the scramble of the AuthSwitchRequest; libmariadb would not."""
    with Wire(make_gate(pam_mariadb("--pam-use-cleartext-plugin"))) as wire:
        wire.read_greeting()
        wire.start_tls(client_tls)
        wire.write(handshake_response("pam", capabilities=CAPABILITIES | CLIENT_SSL))
        assert wire.read()[:1] == b"\xfe"
        wire.write(b"pam-pw\0")
        assert wire.read()[:1] == b"\0"
        assert wire.change_user("app").ping()


@pytest.mark.rule(14)
@pytest.mark.parametrize("option", [(), ("--pam-use-cleartext-plugin",)], ids=["dialog", "mysql_clear_password"])
def test_change_user_never_asks_a_plaintext_client_for_a_readable_password(make_gate, pam_mariadb, option):
    gate = make_gate(pam_mariadb(*option), default_require="NONE")
    with Wire(gate) as wire:
        wire.login("app")
        with pytest.raises(ServerError) as refused:
            wire.change_user("pam")
    assert refused.value.code == 1251
    line = gate.session()
    assert (line["phase"], line["cause"]) == ("change_user", "plugin_needs_tls")


@pytest.mark.rule(14)
@pytest.mark.parametrize("option", [(), ("--pam-use-cleartext-plugin",)], ids=["dialog", "mysql_clear_password"])
def test_a_readable_password_is_never_asked_of_a_plaintext_client(make_gate, pam_mariadb, mariadb_cli, option):
    gate = make_gate(pam_mariadb(*option), default_require="NONE")
    result = mariadb_cli(gate, user="pam", skip_ssl=True)
    assert result.code == 1, result
    line = gate.session(user="pam")
    assert line["cause"] == "plugin_needs_tls"


@pytest.mark.rule(14)
@pytest.mark.parametrize("option", [(), ("--pam-use-cleartext-plugin",)], ids=["dialog", "mysql_clear_password"])
def test_a_readable_password_is_never_sent_to_a_plaintext_aggregator(make_gate, pam_mariadb, pki, mariadb_cli, option):
    server = pam_mariadb(*option)
    server.sql("ALTER USER pam@'%' REQUIRE NONE")
    gate = make_gate(server, cluster=IN_THE_CLEAR)
    assert mariadb_cli(gate, user="pam", ssl_ca=pki.client_trust).code == 1
    assert gate.session(user="pam")["cause"] == "plugin_needs_tls"


# --- MySQL --------------------------------------------------------------------------------------------------------------------


def empty_the_cache(server):
    """caching_sha2_password asks for the full password again."""
    server.sql("FLUSH PRIVILEGES")


@pytest.mark.rule(14)
def test_caching_sha2_password_with_the_cache_emptied(make_gate, mysql_lts, client_tls):
    gate = make_gate(mysql_lts)
    empty_the_cache(mysql_lts)
    assert login(gate, client_tls, "app") == "app"


@pytest.mark.rule(14)
def test_caching_sha2_password_from_the_cache(make_gate, mysql_lts, client_tls):
    gate = make_gate(mysql_lts)
    empty_the_cache(mysql_lts)
    for _ in range(3):
        assert login(gate, client_tls, "app") == "app"


def test_caching_sha2_password_with_a_wrong_password_is_refused(make_gate, mysql_lts, client_tls):
    gate = make_gate(mysql_lts)
    for prepare in (empty_the_cache, lambda _: login(gate, client_tls, "app")):
        prepare(mysql_lts)
        with pytest.raises(pymysql.err.OperationalError) as refused:
            login(gate, client_tls, "app", password="wrong")
        assert refused.value.args[0] == 1045


@pytest.mark.parametrize("client", ["mysql_cli", "mariadb_cli"])
def test_caching_sha2_password_with_each_command_line_client(make_gate, mysql_lts, pki, client, request):
    gate = make_gate(mysql_lts)
    cli = request.getfixturevalue(client)
    for _ in range(2):
        assert cli(gate, ssl_ca=pki.client_trust).code == 0
    empty_the_cache(mysql_lts)
    assert cli(gate, ssl_ca=pki.client_trust).code == 0


def test_sha256_password_in_tls(make_gate, mysql_lts, pki, client_tls, mysql_cli):
    gate = make_gate(mysql_lts)
    assert login(gate, client_tls, "sha256") == "sha256"
    assert mysql_cli(gate, user="sha256", ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust).code == 0


# --- changes of user ----------------------------------------------------------------------------------------------------------


def check_changes(gate, pki, libmariadb, users):
    """Who logs in as the first becomes the others in turn; each one's connection is reset."""
    actions, expected = [], []
    for number, user in enumerate(users):
        actions += ["change_user", user] if number else []
        for _ in range(2):
            actions += ["query", "SELECT SUBSTRING_INDEX(USER(), '@', 1), @x := 1", "reset", "", "query", "SELECT @x IS NULL"]
            expected += [user, "1"]
    assert libmariadb(gate, pki.client_trust, *actions, user=users[0]) == (0, expected)
    changes = [entry["to"] for entry in gate.entries(msg="user changed")]
    assert changes == users[1:]


def test_change_user_to_and_from_every_plugin_of_mariadb(make_gate, mariadb, pki, libmariadb):
    check_changes(make_gate(mariadb), pki, libmariadb, ["app", "ed", "report", "ed", "ed", "app"])


@pytest.mark.parametrize("cached", [False, True], ids=["full", "fast"])
def test_change_user_to_and_from_every_plugin_of_mysql(make_gate, mysql_lts, pki, client_tls, libmariadb, cached):
    gate = make_gate(mysql_lts)
    empty_the_cache(mysql_lts)
    for user in ["app", "report"] if cached else []:
        login(gate, client_tls, user)
    check_changes(gate, pki, libmariadb, ["app", "sha256", "report", "app", "app", "sha256", "sha256"])


# --- what every plugin has in common ---------------------------------------------------------------------------------------------


def test_a_client_that_sets_no_plugin_auth_logs_in_with_a_native_password(make_gate, mariadb, client_tls):
    with Wire(make_gate(mariadb)) as wire:
        assert wire.login("app", tls=client_tls, capabilities=CAPABILITIES & ~CLIENT_PLUGIN_AUTH).ping()


def test_a_client_that_sets_no_plugin_auth_is_refused_any_other_plugin_with_1251(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb)
    with pytest.raises(ServerError) as refused, Wire(gate) as wire:
        wire.login("ed", tls=client_tls, capabilities=CAPABILITIES & ~CLIENT_PLUGIN_AUTH)
    assert refused.value.code == 1251
    assert gate.session(user="ed")["cause"] == "protocol_error"


def test_a_client_is_switched_once_and_only_once(make_gate, mariadb, client_tls):
    with Wire(make_gate(mariadb)) as wire:
        wire.read_greeting()
        wire.start_tls(client_tls)
        wire.write(handshake_response("app", native_password("app-pw", wire.greeting.scramble),
                                      capabilities=CAPABILITIES | CLIENT_SSL))
        first = wire.read()
        assert first[:1] == b"\xfe"
        wire.write(native_password("app-pw", first[1:].split(b"\0", 1)[1]))
        assert wire.read()[:1] == b"\x00"


@pytest.mark.rule(16)
def test_scrambles_are_never_given_twice(make_gate, mariadb):
    gate = make_gate(mariadb)
    seen = set()
    for _ in range(20):
        with Wire(gate) as wire:
            scramble = wire.read_greeting().scramble
            assert len(scramble) == 20 and all(0x21 <= byte <= 0x7E for byte in scramble)
            seen.add(scramble)
    assert len(seen) == 20


@pytest.mark.rule(15)
def test_no_password_and_no_scramble_is_in_the_log(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb)
    with Wire(gate) as wire:
        wire.login("app", tls=client_tls)
        scramble = wire.greeting.scramble.decode()
    with pytest.raises(pymysql.err.MySQLError):
        login(gate, client_tls, "app", password="an-unusual-secret")
    gate.wait_for(2, msg="session closed")
    assert "an-unusual-secret" not in gate.text() and "app-pw" not in gate.text() and scramble not in gate.text()
