"""Commands and whole replies by hand: every kind of reply that a server has, with and without EOF packets.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html
"""
import struct

from .wire import (CAPABILITIES, CLIENT_DEPRECATE_EOF, CLIENT_LOCAL_FILES, CLIENT_MULTI_STATEMENTS, CLIENT_PS_MULTI_RESULTS,
                   Wire, packet)

COM_INIT_DB, COM_FIELD_LIST, COM_STATISTICS, COM_PROCESS_INFO, COM_DEBUG = 0x02, 0x04, 0x09, 0x0A, 0x0D
COM_STMT_PREPARE, COM_STMT_EXECUTE, COM_STMT_SEND_LONG_DATA, COM_STMT_CLOSE, COM_STMT_RESET = 0x16, 0x17, 0x18, 0x19, 0x1A
COM_SET_OPTION, COM_STMT_FETCH, COM_RESET_CONNECTION = 0x1B, 0x1C, 0x1F

MORE_RESULTS, CURSOR, OUT_PARAMETERS = 0x0008, 0x0040, 0x1000
READ_ONLY_CURSOR = 1
LONGLONG, NULL, BLOB = 0x08, 0x06, 0xFC


def execute(statement, *parameters, flags=0):
    """A COM_STMT_EXECUTE. A parameter: a number, None, or `...` for one that COM_STMT_SEND_LONG_DATA brought."""
    payload = struct.pack("<BIBI", COM_STMT_EXECUTE, statement, flags, 1)
    if parameters:
        nulls = sum(1 << number for number, each in enumerate(parameters) if each is None)
        payload += nulls.to_bytes((len(parameters) + 7) // 8, "little") + b"\1"
        for each in parameters:
            payload += bytes([NULL if each is None else BLOB if each is ... else LONGLONG, 0])
        payload += b"".join(struct.pack("<q", each) for each in parameters if isinstance(each, int))
    return payload


def long_data(statement, data, parameter=0):
    return struct.pack("<BIH", COM_STMT_SEND_LONG_DATA, statement, parameter) + data


def fetch(statement, rows):
    return struct.pack("<BII", COM_STMT_FETCH, statement, rows)


def about(command, statement):
    return struct.pack("<BI", command, statement)


def length_encoded(data, at=0):
    """(value, the position behind it)"""
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(data[at], 0)
    return (int.from_bytes(data[at + 1:at + 1 + size], "little"), at + 1 + size) if size else (data[at], at + 1)


class Commander(Wire):
    """Sends commands and reads their whole replies."""

    ended_by_eof = True

    def log_in(self, tls, user="nopw", deprecate_eof=False, local_files=True, flags=0):
        """Without a password."""
        self.ended_by_eof = not deprecate_eof
        flags |= CLIENT_MULTI_STATEMENTS | CLIENT_PS_MULTI_RESULTS | (CLIENT_DEPRECATE_EOF if deprecate_eof else 0)
        return self.login(user, password="", tls=tls, database="app",
                          capabilities=CAPABILITIES | flags | (CLIENT_LOCAL_FILES if local_files else 0))

    def ask(self, payload):
        self.command(payload)
        return self.reply_to(payload)

    def reply_to(self, payload):
        """The packets of the reply to a command."""
        if payload[0] in (COM_STMT_CLOSE, COM_STMT_SEND_LONG_DATA):
            return []
        first = self.message()
        if first[:1] == b"\xff":
            return [first]
        if payload[0] == COM_STMT_PREPARE:
            return [first, *self._definitions(first)]
        if payload[0] in (COM_FIELD_LIST, COM_STMT_FETCH):
            return self._until_end(first)
        if payload[0] in (0x03, COM_PROCESS_INFO, COM_STMT_EXECUTE):
            return self._results(first)
        return [first]

    def message(self):
        """A message, in as many packets as it takes."""
        whole = part = self.read()
        while len(part) == 0xFFFFFF:
            part = self.read()
            whole += part
        return whole

    def _definitions(self, prepared):
        columns, parameters = struct.unpack_from("<HH", prepared, 5)
        count = columns + parameters + (bool(columns) + bool(parameters)) * self.ended_by_eof
        return [self.read() for _ in range(count)]

    def _until_end(self, first):
        packets = [first]
        while not self._is_end(packets[-1]):
            packets.append(self.message())
        return packets

    def _results(self, first):
        packets = [first]
        while True:
            out_parameters = False
            if packets[-1][:1] in (b"\xff", b"\xfb"):
                return packets
            if packets[-1][:1] != b"\0":
                packets += [self.read() for _ in range(length_encoded(packets[-1])[0])]
                if self.ended_by_eof:
                    packets.append(self.read())
                    out_parameters = self._status(packets[-1]) & OUT_PARAMETERS
                if not (self.ended_by_eof and self._status(packets[-1]) & CURSOR):
                    packets += self._until_end(self.message())
            # MySQL's EOF behind OUT parameters denies the OK that follows.
            if packets[-1][:1] == b"\xff" or not (self._status(packets[-1]) & MORE_RESULTS or out_parameters):
                return packets
            packets.append(self.message())

    def _is_end(self, payload):
        return payload[:1] == b"\xff" or (payload[:1] == b"\xfe" and len(payload) < 0xFFFFFF)

    def _status(self, payload):
        if payload[:1] == b"\xfe" and self.ended_by_eof:
            return struct.unpack_from("<H", payload, 3)[0]
        at = length_encoded(payload, length_encoded(payload, 1)[1])[1]
        return struct.unpack_from("<H", payload, at)[0]


def pipelined(wire, payloads):
    """All commands at once, then all replies."""
    wire.send(b"".join(packet(each, 0) for each in payloads))
    return [wire.reply_to(each) for each in payloads]
