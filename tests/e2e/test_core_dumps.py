"""A gate that dies leaves nothing of its memory behind: no core dump, and nobody of its user may look into it."""
import os
import resource
import shutil
import signal

import pytest

from harness.child import Child, as_server_user, give_to_server_user
from harness.gate import Gate, default_config
from harness.ports import wait_until
from harness.programs import portcullis_in
from harness.wire import Wire

pytestmark = pytest.mark.rule(15)

# The sanitizers forbid core dumps themselves and catch the signals: here they must not.
LEAVE_IT_TO_THE_GATE = {"ASAN_OPTIONS": "disable_coredump=0:handle_segv=0:handle_abort=0:detect_leaks=0",
                        "UBSAN_OPTIONS": "handle_segv=0:handle_abort=0"}


@pytest.fixture
def gate(scratch, pki, mariadb):
    """Runs as the servers' user, in a folder of its own where a core could be written, and with leave to write one."""
    folder = scratch.folder("gate")
    config = default_config(pki, [mariadb])
    for table, keys in ((config["listener"][0], ("ssl_cert", "ssl_key")),
                        (config["cluster"]["default"], ("ssl_ca", "ssl_cert", "ssl_key"))):
        for key in keys:
            table[key] = shutil.copy(table[key], folder / f"{len(table)}-{key}-{table[key].name}")
    made = Gate(folder, config)
    program = portcullis_in(folder)
    give_to_server_user(folder)
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        made.child = Child([program, "run", "--config", made.config_file], folder / "log", as_user=as_server_user(),
                           env=LEAVE_IT_TO_THE_GATE, cwd=folder)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    wait_until(lambda: made.entries(msg="ready"), 30, "the gate to be ready")
    yield made
    made.child.kill()


# Not SIGQUIT: what a shell starts in the background ignores it.
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_gate_that_crashes_dumps_no_core(gate, number):
    with Wire(gate) as wire:
        wire.read_greeting()
        os.kill(gate.child.pid, number)
        ended = os.waitid(os.P_PID, gate.child.pid, os.WEXITED | os.WNOWAIT)
    assert (ended.si_code, ended.si_status) == (os.CLD_KILLED, number), "killed, not dumped"
    assert not list(gate.folder.glob("core*"))


def test_the_memory_of_a_gate_is_no_other_process_to_read(gate):
    """The kernel gives the files of a process that may not be dumped to root."""
    assert os.stat(f"/proc/{gate.child.pid}/environ").st_uid == 0


def test_the_limit_of_core_dumps_is_zero(gate):
    with open(f"/proc/{gate.child.pid}/limits", encoding="ascii") as limits:
        line = next(line for line in limits if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]
