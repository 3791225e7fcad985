"""A TLS client on OpenSSL's own functions, for what Python's ssl does not do: KeyUpdate, renegotiation, early data."""
import ctypes
import ctypes.util
import socket
import struct

from .wire import Closed

_ssl = ctypes.CDLL(ctypes.util.find_library("ssl") or "libssl.so.3")
_crypto = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
for _name in ("TLS_client_method", "SSL_CTX_new", "SSL_new", "SSL_get1_session"):
    getattr(_ssl, _name).restype = ctypes.c_void_p
_ssl.SSL_CTX_ctrl.restype = ctypes.c_long
_ssl.SSL_SESSION_get_max_early_data.restype = ctypes.c_uint32

_SSL_CTRL_SET_MIN_PROTO_VERSION, _SSL_CTRL_SET_MAX_PROTO_VERSION = 123, 124
TLS_1_2, TLS_1_3 = 0x0303, 0x0304
NOT_REQUESTED, REQUESTED = 0, 1


class OpensslSocket:
    """Takes a connected socket over; has the part of a socket's interface that Wire uses."""

    def __init__(self, raw, version=TLS_1_3, timeout=30):
        raw.setblocking(True)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", timeout, 0))
        self.raw = raw
        self._context = ctypes.c_void_p(_ssl.SSL_CTX_new(ctypes.c_void_p(_ssl.TLS_client_method())))
        for setting in (_SSL_CTRL_SET_MIN_PROTO_VERSION, _SSL_CTRL_SET_MAX_PROTO_VERSION):
            _ssl.SSL_CTX_ctrl(self._context, setting, ctypes.c_long(version), None)
        self._ssl = ctypes.c_void_p(_ssl.SSL_new(self._context))
        _ssl.SSL_set_fd(self._ssl, raw.fileno())
        if _ssl.SSL_connect(self._ssl) != 1:
            raise Closed("the TLS handshake failed")

    def sendall(self, data):
        if data and _ssl.SSL_write(self._ssl, data, len(data)) != len(data):
            raise BrokenPipeError

    def recv(self, count):
        buffer = ctypes.create_string_buffer(count)
        size = _ssl.SSL_read(self._ssl, buffer, count)
        return buffer.raw[:size] if size > 0 else b""

    def settimeout(self, seconds):
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(seconds), 0))

    def update_key(self, kind=NOT_REQUESTED):
        """Sends one KeyUpdate now."""
        if _ssl.SSL_key_update(self._ssl, kind) != 1 or _ssl.SSL_do_handshake(self._ssl) != 1:
            raise BrokenPipeError

    def renegotiates(self):
        """Whether the peer agrees to a new handshake (TLS 1.2)."""
        return _ssl.SSL_renegotiate(self._ssl) == 1 and _ssl.SSL_do_handshake(self._ssl) == 1

    def takes_early_data(self):
        """Whether the ticket at hand allows 0-RTT."""
        return _ssl.SSL_SESSION_get_max_early_data(ctypes.c_void_p(_ssl.SSL_get1_session(self._ssl))) > 0

    def close(self):
        if self._ssl:
            _ssl.SSL_free(self._ssl)
            _ssl.SSL_CTX_free(self._context)
            self._ssl = None
            _crypto.ERR_clear_error()  # Python's ssl shares the queue, and would take what is left in it for its own
        self.raw.close()
