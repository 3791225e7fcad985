"""The administration interface on HTTP: loopback alone without TLS, a token for everything but probes, no guessing."""
import datetime
import socket

import pytest

from harness.admin import Admin, new_token, token_file
from harness.gate import run
from harness.ports import free_port

pytestmark = pytest.mark.rule(26)

EVERYTHING = [("GET", "/metrics"), *(("GET", f"/api/v1/{what}") for what in ("status", "metrics", "sessions", "aggregators", "accounts", "bans", "certificates")),
              *(("POST", f"/api/v1/{what}") for what in ("sessions/1/kill", "aggregators/a/drain", "aggregators/a/undrain", "bans/lift",
                                                         "reload", "drain"))]


def at(seconds):
    """A time so many seconds from now, as a token file has it."""
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def token():
    return new_token()


@pytest.fixture
def make_http(make_gate, mariadb, scratch, token):
    """A gate with HTTP on loopback and a file with this token."""
    def make(*lines, **settings):
        file = token_file(scratch.folder("tokens"), *(lines or [token]))
        settings.setdefault("address", f"127.0.0.1:{free_port()}")
        return make_gate(mariadb, admin={"token_file": file, **settings})
    return make


def on_http(gate, token=None, **options):
    return Admin(gate, gate.config["admin"]["address"], token, **options)


def test_by_default_there_is_no_http_at_all(make_gate, mariadb):
    gate = make_gate(mariadb)
    assert [each["address"].split(":")[0] for each in gate.entries(msg="administration")] == ["unix"]


def test_the_socket_can_be_opened_by_its_owner_alone(make_gate, mariadb):
    gate = make_gate(mariadb)
    assert (gate.folder / "admin.sock").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("method,path", EVERYTHING)
def test_nothing_is_said_or_done_without_a_token(make_http, method, path):
    gate = make_http()
    reply = on_http(gate).ask(method, path)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, 'Bearer realm="portcullis"')
    assert not gate.entries(msg="administration", by=None, action="kill")


def test_probes_need_none_and_say_yes_or_no(make_http):
    admin = on_http(make_http())
    assert (admin.get("/healthz").text, admin.get("/readyz").text) == ("ok\n", "ready\n")


def test_a_token_of_the_file_does_everything_and_a_wrong_one_nothing(make_http, token):
    gate = make_http()
    assert on_http(gate, token).view("status")["ready"] is True
    assert on_http(gate, token).order("bans/lift", {"all": True}).status == 200
    assert on_http(gate, new_token()).get("/api/v1/status").status == 401
    assert on_http(gate, token[:-1]).get("/api/v1/status").status == 401
    assert gate.entries(msg="administration: a wrong token was presented")
    assert token not in gate.text()


def test_an_expired_token_is_a_wrong_one(make_http, token):
    fresh = new_token()
    gate = make_http("# rotated", f"{token} {at(-10)}", f"{fresh} {at(3600)}")
    assert on_http(gate, token).get("/api/v1/status").status == 401
    assert on_http(gate, fresh).get("/api/v1/status").status == 200
    assert gate.entries(msg="administration: an expired token was presented")
    assert any("has expired" in each for each in gate.warnings())


def test_tokens_cannot_be_guessed_at_will(make_http, token):
    gate = make_http()
    guesser = on_http(gate, new_token())
    replies = [guesser.get("/api/v1/status") for _ in range(12)]
    assert [each.status for each in replies] == [401] * 10 + [429] * 2
    assert replies[-1].headers["Retry-After"] == "60"
    assert on_http(gate, token).get("/api/v1/status").status == 429
    assert Admin(gate).get("/api/v1/status").status == 200  # the socket is the administrator's own way


def test_metrics_may_be_opened_to_everybody_and_nothing_else_with_them(make_http):
    admin = on_http(make_http(metrics_need_token=False))
    assert admin.get("/metrics").status == 200
    assert admin.get("/api/v1/status").status == 401


def test_a_page_that_has_its_own_name_point_here_reads_nothing(make_http, token):
    admin = on_http(make_http(), token)
    assert admin.get("/healthz", headers={"Host": "evil.example"}).status == 421
    assert admin.post("/api/v1/drain", headers={"Origin": "https://evil.example"}).status == 403


def check(gate):
    done = run("check", "--config", gate.config_file)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("address", ["0.0.0.0:{}", "[::]:{}", "192.0.2.1:{}", "gate.example.com:{}"])
def test_beyond_loopback_there_is_no_http_without_tls(make_gate, scratch, address):
    file = token_file(scratch.folder("tokens"), new_token())
    gate = make_gate("127.0.0.1:1", start=False, admin={"address": address.format(free_port()), "token_file": file})
    code, said = check(gate)
    assert code == 1 and "give it 'ssl_cert' and 'ssl_key'" in said
    started = run("run", "--config", gate.config_file)
    assert started.returncode == 1 and "[admin] address" in started.stderr


def test_there_is_no_http_without_a_token_file(make_gate):
    gate = make_gate("127.0.0.1:1", start=False, admin={"address": f"127.0.0.1:{free_port()}"})
    code, said = check(gate)
    assert code == 1 and "needs a 'token_file'" in said


@pytest.mark.rule(15)
def test_a_token_file_that_others_can_read_is_refused_with_what_mends_it(make_gate, scratch):
    file = token_file(scratch.folder("tokens"), new_token())
    file.chmod(0o644)
    gate = make_gate("127.0.0.1:1", start=False, admin={"address": f"127.0.0.1:{free_port()}", "token_file": file})
    code, said = check(gate)
    assert code == 1 and f"chmod 600 {file}" in said


def test_problems_are_named_with_their_lines(make_gate, scratch):
    gate = make_gate("127.0.0.1:1", start=False, admin={"address": "unix:/x", "token_file": scratch.folder("t") / "missing",
                                                        "ssl_cert": "missing.pem"})
    code, said = check(gate)
    lines = gate.config_file.read_text().splitlines()
    assert code == 1
    for key in ("address", "token_file", "ssl_cert"):
        number = next(i for i, line in enumerate(lines, 1) if line.startswith(f"{key} = ") and i > lines.index("[admin]"))
        assert f"{gate.config_file}:{number}: [admin] {key}: " in said, said


def test_https_has_a_certificate_of_its_own_and_is_served_beyond_loopback(make_http, pki, token):
    port = free_port()
    own = pki.cluster_ca.issue("administration")
    gate = make_http(address=f"0.0.0.0:{port}", ssl_cert=own.cert, ssl_key=own.key)
    admin = Admin(gate, f"localhost:{port}", token, ca=pki.cluster_ca.ca)
    assert admin.view("status")["ready"] is True
    assert "admin" in {each["used_by"] for each in admin.view("certificates")["certificates"]}
    with socket.create_connection(("127.0.0.1", port), 10) as plaintext:
        plaintext.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"HTTP/1.1" not in plaintext.recv(1000)


def test_two_gates_with_the_default_socket_both_run(make_gate, mariadb):
    """The default is done without where it cannot be had; a socket that was asked for is not."""
    gates = [make_gate(mariadb, admin=None) for _ in range(2)]
    for gate in gates:
        assert gate.child.running()
        assert gate.entries(msg=["administration", "no administration over the default socket"][1]) or \
            gate.entries(msg="administration")
    taken = make_gate(mariadb)
    second = make_gate(mariadb, start=False, admin={"socket": taken.folder / "admin.sock"})
    started = run("run", "--config", second.config_file)
    assert started.returncode == 1 and "another process listens there" in started.stderr


@pytest.mark.rule(18)
def test_tokens_and_certificate_are_replaced_by_a_reload(make_http, pki, token):
    port = free_port()
    old, new = pki.cluster_ca.issue("administration"), pki.client_ca.issue("administration")
    gate = make_http(address=f"127.0.0.1:{port}", ssl_cert=old.cert, ssl_key=old.key)
    assert Admin(gate, f"localhost:{port}", token, ca=pki.cluster_ca.ca).get("/api/v1/status").status == 200
    fresh = new_token()
    token_file(gate.config["admin"]["token_file"].parent, fresh)
    gate.config["admin"].update(ssl_cert=new.cert, ssl_key=new.key)
    gate.write_config()
    assert Admin(gate).order("reload").status == 200
    assert Admin(gate, f"localhost:{port}", token, ca=pki.client_ca.ca).get("/api/v1/status").status == 401
    assert Admin(gate, f"localhost:{port}", fresh, ca=pki.client_ca.ca).get("/api/v1/status").status == 200
