"""One line per session, with everything an administrator asks for; no stranger can forge one."""
import json
import re

import pytest

from harness import driver
from harness.ports import wait_until
from harness.wire import Wire

FIELDS = {"id", "client", "user", "account", "aggregator", "client_tls", "client_cipher", "client_resumed", "aggregator_tls",
          "aggregator_cipher", "aggregator_resumed", "from_client", "to_client", "duration", "side", "phase", "cause"}


def test_a_session_ends_with_one_line_that_has_everything(make_gate, aggregator, client_tls):
    gate = make_gate(aggregator, accounts=[{"user": "app", "host": "127.%", "require": "SSL"}])
    with driver.connect(gate, client_tls) as connection:
        port = connection._sock.getsockname()[1]
        identity = connection.thread_id()
        driver.value(connection, "SELECT REPEAT('x', 1000)")
    line = gate.session()
    assert FIELDS <= line.keys(), FIELDS - line.keys()
    assert line["client"] == f"127.0.0.1:{port}"
    assert line["id"] == str(identity[0] if isinstance(identity, tuple) else identity)
    assert (line["user"], line["account"], line["aggregator"]) == ("app", "'app'@'127.%'", aggregator.address)
    assert line["client_tls"] == "TLSv1.3" and line["client_cipher"].startswith("TLS_")
    assert line["aggregator_tls"] == "TLSv1.3" and line["aggregator_cipher"].startswith("TLS_")
    assert (line["client_resumed"], line["side"], line["phase"], line["cause"]) == ("false", "client", "command", "quit")
    assert int(line["from_client"]) > 20 and int(line["to_client"]) > 1000
    assert re.match(r"\d", line["duration"])


def test_a_plaintext_session_says_so(make_gate, mariadb):
    gate = make_gate(mariadb, default_require="NONE")
    driver.connect(gate, None).close()
    line = gate.session()
    assert line["client_tls"] in ("", "none", "-") and line["aggregator_tls"] == "TLSv1.3"
    assert line["account"] == "default_require"


def test_a_session_that_never_logged_in_has_its_line(make_gate, mariadb):
    gate = make_gate(mariadb)
    with Wire(gate) as wire:
        wire.read_greeting()
    line = gate.session()
    assert FIELDS <= line.keys() and (line["side"], line["phase"], line["cause"]) == ("client", "greeting", "closed")


def test_lines_can_be_json(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, log={"format": "json"}, start=False)
    gate.spawn()

    def lines():
        return [json.loads(line) for line in gate.text().splitlines()]

    wait_until(lambda: any(line["msg"] == "ready" for line in lines()), 30, "the gate to be ready")
    driver.connect(gate, client_tls).close()
    wait_until(lambda: any(line["msg"] == "session closed" for line in lines()), 20, "the line")
    closed = [line for line in lines() if line["msg"] == "session closed"]
    assert len(closed) == 1 and FIELDS <= closed[0].keys()


def test_the_log_can_go_to_a_file(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, log={"file": "gate.log"}, start=False)
    gate.spawn()
    file = gate.folder / "gate.log"
    wait_until(lambda: file.exists() and "msg=ready" in file.read_text().replace('"', ""), 30, "the gate to be ready")
    driver.connect(gate, client_tls).close()
    wait_until(lambda: "session closed" in file.read_text(), 20, "the line")


def test_a_session_is_logged_at_level_info_and_not_above(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, log={"level": "info"})
    driver.connect(gate, client_tls).close()
    assert gate.session()["level"] == "info"


@pytest.mark.parametrize("user", ['x" msg="session closed" user="root', "x\ntime=now level=info msg=ready", "x\x1b[2Jy", "x=y z"],
                         ids=["quotes", "newline", "escape", "pairs"])
def test_a_user_name_cannot_forge_the_log(make_gate, mariadb, user):
    gate = make_gate(mariadb)
    ready = len(gate.entries(msg="ready"))
    with Wire(gate) as wire, pytest.raises(Exception):
        wire.login(user, password="x")
    gate.wait_for(msg="session closed")
    assert len(gate.entries(msg="session closed")) == 1
    assert len(gate.entries(msg="ready")) == ready
    assert "\x1b" not in gate.text()
    assert not gate.entries(user="root")
