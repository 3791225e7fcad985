"""A process of the test run: in a process group of its own, ended by its pid, and by the kernel should the test run die first."""
import ctypes
import os
import pwd
import signal
import subprocess
import unittest

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    # After the change of user: changing it clears the setting.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def server_user():
    """The user that database servers run as: they refuse to be root."""
    return "mysql" if os.geteuid() == 0 else None


def as_server_user():
    """Arguments for subprocess that start a program as that user. Not --user=mysql: a change of user would undo
    the setting that ends the server with the test run."""
    user = server_user()
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def give_to_server_user(path):
    """Hands a file or folder, and what is in it, to the user that database servers run as."""
    if not server_user():
        return
    entry = pwd.getpwnam(server_user())
    for each in [path, *path.rglob("*")] if path.is_dir() else [path]:
        os.chown(each, entry.pw_uid, entry.pw_gid)


class Child:
    def __init__(self, command, log_file, as_user=None, env=None, cwd=None, pass_fds=(), stdout=None):
        """stdout: a file that takes standard output, which else is in the log, too."""
        self.log_file = log_file
        self.command = [str(word) for word in command]
        with open(log_file, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=stdout or log, stderr=log, cwd=cwd, process_group=0,
                env={**os.environ, **(env or {})}, preexec_fn=_die_with_parent, pass_fds=pass_fds,
                **(as_user or {}))

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as log:
            return log.read()

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.running():
            self.process.send_signal(number)

    def wait(self, deadline):
        """The exit code; TimeoutError when it has not ended within the deadline."""
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{self.command[0]} (pid {self.pid}) still runs after {deadline} s") from None

    def end(self, deadline=20):
        """Asks it to end, makes it end after the deadline."""
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def memory(self):
        """Resident memory in bytes."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def open_files(self):
        try:
            return len(os.listdir(f"/proc/{self.pid}/fd"))
        except PermissionError:  # the gate's memory, and with it this list, is closed to others of its user
            raise unittest.SkipTest("cannot run here: only root can count the gate's open files") from None
