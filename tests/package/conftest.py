"""Fixtures: the package that ./dev package made, fresh Debians with and without it, a database behind the gate."""
import pathlib
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

import pytest

from harness.mariadb import MariaDb
from harness.programs import PROJECT
from harness.scratch import Scratch

import machine
from service import Service


@pytest.fixture(scope="session")
def scratch():
    made = Scratch()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def package():
    """The .deb of this version and this machine's architecture."""
    found = list((PROJECT / "build/package").glob("portcullis_*.deb"))
    assert len(found) == 1, f"build/package has {found}: run ./dev package"
    return found[0]


@pytest.fixture(scope="session")
def fresh(scratch):
    """A Debian without the package."""
    reason = machine.cannot_run()
    if reason:
        pytest.skip(f"cannot run here: {reason}")
    made = machine.Machine.fresh(scratch.root / "fresh")
    made.apt("update")
    made.apt("install", "systemd")
    yield made
    made.remove()


@pytest.fixture(scope="session")
def installation(scratch, fresh, package):
    """(a Debian with the package, what apt said when it was installed)."""
    made = fresh.copy(scratch.root / "installed")
    made.path("tmp/portcullis.deb").write_bytes(package.read_bytes())
    said = made.apt("install", "/tmp/portcullis.deb")
    yield made, said
    made.remove()


@pytest.fixture
def installed(scratch, installation):
    """A copy of it that a test may do with as it likes."""
    made = installation[0].copy(scratch.root / "machine")
    yield made
    made.remove()


def first_steps(debian):
    """The command that makes certificates, as the shipped configuration tells it."""
    line = next(line for line in debian.read("/etc/portcullis/portcullis.toml").splitlines() if "certs make" in line)
    return line.strip("# ").replace("db.example.com", "localhost,127.0.0.1")


@pytest.fixture
def with_certificates(installed):
    installed.sh(first_steps(installed))
    return installed


@pytest.fixture
def service(scratch, with_certificates):
    """portcullis.service in front of a MariaDB, not started yet."""
    certs = with_certificates.path("/etc/portcullis/certs")
    pair = types.SimpleNamespace(cert=certs / "aggregator-cert.pem", key=certs / "aggregator-key.pem")
    database = MariaDb(scratch, types.SimpleNamespace(ca=certs / "ca-cert.pem"), pair).start()
    made = Service(with_certificates, scratch.folder("service"), database)
    yield made
    made.kill()
    database.stop()
