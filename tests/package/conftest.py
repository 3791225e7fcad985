"""Fixtures: the package that ./dev package made, fresh Debians with and without it, a database behind the gate."""
import dataclasses
import pathlib
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

import pytest

from harness.mariadb import MariaDb
from harness.programs import PROJECT, portcullis
from harness.scratch import Scratch

import machine
from service import Service


def pytest_sessionstart():
    if not portcullis().exists():
        pytest.exit(f"{portcullis()} is missing: run ./dev build", returncode=2)


@pytest.fixture(scope="session")
def scratch():
    made = Scratch()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def debian_roots(scratch):
    """That roots of other Debians can be made, in the scratch folder."""
    with machine.own_mounts(scratch.root) as reason:
        if reason:
            pytest.skip(f"cannot run here: {reason}")
        yield


@pytest.fixture(scope="session")
def package():
    """The .deb of this version and this machine's architecture."""
    found = list((PROJECT / "build/package").glob("portcullis_*.deb"))
    assert len(found) == 1, f"build/package has {found}: run ./dev package"
    return found[0]


@dataclasses.dataclass(frozen=True)
class Installation:
    """What became of a fresh Debian."""
    layers: list         # of the machine, with certificates made as the shipped configuration tells
    files_before: set
    said: str            # by apt
    check_before: str    # what `portcullis check` said before there were certificates


CONFIG = "/etc/portcullis/portcullis.toml"
CHECK = f"runuser -u portcullis -- portcullis check --config {CONFIG}"


def first_step(debian):
    """The command that makes certificates, as the head of the shipped configuration tells it."""
    line = next(line for line in debian.read(CONFIG).splitlines() if "certs make" in line)
    return line.strip("# ").replace("db.example.com", "localhost,127.0.0.1")


@pytest.fixture(scope="session")
def installation(scratch, debian_roots, package):
    debian = machine.Machine(scratch.folder("installation"))
    try:
        debian.apt("update")
        debian.apt("install", "systemd")
        files = debian.files()
        debian.path("tmp/portcullis.deb").write_bytes(package.read_bytes())
        said = debian.apt("install", "/tmp/portcullis.deb")
        check = debian.sh(CHECK, expect=1)
        debian.sh(first_step(debian))
        yield Installation(debian.freeze(), files, said, check)
    finally:
        debian.remove()


@pytest.fixture
def installed(scratch, installation):
    """A machine with the package, and with certificates, that a test may do with as it likes."""
    made = machine.Machine(scratch.folder("machine"), installation.layers)
    yield made
    made.remove()


@pytest.fixture
def service(scratch, installed):
    """portcullis.service in front of a MariaDB, not started yet."""
    certs = installed.path("/etc/portcullis/certs")
    pair = types.SimpleNamespace(cert=certs / "aggregator-cert.pem", key=certs / "aggregator-key.pem")
    database = MariaDb(scratch, types.SimpleNamespace(ca=certs / "ca-cert.pem"), pair).start()
    made = Service(installed, scratch.folder("service"), database)
    yield made
    made.kill()
    database.stop()
