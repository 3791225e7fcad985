"""`portcullis status` and its siblings: tables for people, JSON for programs, exit codes for scripts."""
import json
import os
import stat

import pytest

from harness import driver
from harness.admin import new_token, token_file
from harness.child import as_server_user, server_user
from harness.gate import run
from harness.ports import free_port
from harness.programs import portcullis_in


@pytest.fixture
def gate(make_gate, mariadb):
    return make_gate(mariadb)


def told(gate, *words, code=0):
    """What the gate of this configuration answers."""
    done = run(*words, "--config", gate.config_file)
    assert done.returncode == code, done
    return done.stdout if code == 0 else done.stderr


def test_status_is_read_at_a_glance(gate):
    said = told(gate, "status")
    assert said.splitlines()[0].split(None, 1) == ["state", "ready"]
    assert ["default", "VERIFY_CA", "1 of 1"] == said.splitlines()[-1].split(None, 2)


def test_json_is_the_reply_as_it_is(gate):
    assert json.loads(told(gate, "status", "--json"))["pid"] == gate.child.pid


def test_a_session_is_found_in_the_table_and_killed_by_its_id(gate, client_tls):
    with driver.connect(gate, client_tls) as connection:
        heading, row = told(gate, "sessions").splitlines()
        assert heading.split()[:3] == ["ID", "USER", "CLIENT"]
        number, user = row.split()[:2]
        assert (int(number), user) == (connection.server_thread_id[0], "app")
        assert told(gate, "kill", number) == f"session {number} is ended\n"
        assert gate.session()["cause"] == "killed"
    assert told(gate, "kill", number, code=1) == f"portcullis: there is no session {number}\n"


def test_an_aggregator_is_drained_and_undrained(gate, mariadb):
    assert "gets no new sessions" in told(gate, "drain", mariadb.address, "--deadline", "1m")
    assert "usable, drained" in told(gate, "aggregators")
    told(gate, "undrain", mariadb.address)
    assert "drained" not in told(gate, "aggregators")
    assert "duration" in told(gate, "drain", mariadb.address, "--deadline", "soon", code=1)


def test_bans_accounts_and_certificates_have_tables(gate):
    assert told(gate, "bans") == "no bans\n"
    assert told(gate, "unban", "--all") == "0 bans are lifted\n"
    assert told(gate, "unban", "192.0.2.1", code=1) == "portcullis: 192.0.2.1 is not banned\n"
    assert told(gate, "accounts").splitlines()[1].startswith("(all others)")
    assert "listener main" in told(gate, "certificates")


def test_nobody_listens(gate):
    gate.stop()
    assert "no gate answers at unix:" in told(gate, "status", code=3)
    done = run("status", "--address", f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 3 and "Connection refused" in done.stderr


def test_the_address_must_be_one(gate):
    assert "--address takes" in run("status", "--address", "nonsense").stderr


def test_over_http_with_the_token_of_a_file(make_gate, mariadb, scratch):
    token = new_token()
    file = token_file(scratch.folder("tokens"), token)
    address = f"127.0.0.1:{free_port()}"
    make_gate(mariadb, admin={"address": address, "token_file": file})
    assert run("status", "--address", f"http://{address}", "--token-file", file).returncode == 0
    wrong = token_file(scratch.folder("tokens"), new_token())
    for words in ([], ["--token-file", wrong]):
        done = run("status", "--address", f"http://{address}", *words)
        assert done.returncode == 4 and "--token-file" in done.stderr


def test_over_https_the_certificate_is_verified(make_gate, mariadb, scratch, pki):
    file = token_file(scratch.folder("tokens"), new_token())
    port = free_port()
    make_gate(mariadb, admin={"address": f"127.0.0.1:{port}", "token_file": file, "ssl_cert": pki.gate.cert, "ssl_key": pki.gate.key})
    ask = lambda *words: run("status", "--address", f"https://localhost:{port}", "--token-file", file, *words)
    assert ask("--ssl-ca", pki.client_trust).returncode == 0
    refused = ask("--ssl-ca", pki.stranger_ca.ca)
    assert refused.returncode == 3 and "certificate verify failed" in refused.stderr


@pytest.mark.rule(26)
@pytest.mark.skipif(not server_user(), reason="cannot run here: only root can become another user")
def test_another_user_of_the_machine_is_not_let_in(gate, scratch):
    folder = scratch.folder("copy")
    for each in (gate.folder, folder):
        os.chmod(each, each.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    import subprocess
    done = subprocess.run([portcullis_in(folder), "status", "--address", f"unix:{gate.folder / 'admin.sock'}"], text=True,
                          capture_output=True, check=False, **as_server_user())
    assert done.returncode == 4 and "may not open" in done.stderr


@pytest.mark.rule(18)
def test_a_reload_says_how_it_ended(gate):
    assert told(gate, "reload") == "reloaded\n"
    (gate.folder / "portcullis.toml").write_text((gate.folder / "portcullis.toml").read_text() + "\nnonsense = 1\n")
    said = told(gate, "reload", code=1)
    assert said.startswith("portcullis: not reloaded") and "nonsense" in said


def test_the_gate_is_drained(gate):
    assert "takes no new connections" in told(gate, "drain")
    assert gate.child.wait(30) == 0
    gate.terminate()  # it was told to
