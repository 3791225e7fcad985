"""HTTP as it should not be, against the administration interface: it stays, and the gate's sessions notice nothing."""
import contextlib
import http.client
import socket
import time

import pytest

from harness.admin import Admin, new_token, token_file
from harness.ports import free_port, wait_until

pytestmark = [pytest.mark.attack, pytest.mark.rule(26)]

MALFORMED = {
    "not http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "no version": b"GET /\r\n\r\n",
    "a wrong version": b"GET / HTTP/9.9\r\n\r\n",
    "a method with blanks": b"GE T / HTTP/1.1\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
    "a control byte in a header": b"GET / HTTP/1.1\r\nHost: local\x00host\r\n\r\n",
    "a length that is no number": b"POST /api/v1/drain HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST /api/v1/drain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}{",
    "a length and chunks": b"POST /api/v1/drain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk without an end": b"POST /api/v1/drain HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.fixture
def token():
    return new_token()


@pytest.fixture
def gate(make_gate, mariadb, scratch, token):
    return make_gate(mariadb, admin={"address": f"127.0.0.1:{free_port()}", "token_file": token_file(scratch.folder("tokens"), token)})


@pytest.fixture
def address(gate):
    host, port = gate.config["admin"]["address"].split(":")
    return host, int(port)


@pytest.fixture
def stays(gate, address, token):
    """The interface answers when all is over."""
    yield
    admin = Admin(gate, gate.config["admin"]["address"], token)

    def answers():
        with contextlib.suppress(OSError, http.client.HTTPException):
            return admin.get("/api/v1/status").status == 200
    wait_until(answers, 60, "the interface to answer")


def conversation(address, sent):
    """All that is answered until the other side closes."""
    with socket.create_connection(address, 30) as connection:
        connection.sendall(sent)
        answered = b""
        with contextlib.suppress(ConnectionResetError):
            while more := connection.recv(65536):
                answered += more
    return answered


@pytest.mark.usefixtures("stays")
@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_http_is_refused_and_the_connection_closed(address, name):
    answered = conversation(address, MALFORMED[name])
    assert answered == b"" or answered.startswith(b"HTTP/1.1 400 ")


@pytest.mark.usefixtures("stays")
@pytest.mark.parametrize("sent,status", [
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 9000 + b"\r\n\r\n", b"431"),
    (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"431"),
    (b"POST /api/v1/drain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 100000, b"413"),
    (b"POST /api/v1/drain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", b"400"),
    (b"POST /api/v1/drain HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n" + b"x" * 100000, b"413"),
])
def test_heads_and_bodies_have_a_limit(address, sent, status):
    assert conversation(address, sent).split(b" ")[1] == status


@pytest.mark.usefixtures("stays")
@pytest.mark.parametrize("path", ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/api/v1/..%2f..%2fetc", "/api//v1/status", "/%00",
                                  "/api/v1/status/", "http://localhost/api/v1/status", "/api/v1/sessions/%F0%9F/kill"])
def test_paths_lead_nowhere_else(gate, token, path):
    reply = Admin(gate, gate.config["admin"]["address"], token).get(path)
    assert reply.status in (400, 404, 405)
    assert set(reply.json) == {"error"}


def test_a_wrong_method_is_told_the_right_one(gate, token):
    reply = Admin(gate, gate.config["admin"]["address"], token).ask("DELETE", "/api/v1/status")
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.usefixtures("stays")
def test_slow_clients_are_gone_at_the_deadline_and_keep_nobody_from_the_socket(gate, address):
    """Slowloris: as many as may be connected, a byte of a header now and then."""
    slow = [socket.create_connection(address, 30) for _ in range(64)]
    for each in slow:
        each.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
    for _ in range(3):
        time.sleep(0.5)
        assert Admin(gate).get("/healthz").status == 200
        for each in slow:
            with contextlib.suppress(OSError):
                each.sendall(b"X")
    for each in slow:
        each.settimeout(40)
        with contextlib.suppress(ConnectionResetError):
            assert each.recv(1) == b""
        each.close()


@pytest.mark.usefixtures("stays")
def test_thousands_of_connections_cost_a_handful(gate, address):
    held = []
    for _ in range(3000):
        with contextlib.suppress(OSError):
            held.append(socket.create_connection(address, 30))
    assert gate.child.open_files() < 250
    assert Admin(gate).get("/healthz").status == 200
    for each in held:
        each.close()


@pytest.mark.usefixtures("stays")
def test_requests_in_a_row_are_answered_in_a_row(address):
    answered = conversation(address, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50 +
                            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answered.count(b"HTTP/1.1 200 OK") == 51


@pytest.mark.usefixtures("stays")
def test_clients_that_leave_in_the_middle_leave_nothing_behind(gate, address):
    for _ in range(300):
        with socket.create_connection(address, 30) as connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHo")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    assert Admin(gate).get("/healthz").status == 200
