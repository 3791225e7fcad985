"""Session tickets: whose they are, how long they last, and how a fleet shares them."""
import base64
import os
import pathlib
import re
import ssl
import subprocess

import pytest

from harness import driver
from harness import gate as gates
from harness.wire import Wire

pytestmark = [pytest.mark.threads, pytest.mark.rule(10)]

MANUAL = pathlib.Path(__file__).parents[2] / "CONFIGURATION.md"
VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


class Resuming:
    """A client that keeps its TLS session and comes back with it."""

    def __init__(self, pki, version):
        self.tls = driver.context(pki.client_trust, (version, version))
        self.session = None

    def begin(self, gate):
        with Wire(gate) as wire:
            assert wire.login("app", tls=self.tls).ping()
            self.session = wire.socket.session
        return self

    def resumes(self, gate):
        """Whether the gate knew the session; the next time it is tried with this one too."""
        with Wire(gate) as wire:
            wire.read_greeting()
            wire.start_tls(self.tls, session=self.session)
            return wire.socket.session_reused


def write_keys(file, *keys):
    fresh = file.with_suffix(".new")
    fresh.write_text("".join(base64.b64encode(key).decode() + "\n" for key in keys))
    fresh.chmod(0o600)
    fresh.rename(file)


def renew(file, path=os.environ["PATH"]):
    """By the line of the manual."""
    line, = re.findall(r"^.*> ticket\.new && .*$", MANUAL.read_text(), re.MULTILINE)
    subprocess.run(["sh", "-c", line], cwd=file.parent, env={"PATH": path}, check=True, timeout=30)


@pytest.fixture
def file(scratch):
    made = scratch.folder("tickets") / "ticket.keys"
    write_keys(made, *(os.urandom(80) for _ in range(3)))
    return made


@pytest.fixture
def fleet(make_gate, mariadb, file):
    return [make_gate(mariadb, gate={"ticket_keys": file, "instance_id": number}) for number in (1, 2)]


def followed(gates, times):
    for gate in gates:
        gate.wait_for(times, msg="reloaded", cause="files changed")


@VERSIONS
def test_own_keys_outlive_a_reload(make_gate, mariadb, pki, version):
    gate = make_gate(mariadb)
    client = Resuming(pki, version).begin(gate)
    gate.config["limits"]["max_connections"] = 77
    for _ in range(3):
        assert gate.reload()["msg"] == "reloaded"
        assert client.resumes(gate)


@VERSIONS
def test_own_keys_are_of_one_gate(make_gate, mariadb, pki, version):
    first, second = make_gate(mariadb), make_gate(mariadb)
    client = Resuming(pki, version).begin(first)
    assert client.resumes(first) and not client.resumes(second)


@VERSIONS
def test_a_fleet_resumes_each_others_sessions(fleet, pki, version):
    here, there = fleet
    client = Resuming(pki, version).begin(here)
    assert client.resumes(there) and client.resumes(here)
    assert here.session(user="app")["client_resumed"] == "false"
    assert there.session()["client_resumed"] == "true"


def test_the_line_of_the_manual_renews_the_keys_of_a_fleet(fleet, pki, file):
    here, there = fleet
    before = file.read_text().splitlines()
    client = Resuming(pki, ssl.TLSVersion.TLSv1_3).begin(here)
    renew(file)
    assert file.read_text().splitlines()[:2] == before[1:]
    followed(fleet, 1)
    assert client.resumes(there), "sealed by the key that was the last but one, now the oldest"
    renew(file)
    followed(fleet, 2)
    assert not client.resumes(there), "its key is gone"
    for gate in fleet:
        assert not any(line[:20] in gate.text() for line in before)


def test_the_line_of_the_manual_keeps_the_keys_when_openssl_fails(file):
    before = file.read_text()
    broken = file.parent / "openssl"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(subprocess.CalledProcessError):
        renew(file, f"{file.parent}:{os.environ['PATH']}")
    assert file.read_text() == before


def test_a_gate_with_the_next_file_and_one_without_it_understand_each_other(fleet, pki, make_gate, mariadb, file):
    ahead = make_gate(mariadb, gate={"ticket_keys": file.with_name("ahead.keys")}, start=False)
    keys = [base64.b64decode(line) for line in file.read_text().splitlines()]
    write_keys(file.with_name("ahead.keys"), *keys[1:], os.urandom(80))
    ahead.start()
    for here, there in ((fleet[0], ahead), (ahead, fleet[0])):
        assert Resuming(pki, ssl.TLSVersion.TLSv1_2).begin(here).resumes(there)


def test_a_damaged_file_changes_nothing(fleet, pki, file):
    here, there = fleet
    client = Resuming(pki, ssl.TLSVersion.TLSv1_3).begin(here)
    good = file.read_bytes()
    file.write_bytes(good[:-20])
    here.wait_for(msg=re.compile("^not reloaded"))
    reason = here.entries(level="error", msg="configuration")[0]["reason"]
    assert "[gate]: ticket_keys" in reason and "line 3" in reason and "openssl rand 80" in reason
    assert client.resumes(here) and client.resumes(there)
    file.write_bytes(good)
    followed([here], 1)
    assert client.resumes(here)


@pytest.mark.rule(15)
@pytest.mark.parametrize("wrong, says", [
    (lambda file: file.chmod(0o644), "chmod 600"),
    (lambda file: file.write_text("secret\n"), "line 1 is not 80 bytes in base64"),
    (lambda file: file.write_text(""), "holds no key"),
    (lambda file: file.unlink(), "does not exist"),
], ids=["open to others", "no key", "empty", "missing"])
def test_check_finds_a_file_that_cannot_be_used(make_gate, mariadb, file, wrong, says):
    gate = make_gate(mariadb, gate={"ticket_keys": file}, start=False)
    found = gates.run("check", "--config", gate.config_file)
    assert found.returncode == 0 and f"session tickets: 3 keys of {file}" in found.stdout
    wrong(file)
    for verb in ("check", "run"):
        found = gates.run(verb, "--config", gate.config_file)
        assert found.returncode == 1 and "[gate]: ticket_keys: " in found.stderr and says in found.stderr
        assert "secret" not in found.stderr


def test_check_says_whose_the_keys_are(make_gate, mariadb):
    gate = make_gate(mariadb, start=False)
    assert "session tickets: keys of this gate's own, a new one every hour" in gates.run("check", "--config", gate.config_file).stdout
