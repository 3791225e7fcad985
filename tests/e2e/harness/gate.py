"""The gate under test: a process with a configuration, a log and promises that hold at the end of every test."""
import re
import signal
import subprocess

from . import activation, logfmt, toml
from .child import Child
from .ports import free_port, wait_until
from .programs import portcullis

_SANITIZER = re.compile(r"(ERROR|WARNING): \w*Sanitizer|runtime error:|SUMMARY: \w*Sanitizer")

# Sanitizers slow things down several times on a machine that does other work too.
READY_WITHIN = 30
ENDED_WITHIN = 30


def run(*words, deadline=60, cwd=None):
    """Runs `portcullis WORD...` to its end."""
    return subprocess.run([str(portcullis()), *map(str, words)], capture_output=True, text=True, check=False,
                          timeout=deadline, cwd=cwd)


class Gate:
    def __init__(self, folder, config, options=()):
        self.folder = folder
        self.options = options
        self.sockets = []  # bound for it by the test: socket activation
        self.stdout = None  # a file; else its log
        self.config = config
        self.config_file = folder / "portcullis.toml"
        self.write_config()
        self.child = None
        self._told_to_end = False

    def write_config(self):
        self.config_file.write_text(toml.render(self.config))

    # --- where it listens ---------------------------------------------------------------------------------------------

    @property
    def host(self):
        return self.config["listener"][0]["address"].rsplit(":", 1)[0]

    @property
    def port(self):
        return int(self.config["listener"][0]["address"].rsplit(":", 1)[1])

    # --- its life -----------------------------------------------------------------------------------------------------

    def start(self, env=None):
        self.spawn(env)
        wait_until(self._ready, READY_WITHIN, "the gate to be ready")
        return self

    def spawn(self, env=None):
        self._told_to_end = False
        (self.folder / "log").unlink(missing_ok=True)
        command = [portcullis(), "run", "--config", self.config_file, *self.options]
        prefix = activation.words(self.sockets) if self.sockets else []
        self.child = Child([*prefix, *command], self.folder / "log", env=env,
                           pass_fds=[each.fileno() for each in self.sockets], stdout=self.stdout)

    def _ready(self):
        if not self.child.running():
            raise RuntimeError(f"the gate ended with {self.child.process.returncode}:\n{self.text()}")
        return self.entries(msg="ready")

    def terminate(self, number=signal.SIGTERM):
        """Tells it to end, without waiting for what that leads to."""
        self._told_to_end = True
        self.child.signal(number)

    def stop(self):
        """SIGTERM; the exit code."""
        self.terminate()
        return self.child.wait(ENDED_WITHIN)

    def ended(self):
        """Waits until it has ended without being told to; the exit code."""
        self._told_to_end = True
        return self.child.wait(ENDED_WITHIN)

    def reload(self):
        """SIGHUP, with the configuration as it stands in self.config; what the gate says of it: its last log entry."""
        self.write_config()
        before = len(self._attempts())
        self.child.signal(signal.SIGHUP)
        wait_until(lambda: len(self._attempts()) > before, READY_WITHIN, "the gate to reload")
        return self._attempts()[-1]

    def _attempts(self):
        return self.entries(msg=re.compile("^(not )?reloaded"))

    def finish(self):
        """What every test ends with: the gate ends when told, with 0, and no sanitizer had anything to say."""
        if not self.child:
            return
        try:
            alive, told = self.child.running(), self._told_to_end
            code = self.stop()
            assert not _SANITIZER.search(self.text()), f"a sanitizer's report:\n{self.text()[-6000:]}"
            assert alive or told, f"the gate had ended by itself with {code}:\n{self.text()[-3000:]}"
            assert told or code == 0, f"the gate ended with {code} on SIGTERM:\n{self.text()[-3000:]}"
        finally:
            self.child.kill()

    # --- its log ------------------------------------------------------------------------------------------------------

    def text(self):
        return self.child.log() if self.child else ""

    def entries(self, **fields):
        """The log entries that have these values; a compiled pattern is searched for."""
        found = []
        for line in self.text().splitlines():
            entry = logfmt.parse(line)
            if entry and all(_matches(entry.get(key), want) for key, want in fields.items()):
                found.append(entry)
        return found

    def warnings(self):
        """What it warned of at start: lines about the configuration, and the log's."""
        return [line for line in self.text().splitlines() if ": warning: " in line or "level=warning" in line]

    def wait_for(self, count=1, deadline=20, **fields):
        """The entries with these values, as soon as there are `count` of them."""
        try:
            return wait_until(lambda: len(self.entries(**fields)) >= count and self.entries(**fields), deadline,
                              f"{count} log entries with {fields}")
        except TimeoutError as error:
            raise AssertionError(f"{error}; the log:\n{self.text()[-4000:]}") from None

    def session(self, **fields):
        """The one line that a session ended with; waits for it."""
        lines = self.wait_for(msg="session closed", **fields)
        assert len(lines) == 1, f"one session, {len(lines)} lines: {lines}"
        return lines[0]


def _matches(value, want):
    if isinstance(want, re.Pattern):
        return value is not None and want.search(value) is not None
    return value == str(want)


IN_THE_CLEAR = {"ssl_mode": "DISABLED", "ssl_ca": None, "ssl_cert": None, "ssl_key": None}


def default_config(pki, aggregators):
    """A gate in front of these aggregators: TLS from clients, mutual TLS to aggregators, users must use TLS."""
    return {
        "gate": {"workers": 2},
        "listener": [{"name": "main", "address": f"127.0.0.1:{free_port()}", "cluster": "default",
                      "ssl_cert": pki.gate.cert, "ssl_key": pki.gate.key}],
        "accounts": {"default_require": "SSL"},
        "account": [],
        "cluster": {"default": {
            "ssl_mode": "VERIFY_CA", "ssl_ca": pki.ca, "ssl_cert": pki.gate_client.cert, "ssl_key": pki.gate_client.key,
            "aggregator": [{"address": each if isinstance(each, str) else each.address} for each in aggregators],
            "health": {"interval": "500ms"},
        }},
        "timeouts": {"drain": "5s"},
        "limits": {"max_connections": 500},
        "log": {"level": "debug"},
        "admin": {"socket": "admin.sock"},
    }
