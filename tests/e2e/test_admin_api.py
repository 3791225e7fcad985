"""The administration interface on its unix socket: what is seen of a gate, and what it can be told."""
import concurrent.futures
import copy
import datetime
import re
import socket
import subprocess
import time

import pymysql
import pytest

from harness import driver
from harness.admin import Admin, samples
from harness.ports import free_port, wait_until


@pytest.fixture
def gate(make_gate, mariadb):
    return make_gate(mariadb)


@pytest.fixture
def admin(gate):
    return Admin(gate)


def only_session(admin, **facts):
    found = [each for each in admin.view("sessions")["sessions"] if facts.items() <= each.items()]
    assert len(found) == 1, found
    return found[0]


def lost(connection):
    with pytest.raises(pymysql.err.OperationalError) as gone:
        driver.value(connection, "SELECT 1")
    return gone.value.args[0] in (2006, 2013)


# --- probes and status ------------------------------------------------------------------------------------------------

def test_a_gate_in_front_of_a_live_aggregator_is_alive_and_ready(admin):
    assert (admin.get("/healthz").status, admin.get("/healthz").text) == (200, "ok\n")
    assert (admin.get("/readyz").status, admin.get("/readyz").text) == (200, "ready\n")


def test_a_gate_without_a_usable_aggregator_is_alive_but_not_ready(make_gate):
    admin = Admin(make_gate(f"127.0.0.1:{free_port()}"))
    assert admin.get("/healthz").status == 200
    assert admin.get("/readyz").status == 503
    assert admin.view("status")["ready"] is False


def test_a_draining_gate_is_not_ready_and_says_so_until_it_ends(gate, admin, client_tls):
    with driver.connect(gate, client_tls) as session:
        gate.terminate()
        gate.wait_for(msg=re.compile("draining"))
        assert admin.get("/readyz").status == 503
        assert admin.view("status")["draining"] is True
        assert driver.value(session, "SELECT 1") == 1


def test_the_status_names_listeners_clusters_and_counts(gate, admin, client_tls):
    with driver.connect(gate, client_tls):
        status = admin.view("status")
    assert status["pid"] == gate.child.pid
    assert status["sessions"] == status["connections"] == 1
    assert status["listeners"] == [{"name": "main", "address": f"127.0.0.1:{gate.port}", "cluster": "default",
                                    "tls_version": "TLSv1.2,TLSv1.3"}]
    assert status["clusters"] == [{"name": "default", "ssl_mode": "VERIFY_CA", "aggregators": 1, "usable": 1}]


# --- sessions ---------------------------------------------------------------------------------------------------------

def test_a_session_is_shown_with_who_from_where_and_how(gate, admin, mariadb, client_tls):
    with driver.connect(gate, client_tls) as connection:
        seen = only_session(admin)
        assert seen["id"] == connection.server_thread_id[0]
        assert (seen["user"], seen["account"], seen["listener"], seen["cluster"]) == ("app", "default_require", "main", "default")
        assert seen["aggregator"] == mariadb.address
        assert seen["aggregator_id"] == driver.value(connection, "SELECT CONNECTION_ID()")
        assert seen["client"] == "127.0.0.1:%d" % connection._sock.getsockname()[1]
        assert seen["client_tls"] == {"version": connection._sock.version(), "cipher": connection._sock.cipher()[0],
                                      "resumed": False}
        assert seen["aggregator_tls"]["version"] == "TLSv1.3"
        assert seen["state"] == "logged_in"
    wait_until(lambda: admin.view("sessions")["sessions"] == [], 20, "the session to be gone")


def test_bytes_are_counted_while_a_session_lives_and_stay_counted_after_it(gate, admin, client_tls):
    with driver.connect(gate, client_tls) as connection:
        driver.value(connection, "SELECT REPEAT('x', 1000000)")
        assert only_session(admin)["to_client"] > 1000000
        live = admin.metric("portcullis_relayed_bytes_total", direction="to_client")
        assert live > 1000000
    gate.session()
    assert admin.metric("portcullis_relayed_bytes_total", direction="to_client") >= live


@pytest.mark.threads
def test_a_hundred_sessions_are_listed_while_they_come_and_go(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, gate={"workers": 3})
    admin = Admin(gate)
    held = [driver.connect(gate, client_tls) for _ in range(100)]
    for _ in range(20):
        listed = {each["id"] for each in admin.view("sessions")["sessions"]}
        assert {each.server_thread_id[0] for each in held} <= listed
        held.pop().close()
        held.append(driver.connect(gate, client_tls))
    for each in held:
        each.close()


@pytest.mark.threads
def test_a_killed_session_ends_at_once_and_no_other_does(gate, admin, client_tls):
    with driver.connect(gate, client_tls) as victim, driver.connect(gate, client_tls) as other:
        assert admin.order(f"sessions/{victim.server_thread_id[0]}/kill").status == 200
        assert lost(victim)
        assert driver.value(other, "SELECT 1") == 1
        assert gate.session(id=victim.server_thread_id[0])["cause"] == "killed"


def test_a_kill_ends_a_query_that_runs(gate, admin, mariadb, client_tls):
    with driver.connect(gate, client_tls) as victim:
        victim._execute_command(3, "SELECT SLEEP(300), 'killed by the administrator'")
        running = lambda: mariadb.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(300)%'")
        wait_until(lambda: int(running()[0][0]) == 1, 20, "the query to run")
        assert admin.order(f"sessions/{victim.server_thread_id[0]}/kill").status == 200
        assert gate.session()["cause"] == "killed"


@pytest.mark.parametrize("name", ["1", "999999999999", "x", "0"])
def test_a_kill_of_nobody_says_so(admin, name):
    assert admin.order(f"sessions/{name}/kill").status == 404


def test_every_order_is_in_the_log_with_who_gave_it(gate, admin):
    admin.order("sessions/77/kill")
    line, = gate.wait_for(msg="administration", action="kill")
    assert (line["target"], line["done"]) == ("77", "false")
    assert re.fullmatch(r"uid=\d+ pid=\d+", line["by"])


# --- aggregators ------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def another_mariadb(scratch, pki):
    from harness.mariadb import MariaDb
    server = MariaDb(scratch, pki.cluster_ca, pki.aggregator).start()
    yield server
    server.stop()


def aggregator_of(admin, session):
    return only_session(admin, id=session.server_thread_id[0])["aggregator"]


@pytest.mark.threads
def test_a_drained_aggregator_gets_no_new_sessions_and_keeps_those_it_has(make_gate, mariadb, another_mariadb, client_tls):
    gate = make_gate(mariadb, another_mariadb)
    admin = Admin(gate)
    with driver.connect(gate, client_tls) as old:
        drained = aggregator_of(admin, old)
        assert admin.order(f"aggregators/{drained}/drain").status == 200
        for _ in range(4):
            with driver.connect(gate, client_tls) as new:
                assert aggregator_of(admin, new) != drained
        assert driver.value(old, "SELECT 1") == 1
        assert admin.metric("portcullis_aggregator_drained", aggregator=drained) == 1
        assert admin.get("/readyz").status == 200
    assert admin.order(f"aggregators/{drained}/undrain").status == 200
    seen = set()
    for _ in range(4):
        with driver.connect(gate, client_tls) as new:
            seen.add(aggregator_of(admin, new))
    assert drained in seen


@pytest.mark.threads
def test_at_the_deadline_of_a_drain_the_sessions_that_are_left_end(gate, admin, mariadb, client_tls):
    with driver.connect(gate, client_tls) as session:
        assert admin.order(f"aggregators/{mariadb.address}/drain", {"deadline": "300ms"}).status == 200
        assert gate.session()["cause"] == "drained"
        assert lost(session)


def test_with_every_aggregator_drained_the_gate_is_not_ready_and_refuses(gate, admin, mariadb, client_tls):
    assert admin.order(f"aggregators/{mariadb.address}/drain").status == 200
    assert admin.get("/readyz").status == 503
    with pytest.raises(pymysql.err.OperationalError) as refused:
        driver.connect(gate, client_tls)
    assert refused.value.args[0] == 2003


def test_an_aggregator_that_nobody_knows_is_not_found(admin):
    assert admin.order("aggregators/127.0.0.1%3A1/drain").status == 404
    assert admin.order("aggregators/127.0.0.1%3A1/undrain").status == 404


def test_aggregators_are_shown_with_state_and_failures(make_gate, mariadb):
    dead = f"127.0.0.1:{free_port()}"
    admin = Admin(make_gate(mariadb, dead))
    shown = {each["name"]: each for each in admin.view("aggregators")["aggregators"]}
    assert (shown[mariadb.address]["state"], shown[dead]["state"]) == ("usable", "unusable")
    assert shown[mariadb.address]["server_version"].endswith("MariaDB") or "MariaDB" in shown[mariadb.address]["server_version"]
    assert shown[dead]["dial_failures"] > 0
    assert admin.metric("portcullis_aggregator_usable", aggregator=dead) == 0


# --- accounts, bans, certificates -------------------------------------------------------------------------------------

def test_accounts_are_shown_with_their_sessions(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, accounts=[{"user": "app", "host": "127.%", "require": "SSL", "max_user_connections": 5}])
    with driver.connect(gate, client_tls):
        shown = Admin(gate).view("accounts")
    rule, = shown["accounts"]
    assert (rule["user"], rule["host"], rule["require"], rule["max_user_connections"], rule["sessions"]) == ("app", "127.%", "SSL", 5, 1)
    assert (shown["default_require"], shown["default_sessions"]) == ("SSL", 0)


@pytest.mark.rule(12)
@pytest.mark.parametrize("order", [{"address": "127.0.0.1"}, {"all": True}])
def test_a_ban_is_shown_and_lifted(make_gate, mariadb, client_tls, order):
    gate = make_gate(mariadb, limits={"ban_after": 1})
    admin = Admin(gate)
    with pytest.raises(pymysql.err.OperationalError):
        driver.connect(gate, client_tls, password="wrong")
    assert [each["network"] for each in admin.view("bans")["bans"]] == ["127.0.0.1"]
    assert admin.metric("portcullis_banned_networks") == 1
    assert admin.order("bans/lift", order).status == 200
    driver.connect(gate, client_tls).close()
    assert admin.order("bans/lift", {"address": "127.0.0.1"}).status == 404


def test_certificates_are_shown_with_their_days_left(admin, pki):
    shown = {(each["used_by"], each["setting"]): each for each in admin.view("certificates")["certificates"]}
    assert set(shown) == {("listener main", "ssl_cert"), ("cluster default", "ssl_cert"), ("cluster default", "ssl_ca")}
    leaf = shown["listener main", "ssl_cert"]
    assert leaf["file"] == str(pki.gate.cert)
    assert leaf["days_left"] in (89, 90)
    assert "DNS:localhost" in leaf["names"]
    assert admin.metric("portcullis_certificate_expiry_timestamp_seconds", used_by="listener main") > 0


# --- metrics ----------------------------------------------------------------------------------------------------------

def test_metrics_are_as_prometheus_wants_them(gate, admin, client_tls):
    with driver.connect(gate, client_tls):
        pass
    with pytest.raises(pymysql.err.OperationalError):
        driver.connect(gate, client_tls, password="wrong")
    gate.wait_for(2, msg="session closed")
    reply = admin.get("/metrics")
    assert reply.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    checked = subprocess.run(["promtool", "check", "metrics"], input=reply.text, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_logins_are_counted_by_outcome_and_reason(gate, admin, client_tls):
    for password in (None, None, "wrong"):
        try:
            driver.connect(gate, client_tls, password=password).close()
        except pymysql.err.OperationalError:
            pass
    with pytest.raises(pymysql.err.OperationalError):
        driver.connect(gate)  # without TLS
    gate.wait_for(4, msg="session closed")
    count = lambda **labels: admin.metric("portcullis_logins_total", **labels)
    assert count(outcome="accepted") == 2
    assert count(outcome="refused", reason="authentication_failed") == 1
    assert count(outcome="refused", reason="refused") == 1
    assert admin.metric("portcullis_login_duration_seconds_count") == 2


def test_tls_of_both_legs_is_counted(gate, admin, client_tls):
    for _ in range(2):
        with driver.connect(gate, client_tls) as connection:
            cipher = connection._sock.cipher()[0]
    count = lambda **labels: admin.metric("portcullis_tls_handshakes_total", **labels)
    assert count(leg="client", version="TLSv1.3", cipher=cipher, resumed="false") == 2
    assert count(leg="aggregator", version="TLSv1.3") == 2
    assert count(leg="aggregator", resumed="true") >= 1
    assert admin.metric("portcullis_tls_handshake_duration_seconds_count", leg="client") == 2


def test_metrics_name_no_user_and_no_client(gate, admin, client_tls):
    driver.connect(gate, client_tls).close()
    gate.session()
    text = admin.get("/metrics").text
    labels = {name for _, has, _ in samples(text) for name in has}
    assert labels == {"version", "openssl", "outcome", "reason", "side", "phase", "cause", "le", "direction", "leg", "cipher",
                      "resumed", "cluster", "aggregator", "used_by", "setting", "file", "subject", "serial"}


# --- reload and drain -------------------------------------------------------------------------------------------------

@pytest.mark.rule(18)
def test_a_reload_is_ordered_and_its_end_is_told(gate, admin):
    gate.config["limits"]["max_connections"] = 7
    gate.write_config()
    assert admin.order("reload").json == {"result": "reloaded"}
    status = admin.view("status")
    assert status["max_connections"] == 7
    assert (status["reload"]["attempts"], status["reload"]["failures"]) == (1, 0)
    assert admin.metric("portcullis_config_reload_attempts_total") == 1
    assert gate.entries(msg="administration", action="reload", done="true")


def test_probes_are_answered_while_a_reload_takes_its_time(gate, admin):
    """It looks at a new aggregator, which says nothing for as long as timeouts.connect lets it."""
    with socket.create_server(("127.0.0.1", 0)) as mute, concurrent.futures.ThreadPoolExecutor(1) as pool:
        mute.settimeout(30)
        gate.config["cluster"]["silent"] = {**gate.config["cluster"]["default"],
                                            "aggregator": [{"address": f"127.0.0.1:{mute.getsockname()[1]}"}]}
        gate.config["timeouts"]["connect"] = "60s"
        gate.write_config()
        reload = pool.submit(Admin(gate).post, "/api/v1/reload")
        looked_at, _ = mute.accept()
        with looked_at:
            for path in ("/healthz", "/metrics", "/api/v1/status"):
                assert admin.get(path).status == 200
            assert not reload.done()
            assert admin.get("/api/v1/status").json["reload"]["attempts"] == 0
            time.sleep(11)  # longer than a request and its reply may be under way
        assert reload.result(60).status == 200


@pytest.mark.rule(18)
def test_a_refused_reload_is_told_with_every_reason(gate, admin):
    gate.config["limits"].update(max_connections=0, ban_after=-1)
    gate.write_config()
    refused = admin.order("reload")
    assert refused.status == 409
    assert len(refused.json["reasons"]) == 2 and all("portcullis.toml:" in each for each in refused.json["reasons"])
    assert admin.metric("portcullis_config_last_reload_successful") == 0
    assert "max_connections" in admin.view("status")["reload"]["last_error"]


@pytest.mark.rule(18)
def test_attempt_success_and_reason_are_in_status_metrics_and_log(gate, admin, pki):
    def metric(name, **labels):
        return admin.metric(f"portcullis_config_{name}", **labels)

    def seconds(text):
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

    reasons = {has["reason"] for name, has, _ in samples(admin.get("/metrics").text) if name == "portcullis_config_reload_failures_total"}
    assert reasons == {"configuration", "certificates", "log", "audit", "listener", "draining", "internal"}
    began = admin.view("status")["reload"]["last_success"]
    good = copy.deepcopy(gate.config)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for reason, change in {
            "configuration": lambda c: c["limits"].update(max_connections=-1),
            "certificates": lambda c: c["listener"][0].update(ssl_key=pki.gate_ecdsa.key),
            "log": lambda c: c["log"].update(file=gate.folder / "admin.sock"),
            "audit": lambda c: c.update(audit={"level": "logins", "file": gate.folder / "admin.sock"}),
            "listener": lambda c: c["listener"].append({**c["listener"][0], "name": "x", "address": "127.0.0.1:%d" % taken.getsockname()[1]}),
        }.items():
            gate.config = copy.deepcopy(good)
            change(gate.config)
            assert gate.reload()["msg"].startswith("not reloaded")
            status = admin.view("status")["reload"]
            assert (status["last_reason"], status["last_success"]) == (reason, began)
            assert status["last_error"] == gate.entries(level="error", msg="configuration")[-1]["reason"]
            assert metric("reload_failures_total", reason=reason) == 1
            assert metric("last_reload_attempt_timestamp_seconds") == seconds(status["last_attempt"]) >= seconds(began)
            assert metric("last_reload_success_timestamp_seconds") == seconds(began)
    assert metric("reload_failures_total") == 5
    time.sleep(1.1)
    gate.config = good
    assert gate.reload()["msg"] == "reloaded"
    status = admin.view("status")["reload"]
    assert status["last_reason"] is None and status["last_success"] == status["last_attempt"] > began
    assert metric("last_reload_success_timestamp_seconds") == seconds(status["last_success"])


@pytest.mark.threads
def test_sessions_of_an_earlier_configuration_are_seen_drained_and_killed(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb)
    admin = Admin(gate)
    with driver.connect(gate, client_tls) as killed, driver.connect(gate, client_tls) as drained:
        assert admin.order("reload").status == 200
        assert len(admin.view("sessions")["sessions"]) == 2
        assert admin.view("aggregators")["aggregators"][0]["sessions"] == 2
        assert admin.order(f"sessions/{killed.server_thread_id[0]}/kill").status == 200
        assert lost(killed)
        assert admin.order(f"aggregators/{mariadb.address}/drain", {"deadline": "0s"}).status == 200
        gate.session(cause="drained")
        assert lost(drained)
    assert admin.order("reload").status == 200
    assert admin.view("aggregators")["aggregators"][0]["drained"] is True


def test_the_gate_is_drained_by_an_order_and_ends_at_its_deadline(gate, admin, client_tls):
    with driver.connect(gate, client_tls) as session:
        assert admin.order("drain", {"deadline": "1s"}).status == 200
        gate.wait_for(msg=re.compile("draining"))
        with pytest.raises(pymysql.err.OperationalError):
            driver.connect(gate, client_tls)
        assert gate.child.wait(30) == 0
        assert gate.session()["cause"] == "drained"
        assert lost(session)
    gate.terminate()  # it was told to
