"""Every client a user may come with, to its end: against MariaDB and against MySQL behind the gate."""
import json
import re
import ssl
import subprocess

import pytest

from harness import driver
from harness.programs import PROJECT


@pytest.fixture
def gate(make_gate, aggregator):
    return make_gate(aggregator)


def cipher(cli, gate, **options):
    """What the client itself says of its connection."""
    result = cli.status(gate, **options)
    assert result.code == 0, result
    return result.out


# --- Oracle's mysql ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["VERIFY_CA", "VERIFY_IDENTITY"])
def test_mysql_logs_in_and_verifies_the_gate(gate, pki, mysql_cli, mode):
    result = mysql_cli(gate, "SELECT text FROM app.note ORDER BY id", ssl_mode=mode, ssl_ca=pki.client_trust)
    assert (result.code, result.rows) == (0, [["first"], ["second"]]), result


@pytest.mark.parametrize("mode", ["REQUIRED", "PREFERRED"])
def test_mysql_uses_tls_without_a_ca(gate, mysql_cli, mode):
    assert "Cipher in use is" in cipher(mysql_cli, gate, ssl_mode=mode)


def test_mysql_without_tls_is_refused_with_1045(gate, mysql_cli):
    result = mysql_cli(gate, ssl_mode="DISABLED")
    assert result.code == 1
    assert "ERROR 1045 (28000): Access denied for user 'app'@'127.0.0.1'" in result.err, result


def test_mysql_without_tls_passes_where_the_account_allows_it(make_gate, mariadb, mysql_cli):
    gate = make_gate(mariadb, accounts=[{"user": "app", "require": "NONE"}])
    assert mysql_cli(gate, "SELECT 6 * 7", ssl_mode="DISABLED").rows == [["42"]]


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_mysql_chooses_the_tls_version(gate, pki, mysql_cli, version):
    assert mysql_cli(gate, ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust, tls_version=version).code == 0
    assert gate.session(user="app")["client_tls"] == version


def test_mysql_resumes_its_tls_session_from_a_file(gate, pki, mysql_cli, scratch):
    data = scratch.folder("session") / "data"
    tls = {"ssl_mode": "VERIFY_CA", "ssl_ca": pki.client_trust}
    saved = mysql_cli(gate, f"ssl_session_data_print {data}", batch=False, commands=True, **tls)
    assert saved.code == 0 and data.exists(), saved
    assert re.search(r"SSL session reused:\s+true", cipher(mysql_cli, gate, ssl_session_data=data, **tls))
    assert [line["client_resumed"] for line in gate.wait_for(2, msg="session closed", user="app")] == ["false", "true"]


def test_mysql_refuses_a_gate_of_another_ca(gate, pki, mysql_cli):
    result = mysql_cli(gate, ssl_mode="VERIFY_CA", ssl_ca=pki.stranger_ca.ca)
    assert result.code == 1 and "certificate verify failed" in result.err, result
    assert gate.session()["phase"] == "tls"


def test_mysql_refuses_a_gate_of_another_name(make_gate, aggregator, pki, mysql_cli):
    pair = pki.client_ca.issue("elsewhere", names="DNS:elsewhere.example")
    gate = make_gate(aggregator, listener={"ssl_cert": pair.cert, "ssl_key": pair.key})
    assert mysql_cli(gate, ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust).code == 0
    assert mysql_cli(gate, ssl_mode="VERIFY_IDENTITY", ssl_ca=pki.client_trust).code == 1


def test_status_shows_the_cipher_and_the_servers_version(gate, aggregator, pki, mysql_cli):
    out = cipher(mysql_cli, gate, ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust)
    version = aggregator.sql("SELECT @@version")[0][0]
    assert re.search(r"SSL:\s+Cipher in use is TLS_AES_", out)
    assert re.search(r"Server version:\s+(5\.5\.5-)?" + re.escape(version), out)
    assert re.search(rf"TCP port:\s+{gate.port}", out)
    assert re.search(r"Connection id:\s+\d+", out)


@pytest.mark.rule(24)
def test_the_greeting_has_an_id_of_the_gates_own_range(gate, mysql_cli, pki):
    out = cipher(mysql_cli, gate, ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust)
    shown = int(re.search(r"Connection id:\s+(\d+)", out)[1])
    assert shown >> 30 in (0, 1)


def test_mysql_with_a_wrong_password_reads_the_aggregators_refusal(gate, pki, mysql_cli):
    result = mysql_cli(gate, password="wrong", ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust)
    assert result.code == 1 and "ERROR 1045 (28000): Access denied for user 'app'@" in result.err, result
    line = gate.session()
    assert (line["side"], line["phase"], line["cause"]) == ("aggregator", "authentication", "authentication_failed")


def test_default_auth_of_mysql_native_password_works(make_gate, mariadb, pki, mysql_cli):
    result = mysql_cli(make_gate(mariadb), ssl_mode="VERIFY_CA", ssl_ca=pki.client_trust,
                       default_auth="mysql_native_password")
    assert result.code == 0, result


def test_mysql_sends_and_gets_a_megabyte(gate, pki, mysql_cli):
    result = mysql_cli(gate, "SELECT SHA2(REPEAT('x', 1000000), 256), REPEAT('y', 1000000)", ssl_mode="VERIFY_CA",
                       ssl_ca=pki.client_trust)
    assert result.code == 0 and len(result.rows[0][1]) == 1000000


# --- MariaDB's client -------------------------------------------------------------------------------------------------


def test_mariadb_logs_in_with_the_ca(gate, pki, mariadb_cli):
    assert "Cipher in use is" in cipher(mariadb_cli, gate, ssl_ca=pki.client_trust)


def test_mariadb_verifies_the_gates_name(gate, pki, mariadb_cli):
    result = mariadb_cli(gate, "SELECT 41 + 1", ssl_ca=pki.client_trust, ssl_verify_server_cert=True)
    assert (result.code, result.rows) == (0, [["42"]]), result


def test_mariadb_refuses_a_gate_of_another_ca(gate, pki, mariadb_cli):
    result = mariadb_cli(gate, ssl_ca=pki.stranger_ca.ca, ssl_verify_server_cert=True)
    assert result.code == 1 and "2026" in result.err, result


def test_mariadb_without_tls_is_refused_with_1045(gate, mariadb_cli):
    result = mariadb_cli(gate, skip_ssl=True)
    assert result.code == 1 and "ERROR 1045 (28000)" in result.err, result


# --- PyMySQL ----------------------------------------------------------------------------------------------------------


def test_pymysql_logs_in_and_queries(gate, client_tls):
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, "SELECT COUNT(*) FROM app.note") == 2
        connection.ping(reconnect=False)


def test_pymysql_verifies_the_gates_name(gate, pki):
    with driver.connect(gate, driver.context(pki.client_trust, check_hostname=True)) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_pymysql_refuses_a_gate_of_another_ca(gate, pki):
    with pytest.raises(Exception) as refused:
        driver.connect(gate, driver.context(pki.stranger_ca.ca))
    assert "CERTIFICATE_VERIFY_FAILED" in str(refused.value)


def test_pymysql_chooses_a_database_at_login(gate, client_tls):
    with driver.connect(gate, client_tls, database="app") as connection:
        assert driver.value(connection, "SELECT DATABASE()") == "app"


# --- libmariadb -------------------------------------------------------------------------------------------------------


def test_libmariadb_logs_in_and_verifies_the_gate(gate, pki, libmariadb):
    assert libmariadb(gate, pki.client_trust, "query", "SELECT 6 * 7") == (0, ["42"])


def test_libmariadb_refuses_a_gate_of_another_ca(gate, pki, libmariadb):
    code, out = libmariadb(gate, pki.stranger_ca.ca, "query", "SELECT 1")
    assert code == 1 and out[0].startswith("2026"), out


def test_libmariadb_prepares_a_statement(gate, pki, libmariadb):
    assert libmariadb(gate, pki.client_trust, "prepared", "SELECT ? + 1") == (0, ["42"])


def test_libmariadb_runs_several_statements_at_once(gate, pki, libmariadb):
    assert libmariadb(gate, pki.client_trust, "query", "SELECT 1; SELECT 2") == (0, ["1", "2"])


def test_libmariadb_resets_its_connection(gate, pki, libmariadb):
    assert libmariadb(gate, pki.client_trust, "query", "SET @a = 1", "reset", "",
                      "query", "SELECT @a IS NULL") == (0, ["1"])


def test_libmariadb_changes_the_user(gate, pki, libmariadb):
    code, out = libmariadb(gate, pki.client_trust, "change_user", "report",
                           "query", "SELECT SUBSTRING_INDEX(USER(), '@', 1)")
    assert (code, out) == (0, ["report"])


# --- Node.js: mysql2 --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def node():
    if not (PROJECT / "tests/e2e/node/node_modules/mysql2").exists():
        pytest.skip("cannot run here: the npm registry was out of reach of ./dev setup (mysql2 is missing)")

    def call(gate, steps, **options):
        request = {"host": gate.host, "port": gate.port, "user": "app", "password": "app-pw", "steps": steps, **options}
        done = subprocess.run(["node", PROJECT / "tests/e2e/node/client.js"], input=json.dumps(request, default=str),
                              capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


def test_mysql2_logs_in_with_a_ca_file(gate, pki, node):
    assert node(gate, [["query", "SELECT 6 * 7 AS answer"]], ca=pki.client_trust) == [[{"answer": 42}]]


def test_mysql2_verifies_the_gates_name(gate, pki, node):
    assert node(gate, [["query", "SELECT 1 AS one"]], ca=pki.client_trust, verifyIdentity=True) == [[{"one": 1}]]


def test_mysql2_refuses_a_gate_of_another_ca(gate, pki, node):
    assert "certificate" in node(gate, [], ca=pki.stranger_ca.ca)["error"]


def test_mysql2_without_tls_is_refused_with_1045(gate, node):
    assert node(gate, [])["errno"] == 1045


def test_mysql2_executes_a_prepared_statement(gate, pki, node):
    assert node(gate, [["execute", "SELECT ? AS word", ["gate"]]], ca=pki.client_trust) == [[{"word": "gate"}]]


def test_mysql2_changes_the_user(gate, pki, node):
    steps = [["changeUser", {"user": "report", "password": "report-pw"}],
             ["query", "SELECT SUBSTRING_INDEX(USER(), '@', 1) AS name"]]
    assert node(gate, steps, ca=pki.client_trust)[-1] == [{"name": "report"}]


# --- OpenSSL ----------------------------------------------------------------------------------------------------------


def test_openssl_s_client_speaks_starttls_mysql(gate, pki):
    done = subprocess.run(["openssl", "s_client", "-starttls", "mysql", "-connect", f"{gate.host}:{gate.port}", "-CAfile",
                           pki.client_trust, "-verify_return_error"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, timeout=30)
    assert "Verify return code: 0 (ok)" in done.stdout, done.stdout + done.stderr


def test_a_client_that_offers_nothing_newer_than_tls_1_1_fails_in_the_handshake(gate, pki):
    old = driver.context(pki.client_trust, (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1), weak=True)
    with pytest.raises(Exception, match="alert protocol version"):
        driver.connect(gate, old)
    line = gate.session()
    assert (line["side"], line["phase"], line["cause"]) == ("client", "tls", "tls_failed")
