"""`run --take-over` and socket activation: another process serves on the same sockets, and no client notices."""
import array
import contextlib
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import sys
import threading

import pymysql
import pytest

from harness import driver
from harness.admin import Admin
from harness.gate import Gate
from harness.ports import free_port, wait_until
from harness.wire import Wire

pytestmark = pytest.mark.threads

HELLO = b"portcullis-takeover 1\n"


@pytest.fixture
def first(make_gate, mariadb, scratch):
    """first(...): a gate that others can take over from."""
    def make(*aggregators, gate=None, **options):
        folder = scratch.folder("takeover")
        options = {"timeouts": {"drain": "60s"}, "admin": {"socket": folder / "admin"}, **options}
        return make_gate(*(aggregators or [mariadb]), gate={"takeover_socket": folder / "socket", **(gate or {})}, **options)

    return make


@pytest.fixture
def successor(scratch, request):
    """successor(gate): a process that takes over from it, with its configuration as it is now."""
    made = []

    def make(gate, start=True, env=None, config=None):
        made.append(Gate(scratch.folder("gate"), config or gate.config, ["--take-over"]))
        request.node.gates = [*getattr(request.node, "gates", []), made[-1]]
        return made[-1].start(env) if start else made[-1]

    yield make
    for each in made:
        each.finish()


def path_of(gate):
    return pathlib.Path(gate.config["gate"]["takeover_socket"])


def served_by(gate, tls):
    """A login; its session is the gate's."""
    with driver.connect(gate, tls) as connection:
        assert driver.value(connection, "SELECT 1") == 1
        number = connection.thread_id()
    return gate.wait_for(msg="session closed", id=number)


@contextlib.contextmanager
def conversation(gate, *said):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(30)
        peer.connect(str(path_of(gate)))
        for each in said:
            peer.sendall(each)
        yield peer


def asleep_aggregator():
    """One that takes connections and never greets: whoever looks at it waits for timeouts.connect."""
    silent = socket.create_server(("127.0.0.1", free_port()))
    return silent, f"127.0.0.1:{silent.getsockname()[1]}"


@pytest.fixture
def slow_successor(first, successor, mariadb):
    """A gate, and a process that has its sockets but is not ready for a long while."""
    gate = first()
    silent, address = asleep_aggregator()
    with silent:
        members = [{"address": mariadb.address}, {"address": address}]
        config = {**gate.config, "timeouts": {"connect": "4s"},
                  "cluster": {"default": {**gate.config["cluster"]["default"], "aggregator": members}}}
        after = successor(gate, start=False, config=config)
        after.spawn()
        gate.wait_for(msg="another process prepares to take over")
        yield gate, after


@contextlib.contextmanager
def logins(gate, tls):
    """Four clients who log in again and again meanwhile: their connection ids, and what failed."""
    over, ids, failures = threading.Event(), [], []

    def log_in():
        while not over.is_set():
            try:
                with driver.connect(gate, tls) as connection:
                    assert driver.value(connection, "SELECT 1") == 1
                    ids.append(connection.thread_id())
            except (OSError, AssertionError, pymysql.err.MySQLError) as failure:
                failures.append(failure)

    clients = [threading.Thread(target=log_in) for _ in range(4)]
    for each in clients:
        each.start()
    try:
        yield ids, failures
    finally:
        over.set()
        for each in clients:
            each.join()


# --- nobody notices ------------------------------------------------------------------------------------------------------

def test_no_login_fails_during_five_takeovers_and_no_id_comes_twice(first, successor, client_tls):
    gate = first()
    serving = gate
    with logins(gate, client_tls) as (ids, failures):
        for _ in range(5):
            before, enough = serving, len(ids) + 20
            serving = successor(before)
            assert before.ended() == 0
            wait_until(lambda enough=enough: len(ids) >= enough or failures, 60, "logins to go on")
    assert not failures
    assert len(ids) >= 100 and len(set(ids)) == len(ids)


def test_a_session_of_the_old_process_goes_on_and_then_that_process_ends(first, successor, client_tls):
    gate = first()
    with driver.connect(gate, client_tls) as inside:
        after = successor(gate)
        for _ in range(3):
            served_by(after, client_tls)
        assert driver.value(inside, "SELECT 1") == 1
        assert gate.child.running()
    assert gate.ended() == 0
    assert gate.session(id=inside.thread_id())["cause"] == "quit"
    served_by(after, client_tls)


def test_who_has_no_id_yet_when_another_takes_over_gets_one_of_its_own(first, successor):
    """Clients behind a balancer are greeted when its header has come: here, after the takeover."""
    gate = first(listener={"proxy_protocol_networks": ["127.0.0.0/8"]})
    header = b"PROXY TCP4 192.0.2.1 192.0.2.2 1000 3306\r\n"

    def greeted(wire):
        wire.socket.sendall(header)
        return wire.read_greeting().connection_id

    with contextlib.ExitStack() as open_:
        def connect():
            return open_.enter_context(Wire(gate))

        greeted(connect())
        waiting = [connect() for _ in range(3)]
        # They were accepted when one that came after them is greeted.
        greeted(connect())
        successor(gate)
        ids = [greeted(connect()) for _ in range(5)] + [greeted(each) for each in waiting]
        assert len(set(ids)) == len(ids)
    assert gate.ended() == 0


# --- what goes over ------------------------------------------------------------------------------------------------------

def test_unix_listeners_keep_their_path(first, successor, scratch):
    path = scratch.folder("socket") / "mysql.sock"
    gate = first(default_require="NONE", listeners=[{"name": "local", "address": f"unix:{path}"}])

    def served():
        with pymysql.connect(unix_socket=str(path), user="app", password="app-pw") as connection:
            return driver.value(connection, "SELECT 1") == 1

    there = path.stat().st_ino
    with pymysql.connect(unix_socket=str(path), user="app", password="app-pw"):
        after = successor(gate)
        assert served()
    assert gate.ended() == 0
    assert served() and path.stat().st_ino == there
    assert after.reload()["msg"] == "reloaded" and served()
    assert after.stop() == 0
    assert not path.exists() and not path_of(after).exists()


def test_the_administration_is_that_of_the_new_process(first, successor, client_tls):
    gate = first()
    path = pathlib.Path(gate.config["admin"]["socket"])
    there = path.stat().st_ino
    with driver.connect(gate, client_tls):
        after = successor(gate)
        wait_until(lambda: Admin(after).view("sessions")["sessions"] == [], 20, "the new process to answer")
    assert gate.ended() == 0
    assert path.stat().st_ino == there
    assert after.stop() == 0 and not path.exists()


def test_a_drained_aggregator_stays_drained(first, successor, client_tls, mariadb, mysql_lts):
    old = first(mariadb, mysql_lts)
    admin = Admin(old)
    assert admin.order(f"aggregators/{mariadb.address}/drain").status == 200
    new = successor(old)
    assert old.ended() == 0
    assert [each["drained"] for each in admin.view("aggregators")["aggregators"]] == [True, False]
    for _ in range(4):
        with driver.connect(new, client_tls) as connection:
            assert "MariaDB" not in driver.value(connection, "SELECT VERSION()")
    assert admin.order(f"aggregators/{mariadb.address}/undrain").status == 200
    assert [each["drained"] for each in admin.view("aggregators")["aggregators"]] == [False, False]


def test_listeners_come_and_go_with_a_takeover(first, successor, client_tls, scratch):
    path = scratch.folder("socket") / "mysql.sock"
    gate = first(listeners=[{"name": "local", "address": f"unix:{path}"}])
    new = {**gate.config["listener"][0], "name": "other", "address": f"127.0.0.1:{free_port()}"}
    after = successor(gate, config={**gate.config, "listener": [new, gate.config["listener"][0]]})
    assert gate.ended() == 0
    assert after.wait_for(msg=re.compile("no listener is configured"))[0]["address"] == f"unix:{path}"
    assert not path.exists()
    served_by(after, client_tls)
    with driver.connect(after, client_tls, port=gate.port) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_the_service_manager_hears_of_the_new_process_and_of_no_end(first, successor, client_tls, scratch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(scratch.folder("notify") / "socket"))
        manager.settimeout(30)
        env = {"NOTIFY_SOCKET": manager.getsockname()}
        gate = first(env=env)
        assert manager.recv(999) == b"READY=1"
        after = successor(gate, env=env)
        assert manager.recv(999).decode().splitlines() == ["READY=1", f"MAINPID={after.child.pid}"]
        assert gate.ended() == 0
        assert after.stop() == 0
        assert manager.recv(999).startswith(b"STOPPING=1")


# --- it does not come to it ----------------------------------------------------------------------------------------------

def test_a_new_process_that_dies_before_it_is_ready_changes_nothing(slow_successor, successor, client_tls):
    gate, after = slow_successor
    after.terminate(signal.SIGKILL)
    gate.wait_for(msg=re.compile("^not taken over"), level="warning")
    served_by(gate, client_tls)
    served_by(successor(gate), client_tls)
    assert gate.ended() == 0


def test_a_new_process_that_cannot_listen_everywhere_changes_nothing(first, successor, client_tls, scratch):
    path = scratch.folder("socket") / "mysql.sock"
    gate = first(listeners=[{"name": "local", "address": f"unix:{path}"}])
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        bad = {**gate.config["listener"][0], "name": "bad", "address": f"127.0.0.1:{taken.getsockname()[1]}"}
        after = successor(gate, start=False, config={**gate.config, "listener": [*gate.config["listener"], bad]})
        after.spawn()
        assert after.ended() == 1
    assert "listener 'bad': cannot listen on" in after.text()
    gate.wait_for(msg=re.compile("^not taken over"))
    assert path.exists() and path_of(gate).exists()
    served_by(gate, client_tls)
    assert path_of(successor(gate)).exists()
    assert gate.ended() == 0


def test_a_gate_that_is_told_to_end_meanwhile_hands_nothing_over(slow_successor):
    gate, after = slow_successor
    assert gate.stop() == 0
    assert after.ended() == 1
    assert "the gate is ending" in after.wait_for(msg=re.compile("^not taken over"))[0]["reason"]


def test_a_gate_that_dies_meanwhile_is_replaced(slow_successor, client_tls):
    gate, after = slow_successor
    gate.terminate(signal.SIGKILL)
    after.wait_for(msg="ready")
    assert after.entries(msg=re.compile("did not answer"), level="warning")
    served_by(after, client_tls)


def test_where_nobody_listens_it_starts_as_usual(first, successor, client_tls):
    gate = first(start=False)
    for _ in range(2):  # also where a gate was killed and its path is left
        after = successor(gate)
        assert after.entries(msg=re.compile("nobody listens at the takeover socket"))
        served_by(after, client_tls)
        after.terminate(signal.SIGKILL)
        after.child.wait(20)


def test_without_a_takeover_socket_it_says_so(make_gate, mariadb, successor):
    gate = make_gate(mariadb)
    after = successor(gate, start=False)
    after.spawn()
    assert after.ended() == 1 and "gate.takeover_socket is not set" in after.text()


def test_an_ordinary_start_does_not_take_the_takeover_socket_of_a_gate_that_lives(first, scratch):
    gate = first()
    there = path_of(gate).stat().st_ino
    listener = {**gate.config["listener"][0], "address": f"127.0.0.1:{free_port()}"}
    other = Gate(scratch.folder("gate"), {**gate.config, "listener": [listener], "admin": {"socket": "admin.sock"}})
    other.spawn()
    assert other.ended() == 1 and "another process listens there" in other.text()
    assert path_of(gate).stat().st_ino == there


def test_a_gate_that_was_taken_over_from_ends_its_sessions_with_the_second_signal(first, successor, client_tls):
    gate = first()
    with driver.connect(gate, client_tls) as inside:
        successor(gate)
        gate.terminate()
        gate.wait_for(msg=re.compile("^draining"))
        assert driver.value(inside, "SELECT 1") == 1
        gate.terminate()
        assert gate.child.wait(20) == 0
        with pytest.raises(pymysql.err.MySQLError):
            driver.value(inside, "SELECT 1")


# --- who may take over ---------------------------------------------------------------------------------------------------

def test_only_its_own_user_comes_to_the_takeover_socket(first, scratch):
    gate = first()
    path = path_of(gate)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if os.geteuid() != 0:
        pytest.skip("cannot run here: only root can be somebody else")
    path.chmod(0o666)
    ask = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); " \
          f"s.settimeout(30); s.sendall({HELLO!r}); print(s.recv(999))"
    said = subprocess.run([sys.executable, "-c", ask, path], user="nobody", capture_output=True, text=True, check=False)
    assert said.stdout.strip() in ("b''", "") and "listeners" not in said.stdout
    gate.wait_for(msg="another user was at the takeover socket")


@pytest.mark.parametrize("said", [b"", b"\n", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 4096, b"ready\n", HELLO + b"ready\n",
                                  b"portcullis-takeover 2\n", b"portcullis-takeover"])
def test_who_speaks_otherwise_gets_no_descriptor(first, successor, client_tls, said):
    gate = first()
    with conversation(gate, said) as peer:
        if not said.endswith(b"\n"):
            peer.shutdown(socket.SHUT_WR)
        text, ancillary, _, _ = peer.recvmsg(4096, socket.CMSG_SPACE(400))
        assert text.startswith(b"refused ") and not ancillary
    served_by(gate, client_tls)
    served_by(successor(gate), client_tls)
    assert gate.ended() == 0


def test_who_is_silent_is_not_waited_for(first, successor, client_tls):
    gate = first()
    with conversation(gate), conversation(gate, b"port"):
        served_by(successor(gate), client_tls)
    assert gate.ended() == 0


def test_descriptors_that_a_peer_sends_are_not_kept(first):
    gate = first()
    before = gate.child.open_files()
    for _ in range(3):
        with conversation(gate) as peer, open("/dev/null", "rb") as null:
            rights = array.array("i", [null.fileno()] * 250)
            peer.sendmsg([HELLO], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            offer = peer.recv(4096)  # without room for descriptors: they are dropped
            assert re.fullmatch(rb"listeners \d+ gg\n", offer)
            peer.sendmsg([b"nonsense\n"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            assert peer.recv(4096).startswith(b"refused ")
    wait_until(lambda: gate.child.open_files() <= before, 20, "the descriptors to be closed")


@pytest.mark.parametrize("offer, count", [(b"listeners 1 gg\n", 1), (b"listeners 1 g\n", 2), (b"listeners 1 g\n", 250),
                                          (b"hello?\n", 1), (b"yours 5\n", 0), (b"", 0), (b"x" * 4096, 0)])
def test_a_new_process_takes_nothing_from_whom_it_does_not_understand(first, successor, offer, count):
    gate = first(start=False)
    with socket.socket(socket.AF_UNIX) as old, socket.create_server(("127.0.0.1", 0)) as listening:
        old.bind(str(path_of(gate)))
        old.listen()
        after = successor(gate, start=False)
        after.spawn()
        old.settimeout(30)
        peer, _ = old.accept()
        with peer:
            assert peer.recv(999) == HELLO
            rights = array.array("i", [listening.fileno()] * count)
            peer.sendmsg([offer], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)] if count else [])
            peer.shutdown(socket.SHUT_WR)
            assert after.ended() == 1
    assert "does not hand over" in after.text()


# --- socket activation ---------------------------------------------------------------------------------------------------

@pytest.fixture
def manager(scratch):
    """A service manager's sockets: TCP, and a unix socket."""
    with socket.create_server(("127.0.0.1", free_port())) as tcp, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(scratch.folder("activation") / "mysql.sock"))
        local.listen()
        yield [tcp, local]


@pytest.fixture
def activated(first, manager):
    """activated(): a gate, not started, that finds the manager's sockets."""
    tcp, local = manager

    def make(**options):
        gate = first(start=False, default_require="NONE", listener={"address": f"127.0.0.1:{tcp.getsockname()[1]}"},
                     listeners=[{"name": "local", "address": f"unix:{local.getsockname()}"}], **options)
        gate.write_config()
        gate.sockets = manager
        return gate

    return make


def local_client(manager):
    return pymysql.connect(unix_socket=manager[1].getsockname(), user="app", password="app-pw", connect_timeout=60)


def test_the_service_manager_s_sockets_are_served(activated, manager, client_tls):
    gate = activated().start()
    served_by(gate, client_tls)
    with local_client(manager) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def test_a_restart_refuses_nobody_who_comes_to_the_service_manager_s_sockets(activated, manager, client_tls):
    gate = activated().start()
    served_by(gate, client_tls)
    assert gate.stop() == 0
    assert pathlib.Path(manager[1].getsockname()).exists()
    with socket.create_connection((gate.host, gate.port), 60) as early:
        gate.start()
        assert early.recv(1) != b""
        with local_client(manager) as connection:
            assert driver.value(connection, "SELECT 1") == 1


def test_no_login_fails_while_the_gate_restarts_behind_the_service_manager_s_sockets(activated, manager, client_tls):
    gate = activated().start()
    with logins(gate, client_tls) as (ids, failures):
        for _ in range(3):
            enough = len(ids) + 20
            assert gate.stop() == 0
            gate.start()
            wait_until(lambda enough=enough: len(ids) >= enough or failures, 60, "logins to go on")
    assert not failures
    assert len(ids) >= 60


def test_the_service_manager_s_sockets_are_handed_on_and_stay_its_own(activated, successor, manager, client_tls):
    gate = activated().start()
    after = successor(gate)
    assert gate.ended() == 0
    last = successor(after)
    assert after.ended() == 0
    served_by(last, client_tls)
    with local_client(manager) as connection:
        assert driver.value(connection, "SELECT 1") == 1
    assert last.stop() == 0
    assert pathlib.Path(manager[1].getsockname()).exists()


def test_what_is_no_listener_of_the_gate_is_closed_with_a_warning(activated, manager, client_tls):
    gate = activated()
    with socket.create_server(("127.0.0.1", 0)) as unknown, socket.socket() as deaf:
        gate.sockets = [deaf, *manager, unknown]
        gate.start()
    assert len(gate.entries(level="warning", msg=re.compile("not a listening stream socket"))) == 1
    address = gate.wait_for(msg=re.compile("no listener is configured"))[0]["address"]
    assert address.startswith("127.0.0.1:")
    served_by(gate, client_tls)
