"""Thousands of slow clients in one process: each enters a phase of the login and sends a byte a second from then on.

Run as a program: slow_clients.py HOST PORT PHASE=COUNT... . It says "up N" when all are there and "gone N" when the gate
closed the last. The phases that take work to reach come first, so that all are there at one time.
"""
import pathlib
import resource
import selectors
import ssl
import subprocess
import sys
import time

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from harness.wire import CAPABILITIES, CLIENT_SSL, Wire, handshake_response, packet, ssl_request

PAUSE = 1.0
SLICES = 20  # of a pause, in each of which some have their turn: strangers do not send in step
CLIENT_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)


class Server:
    def __init__(self, host, port):
        self.host, self.port = host, int(port)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.tls.check_hostname = False
        self.tls.verify_mode = ssl.CERT_NONE

    def in_auth_answer(self):
        wire, _ = self.in_handshake_response()
        wire.write(handshake_response("app", capabilities=CAPABILITIES | CLIENT_SSL))
        wire.read()
        return wire, packet(b"x" * 200, wire.sequence_id)

    def in_handshake_response(self):
        wire = Wire(self)
        wire.read_greeting()
        wire.start_tls(self.tls)
        return wire, packet(handshake_response("app", capabilities=CAPABILITIES | CLIENT_SSL), 2)

    def in_client_hello(self):
        wire = Wire(self)
        wire.write(ssl_request(), 1)
        return wire, CLIENT_HELLO

    def in_silence(self):
        return Wire(self), b""

    def in_ssl_request(self):
        return Wire(self), packet(ssl_request(), 1)


def serve_slowly(host, port, *wanted):
    server = Server(host, port)
    selector = selectors.DefaultSelector()
    for each in wanted:
        phase, count = each.split("=")
        for _ in range(int(count)):
            wire, rest = getattr(server, f"in_{phase}")()
            wire.socket.setblocking(False)
            selector.register(wire.socket, selectors.EVENT_READ, iter(rest))
    count = len(selector.get_map())
    print("up", count, flush=True)
    due = time.monotonic()
    turn = 0
    while selector.get_map():
        for key, _ in selector.select(max(0, due - time.monotonic())):
            _read(selector, key)
        if time.monotonic() >= due:
            due += PAUSE / SLICES
            turn = (turn + 1) % SLICES
            for key in [each for each in selector.get_map().values() if each.fd % SLICES == turn]:
                _drip(selector, key)
    print("gone", count, flush=True)


def _read(selector, key):
    try:
        if key.fileobj.recv(65536):
            return
    except (BlockingIOError, ssl.SSLWantReadError):
        return
    except OSError:
        pass
    _forget(selector, key)


def _drip(selector, key):
    byte = next(key.data, None)
    if byte is None:
        return
    try:
        key.fileobj.send(bytes([byte]))
    except (BlockingIOError, ssl.SSLWantWriteError):
        pass
    except OSError:
        _forget(selector, key)


def _forget(selector, key):
    selector.unregister(key.fileobj)
    key.fileobj.close()


class SlowClients:
    """The program, run beside a test."""

    def __init__(self, gate, **phases):
        self.count = sum(phases.values())
        words = [sys.executable, __file__, gate.host, str(gate.port), *(f"{name}={count}" for name, count in phases.items())]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def expect(self, word):
        line = self.process.stdout.readline().split()
        assert line == [word, str(self.count)], line


def files_allowed():
    """How many files a process of this test run may open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (files_allowed(), files_allowed()))
    serve_slowly(*sys.argv[1:])
