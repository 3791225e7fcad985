"""A wrong configuration: every problem at once, each with its line, and no process is left half started."""
import contextlib
import re
import socket
import subprocess

import pytest

from harness import driver
from harness import gate as gates
from harness.child import as_server_user
from harness.ports import free_port
from harness.programs import PROJECT, portcullis, portcullis_in


def problems(result):
    """The lines that name the configuration file: [(line number or 0, sentence)]."""
    found = []
    for line in result.stderr.splitlines():
        named = re.search(r"portcullis\.toml(?::(\d+))?: (.*)", line)
        if named:
            found.append((int(named[1] or 0), named[2]))
    return found


def edited(gate, old, new):
    """Replaces text in the configuration file; the number of the line where the new text stands."""
    text = gate.config_file.read_text()
    assert old in text, (old, text)
    text = text.replace(old, new, 1)
    gate.config_file.write_text(text)
    return text[:text.index(new)].count("\n") + 1


def fails(gate):
    """The problems of a configuration that is refused, by `check` and by `run` in the same words."""
    checked, started = (gates.run(verb, "--config", gate.config_file) for verb in ("check", "run"))
    assert (checked.returncode, started.returncode) == (1, 1), (checked, started)
    assert problems(checked), checked
    assert problems(started) == problems(checked)
    return problems(checked)


@pytest.fixture
def gate(make_gate, mariadb):
    return make_gate(mariadb, start=False)


# --- check ----------------------------------------------------------------------------------------------------------------


def test_check_shows_versions_suites_and_certificates(gate):
    result = gates.run("check", "--config", gate.config_file)
    assert result.returncode == 0, result
    shown = result.stdout + result.stderr
    for word in ("main", "default", "TLSv1.2", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "CN=gate", "CN=gate-client", "days"):
        assert word in shown, (word, shown)


def test_check_shows_the_effective_versions_of_each(make_gate, mariadb):
    gate = make_gate(mariadb, listener={"tls_version": "TLSv1.3"}, cluster={"tls_version": "TLSv1.2"}, start=False)
    shown = gates.run("check", "--config", gate.config_file).stdout
    assert "TLSv1.3" in shown and "TLSv1.2" in shown


def test_check_listens_nowhere_and_connects_nowhere(make_gate, mariadb):
    gate = make_gate(f"127.0.0.1:{free_port()}", start=False)
    with socket.create_server((gate.host, gate.port)):
        assert gates.run("check", "--config", gate.config_file).returncode == 0


def test_the_shipped_configuration_is_understood():
    result = gates.run("check", "--config", PROJECT / "portcullis.toml")
    # Its certificates are the reader's to make; there must be no other complaint.
    for _, sentence in problems(result):
        assert "does not exist" in sentence, sentence


# --- keys and types -------------------------------------------------------------------------------------------------------


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_key(gate):
    line = edited(gate, "ssl_cert =", "ssl_crt =")
    found = fails(gate)
    assert any(number == line and "ssl_crt" in text and "ssl_cert" in text for number, text in found), found


def test_an_unknown_table_is_named(gate):
    line = edited(gate, "[timeouts]", "[timeout]")
    assert any(number == line and "timeouts" in text for number, text in fails(gate))


@pytest.mark.parametrize("old, new", [
    ("workers = 2", 'workers = "two"'),
    ("workers = 2", "workers = -1"),
    ('drain = "5s"', "drain = 5"),
    ('drain = "5s"', 'drain = "5 parsecs"'),
    ('ssl_mode = "VERIFY_CA"', 'ssl_mode = "VERIFY"'),
    ('ssl_mode = "VERIFY_CA"', "ssl_mode = true"),
    ('default_require = "SSL"', 'default_require = "TLS"'),
    ('cluster = "default"', 'cluster = "defualt"'),
    ('name = "main"', 'name = "main"\ntls_version = "TLSv1.4"'),
    ('name = "main"', 'name = "main"\nrequire_secure_transport = "yes"'),
    ('name = "main"', 'name = "main"\nallow_from = ["10.0.0.0/33"]'),
    ('level = "debug"', 'level = "loud"'),
])
def test_a_wrong_value_is_named_with_its_line(gate, old, new):
    line = edited(gate, old, new) + new.count("\n")
    found = fails(gate)
    assert any(number == line for number, _ in found), (line, found)


def test_all_problems_are_reported_at_once(gate, pki):
    lines = {edited(gate, "workers = 2", "wrokers = 2"), edited(gate, 'drain = "5s"', "drain = 5"),
             edited(gate, 'ssl_mode = "VERIFY_CA"', 'ssl_mode = "verified"'),
             edited(gate, str(pki.gate.cert), "/nonexistent/cert.pem")}
    assert lines <= {number for number, _ in fails(gate)}, fails(gate)


def test_what_is_no_toml_is_named_with_its_line(gate):
    line = edited(gate, "workers = 2", "workers = = 2")
    assert any(number == line for number, _ in fails(gate))


def test_an_empty_configuration_is_refused(gate):
    gate.config_file.write_text("")
    assert any("listener" in text for _, text in fails(gate))


def test_a_missing_configuration_is_refused():
    result = gates.run("run", "--config", "/nonexistent/portcullis.toml")
    assert result.returncode == 1 and "/nonexistent/portcullis.toml" in result.stderr, result


def test_a_duplicate_account_is_refused(gate):
    gate.config["account"] = [{"user": "app", "host": "%"}, {"user": "app"}]
    gate.write_config()
    assert any("app" in text for _, text in fails(gate))


def test_a_policy_with_which_no_client_could_agree_is_refused(gate, pki):
    gate.config["listener"][0].update(tls_version="TLSv1.2", ssl_cipher="ECDHE-RSA-AES256-GCM-SHA384",
                                      ssl_cert=pki.gate_ecdsa.cert, ssl_key=pki.gate_ecdsa.key)
    gate.write_config()
    assert any("no handshake can succeed" in text for _, text in fails(gate))


# --- certificates ---------------------------------------------------------------------------------------------------------


def refused_pair(gate, cert=None, key=None, where="listener"):
    section = gate.config["listener"][0] if where == "listener" else gate.config["cluster"]["default"]
    section.update({name: file for name, file in (("ssl_cert", cert), ("ssl_key", key)) if file})
    gate.write_config()
    return " ".join(text for _, text in fails(gate))


@pytest.mark.parametrize("where", ["listener", "cluster"])
def test_a_missing_certificate_is_refused(gate, where):
    assert "/nonexistent/cert.pem" in refused_pair(gate, cert="/nonexistent/cert.pem", where=where)


@pytest.mark.parametrize("where", ["listener", "cluster"])
def test_a_missing_key_is_refused(gate, where):
    assert "/nonexistent/key.pem" in refused_pair(gate, key="/nonexistent/key.pem", where=where)


@pytest.mark.parametrize("where", ["listener", "cluster"])
def test_a_key_of_another_certificate_is_refused(gate, pki, where):
    text = refused_pair(gate, key=pki.stranger.key, where=where)
    assert str(pki.stranger.key) in text or "ssl_key" in text


@pytest.mark.parametrize("where", ["listener", "cluster"])
def test_an_expired_certificate_is_refused(gate, pki, where):
    expired = pki.client_ca.issue("expired", dates=("200101000000Z", "210101000000Z"))
    assert "expired" in refused_pair(gate, expired.cert, expired.key, where)


@pytest.mark.rule(15)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
@pytest.mark.parametrize("where", ["listener", "cluster"])
def test_a_key_that_others_may_read_is_refused_with_the_chmod_that_mends_it(gate, pki, mode, where):
    loose = pki.client_ca.issue("loose")
    loose.key.chmod(mode)
    text = refused_pair(gate, loose.cert, loose.key, where)
    assert "chmod" in text and str(loose.key) in text, text


def test_a_certificate_that_is_none_is_refused(gate, scratch):
    file = scratch.folder("certs") / "cert.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    assert str(file) in refused_pair(gate, cert=file)


def test_a_key_that_the_gates_user_may_not_read_is_refused(gate):
    if not as_server_user():
        pytest.skip("cannot run here: only root can be somebody else")
    gate.config["listener"][0]["ssl_key"].chmod(0o600)
    for folder in (gate.folder, gate.config["listener"][0]["ssl_key"].parent):
        folder.chmod(0o755)
    result = subprocess.run([portcullis_in(gate.folder), "check", "--config", gate.config_file], capture_output=True,
                            text=True, check=False, timeout=60, **as_server_user())
    assert result.returncode == 1 and "may not be read" in result.stderr, result


def test_a_folder_as_a_certificate_is_refused(gate, scratch):
    assert "directory" in refused_pair(gate, cert=scratch.folder("certs"))


def test_a_client_certificate_is_refused_as_a_listeners(gate, pki):
    client_only = pki.client_ca.issue("client-only", extensions="extendedKeyUsage=clientAuth\n")
    refused_pair(gate, client_only.cert, client_only.key)


def test_a_ca_file_without_certificates_is_refused(gate, pki):
    gate.config["cluster"]["default"]["ssl_ca"] = pki.gate.key
    gate.write_config()
    assert str(pki.gate.key) in " ".join(text for _, text in fails(gate))


@pytest.mark.rule(15)
def test_error_texts_hold_no_key_material(gate, pki):
    key = "".join(pki.stranger.key.read_text().splitlines()[1:3])
    gate.config["listener"][0]["ssl_key"] = pki.stranger.key
    gate.write_config()
    result = gates.run("run", "--config", gate.config_file)
    assert key[:20] not in result.stderr + result.stdout


# --- the port, and nothing half started -------------------------------------------------------------------------------------


def test_a_taken_port_is_named_and_nothing_keeps_running(make_gate, mariadb):
    other = free_port()
    gate = make_gate(mariadb, listeners=[{"name": "second", "address": f"127.0.0.1:{other}"}], start=False)
    with socket.create_server(("127.0.0.1", other)):
        result = gates.run("run", "--config", gate.config_file)
    assert result.returncode == 1
    assert str(other) in result.stderr and "in use" in result.stderr, result.stderr
    with pytest.raises(OSError):
        socket.create_connection((gate.host, gate.port), 2)


def test_an_address_that_is_not_ours_is_named(make_gate, mariadb):
    gate = make_gate(mariadb, listener={"address": "192.0.2.250:33066"}, start=False)
    result = gates.run("run", "--config", gate.config_file)
    assert result.returncode == 1 and "192.0.2.250:33066" in result.stderr, result


def test_a_log_file_that_cannot_be_written_is_named(make_gate, mariadb):
    gate = make_gate(mariadb, log={"file": "/nonexistent/gate.log"}, start=False)
    result = gates.run("run", "--config", gate.config_file)
    assert result.returncode == 1 and "/nonexistent/gate.log" in result.stderr, result


# --- the command line ---------------------------------------------------------------------------------------------------------


def test_version_is_shown():
    result = gates.run("--version")
    assert result.returncode == 0 and re.search(r"\d+\.\d+\.\d+", result.stdout), result


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["check", "--help"], ["certs", "--help"],
                                   ["certs", "make", "--help"], ["certs", "show", "--help"]])
def test_help_is_shown(words):
    result = gates.run(*words)
    assert result.returncode == 0 and len(result.stdout.splitlines()) > 3, result


@pytest.mark.parametrize("words", [["run"], ["dance"], ["run", "--config"], ["--unknown"], []])
def test_a_wrong_command_line_is_refused_with_a_hint(words):
    result = gates.run(*words)
    assert result.returncode != 0 and result.stdout + result.stderr


@pytest.mark.parametrize("section, keys", [("log", {}), ("audit", {"level": "logins"})])
def test_where_a_log_cannot_be_written_is_found_before_the_start(make_gate, mariadb, scratch, section, keys):
    folder = scratch.folder("logs")
    for file, says in ((folder / "none" / "log", "does not exist: make it"), (folder, "is a folder")):
        gate = make_gate(mariadb, start=False, **{section: {**keys, "file": file}})
        assert any(says in sentence and f"[{section}] file" in sentence for _, sentence in problems(gates.run("check", "--config", gate.config_file)))
        assert gates.run("run", "--config", gate.config_file).returncode == 1
    gate = make_gate(mariadb, start=False, **{section: {**keys, "file": folder / "log"}})
    assert gates.run("check", "--config", gate.config_file).returncode == 0
    assert not list(folder.iterdir()), "nothing was written"


def intels_library_is_there():
    """And the processor has what it takes."""
    linked = subprocess.run(["ldd", portcullis()], capture_output=True, text=True, check=True).stdout
    with open("/proc/cpuinfo", encoding="ascii") as processors:
        return "libIPSec_MB" in linked and " avx " in processors.read()


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_whose_aes_gcm_it_is_can_be_chosen(make_gate, mariadb, pki, fast, version):
    """A client cannot tell: large rows, both ways, in records of every size."""
    gate = make_gate(mariadb, gate={"fast_aes_gcm": fast}, listener={"tls_version": version}, cluster={"tls_version": version})
    shown = gates.run("check", "--config", gate.config_file).stdout
    chosen, = re.findall(rf"^AES-GCM of {version.replace('v', ' ')}: (.*)$", shown, re.MULTILINE)
    intel = "Intel's Multi-Buffer library (fast_aes_gcm)"
    assert chosen in ({intel, "OpenSSL's"} if fast else {"OpenSSL's"})
    if fast and version == "TLSv1.3" and intels_library_is_there():
        assert chosen == intel
    assert_same_rows_behind_a_reload(gate, pki, "fast_aes_gcm", not fast)


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("cipher", ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"])
def test_whose_records_of_tls_1_3_they_are_can_be_chosen(make_gate, mariadb, pki, fast, cipher):
    tls = {"tls_version": "TLSv1.3", "tls_ciphersuites": cipher}
    gate = make_gate(mariadb, gate={"fast_tls13": fast}, listener=tls, cluster=tls)
    shown = gates.run("check", "--config", gate.config_file).stdout
    chosen, = re.findall(r"^records of TLS 1.3: (.*)$", shown, re.MULTILINE)
    assert chosen == ("the gate's own (fast_tls13)" if fast else "OpenSSL's")
    assert_same_rows_behind_a_reload(gate, pki, "fast_tls13", not fast)


def assert_same_rows_behind_a_reload(gate, pki, key, value):
    gate.config["gate"][key] = value
    with contextlib.closing(driver.connect(gate, driver.context(pki.client_trust))) as before:
        assert gate.reload()["msg"] == "reloaded"
        with contextlib.closing(driver.connect(gate, driver.context(pki.client_trust))) as behind:
            for size in (1, 15, 16, 255, 16384, 1_000_003):
                for connection in (before, behind):
                    text = "".join(chr(97 + (i * i) % 26) for i in range(size))
                    assert driver.value(connection, f"SELECT '{text}'") == text
