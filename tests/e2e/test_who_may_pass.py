"""The gate's own decision: user@host, TLS, certificates. The aggregator never hears of those who are refused."""
import pymysql
import pytest

from harness import driver
from harness.wire import CAPABILITIES, CLIENT_SSL, ServerError, Wire, handshake_response, native_password

PLAIN = None


def refusal(gate, tls, **options):
    """(number, text) of the error that a login ends with."""
    with pytest.raises(pymysql.err.MySQLError) as refused:
        driver.connect(gate, tls, **options)
    return refused.value.args


def passes(gate, tls, user="app", **options):
    with driver.connect(gate, tls, user=user, **options) as connection:
        return driver.value(connection, "SELECT SUBSTRING_INDEX(USER(), '@', 1)") == user


# --- REQUIRE NONE, SSL; default_require; require_secure_transport -----------------------------------------------------


@pytest.mark.rule(6)
def test_a_user_who_must_use_tls_is_refused_in_plaintext_with_1045(make_gate, mariadb):
    gate = make_gate(mariadb, accounts=[{"user": "app", "require": "SSL"}], default_require="NONE")
    number, text = refusal(gate, PLAIN)
    assert (number, text) == (1045, "Access denied for user 'app'@'127.0.0.1' (using password: YES)")


def test_the_same_user_passes_with_tls(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, accounts=[{"user": "app", "require": "SSL"}], default_require="NONE")
    assert passes(gate, client_tls)


def test_the_refusal_says_whether_a_password_was_sent(make_gate, mariadb):
    assert refusal(make_gate(mariadb), PLAIN, password="")[1] == "Access denied for user 'app'@'127.0.0.1' (using password: NO)"


def test_the_refusal_has_mysqls_sqlstate(make_gate, mariadb):
    gate = make_gate(mariadb)
    with pytest.raises(ServerError) as refused, Wire(gate) as wire:
        wire.login("app")
    assert (refused.value.code, refused.value.state) == (1045, "28000")


def test_a_user_of_require_none_passes_in_plaintext(make_gate, mariadb):
    assert passes(make_gate(mariadb, accounts=[{"user": "app", "require": "NONE"}]), PLAIN)


def test_a_user_of_require_none_passes_with_tls(make_gate, mariadb, client_tls):
    assert passes(make_gate(mariadb, accounts=[{"user": "app", "require": "NONE"}]), client_tls)


@pytest.mark.rule(6)
def test_a_user_that_no_rule_names_must_use_tls(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, accounts=[{"user": "somebody", "require": "NONE"}])
    assert refusal(gate, PLAIN)[0] == 1045
    assert passes(gate, client_tls)


def test_default_require_none_lets_unnamed_users_pass_in_plaintext(make_gate, mariadb):
    assert passes(make_gate(mariadb, default_require="NONE"), PLAIN)


def test_default_require_x509_asks_unnamed_users_for_a_certificate(make_gate, mariadb, pki, client_tls):
    gate = make_gate(mariadb, default_require="X509", listener={"ssl_ca": pki.client_trust})
    assert refusal(gate, client_tls)[0] == 1045
    assert passes(gate, driver.context(pki.client_trust, pair=pki.alice))


def test_require_secure_transport_refuses_everybody_in_plaintext_with_3159(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, default_require="NONE", listener={"require_secure_transport": True})
    number, text = refusal(gate, PLAIN)
    assert number == 3159
    assert text == "Connections using insecure transport are prohibited while --require_secure_transport=ON."
    assert passes(gate, client_tls)


@pytest.mark.rule(5)
def test_refusals_cost_the_aggregator_nothing(make_gate, mariadb):
    gate = make_gate(mariadb, cluster={"health": {"interval": "1h"}})
    before = mariadb.status("Connections")
    for _ in range(5):
        refusal(gate, PLAIN)
    assert mariadb.status("Connections") - before <= 1, "only the question itself may have connected"


@pytest.mark.rule(11)
def test_policy_a_wrong_password_and_an_unknown_user_read_alike(make_gate, aggregator, pki, mariadb_cli):
    gate = make_gate(aggregator)
    by_policy = mariadb_cli(gate, skip_ssl=True)
    by_password = mariadb_cli(gate, password="wrong", ssl_ca=pki.client_trust)
    unknown = mariadb_cli(gate, user="who", password="wrong", ssl_ca=pki.client_trust)
    assert by_policy.err == "ERROR 1045 (28000): Access denied for user 'app'@'127.0.0.1' (using password: YES)\n"
    assert by_policy.err == by_password.err == unknown.err.replace("'who'", "'app'")


def test_the_log_says_which_rule_refused(make_gate, mariadb):
    gate = make_gate(mariadb, accounts=[{"user": "app", "host": "127.%", "require": "SSL"}])
    refusal(gate, PLAIN)
    line = gate.session(user="app")
    assert (line["account"], line["side"], line["phase"], line["cause"]) == ("'app'@'127.%'", "gate", "login", "refused")


# --- hosts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "127.%", "127.0.0._", "127.0.0.0/255.0.0.0", "127.0.0.0/8", "%"])
def test_a_host_pattern_that_matches_decides(make_gate, mariadb, host):
    assert passes(make_gate(mariadb, accounts=[{"user": "app", "host": host, "require": "NONE"}]), PLAIN)


@pytest.mark.parametrize("host", ["10.%", "127.0.0.2", "127.0.0.0/255.255.255.255", "192.0.2.0/24"])
def test_a_host_pattern_that_does_not_match_decides_nothing(make_gate, mariadb, host):
    gate = make_gate(mariadb, accounts=[{"user": "app", "host": host, "require": "NONE"}])
    assert refusal(gate, PLAIN)[0] == 1045


def test_the_most_specific_host_decides(make_gate, mariadb):
    strict, lax = {"user": "app", "require": "SSL"}, {"user": "app", "require": "NONE"}
    gate = make_gate(mariadb, accounts=[{**lax, "host": "%"}, {**strict, "host": "127.0.0.1"}, {**lax, "host": "127.%"}])
    assert refusal(gate, PLAIN)[0] == 1045
    gate = make_gate(mariadb, accounts=[{**strict, "host": "%"}, {**lax, "host": "127.0.0.1"}, {**strict, "host": "127.%"}])
    assert passes(gate, PLAIN)


def test_a_named_user_wins_over_any_user_of_the_same_host(make_gate, mariadb):
    gate = make_gate(mariadb, accounts=[{"user": "", "require": "SSL"}, {"user": "app", "require": "NONE"}])
    assert passes(gate, PLAIN)
    assert refusal(gate, PLAIN, user="report")[0] == 1045


@pytest.mark.rule(8)
def test_user_names_are_compared_with_their_case(make_gate, mariadb):
    gate = make_gate(mariadb, accounts=[{"user": "APP", "require": "NONE"}])
    assert refusal(gate, PLAIN)[0] == 1045


# --- REQUIRE X509, ISSUER, SUBJECT, CIPHER ----------------------------------------------------------------------------


@pytest.fixture
def x509_gate(make_gate, mariadb, pki):
    """A gate that asks for certificates, with this rule for app."""
    return lambda **rule: make_gate(mariadb, listener={"ssl_ca": pki.client_trust}, accounts=[{"user": "app", **rule}])


def with_certificate(pki, pair, **options):
    return driver.context(pki.client_trust, pair=pair, **options)


@pytest.mark.rule(6)
def test_require_x509_refuses_a_client_without_a_certificate(x509_gate, client_tls):
    assert refusal(x509_gate(require="X509"), client_tls)[0] == 1045


@pytest.mark.rule(6)
def test_require_x509_refuses_a_client_in_plaintext(x509_gate):
    assert refusal(x509_gate(require="X509"), PLAIN)[0] == 1045


def test_require_x509_lets_a_client_with_a_certificate_pass(x509_gate, pki):
    assert passes(x509_gate(require="X509"), with_certificate(pki, pki.alice))


def test_users_without_x509_pass_without_a_certificate_on_the_same_listener(x509_gate, client_tls):
    assert passes(x509_gate(require="SSL"), client_tls)


def test_the_right_subject_passes(x509_gate, pki):
    assert passes(x509_gate(subject="/O=Portcullis tests/CN=alice"), with_certificate(pki, pki.alice))


@pytest.mark.rule(6)
@pytest.mark.rule(9)
@pytest.mark.parametrize("subject", ["/O=Portcullis tests/CN=bob", "/CN=alice", "/O=Portcullis tests/CN=alice/OU=more",
                                     "/CN=alice/O=Portcullis tests", "/O=Portcullis tests/CN=Alice"])
def test_another_subject_is_refused(x509_gate, pki, subject):
    assert refusal(x509_gate(subject=subject), with_certificate(pki, pki.alice))[0] == 1045


@pytest.mark.rule(9)
def test_a_slash_in_a_name_imitates_no_other_subject(x509_gate, pki):
    forged = pki.client_ca.issue("forged", subject=r"/CN=x\/O=Portcullis tests\/CN=alice")
    assert refusal(x509_gate(subject="/CN=x/O=Portcullis tests/CN=alice"), with_certificate(pki, forged))[0] == 1045


def test_the_right_issuer_passes(x509_gate, pki):
    assert passes(x509_gate(issuer="/O=Portcullis tests/CN=Client CA"), with_certificate(pki, pki.alice))


@pytest.mark.rule(6)
def test_another_issuer_is_refused(x509_gate, pki):
    assert refusal(x509_gate(issuer="/O=Portcullis tests/CN=Stranger CA"), with_certificate(pki, pki.alice))[0] == 1045


@pytest.mark.rule(9)
def test_issuer_and_subject_must_both_be_right(x509_gate, pki):
    gate = x509_gate(issuer="/O=Portcullis tests/CN=Client CA", subject="/O=Portcullis tests/CN=alice")
    assert passes(gate, with_certificate(pki, pki.alice))
    assert refusal(gate, with_certificate(pki, pki.bob))[0] == 1045


@pytest.mark.rule(6)
def test_the_right_cipher_passes_and_another_is_refused(x509_gate, pki):
    gate = x509_gate(cipher="ECDHE-RSA-AES256-GCM-SHA384")
    v12 = (driver.ssl.TLSVersion.TLSv1_2,) * 2
    assert passes(gate, driver.context(pki.client_trust, v12, ciphers="ECDHE-RSA-AES256-GCM-SHA384"))
    assert refusal(gate, driver.context(pki.client_trust, v12, ciphers="ECDHE-RSA-AES128-GCM-SHA256"))[0] == 1045


@pytest.mark.rule(9)
def test_a_certificate_of_an_unknown_ca_never_passes(x509_gate, pki):
    with pytest.raises((pymysql.err.MySQLError, OSError)):
        driver.connect(x509_gate(require="X509"), with_certificate(pki, pki.stranger))


@pytest.mark.rule(9)
def test_a_revoked_certificate_never_passes(make_gate, mariadb, pki):
    crl = pki.client_ca.revoke(pki.client_ca.issue("former"))
    revoked = pki.client_ca.issue("revoked")
    crl = pki.client_ca.revoke(revoked)
    gate = make_gate(mariadb, listener={"ssl_ca": pki.client_trust, "ssl_crl": crl},
                     accounts=[{"user": "app", "require": "X509"}])
    assert passes(gate, with_certificate(pki, pki.alice))
    with pytest.raises((pymysql.err.MySQLError, OSError)):
        driver.connect(gate, with_certificate(pki, revoked))
    assert gate.wait_for(phase="tls", cause="tls_failed")


@pytest.mark.rule(9)
def test_an_expired_client_certificate_never_passes(x509_gate, pki):
    expired = pki.client_ca.issue("late", dates=("200101000000Z", "210101000000Z"))
    with pytest.raises((pymysql.err.MySQLError, OSError)):
        driver.connect(x509_gate(require="X509"), with_certificate(pki, expired))


def test_a_server_certificate_is_none_for_a_client(x509_gate, pki):
    server_only = pki.client_ca.issue("server-only", extensions="extendedKeyUsage=serverAuth\n")
    with pytest.raises((pymysql.err.MySQLError, OSError)):
        driver.connect(x509_gate(require="X509"), with_certificate(pki, server_only))


def test_a_client_certificate_behind_an_intermediate_ca_passes(x509_gate, pki):
    leaf = pki.intermediate(pki.client_ca).issue("carol")
    assert passes(x509_gate(subject="/O=Portcullis tests/CN=carol"), with_certificate(pki, leaf))


def test_mysql_shows_its_certificate(x509_gate, pki, mysql_cli):
    gate = x509_gate(subject="/O=Portcullis tests/CN=alice")
    with_pair = mysql_cli(gate, ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust, ssl_cert=pki.alice.cert,
                          ssl_key=pki.alice.key)
    without = mysql_cli(gate, ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust)
    assert with_pair.code == 0, with_pair
    assert without.code == 1 and "ERROR 1045 (28000)" in without.err, without


def test_mariadb_shows_its_certificate(x509_gate, pki, mariadb_cli):
    gate = x509_gate(require="X509")
    assert mariadb_cli(gate, ssl_ca=pki.client_trust, ssl_cert=pki.alice.cert, ssl_key=pki.alice.key).code == 0
    assert mariadb_cli(gate, ssl_ca=pki.client_trust).code == 1


@pytest.mark.rule(10)
@pytest.mark.parametrize("version", [driver.ssl.TLSVersion.TLSv1_2, driver.ssl.TLSVersion.TLSv1_3])
def test_a_resumed_session_still_shows_its_certificate(x509_gate, pki, version):
    gate = x509_gate(subject="/O=Portcullis tests/CN=alice")
    tls = with_certificate(pki, pki.alice, versions=(version, version))
    with Wire(gate) as first:
        first.login("app", tls=tls).ping()
        session = first.socket.session
    with Wire(gate) as second:
        second.read_greeting()
        second.start_tls(tls, session=session)
        assert second.socket.session_reused
        second.write(_native_login(second))
        second.finish_auth("app-pw").ping()


def _native_login(wire):
    return handshake_response("app", native_password("app-pw", wire.greeting.scramble), capabilities=CAPABILITIES | CLIENT_SSL)


# --- COM_CHANGE_USER --------------------------------------------------------------------------------------------------


def test_change_user_in_tls_to_another_tls_user_works(make_gate, mariadb, client_tls):
    with Wire(make_gate(mariadb)) as wire:
        assert wire.login("app", tls=client_tls).change_user("report").ping()


@pytest.mark.rule(7)
def test_change_user_in_plaintext_to_a_tls_user_is_refused(make_gate, mariadb):
    gate = make_gate(mariadb, accounts=[{"user": "app", "require": "NONE"}])
    with Wire(gate) as wire:
        wire.login("app")
        with pytest.raises(ServerError) as refused:
            wire.change_user("report")
    assert refused.value.code == 1045
    line = gate.session()
    assert (line["phase"], line["cause"]) == ("change_user", "refused")


@pytest.mark.rule(7)
def test_change_user_without_a_certificate_to_an_x509_user_is_refused(x509_gate, client_tls):
    gate = x509_gate(require="X509")
    with Wire(gate) as wire:
        wire.login("report", tls=client_tls)
        with pytest.raises(ServerError) as refused:
            wire.change_user("app")
    assert refused.value.code == 1045


def test_change_user_with_a_wrong_password_reads_the_aggregators_refusal(make_gate, mariadb, client_tls):
    with Wire(make_gate(mariadb)) as wire:
        wire.login("app", tls=client_tls)
        with pytest.raises(ServerError) as refused:
            wire.change_user("report", password="wrong")
    assert refused.value.code == 1045


def test_change_user_many_times_works(make_gate, mariadb, client_tls):
    with Wire(make_gate(mariadb)) as wire:
        wire.login("app", tls=client_tls)
        for user in ["report", "auditor", "app"] * 5:
            assert wire.change_user(user).ping()


def test_the_log_names_the_user_that_a_session_ended_as(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb)
    with Wire(gate) as wire:
        wire.login("app", tls=client_tls).change_user("report")
    assert gate.session()["user"] == "report"
