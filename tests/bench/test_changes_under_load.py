"""What changes while 200 log in each second and a hundred sessions stay: no login fails, no session is lost, nothing grows.

With the gate that is shipped and the load without sanitizers, which `./dev test` has built before; how many there were is printed
(pytest -s).
"""
import contextlib
import os
import pathlib
import sys
import time

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("PORTCULLIS_BUILD", str(PROJECT / "build/dev"))

import driver  # noqa: E402
import endpoints  # noqa: E402
from harness import toml  # noqa: E402
from harness.admin import Admin  # noqa: E402
from harness.ports import free_port, wait_until  # noqa: E402

PROGRAM = PROJECT / "build/release/portcullis"
LOAD = PROJECT / "build/bench/portcullis-bench"  # without sanitizers, whose handshakes would take all of the processor
CERTIFICATE, VERSION, CIPHER = "ECDSA P-256", "TLSv1.3", "AES-256-GCM"
RELOADS, TAKEOVERS, DRAINS = 1000, 5, 20
SESSIONS = 100
KINDS = ["RSA-2048", "ECDSA P-256"]
# Logins that fall due each second. Who waited behind a change comes at once, so that there are as many in all, if the machine
# has time for them beside whatever else it does: that is printed, not asserted.
RATE = 200
CLIENTS = 32


class Service:
    """One address, whichever process serves it: two aggregators under mutual TLS behind it."""

    def __init__(self, house, folder):
        self.house, self.folder, self.port, self.started = house, folder, free_port(), 0
        self.aggregators = [house.aggregator(CERTIFICATE, workers=1, number=number)[0] for number in range(2)]
        self.config = {
            "gate": {"workers": 2, "takeover_socket": folder / "takeover"},
            "listener": [{"name": "main", "address": f"127.0.0.1:{self.port}", **house.listener_tls(CERTIFICATE)}],
            "accounts": {"default_require": "SSL"},
            "cluster": {"default": {**house.cluster_tls(CERTIFICATE, VERSION, CIPHER),
                                    "aggregator": [{"address": f"127.0.0.1:{port}"} for port in self.aggregators]}},
            "timeouts": {"drain": "120s"}, "log": {"level": "warning"}, "admin": {"socket": folder / "admin"}}
        self.gate = self.start()

    def start(self, *options):
        self.write()
        self.started += 1
        # Ready is whoever answers as the gate of this process id.
        child = self.house.run("gate", [PROGRAM, "run", "--config", self.folder / "portcullis.toml", *options],
                               lambda child: self.pid() == child.pid)
        self.gate = child
        return child

    def write(self):
        (self.folder / "portcullis.toml").write_text(toml.render(self.config))

    def pid(self):
        try:
            return self.ask("GET", "status")["pid"]
        except OSError:
            return None

    def ask(self, method, what, body=None):
        reply = Admin(self, timeout=60).ask(method, f"/api/v1/{what}", body)
        assert reply.status == 200, reply.text
        return reply.json

    def holds(self):
        """Resident KiB, and descriptors."""
        with open(f"/proc/{self.gate.pid}/status", encoding="ascii") as status:
            resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        return resident, len(os.listdir(f"/proc/{self.gate.pid}/fd"))

    @contextlib.contextmanager
    def in_use(self):
        """Logins, each with a full handshake, and sessions that say nothing until the end, when each must answer."""
        authorities = self.folder / "ca.pem"
        authorities.write_text("".join(pathlib.Path(self.house.pki.file(kind, "ca-cert")).read_text() for kind in KINDS))
        options = ["--port", self.port, "--user", "app", "--ssl-mode", "VERIFY_CA", "--ssl-ca", authorities, "--seconds", 3600,
                   "--warm-up", 0]
        with (driver.beside("load", *options, "--workload", "idle", "--sessions", SESSIONS, "--clients", 8) as idle,
              driver.beside("load", *options, "--workload", "handshakes", "--rate", RATE, "--clients", CLIENTS,
                              "--no-resumption") as logins):
            wait_until(lambda: len(self.ask("GET", "sessions")["sessions"]) >= SESSIONS, 60, "the sessions")
            yield
            counted, stayed = logins.end(), idle.end()
        assert counted and not counted["failure"], counted
        assert stayed and not stayed["failure"] and stayed["answered"] == SESSIONS, stayed
        assert counted["operations"] > 0
        print(f"{counted['operations']} logins, {counted['operations'] / counted['seconds']:.0f}/s, none failed", file=sys.stderr)


@pytest.fixture
def service(tmp_path, monkeypatch):
    assert PROGRAM.exists(), "the gate that is shipped is missing: ./dev build release"
    assert LOAD.exists(), "the load is missing: ./dev build bench portcullis-bench"
    monkeypatch.setattr(endpoints, "BENCH", LOAD)
    monkeypatch.setattr(driver, "BENCH", LOAD)
    house = endpoints.House(tmp_path, workers=2)
    try:
        yield Service(house, tmp_path)
    finally:
        house.end()


def test_a_thousand_reloads(service):
    with service.in_use():
        seen = []
        for number in range(1, RELOADS + 1):
            service.config["limits"] = {"max_connections": 5000 + number % 2}
            service.config["account"] = [{"user": "other", "require": "X509" if number % 2 else "SSL"}]
            service.write()
            service.ask("POST", "reload")
            if number % (RELOADS // 10) == 0:
                seen.append(service.holds())
        print("KiB and descriptors:", seen, file=sys.stderr)
        assert service.ask("GET", "status")["reload"] == service.ask("GET", "status")["reload"] | {"attempts": RELOADS, "failures": 0}
    # A generation that stayed would be some 100 KiB and a descriptor or two: a hundred times that between two looks. Logins
    # that are under way have two descriptors each.
    first, last = seen[1], seen[-1]
    assert last[0] < first[0] + 4096 and last[1] < first[1] + 4 * CLIENTS, seen


def test_takeovers(service):
    with service.in_use():
        processes = [service.gate]
        for _ in range(TAKEOVERS):
            processes.append(service.start("--take-over"))
            time.sleep(0.5)
    for each in processes[:-1]:
        assert each.wait(30) == 0


def test_drains_of_an_aggregator(service):
    name = f"127.0.0.1:{service.aggregators[0]}"
    with service.in_use():
        before = service.ask("GET", "aggregators")["aggregators"]
        assert all(each["sessions"] >= SESSIONS // 4 for each in before), before
        for _ in range(DRAINS):
            service.ask("POST", f"aggregators/{name}/drain")
            time.sleep(0.1)
            service.ask("POST", f"aggregators/{name}/undrain")
            time.sleep(0.1)


def test_certificates_replaced(service):
    """By what renews them: a file renamed over the old one, key first."""
    shown = service.config["listener"][0]
    folder = service.folder / "tls"
    folder.mkdir()
    names = {"ssl_cert": "server-cert", "ssl_key": "server-key"}
    for key, name in names.items():
        shown[key] = folder / name

    def renew(kind):
        for name in reversed(names.values()):
            fresh = folder / f"{name}.new"
            fresh.write_bytes(pathlib.Path(service.house.pki.file(kind, name)).read_bytes())
            fresh.chmod(0o600)
            fresh.rename(folder / name)

    renew(CERTIFICATE)
    service.write()
    service.ask("POST", "reload")
    with service.in_use():
        for number in range(10):
            kind = KINDS[number % 2]
            renew(kind)
            wanted = "RSA" if kind.startswith("RSA") else "EC"
            wait_until(lambda: any(wanted in each["key"] for each in service.ask("GET", "certificates")["certificates"]
                                   if each["file"] == str(folder / "server-cert")), 30, f"the certificate of {kind}")
