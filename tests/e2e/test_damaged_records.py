"""A bit that changes on the way, on either leg and in either direction, ends the session: nobody is given anything wrong."""
import contextlib
import random
import socket
import ssl

import pymysql
import pytest

from harness import driver
from harness.tap import Tap

pytestmark = [pytest.mark.threads, pytest.mark.attack]

RECORD_HEADER = 5  # a changed length would have the other side wait for the rest
ROUNDS = 8


class Damaging(Tap):
    """Changes one bit of the next piece that goes to, or comes from, the target."""

    def __init__(self, target):
        super().__init__(target)
        self.armed = None

    def damage_next(self, direction, size):
        self.armed = (direction, size)

    def _carry(self, one, other):
        direction = "from" if one.getpeername()[1] == self._target.port else "to"
        with contextlib.suppress(OSError):
            while data := bytearray(one.recv(65536)):
                if self.armed and self.armed[0] == direction and len(data) >= self.armed[1]:
                    self.armed = None
                    data[random.randrange(RECORD_HEADER, len(data))] ^= 1 << random.randrange(8)
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("direction", ["to", "from"])
@pytest.mark.parametrize("leg", ["client", "aggregator"])
@pytest.mark.parametrize("version, cipher", [("TLSv1.2", "AES256-GCM-SHA384"), ("TLSv1.2", "AES128-GCM-SHA256"), ("TLSv1.3", None)])
def test_a_changed_bit_ends_the_session(make_gate, mariadb, pki, version, cipher, leg, direction):
    wanted = {"tls_version": version, **({"ssl_cipher": f"ECDHE-ECDSA-{cipher}:ECDHE-RSA-{cipher}"} if cipher else {})}
    number = ssl.TLSVersion.TLSv1_2 if version == "TLSv1.2" else ssl.TLSVersion.TLSv1_3
    tls = driver.context(pki.client_trust, (number, number))
    with Damaging(mariadb) as behind:
        gate = make_gate(behind if leg == "aggregator" else mariadb, listener=wanted, cluster={**wanted, "health": {"interval": "1h"}})
        with Damaging(gate) as before:
            tap = behind if leg == "aggregator" else before
            for number in range(ROUNDS):
                text = "x" * (3 if number % 2 else 9000)
                connection = driver.connect(gate, tls, port=before.port)
                assert driver.value(connection, f"SELECT '{text}'") == text
                tap.damage_next(direction, len(text))
                with pytest.raises((pymysql.err.MySQLError, OSError)):
                    driver.value(connection, f"SELECT '{text}'")
                    raise AssertionError("the change was not noticed")
            gate.wait_for(ROUNDS, msg="session closed", phase="command")
