"""5,000 clients that send a byte a second, in each phase of the login, beside 50 honest ones."""
import concurrent.futures

import pytest

from harness import driver
from harness.ports import wait_until
from harness.slow_clients import SlowClients, files_allowed

# Those of the first two shake hands in full first: all must be there before the first of them meets its deadline.
# Those that wait for the auth answer hold a connection of the aggregator each.
PHASES = {"auth_answer": 100, "handshake_response": 400, "client_hello": 2000, "ssl_request": 2500}
COUNT = sum(PHASES.values())
MIB = 1 << 20


def sanitized(gate):
    with open(f"/proc/{gate.child.pid}/maps", encoding="ascii", errors="replace") as maps:
        return any(name in maps.read() for name in ("libasan", "libtsan"))


@pytest.mark.rule(4)
def test_5000_slow_clients_keep_nobody_out_and_are_all_gone_at_the_deadline(make_gate, mariadb_of_own, pki):
    if files_allowed() < 2 * COUNT:
        pytest.skip(f"cannot run here: a process may open {files_allowed()} files (ulimit -Hn)")
    server = mariadb_of_own("--max-connections=600")
    gate = make_gate(server, listener={"ssl_cert": pki.gate_ecdsa.cert, "ssl_key": pki.gate_ecdsa.key},
                     cluster={"health": {"interval": "1h"}}, timeouts={"login": "30s"}, log={"level": "info"},
                     limits={"max_connections": 2 * COUNT, "max_unauthenticated": 2 * COUNT})
    log_in(gate, pki)
    files, memory = gate.child.open_files(), gate.child.memory()
    with SlowClients(gate, **PHASES) as slow:
        slow.expect("up")
        wait_until(lambda: gate.child.open_files() >= files + COUNT, 30, "all of them to be there at one time")
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            assert all(pool.map(lambda _: log_in(gate, pki), range(50)))
        # 40 KiB each, and those in a TLS handshake take most of it. A sanitizer keeps what was freed and pads every
        # allocation: its bound says only that there is one.
        most = (1024 if sanitized(gate) else 200) * MIB
        grown = gate.child.memory() - memory
        assert grown < most, f"{grown / MIB:.0f} MiB for {COUNT} clients"
        slow.expect("gone")
        wait_until(lambda: gate.child.open_files() <= files + 2, 30, "every descriptor to be given back")
    assert len(gate.entries(msg="session closed", cause="login_timeout")) == COUNT
    assert log_in(gate, pki)


def log_in(gate, pki):
    with driver.connect(gate, driver.context(pki.client_trust)) as connection:
        return driver.value(connection, "SELECT 1") == 1
