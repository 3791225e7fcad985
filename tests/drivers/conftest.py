"""Fixtures of the driver matrix, and its table at the end of the run."""
import contextlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

import pytest

from harness.pki import Pki
from harness.programs import portcullis
from harness.scratch import Scratch

import table
from matrix import DRIVERS
from servers import Server

AT_ONCE = 4  # programs, of which most wait most of the time


def pytest_sessionstart(session):
    if not portcullis().exists():
        pytest.exit(f"{portcullis()} is missing: run ./dev build dev", returncode=2)
    session.config.cells = {}


@pytest.fixture(scope="session")
def scratch():
    made = Scratch()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def pki(scratch):
    return Pki(scratch)


@pytest.fixture(scope="session")
def server(request, scratch, pki):
    with Server(request.param, scratch, pki) as running:
        yield running


@pytest.fixture(scope="session")
def answers(request):
    """(server, driver, case) -> (direct, gate). All cases of the run that a driver has are run at the first question."""
    known = {}

    def selected(server, driver=None):
        for item in request.session.items:
            wanted = item.callspec.params
            if wanted["server"] == server.name and driver in (None, wanted["driver"]):
                yield wanted["driver"], wanted["case"]

    def able(driver):
        with contextlib.suppress(AssertionError):  # said by its own tests
            driver.prepare()
            return driver.excuse() is None
        return False

    def ask(server, driver, case):
        driver.prepare()
        if (server.name, driver.name, case) not in known:
            if case == "reconnect":
                drivers = dict.fromkeys(DRIVERS[name] for name, each in selected(server) if each == "reconnect")
                for name, pair in server.reconnect([each for each in drivers if able(each)]).items():
                    known[server.name, name, case] = pair
            else:
                cases = [each for _, each in selected(server, driver.name)]
                for name, pair in server.answers(driver, cases, AT_ONCE).items():
                    known[server.name, driver.name, name] = pair
        return known[server.name, driver.name, case]

    return ask


@pytest.fixture
def cell(request):
    """Writes a cell of the table."""
    wanted = request.node.callspec.params

    def write(text, note=None):
        request.config.cells[wanted["server"], wanted["driver"], wanted["case"]] = (text, note)

    return write


def pytest_terminal_summary(terminalreporter, config):
    for line in table.lines(config.cells):
        terminalreporter.write_line(line)
