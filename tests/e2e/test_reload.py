"""SIGHUP: the whole new configuration or nothing of it, and nobody who is inside notices."""
import concurrent.futures
import contextlib
import copy
import os
import re
import resource
import signal
import socket
import ssl
import threading
import time

import pymysql
import pytest

from harness import driver, programs
from harness.gate import default_config
from harness.ports import free_port, wait_until
from harness.wire import Wire

pytestmark = [pytest.mark.threads, pytest.mark.rule(18)]


@pytest.fixture
def gate(make_gate, mariadb):
    return make_gate(mariadb)


def reloaded(gate):
    said = gate.reload()
    assert said["msg"] == "reloaded", gate.text()[-2000:]


def refused(gate):
    """The reasons for which it stays as it was."""
    before = len(gate.entries(level="error", msg="configuration"))
    said = gate.reload()
    assert said["msg"].startswith("not reloaded") and said["level"] == "error"
    return [entry["reason"] for entry in gate.entries(level="error", msg="configuration")[before:]]


def served(gate, tls, **options):
    with contextlib.closing(driver.connect(gate, tls, **options)) as connection:
        return driver.value(connection, "SELECT CONNECTION_ID()") > 0


def certificate_of(gate, trust):
    """What the gate shows a new client."""
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.start_tls(driver.context(trust))
        return wire.socket.getpeercert(binary_form=True)


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# --- what takes effect ---------------------------------------------------------------------------------------------------

def test_accounts_are_new_for_new_logins_and_old_for_sessions(gate, client_tls):
    with driver.connect(gate, client_tls) as inside:
        gate.config["account"] = [{"user": "app", "require": "X509"}]
        reloaded(gate)
        with pytest.raises(pymysql.err.OperationalError, match="1045"):
            driver.connect(gate, client_tls)
        assert driver.value(inside, "SELECT 1") == 1
    gate.config["account"] = []
    reloaded(gate)
    assert served(gate, client_tls)


def test_limits_count_who_is_inside_already(gate, client_tls):
    with driver.connect(gate, client_tls), driver.connect(gate, client_tls):
        gate.config["limits"]["max_connections"] = 2
        reloaded(gate)
        with pytest.raises(pymysql.err.OperationalError, match="1040"):
            driver.connect(gate, client_tls)
        gate.config["limits"]["max_connections"] = 3
        reloaded(gate)
        assert served(gate, client_tls)


def test_bans_outlive_a_reload_and_end_with_ban_after(gate, client_tls):
    gate.config["limits"]["ban_after"] = 2
    reloaded(gate)
    for _ in range(2):
        with pytest.raises(pymysql.err.OperationalError, match="1045"):
            driver.connect(gate, client_tls, password="wrong")
    reloaded(gate)
    with pytest.raises(pymysql.err.OperationalError, match="1129"):
        driver.connect(gate, client_tls)
    gate.config["limits"]["ban_after"] = 0
    reloaded(gate)
    assert served(gate, client_tls)


def test_a_new_certificate_is_shown_to_new_clients_only(make_gate, mariadb, pki, client_tls):
    gate = make_gate(mariadb)
    before = certificate_of(gate, pki.client_trust)
    with driver.connect(gate, client_tls) as inside:
        gate.config["listener"][0].update(ssl_cert=pki.gate_ecdsa.cert, ssl_key=pki.gate_ecdsa.key)
        reloaded(gate)
        after = certificate_of(gate, pki.client_trust)
        assert after != before
        assert after == ssl.PEM_cert_to_DER_cert(pki.gate_ecdsa.cert.read_text())
        assert driver.value(inside, "SELECT 1") == 1


@pytest.mark.rule(10)
def test_a_session_ticket_of_another_policy_is_not_taken(make_gate, mariadb, pki):
    """After a new CA for clients whoever comes back with a ticket shows a certificate anew."""
    gate = make_gate(mariadb, listener={"ssl_ca": pki.client_ca.ca, "tls_version": "TLSv1.2"})
    tls = driver.context(pki.client_trust)

    def resumes(session):
        with Wire(gate) as wire:
            wire.read_greeting()
            wire.start_tls(tls, session=session)
            return wire.socket.session_reused, wire.socket.session

    _, session = resumes(None)
    assert resumes(session)[0] is True
    gate.config["listener"][0]["ssl_ca"] = pki.stranger_ca.ca
    reloaded(gate)
    assert resumes(session)[0] is False


def test_listeners_come_and_go_and_their_sessions_stay(gate, client_tls):
    first, second = gate.port, free_port()
    with driver.connect(gate, client_tls) as inside:
        there = {**gate.config["listener"][0], "name": "other", "address": f"127.0.0.1:{second}"}
        gate.config["listener"].append(there)
        reloaded(gate)
        assert served(gate, client_tls, port=second) and served(gate, client_tls, port=first)
        gate.config["listener"] = [there]
        reloaded(gate)
        assert not is_open(first)
        assert served(gate, client_tls, port=second)
        assert driver.value(inside, "SELECT 1") == 1


def test_a_listener_that_stays_refuses_nobody_meanwhile(gate, client_tls):
    """Who connects while the configuration changes waits, if at all."""
    stop = threading.Event()

    def knock():
        count = 0
        while not stop.is_set():
            with socket.create_connection(("127.0.0.1", gate.port), timeout=20) as client:
                assert client.recv(1) != b""
            count += 1
            time.sleep(0.005)  # each is a line of the log, which is read again and again
        return count

    with concurrent.futures.ThreadPoolExecutor() as pool:
        knocking = [pool.submit(knock) for _ in range(3)]
        try:
            for number in range(10):
                gate.config["listener"][0]["name"] = f"main-{number}"
                reloaded(gate)
        finally:
            stop.set()  # a pool waits for those who would knock for ever
        assert sum(each.result() for each in knocking) > 10


def test_clusters_and_their_members_come_and_go(make_gate, mariadb, mariadb_of_own, client_tls, pki):
    gate, other = make_gate(mariadb), mariadb_of_own()
    port_of = "SELECT @@port"
    with driver.connect(gate, client_tls) as inside:
        gate.config["cluster"]["other"] = default_config(pki, [other])["cluster"]["default"]
        gate.config["listener"][0]["cluster"] = "other"
        reloaded(gate)
        with driver.connect(gate, client_tls) as fresh:
            assert driver.value(fresh, port_of) == other.port
            del gate.config["cluster"]["default"]
            gate.config["cluster"]["other"]["aggregator"] = [{"address": mariadb.address}]
            reloaded(gate)
            assert driver.value(fresh, port_of) == other.port
        with driver.connect(gate, client_tls) as fresh:
            assert driver.value(fresh, port_of) == mariadb.port
        assert driver.value(inside, port_of) == mariadb.port


def test_sessions_of_before_count_for_the_balance(make_gate, mariadb, mariadb_of_own, client_tls):
    other = mariadb_of_own()
    gate = make_gate(mariadb, other)
    with contextlib.ExitStack() as open_:
        def login():
            return driver.value(open_.enter_context(driver.connect(gate, client_tls)), "SELECT @@port")

        first = login()
        reloaded(gate)
        assert login() != first
        reloaded(gate)
        assert sorted([login(), login()]) == sorted([mariadb.port, other.port])


def test_a_session_of_before_can_be_killed_by_one_of_after(gate, client_tls):
    with driver.connect(gate, client_tls) as old:
        number = driver.value(old, "SELECT 1") and old.thread_id()
        reloaded(gate)
        with driver.connect(gate, client_tls) as new:
            new.query(f"KILL {number}")
        with pytest.raises(pymysql.err.MySQLError):
            old.query("SELECT 1")


def test_a_rotated_log_is_opened_anew(make_gate, mariadb, client_tls, scratch):
    file = scratch.folder("log") / "gate.log"
    gate = make_gate(mariadb, start=False, log={"file": file})
    gate.spawn()
    wait_until(lambda: file.exists() and "msg=ready" in file.read_text(), 30, "the gate to be ready")
    rotated = file.with_suffix(".1")
    file.rename(rotated)
    os.kill(gate.child.process.pid, signal.SIGHUP)
    wait_until(lambda: file.exists() and "msg=reloaded" in file.read_text(), 30, "the new log")
    assert served(gate, client_tls)
    wait_until(lambda: "session closed" in file.read_text(), 20, "the session's line")
    assert "session closed" not in rotated.read_text()


def test_the_log_level_changes(gate, client_tls):
    gate.config["log"]["level"] = "error"
    gate.write_config()
    gate.child.signal(signal.SIGHUP)
    gate.config["log"]["level"] = "info"
    time.sleep(2)
    assert served(gate, client_tls)
    assert gate.entries(msg="session closed") == []
    reloaded(gate)
    assert served(gate, client_tls)
    gate.wait_for(msg="session closed")


def test_what_takes_a_restart_is_said(gate):
    gate.config["gate"]["workers"] = 3
    reloaded(gate)
    assert gate.entries(level="warning", msg="configuration")[-1]["reason"] == "gate.workers takes effect at the next start"


# --- what does not -------------------------------------------------------------------------------------------------------

def unknown_key(gate, _):
    gate.config["gate"]["wrokers"] = 3
    return ["unknown key 'wrokers'"]


def no_toml(gate, _):
    gate.config["listener"][0]["name"] = 'a"\nb'
    gate.config_file.write_text("[gate\n")
    gate.write_config = lambda: None
    return ["line 1|:1:"]


def file_is_gone(gate, _):
    gate.config_file.unlink()
    gate.write_config = lambda: None
    return ["does not exist"]


def certificate_is_gone(gate, _):
    gate.config["listener"][0]["ssl_cert"] = "/nowhere/cert.pem"
    return ["ssl_cert"]


def key_of_another(gate, pki):
    gate.config["listener"][0]["ssl_key"] = pki.gate_ecdsa.key
    return ["ssl_key"]


def expired_certificate(gate, pki):
    pair = pki.client_ca.issue("expired", dates=("200101000000Z", "210101000000Z"))
    gate.config["listener"][0].update(ssl_cert=pair.cert, ssl_key=pair.key)
    return ["expired"]


def key_for_everybody(gate, pki):
    pair = pki.client_ca.issue("readable")
    pair.key.chmod(0o644)
    gate.config["listener"][0].update(ssl_cert=pair.cert, ssl_key=pair.key)
    return ["readable|permission|mode"]


def taken_port(gate, _):
    gate.blocker = socket.create_server(("127.0.0.1", 0))
    port = gate.blocker.getsockname()[1]
    gate.config["listener"].append({**gate.config["listener"][0], "name": "taken", "address": f"127.0.0.1:{port}"})
    return [f"listener 'taken': cannot listen on 127.0.0.1:{port}: Address already in use"]


def two_taken_ports_and_a_free_one(gate, pki):
    free = {**gate.config["listener"][0], "name": "free", "address": f"127.0.0.1:{free_port()}"}
    gate.config["listener"].append(free)
    gate.free = int(free["address"].rsplit(":", 1)[1])
    return taken_port(gate, pki)


def log_without_a_folder(gate, _):
    gate.config["log"]["file"] = "/nowhere/gate.log"
    return ["log.file: /nowhere/gate.log: the folder does not exist"]


def three_mistakes(gate, _):
    gate.config["listener"][0]["ssl_cert"] = "/nowhere/cert.pem"
    gate.config["timeouts"]["login"] = "soon"
    gate.config["limits"]["max_connections"] = -1
    return ["ssl_cert", "timeouts.login|login", "max_connections"]


BROKEN = [unknown_key, no_toml, file_is_gone, certificate_is_gone, key_of_another, expired_certificate, key_for_everybody,
          taken_port, two_taken_ports_and_a_free_one, log_without_a_folder, three_mistakes]


@pytest.mark.parametrize("mistake", BROKEN, ids=lambda mistake: mistake.__name__.replace("_", " "))
def test_a_broken_configuration_changes_nothing_and_says_every_reason(make_gate, mariadb, client_tls, pki, mistake):
    gate = make_gate(mariadb)
    good = copy.deepcopy(gate.config)
    shown = certificate_of(gate, pki.client_trust)
    with driver.connect(gate, client_tls) as inside:
        gate.config["account"] = [{"user": "app", "require": "X509"}]  # must not take effect either
        wanted = mistake(gate, pki)
        reasons = refused(gate)
        for each in wanted:
            assert any(part in reason for part in each.split("|") for reason in reasons), f"{each} in {reasons}"
        assert driver.value(inside, "SELECT 1") == 1
        assert served(gate, client_tls, port=int(good["listener"][0]["address"].rsplit(":", 1)[1]))
        assert certificate_of(gate, pki.client_trust) == shown
        if hasattr(gate, "free"):
            assert not is_open(gate.free)
    if hasattr(gate, "blocker"):
        gate.blocker.close()
    gate.config = good
    gate.__dict__.pop("write_config", None)
    reloaded(gate)
    assert served(gate, client_tls)


@pytest.mark.skipif(programs.has_ubsan(), reason="cannot run here: UBSan takes descriptors itself; ./dev tsan runs it")
def test_a_reload_short_of_descriptors_changes_nothing_and_members_stay_watched(make_gate, mariadb_of_own):
    """One is left: enough to read the files, one after the other, but not to watch the members anew."""
    member = mariadb_of_own()
    gate = make_gate(member, cluster={"health": {"interval": "3s"}})
    pid = gate.child.pid
    member.kill()
    gate.wait_for(msg="aggregator cannot be used")  # so no check has one open while they are counted
    free = min(set(range(gate.child.open_files() + 1)) - {int(each) for each in os.listdir(f"/proc/{pid}/fd")})
    allowed = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (free + 1, allowed[1]))
    reasons = refused(gate)
    assert any("Too many open files" in each for each in reasons), reasons
    resource.prlimit(pid, resource.RLIMIT_NOFILE, allowed)
    member.start()
    gate.wait_for(2, msg="aggregator can be used")
    reloaded(gate)


# What else a file can say that it must not, by what is wrong with it: changes of the configuration, and what is said.
MISTAKES = {
    "a CA without a certificate": (lambda c, f: c["listener"][0].update(ssl_ca=f("empty.pem")), "ssl_ca"),
    "a revocation list that is none": (lambda c, f: c["listener"][0].update(ssl_ca=f("ca"), ssl_crl=f("empty.pem")), "ssl_crl"),
    "a cluster's certificate with another's key": (lambda c, f: c["cluster"]["default"].update(ssl_key=f("key")), "ssl_key"),
    "a cluster's CA that is gone": (lambda c, f: c["cluster"]["default"].update(ssl_ca="/nowhere/ca.pem"), "ssl_ca"),
    "an RSA key that is none": (lambda c, f: c["gate"].update(rsa_private_key=f("empty.pem")), "rsa_private_key"),
    "ticket keys that are none": (lambda c, f: c["gate"].update(ticket_keys=f("empty.pem")), "ticket_keys"),
    "ciphers that nobody knows": (lambda c, f: c["listener"][0].update(ssl_cipher="SECRET"), "ssl_cipher"),
    "a TLS version that is none": (lambda c, f: c["listener"][0].update(tls_version="TLSv4"), "tls_version"),
    "a cluster that is not there": (lambda c, f: c["listener"][0].update(cluster="elsewhere"), "elsewhere"),
    "two listeners of one name": (lambda c, f: c["listener"].append(dict(c["listener"][0])), "main"),
    "an aggregator without a port": (lambda c, f: c["cluster"]["default"]["aggregator"].append({"address": "db"}), "address"),
    "an aggregator twice": (lambda c, f: c["cluster"]["default"]["aggregator"].append(dict(c["cluster"]["default"]["aggregator"][0])), "listed twice"),
    "an account's impossible host": (lambda c, f: c["account"].append({"user": "app", "host": "10.0.0.1/8"}), "host"),
    "a password file that is gone": (lambda c, f: c["cluster"]["default"]["health"].update(user="check", password_file="/nowhere/pw"), "password_file"),
    "a token file that everybody reads": (lambda c, f: c["admin"].update(token_file=f("readable")), "chmod 600"),
    "an administration in the clear": (lambda c, f: c["admin"].update(address="0.0.0.0:9104", token_file=f("tokens")), "ssl_cert"),
    "an audit log without a folder": (lambda c, f: c.update(audit={"level": "logins", "file": "/nowhere/audit.json"}), "audit"),
    "settings that exclude each other": (lambda c, f: c["cluster"]["default"].update(reuse="change_user", proxy_protocol=True), "proxy_protocol"),
}


def test_no_other_mistake_takes_effect_either(gate, client_tls, pki, scratch):
    """One after the other in front of one gate, as by somebody who tries until it works."""
    folder = scratch.folder("mistakes")
    for name, mode in (("empty.pem", 0o600), ("readable", 0o644), ("tokens", 0o600)):
        (folder / name).write_text("" if name == "empty.pem" else "0123456789abcdef0123456789\n")
        (folder / name).chmod(mode)
    files = {"ca": pki.client_ca.ca, "key": pki.gate.key}
    good = copy.deepcopy(gate.config)
    shown = certificate_of(gate, pki.client_trust)
    with driver.connect(gate, client_tls) as inside:
        for name, (mistake, said) in MISTAKES.items():
            gate.config = {**copy.deepcopy(good), "account": [{"user": "app", "require": "X509"}]}
            mistake(gate.config, lambda file: files.get(file, folder / file))
            reasons = refused(gate)
            assert any(said in each for each in reasons), f"{name}: {reasons}"
            assert served(gate, client_tls), name
        assert certificate_of(gate, pki.client_trust) == shown
        assert driver.value(inside, "SELECT 1") == 1
    gate.config = good
    reloaded(gate)


def test_what_comes_to_light_when_things_are_opened_is_told_at_once_too(gate, client_tls, scratch):
    """The log, the audit log and the listeners are looked at one after the other; who mends it wants to do so once."""
    folder = scratch.folder("sockets")
    good = copy.deepcopy(gate.config)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for name in ("log", "audit"):
            with socket.socket(socket.AF_UNIX) as no_file:
                no_file.bind(str(folder / name))
        gate.config["log"]["file"] = folder / "log"
        gate.config["audit"] = {"level": "logins", "file": folder / "audit"}
        gate.config["listener"].append({**gate.config["listener"][0], "name": "taken", "address": "127.0.0.1:%d" % taken.getsockname()[1]})
        reasons = refused(gate)
        assert [each.split(":")[0] for each in reasons] == ["log.file", "audit", "listener 'taken'"], reasons
    assert served(gate, client_tls)
    gate.config = good
    reloaded(gate)


def test_a_draining_gate_takes_no_new_configuration(gate, client_tls):
    with driver.connect(gate, client_tls):
        gate.terminate()
        gate.wait_for(msg=re.compile("^draining"))
        assert refused(gate) == ["the gate is draining"]
        assert not is_open(gate.port)


# --- under load ----------------------------------------------------------------------------------------------------------

def test_many_reloads_under_load_lose_no_login_no_session_and_no_descriptor(make_gate, mariadb, client_tls, pki):
    gate = make_gate(mariadb)
    stop = threading.Event()

    def log_in():
        count = 0
        while not stop.is_set():
            assert served(gate, client_tls)
            count += 1
        return count

    with contextlib.ExitStack() as inside, concurrent.futures.ThreadPoolExecutor() as pool:
        sessions = [inside.enter_context(driver.connect(gate, client_tls)) for _ in range(20)]
        reloaded(gate)
        files = gate.child.open_files()
        logging_in = [pool.submit(log_in) for _ in range(4)]
        try:
            for number in range(60):
                pair = pki.gate_ecdsa if number % 2 else pki.gate
                gate.config["listener"][0].update(ssl_cert=pair.cert, ssl_key=pair.key)
                if number % 7 == 3:
                    gate.config["gate"]["wrokers"] = 1
                    refused(gate)
                    del gate.config["gate"]["wrokers"]
                else:
                    reloaded(gate)
        finally:
            stop.set()
        assert sum(each.result() for each in logging_in) > 10
        for session in sessions:
            assert driver.value(session, "SELECT 1") == 1
        wait_until(lambda: gate.child.open_files() <= files, 30, "descriptors to be given back")


def test_signals_in_a_row_are_all_one_after_the_other(gate, client_tls):
    for _ in range(20):
        gate.child.signal(signal.SIGHUP)
    gate.wait_for(msg="reloaded")
    assert served(gate, client_tls)
