"""The MySQL protocol by hand, for what no driver does: broken, slow and hostile peers. Shares no code with the gate.

https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
"""
import hashlib
import socket
import struct

CLIENT_LONG_PASSWORD = 1
CLIENT_CONNECT_WITH_DB = 8
CLIENT_COMPRESS = 0x20
CLIENT_LOCAL_FILES = 0x80
CLIENT_PROTOCOL_41 = 0x200
CLIENT_SSL = 0x800
CLIENT_TRANSACTIONS = 0x2000
CLIENT_SECURE_CONNECTION = 0x8000
CLIENT_MULTI_STATEMENTS = 0x10000
CLIENT_MULTI_RESULTS = 0x20000
CLIENT_PS_MULTI_RESULTS = 0x40000
CLIENT_PLUGIN_AUTH = 0x80000
CLIENT_CONNECT_ATTRS = 0x100000
CLIENT_PLUGIN_AUTH_LENENC_DATA = 0x200000
CLIENT_DEPRECATE_EOF = 0x1000000
CLIENT_ZSTD = 0x4000000

CAPABILITIES = (CLIENT_LONG_PASSWORD | CLIENT_PROTOCOL_41 | CLIENT_TRANSACTIONS | CLIENT_SECURE_CONNECTION
                | CLIENT_MULTI_RESULTS | CLIENT_PLUGIN_AUTH)

COM_QUIT, COM_QUERY, COM_PING, COM_CHANGE_USER = 0x01, 0x03, 0x0E, 0x11


class Closed(Exception):
    """The peer closed the connection (or reset it) where a packet was due."""


class ServerError(Exception):
    def __init__(self, payload):
        self.code = struct.unpack_from("<H", payload, 1)[0]
        rest = payload[3:]
        self.state = rest[1:6].decode() if rest[:1] == b"#" else ""
        self.text = rest[6 if self.state else 0:].decode(errors="replace")
        super().__init__(f"ERROR {self.code} ({self.state}): {self.text}")


class Greeting:
    def __init__(self, payload):
        self.payload = payload
        self.protocol = payload[0]
        end = payload.index(0, 1)
        self.version = payload[1:end].decode()
        self.connection_id, = struct.unpack_from("<I", payload, end + 1)
        rest = payload[end + 5:]
        low, self.charset, self.status, high, scramble_length = struct.unpack_from("<HBHHB", rest, 9)
        self.capabilities = low | high << 16
        self.scramble = (rest[:8] + rest[27:])[:20]
        self.plugin = rest[27 + max(13, scramble_length - 8):].rstrip(b"\0").decode()


def packet(payload, sequence_id):
    return struct.pack("<I", len(payload))[:3] + bytes([sequence_id]) + payload


def ssl_request(capabilities=CAPABILITIES):
    return struct.pack("<IIB23x", capabilities | CLIENT_SSL, 1 << 24, 45)


def handshake_response(user, auth=b"", plugin="mysql_native_password", capabilities=CAPABILITIES, database=None, charset=45):
    if isinstance(user, str):
        user = user.encode()
    payload = struct.pack("<IIB23x", capabilities | (CLIENT_CONNECT_WITH_DB if database else 0), 1 << 24, charset)
    payload += user + b"\0" + bytes([len(auth)]) + auth
    if database:
        payload += database.encode() + b"\0"
    if capabilities & CLIENT_PLUGIN_AUTH:
        payload += plugin.encode() + b"\0"
    return payload


def native_password(password, scramble):
    if not password:
        return b""
    once = hashlib.sha1(password.encode()).digest()
    mask = hashlib.sha1(scramble[:20] + hashlib.sha1(once).digest()).digest()
    return bytes(a ^ b for a, b in zip(once, mask))


class Wire:
    """A connection that is spoken to packet by packet."""

    def __init__(self, server=None, path=None, timeout=30, receive_buffer=None):
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(path))
        else:
            host = server.host.strip("[]")
            self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            if receive_buffer:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.socket.settimeout(timeout)
            self.socket.connect((host, server.port))
        self.sequence_id = 0
        self.greeting = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def write(self, payload, sequence_id=None):
        """Sends one packet; sequence_id: the next one, unless given."""
        if sequence_id is not None:
            self.sequence_id = sequence_id
        self.send(packet(payload, self.sequence_id))
        self.sequence_id = (self.sequence_id + 1) % 256

    def command(self, payload):
        self.write(payload, 0)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                more = self.socket.recv(count - len(data))
            except (ConnectionResetError, BrokenPipeError, OSError) as error:
                if isinstance(error, TimeoutError):
                    raise
                raise Closed(str(error)) from None
            if not more:
                raise Closed(f"after {len(data)} of {count} bytes")
            data += more
        return data

    def read(self):
        """The payload of the next packet."""
        header = self.exactly(4)
        self.sequence_id = (header[3] + 1) % 256
        return self.exactly(int.from_bytes(header[:3], "little"))

    def read_greeting(self):
        payload = self.read()
        if payload[:1] == b"\xff":
            raise ServerError(payload)
        self.greeting = Greeting(payload)
        return self.greeting

    def start_tls(self, context, server_hostname=None, capabilities=CAPABILITIES, session=None):
        self.write(ssl_request(capabilities))
        self.socket = context.wrap_socket(self.socket, server_hostname=server_hostname, session=session)

    def login(self, user="app", password=None, tls=None, capabilities=CAPABILITIES, **options):
        """From the greeting to OK with mysql_native_password; ServerError or Closed when it does not come to that."""
        if not self.greeting:
            self.read_greeting()
        if options.get("database"):
            capabilities |= CLIENT_CONNECT_WITH_DB  # in the SSLRequest, too: servers go by that
        if tls:
            self.start_tls(tls, capabilities=capabilities)
            capabilities |= CLIENT_SSL
        password = f"{user}-pw" if password is None else password
        self.write(handshake_response(user, native_password(password, self.greeting.scramble), capabilities=capabilities,
                                      **options))
        return self.finish_auth(password)

    def finish_auth(self, password):
        payload = self.read()
        if payload[:1] == b"\xfe":
            plugin, scramble = payload[1:].split(b"\0", 1)
            assert plugin == b"mysql_native_password" or not password, plugin
            self.write(native_password(password, scramble))
            payload = self.read()
        if payload[:1] == b"\xff":
            raise ServerError(payload)
        assert payload[:1] == b"\x00", payload
        return self

    def change_user(self, user, password=None, database="app", charset=45):
        password = f"{user}-pw" if password is None else password
        user = user.encode() if isinstance(user, str) else user
        auth = native_password(password, self.greeting.scramble)
        self.command(bytes([COM_CHANGE_USER]) + user + b"\0" + bytes([len(auth)]) + auth + database.encode() + b"\0"
                     + struct.pack("<H", charset) + b"mysql_native_password\0")
        return self.finish_auth(password)

    def value(self, sql):
        """The first field of the first row, as bytes; without CLIENT_DEPRECATE_EOF. None: NULL."""
        self.command(bytes([COM_QUERY]) + (sql.encode() if isinstance(sql, str) else sql))
        first = self.read()
        if first[:1] == b"\xff":
            raise ServerError(first)
        columns = [self.read() for _ in range(first[0] + 1)]
        assert columns[-1][:1] == b"\xfe"
        rows = []
        while (packet := self.read())[:1] != b"\xfe" or len(packet) > 5:
            rows.append(packet)
        row = rows[0]
        if row[0] < 0xFB:
            return row[1:1 + row[0]]
        if row[0] == 0xFB:
            return None
        assert row[0] == 0xFC, row[:9]
        return row[3:3 + int.from_bytes(row[1:3], "little")]

    def ping(self):
        self.command(bytes([COM_PING]))
        payload = self.read()
        if payload[:1] == b"\xff":
            raise ServerError(payload)
        return payload[:1] == b"\x00"

    def closed_within(self, seconds):
        """Whether the peer closes the connection before so many seconds pass; what it still sends is thrown away."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except TimeoutError:
            return False
        except OSError:
            return True
