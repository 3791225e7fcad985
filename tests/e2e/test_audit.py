"""The audit log: who got in, who did not and what they did, in JSON lines; and what happens when it cannot be written."""
import fcntl
import json
import os
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess

import pymysql
import pytest

from harness import driver
from harness import gate as gates
from harness.admin import Admin
from harness.ports import wait_until
from harness.replies import COM_STMT_PREPARE, Commander
from harness.wire import COM_QUERY, ServerError, Wire

pytestmark = pytest.mark.threads

SECRETS = ("app-pw", "wrong-pw", "hunter2")


def records(gate, file="audit.json", **fields):
    """The whole lines of the file that have these values."""
    path = gate.folder / file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert not any(secret in text for secret in SECRETS)
    found = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return [each for each in found if all(each.get(key) == want for key, want in fields.items())]


def wait_for(gate, count=1, **fields):
    wait_until(lambda: len(records(gate, **fields)) >= count, 20, f"{count} audit records with {fields}")
    found = records(gate, **fields)
    assert len(found) == count
    return found[-1]


def audit(**settings):
    return {"level": "logins", "file": "audit.json", **settings}


@pytest.fixture
def gate(make_gate, mariadb):
    return make_gate(mariadb, audit=audit(), accounts=[{"user": "app", "host": "127.%"}])


def refused(gate, tls, code, **options):
    with pytest.raises(pymysql.err.OperationalError) as refusal:
        driver.connect(gate, tls, **options)
    assert refusal.value.args[0] == code
    return refusal.value.args[1]


# --- what is recorded -------------------------------------------------------------------------------------------------

def test_a_login_and_its_end_are_recorded(gate, client_tls):
    with driver.connect(gate, client_tls) as connection:
        login = wait_for(gate, event="login")
        port = connection._sock.getsockname()[1]
        driver.value(connection, "SELECT 1")
    logout = wait_for(gate, event="logout")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", login["time"])
    assert (login["outcome"], login["instance"], login["user"], login["account"]) == ("accepted", 1, "app", "'app'@'127.%'")
    assert (login["client"], login["listener"], login["cluster"]) == (f"127.0.0.1:{port}", "main", "default")
    assert login["client_tls"] == "TLSv1.3" and login["client_cipher"].startswith("TLS_") and login["client_resumed"] is False
    assert login["aggregator"] == gate.config["cluster"]["default"]["aggregator"][0]["address"]
    assert logout["id"] == login["id"] and isinstance(login["id"], int)
    assert (logout["side"], logout["phase"], logout["cause"]) == ("client", "command", "quit")
    assert logout["to_client"] > 0 and logout["duration"] >= 0


def test_refusals_are_recorded_with_the_code_that_the_client_read(gate, client_tls):
    refused(gate, client_tls, 1045, password="wrong-pw")
    wrong = wait_for(gate, event="refusal")
    assert (wrong["cause"], wrong["error_code"], wrong["user"]) == ("authentication_failed", 1045, "app")
    refused(gate, None, 1045)
    plain = wait_for(gate, count=2, event="refusal")
    assert (plain["cause"], plain["error_code"], plain["client_tls"]) == ("refused", 1045, "none")
    assert "aggregator" not in plain and not records(gate, event="login")


def test_a_change_of_user_is_recorded_with_both_names(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, audit=audit())
    with Wire(gate) as wire:
        wire.login(tls=client_tls)
        wire.change_user("report")
        accepted = wait_for(gate, event="change_user")
        assert (accepted["user_before"], accepted["user"], accepted["outcome"]) == ("app", "report", "accepted")
        with pytest.raises(ServerError, match="1045"):
            wire.change_user("app", password="wrong-pw")
    denied = wait_for(gate, event="change_user", outcome="refused")
    assert (denied["user_before"], denied["user"], denied["error_code"]) == ("report", "app", 1045)
    wait_for(gate, event="logout")


def test_a_kill_is_recorded(gate, client_tls):
    with driver.connect(gate, client_tls) as target, driver.connect(gate, client_tls) as killer:
        identity = target.thread_id()
        with killer.cursor() as cursor:
            cursor.execute(f"KILL QUERY {identity}")
        killed = wait_for(gate, event="kill")
        assert (killed["target"], killed["what"], killed["outcome"]) == (identity, "query", "passed_on")
        with killer.cursor() as cursor, pytest.raises(pymysql.err.MySQLError, match="1094"):
            cursor.execute(f"KILL {identity + 1000}")
        assert wait_for(gate, event="kill", outcome="no_target")["target"] == identity + 1000


def test_administration_is_recorded(gate):
    gate.reload()
    gate.config["limits"]["max_connections"] = -1
    gate.reload()
    gate.child.signal(signal.SIGUSR2)
    wait_for(gate, event="administration", action="unban")
    assert [each["outcome"] for each in records(gate, action="reload")] == ["done", "refused"]
    gate.stop()
    assert [each["action"] for each in records(gate)] == ["start", "reload", "reload", "unban", "drain", "stop"]


def test_an_order_to_the_administration_interface_is_recorded_once(gate, client_tls):
    admin = Admin(gate)
    with driver.connect(gate, client_tls) as session:
        identity = session.thread_id()
        assert admin.order(f"sessions/{identity}/kill").status == 200
        order = wait_for(gate, event="administration", action="kill")
    assert (order["target"], order["outcome"]) == (str(identity), "done") and order["by"]
    assert wait_for(gate, event="logout")["cause"] == "killed"
    assert admin.order("reload").status == 200
    wait_for(gate, event="administration", action="reload")


def test_a_user_name_cannot_forge_a_record(gate):
    with Wire(gate) as wire, pytest.raises(Exception):
        wire.login('x"}\n{"event":"login"}\x1b', password="wrong-pw")
    assert wait_for(gate, event="refusal")["user"] == 'x"}\n{"event":"login"}\x1b'
    assert not records(gate, event="login")
    assert "\x1b" not in (gate.folder / "audit.json").read_text()


# --- the file ---------------------------------------------------------------------------------------------------------

def test_the_file_is_its_owners_alone_and_rotates_by_size(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, audit=audit(max_file_size="4KiB", max_files=2))
    for _ in range(30):
        driver.connect(gate, client_tls).close()
    wait_until(lambda: (gate.folder / "audit.json.2").exists(), 20, "two rotations")
    gate.stop()
    names = sorted(each.name for each in gate.folder.glob("audit.json*"))
    assert names == ["audit.json", "audit.json.1", "audit.json.2"]
    for name in names:
        facts = (gate.folder / name).stat()
        assert facts.st_size <= 4096 and stat.S_IMODE(facts.st_mode) == 0o600
        assert records(gate, name)
    assert records(gate)[-1]["action"] == "stop"


def test_a_reload_opens_a_renamed_file_anew(gate, client_tls):
    (gate.folder / "audit.json").rename(gate.folder / "audit.old")
    assert gate.reload()["msg"] == "reloaded"
    driver.connect(gate, client_tls).close()
    wait_for(gate, event="login")
    assert not records(gate, "audit.old", event="login")


def test_a_reload_with_an_audit_file_that_cannot_be_opened_is_refused_whole(gate, client_tls):
    gate.config["audit"]["file"] = "no/such/folder/audit.json"
    assert gate.reload()["msg"].startswith("not reloaded")
    assert gate.entries(level="error", reason=re.compile("^audit: .*No such file"))
    driver.connect(gate, client_tls).close()
    wait_for(gate, event="login")


# --- when it cannot be written ----------------------------------------------------------------------------------------

def limit_file_size(gate, size):
    """No file of the gate's may be larger: what a full disk does to it."""
    resource.prlimit(gate.child.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def file_size(gate):
    return (gate.folder / "audit.json").stat().st_size


@pytest.mark.skipif(os.geteuid() != 0, reason="cannot run here: only root may limit another process")
def test_a_full_disk_refuses_logins_and_keeps_who_is_inside(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, audit=audit(on_failure="refuse_logins"), start=False)
    (gate.folder / "audit.json").write_text('{"event":"earlier"}\n' * 10_000)  # the gate's log stays below the limit
    gate.start()
    with driver.connect(gate, client_tls) as inside:
        wait_for(gate, event="login")
        whole = file_size(gate)
        limit_file_size(gate, whole + 40)  # room for a piece of a record
        for _ in range(3):
            text = refused(gate, client_tls, 1105)
            assert "audit" not in text and "space" not in text and str(gate.folder) not in text
        assert driver.value(inside, "SELECT 1") == 1
        assert file_size(gate) == whole  # no half of a record
        assert len(gate.entries(level="error", msg=re.compile("audit log cannot be written.*audit.on_failure"))) == 1
        gate.wait_for(count=3, msg="session closed", cause="audit_failed")
        limit_file_size(gate, resource.RLIM_INFINITY)
        driver.connect(gate, client_tls).close()
    gap = wait_for(gate, event="gap")
    assert gap["lost"] >= 3
    wait_for(gate, count=2, event="login")


@pytest.fixture
def small_disk(scratch):
    """A file system of its own with 64 KiB."""
    folder = scratch.folder("disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"cannot run here: no file system may be mounted ({mounted.stderr.strip()})")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_that_fills_up_refuses_logins_until_there_is_room(make_gate, mariadb, client_tls, small_disk):
    gate = make_gate(mariadb, audit=audit(file=small_disk / "audit.json", on_failure="refuse_logins", max_file_size="1GiB"))
    entered = 0
    with driver.connect(gate, client_tls) as inside:
        with pytest.raises(pymysql.err.OperationalError) as refusal:
            for entered in range(1000):
                driver.connect(gate, client_tls).close()
        assert refusal.value.args[0] == 1105 and entered > 20
        assert driver.value(inside, "SELECT 1") == 1
        assert Admin(gate).metric("portcullis_audit_lost_records_total") >= 1
        lines = (small_disk / "audit.json").read_text().splitlines()
        assert all(json.loads(line) for line in lines), "no half of a record"
        shutil.move(small_disk / "audit.json", gate.folder / "kept.json")  # the room is free again
        assert gate.reload()["msg"] == "reloaded"
        driver.connect(gate, client_tls).close()
    events = [json.loads(line)["event"] for line in (small_disk / "audit.json").read_text().splitlines()]
    assert "login" in events


def test_with_continue_a_full_disk_loses_records_and_no_login(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, audit=audit(file="/dev/full"))
    for _ in range(3):
        driver.connect(gate, client_tls).close()
    gate.wait_for(count=3, msg="session closed", cause="quit")
    assert len(gate.entries(level="error", msg=re.compile("audit log cannot be written: records are lost"))) == 1
    admin = Admin(gate)
    lost = admin.metric("portcullis_audit_lost_records_total")
    assert lost >= 6 and admin.view("status")["lost_audit_records"] >= lost
    shown = gates.run("status", "--config", gate.config_file)
    assert re.search(r"audit log +\d+ records were lost", shown.stdout), shown


def test_with_refuse_logins_nobody_enters_unrecorded_from_the_first_on(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, audit=audit(file="/dev/full", on_failure="refuse_logins"))
    refused(gate, client_tls, 1105)
    assert gate.session()["aggregator"] == "none"


# --- other destinations -----------------------------------------------------------------------------------------------

def test_records_can_go_to_standard_output(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, audit={"level": "logins", "destination": "stdout"})
    driver.connect(gate, client_tls).close()
    wait_until(lambda: '"event":"logout"' in gate.text(), 20, "the record")
    lines = [json.loads(line) for line in gate.text().splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines] == ["administration", "login", "logout"]


def test_a_reader_of_standard_output_that_does_not_read_holds_up_nobody(make_gate, mariadb, client_tls, scratch):
    pipe = scratch.folder("pipe") / "audit"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        gate = make_gate(mariadb, audit={"level": "logins", "destination": "stdout"}, start=False)
        with open(pipe, "wb") as out:
            fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, 4096)
            gate.stdout = out
            gate.start()
        for _ in range(20):
            driver.connect(gate, client_tls).close()
        gate.wait_for(20, msg="session closed", cause="quit")
        gate.wait_for(level="error", msg=re.compile("audit log cannot be written: records are lost"))
        assert Admin(gate).metric("portcullis_audit_lost_records_total") > 0
        kept = os.read(reader, 1 << 20).splitlines(keepends=True)
        assert len(kept) > 5 and all(json.loads(each) for each in kept if each.endswith(b"\n"))
    finally:
        os.close(reader)


@pytest.fixture
def syslog(scratch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(scratch.folder("syslog") / "log"))
        daemon.settimeout(20)
        yield daemon


RFC_5424 = re.compile(r"<85>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ portcullis \d+ (\S+) - (\{.*\})")


def test_records_can_go_to_syslog(make_gate, mariadb, client_tls, syslog):
    gate = make_gate(mariadb, audit={"level": "logins", "destination": "syslog", "syslog": f"unix:{syslog.getsockname()}"})
    driver.connect(gate, client_tls).close()
    for want in ("administration", "login", "logout"):
        event, record = RFC_5424.fullmatch(syslog.recv(65536).decode()).groups()
        assert event == want and json.loads(record)["event"] == want


def test_records_can_go_to_syslog_over_udp(make_gate, mariadb, client_tls):
    """RFC 5426, as a collector elsewhere takes it; the facility is the configured one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.settimeout(20)
        gate = make_gate(mariadb, audit={"level": "logins", "destination": "syslog", "facility": "local3",
                                         "syslog": f"127.0.0.1:{collector.getsockname()[1]}"})
        driver.connect(gate, client_tls).close()
        for want in ("administration", "login", "logout"):
            datagram = collector.recv(65536).decode()
            assert datagram.startswith(f"<{19 * 8 + 5}>1 ") and datagram.endswith("}")
            assert json.loads(datagram[datagram.index("{"):])["event"] == want


def test_a_syslog_daemon_that_is_gone_refuses_logins_until_it_is_back(make_gate, mariadb, client_tls, scratch):
    path = scratch.folder("syslog") / "log"
    gate = make_gate(mariadb, audit={"level": "logins", "destination": "syslog", "syslog": f"unix:{path}",
                                     "on_failure": "refuse_logins"})
    refused(gate, client_tls, 1105)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(path))
        driver.connect(gate, client_tls).close()
        assert '"event":"gap"' in daemon.recv(65536).decode()


# --- statements -------------------------------------------------------------------------------------------------------

def statements(gate):
    return [each["statement"] for each in records(gate, event="statement")]


def test_statements_are_recorded_in_any_split_and_without_passwords(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, audit=audit(level="statements", statement_size="64B"))
    with Wire(gate) as wire:
        wire.login(tls=client_tls)
        assert wire.value("SELECT 'one'") == b"one"
        for byte in bytes((len("SELECT 2") + 1, 0, 0, 0, COM_QUERY)) + b"SELECT 2":
            wire.send(bytes((byte,)))
        wire.read()
        wait_until(lambda: len(statements(gate)) == 2, 20, "two statements")
        wire.command(bytes((COM_QUERY,)) + b"SET PASSWORD FOR nobody = PASSWORD('hunter2')")
        wire.send(b"")
        wait_until(lambda: len(statements(gate)) == 3, 20, "three statements")
    assert statements(gate) == ["SELECT 'one'", "SELECT 2", "SET PASSWORD FOR nobody = PASSWORD(***)"]


def test_the_text_of_a_prepared_statement_is_recorded_and_its_execution_is_not(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, audit=audit(level="statements"))
    with Commander(gate) as wire:
        wire.login(tls=client_tls)
        assert wire.ask(bytes((COM_STMT_PREPARE,)) + b"SELECT ? + 1")[0][0] == 0
        assert wire.value("SELECT 'behind it'") == b"behind it"
    wait_for(gate, event="logout")
    assert [(each["command"], each["statement"]) for each in records(gate, event="statement")] == \
        [("COM_STMT_PREPARE", "SELECT ? + 1"), ("COM_QUERY", "SELECT 'behind it'")]


def test_no_statement_is_recorded_at_level_logins(gate, client_tls):
    with driver.connect(gate, client_tls) as connection:
        driver.value(connection, "SELECT 1")
    wait_for(gate, event="logout")
    assert not statements(gate)


def test_a_long_statement_is_cut(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, audit=audit(level="statements", statement_size="64B"))
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, f"SELECT LENGTH('{'x' * 17_000_000}')") == 17_000_000
    record = wait_for(gate, event="statement", cut=True)
    assert record["statement"] == "SELECT LENGTH('" + "x" * 49


def test_only_the_statements_of_chosen_accounts_are_recorded(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, audit=audit(level="statements", accounts=["somebody"]))
    with driver.connect(gate, client_tls) as connection:
        driver.value(connection, "SELECT 1")
    wait_for(gate, event="logout")
    assert not statements(gate)
    gate.config["audit"]["accounts"] = ["'app'@'%'"]
    gate.config["account"] = [{"user": "app"}]
    assert gate.reload()["msg"] == "reloaded"
    with driver.connect(gate, client_tls) as connection:
        driver.value(connection, "SELECT 1")
    wait_until(lambda: "SELECT 1" in statements(gate), 20, "the statement")


def test_statements_in_compressed_frames_are_recorded(make_gate, mariadb, mariadb_cli, pki):
    gate = make_gate(mariadb, audit=audit(level="statements"))
    shown = mariadb_cli(gate, "SELECT 'compressed', LENGTH(REPEAT('x', 9))", compress=True, ssl_ca=pki.client_trust)
    assert shown.rows == [["compressed", "9"]], shown
    wait_until(lambda: any(each.startswith("SELECT 'compressed'") for each in statements(gate)), 20, "the statement")
