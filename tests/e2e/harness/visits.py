"""Clients that log in, ask and quit, one after the other: what a gate with reuse does with the connections they leave."""
import pymysql
import pytest

from . import driver
from .ports import wait_until
from .replies import Commander


class Visits:
    def __init__(self, gate, tls):
        self.gate = gate
        self.tls = tls

    def __call__(self, sql="SELECT CONNECTION_ID()", **options):
        """The first field of the answer; returns when the session is over, and with it the gate's decision to keep."""
        with self.that_ends():
            connection = driver.connect(self.gate, options.pop("tls", self.tls), **options)
            found = driver.value(connection, sql)
            connection.close()
        return found

    def refused(self, **options):
        """The number and the text of the error that a login reads."""
        with self.that_ends(), pytest.raises(pymysql.err.OperationalError) as error:
            driver.connect(self.gate, options.pop("tls", self.tls), **options)
        return error.value.args

    def by_wire(self, **options):
        """A login as `nopw`, packet by packet; leave it with that_ends()."""
        return Commander(self.gate).log_in(self.tls, **options)

    def that_ends(self):
        """A context behind which one more session has ended."""
        return _Ending(self.gate)

    @property
    def lines(self):
        """Of the sessions that ended."""
        return self.gate.entries(msg="session closed")


class _Ending:
    def __init__(self, gate):
        self._gate = gate

    def __enter__(self):
        self._before = len(self._gate.entries(msg="session closed"))

    def __exit__(self, failure, *_):
        if not failure:
            self._gate.wait_for(self._before + 1, msg="session closed")


def threads(server, user="app"):
    """The connections that a user has at a server."""
    return {row[0] for row in server.sql(f"SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '{user}'")}


def wait_for_threads(server, count, user="app"):
    wait_until(lambda: len(threads(server, user)) == count, 20, f"{count} connections of {user}")
