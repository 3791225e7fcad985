"""PROXY protocol headers by hand, as a load balancer writes and an aggregator reads them. Shares no code with the gate.

https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt
"""
import dataclasses
import ipaddress
import struct

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL, PROXY = 0x20, 0x21
PP2_TYPE_SSL, PP2_SUBTYPE_SSL_VERSION, PP2_SUBTYPE_SSL_CN, PP2_SUBTYPE_SSL_CIPHER = 0x20, 0x21, 0x22, 0x23
PP2_CLIENT_SSL, PP2_CLIENT_CERT_CONN, PP2_CLIENT_CERT_SESS = 1, 2, 4


def v1(source, port=40000, destination=None):
    six = ":" in source
    return f"PROXY {'TCP6' if six else 'TCP4'} {source} {destination or ('::1' if six else '127.0.0.1')} {port} 3306\r\n".encode()


def v2(source=None, port=40000, destination=None, command=PROXY, tlvs=b""):
    """Without a source: a header that names no addresses."""
    if not source:
        return SIGNATURE + bytes([command, 0]) + struct.pack(">H", len(tlvs)) + tlvs
    six = ":" in source
    addresses = b"".join(ipaddress.ip_address(each).packed
                         for each in (source, destination or ("::1" if six else "127.0.0.1")))
    body = addresses + struct.pack(">HH", port, 3306) + tlvs
    return SIGNATURE + bytes([command, 0x21 if six else 0x11]) + struct.pack(">H", len(body)) + body


def tlv(kind, value):
    return bytes([kind]) + struct.pack(">H", len(value)) + value


def read_tlvs(data):
    found = {}
    while data:
        kind, size = data[0], struct.unpack_from(">H", data, 1)[0]
        found[kind] = data[3:3 + size]
        data = data[3 + size:]
    return found


@dataclasses.dataclass
class Header:
    command: int
    source: tuple
    destination: tuple
    tlvs: dict

    @property
    def tls(self):
        """PP2_TYPE_SSL: (client flags, verify, {subtype: text}), or None."""
        value = self.tlvs.get(PP2_TYPE_SSL)
        if value is None:
            return None
        flags, verify = struct.unpack_from(">BI", value)
        return flags, verify, {kind: text.decode() for kind, text in read_tlvs(value[5:]).items()}


def receive(connection):
    """Reads a version 2 header from a socket, and nothing behind it."""
    def exactly(count):
        data = b""
        while len(data) < count:
            more = connection.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    fixed = exactly(16)
    assert fixed[:12] == SIGNATURE, fixed
    body = exactly(struct.unpack(">H", fixed[14:])[0])
    size = {0x11: 4, 0x21: 16, 0x00: 0}[fixed[13]]
    if not size:
        return Header(fixed[12], None, None, read_tlvs(body))
    source, destination = (str(ipaddress.ip_address(body[at:at + size])) for at in (0, size))
    ports = struct.unpack_from(">HH", body, 2 * size)
    return Header(fixed[12], (source, ports[0]), (destination, ports[1]), read_tlvs(body[2 * size + 4:]))
