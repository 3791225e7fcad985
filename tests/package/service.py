"""portcullis.service of a Debian root, started as systemd would: its ExecStart, user, folders and notifications."""
import configparser
import os
import shlex
import signal
import socket

from harness import logfmt
from harness.child import Child
from harness.ports import free_port, wait_until

UNIT = "/usr/lib/systemd/system/portcullis.service"


class Service:
    host = "127.0.0.1"

    def __init__(self, debian, folder, database):
        self.debian = debian
        self.folder = folder
        self.port = free_port()
        self.ca = debian.path("/etc/portcullis/certs/ca-cert.pem")
        unit = configparser.RawConfigParser(strict=False, interpolation=None)
        unit.optionxform = str
        unit.read_string(debian.read(UNIT))
        self.unit = unit["Service"]
        self._configure(database)
        self._child = None
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.bind(f"\0portcullis-service-{os.getpid()}-{self.port}")
        self._manager.settimeout(30)

    def _configure(self, database):
        """What an administrator edits: where it listens and what is behind it."""
        file = self.debian.path("/etc/portcullis/portcullis.toml")
        text = file.read_text()
        for old, new in [("0.0.0.0:3306", f"{self.host}:{self.port}"), ("127.0.0.1:3307", database.address)]:
            assert text.count(f'"{old}"') == 1
            text = text.replace(old, new)
        file.write_text(text)

    def start(self, watcher=()):
        """watcher: words in front of the command, of a program that looks on."""
        user = self.unit["User"]
        for kind, parent in [("RuntimeDirectory", "/run"), ("LogsDirectory", "/var/log")]:
            self.debian.run("install", "-d", "-o", user, "-g", self.unit["Group"], "-m", self.unit[f"{kind}Mode"],
                            f"{parent}/{self.unit[kind]}")
        command = self.debian.command(
            "setpriv", f"--reuid={user}", f"--regid={self.unit['Group']}", "--init-groups", "--no-new-privs",
            "--bounding-set=-all", "--inh-caps=-all", "--pdeathsig=KILL", *shlex.split(self.unit["ExecStart"]))
        name = self._manager.getsockname().decode().replace("\0", "@")
        self._child = Child([*watcher, *command], self.folder / "journal", env={"NOTIFY_SOCKET": name})
        return self

    def told(self):
        """The next that it tells the service manager."""
        return self._manager.recv(4096).decode().splitlines()

    def journal(self, **fields):
        """Its log entries with these values."""
        lines = [logfmt.parse(line) for line in self._child.log().splitlines()]
        return [each for each in lines if each and all(each.get(key) == value for key, value in fields.items())]

    def wait_for(self, **fields):
        return wait_until(lambda: self.journal(**fields), 20, f"{fields} in the journal")[0]

    def reload(self):
        """As `systemctl reload`."""
        command = shlex.split(self.unit["ExecReload"].replace("$MAINPID", str(self._child.pid)))
        self.debian.run("setpriv", f"--reuid={self.unit['User']}", f"--regid={self.unit['Group']}", "--clear-groups", *command)

    def stop(self):
        """As `systemctl stop`; the exit code."""
        self._child.signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        return self._child.wait(30)

    def kill(self):
        self._manager.close()
        if self._child:
            self._child.kill()
