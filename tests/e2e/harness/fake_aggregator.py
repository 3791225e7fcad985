"""Aggregators that misbehave: a listening socket, and a function that is given each connection.

Bytes of the greeting are a MariaDB 10.11's, captured, with room for another capability word.
"""
import contextlib
import socket
import ssl
import struct
import threading

from . import wire
from .ports import free_port

CAPABILITIES = (wire.CAPABILITIES | wire.CLIENT_CONNECT_WITH_DB | wire.CLIENT_LOCAL_FILES | wire.CLIENT_DEPRECATE_EOF
                | wire.CLIENT_PLUGIN_AUTH_LENENC_DATA)


def greeting(capabilities=CAPABILITIES | wire.CLIENT_SSL, version="10.11.19-MariaDB", connection_id=7,
             plugin="mysql_native_password", scramble=b"abcdefghijklmnopqrst"):
    return wire.packet(
        b"\x0a" + version.encode() + b"\0" + struct.pack("<I", connection_id) + scramble[:8] + b"\0"
        + struct.pack("<HBHHB", capabilities & 0xFFFF, 45, 2, capabilities >> 16, 21) + bytes(10)
        + scramble[8:] + b"\0" + plugin.encode() + b"\0", 0)


def tls_context(pair):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(str(pair.cert), str(pair.key))
    return made


def finish_health_check(connection, context, **options):
    """Greets, speaks TLS and denies whoever it is: what a health check without an account takes for healthy."""
    connection.sendall(greeting(**options))
    read_packet(connection)
    with context.wrap_socket(connection, server_side=True) as encrypted:
        read_packet(encrypted)
        encrypted.sendall(packet_of_error(1045, b"#28000Access denied", 3))
        wait_for_close(encrypted)


def packet_of_error(code, text, sequence_id=0):
    return wire.packet(b"\xff" + code.to_bytes(2, "little") + text, sequence_id)


class FakeAggregator:
    """Listens until it is closed; conversation(socket) runs in a thread for each connection."""

    host = "127.0.0.1"

    def __init__(self, conversation):
        self.port = free_port()
        self.conversation = conversation
        self.connections = 0
        self._open = []
        self._listener = socket.create_server((self.host, self.port), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(60)
        with contextlib.suppress(OSError, EOFError):
            self.conversation(connection)
        with contextlib.suppress(OSError):
            connection.close()

    def close(self):
        # shutdown wakes the thread that accepts; close alone would leave it there with the port taken.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def read_packet(connection):
    header = _exactly(connection, 4)
    return _exactly(connection, int.from_bytes(header[:3], "little"))


def _exactly(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def wait_for_close(connection):
    while connection.recv(65536):
        pass
