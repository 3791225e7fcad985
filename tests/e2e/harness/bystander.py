"""Another client of a gate under attack, at a listener and a cluster of its own: must notice nothing of it."""
import copy
import time
import unittest

from . import driver
from .ports import free_port, wait_until

NAME = "bystander"


class Bystander:
    def __init__(self, default_config, server):
        """Takes a place in a configuration in the making."""
        self._server = server
        self._listener = {**copy.deepcopy(default_config["listener"][0]), "name": NAME, "cluster": NAME,
                          "address": f"127.0.0.1:{free_port()}"}
        self._cluster = {**copy.deepcopy(default_config["cluster"]["default"]), "aggregator": [{"address": server.address}],
                         "health": {"interval": "1h"}}

    def join(self, config):
        config["listener"].append(self._listener)
        config["cluster"][NAME] = self._cluster

    def arrive(self, gate, tls):
        """Logs in, and counts what the gate has open."""
        self._gate, self._tls = gate, tls
        self._session = self._log_in()
        self._id = driver.value(self._session, "SELECT CONNECTION_ID()")
        self._files = self._open_files()

    def check(self):
        """The session goes on, new ones are served, descriptors come back, and nobody is busy with the dead."""
        assert driver.value(self._session, "SELECT CONNECTION_ID()") == self._id
        with self._log_in() as fresh:
            assert driver.value(fresh, "SELECT 1") == 1
        wait_until(lambda: self._open_files() <= self._files, 30, "descriptors to be given back")
        assert cpu_share(self._gate, 0.5) < 0.5, "the gate is busy, and nobody is there"
        self._session.close()

    def _log_in(self):
        port = int(self._listener["address"].rsplit(":", 1)[1])
        return driver.connect(self._gate, self._tls, user="auditor", port=port)

    def _open_files(self):
        try:
            return self._gate.child.open_files()
        except unittest.SkipTest:  # only root can count them
            return 0


def cpu_share(gate, seconds):
    """Of one core, while it is left alone for so long."""
    before, start = gate.child.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    return (gate.child.cpu_seconds() - before) / (time.monotonic() - start)
