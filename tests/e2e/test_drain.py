"""SIGTERM and SIGINT: sessions may finish, new ones are not taken, a second signal ends at once."""
import re
import signal
import socket
import time

import pymysql
import pytest

from harness import driver
from harness.admin import Admin
from harness.ports import wait_until
from harness.wire import COM_QUERY, Wire

pytestmark = pytest.mark.threads


def is_closed(gate):
    try:
        with socket.create_connection((gate.host, gate.port), 5) as probe:
            return probe.recv(1) == b""
    except OSError:
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_without_sessions_a_signal_ends_it_at_once_with_0(make_gate, mariadb, number):
    gate = make_gate(mariadb, timeouts={"drain": "60s"})
    gate.terminate(number)
    assert gate.child.wait(15) == 0


def test_a_query_under_way_is_finished(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, timeouts={"drain": "60s"})
    with Wire(gate) as wire:
        wire.login("app", tls=client_tls)
        wire.command(bytes([COM_QUERY]) + b"SELECT SLEEP(2)")
        time.sleep(0.3)
        gate.terminate()
        assert wire.read() == b"\x01"
    assert gate.child.wait(30) == 0


def test_a_session_may_go_on_until_it_ends_by_itself(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, timeouts={"drain": "60s"})
    with driver.connect(gate, client_tls) as connection:
        gate.terminate()
        time.sleep(1)
        assert gate.child.running()
        assert driver.value(connection, "SELECT 1") == 1
    assert gate.child.wait(15) == 0


def test_new_clients_are_not_taken_while_draining(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, timeouts={"drain": "60s"})
    with driver.connect(gate, client_tls):
        gate.terminate()

        wait_until(lambda: is_closed(gate), 10, "the port to be closed")
    assert gate.child.wait(15) == 0


def test_sessions_are_ended_when_the_drain_time_is_over(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, timeouts={"drain": "1s"})
    with driver.connect(gate, client_tls) as connection:
        gate.terminate()
        assert gate.child.wait(15) == 0
        with pytest.raises(pymysql.err.MySQLError):
            driver.value(connection, "SELECT 1")
    assert gate.session()["cause"] == "drained"


def test_a_signal_joins_the_drain_that_the_administration_began_and_the_next_one_hurries(make_gate, mariadb, client_tls):
    """Kubernetes' preStop and systemd's ExecStop are followed by SIGTERM."""
    gate = make_gate(mariadb, timeouts={"drain": "60s"})
    admin = Admin(gate)
    with driver.connect(gate, client_tls) as connection:
        assert admin.order("drain").status == 200
        wait_until(lambda: is_closed(gate), 10, "the port to be closed")
        gate.terminate()
        gate.wait_for(msg=re.compile("already draining"))
        assert gate.child.running()
        assert driver.value(connection, "SELECT 1") == 1
        gate.terminate()
        assert gate.child.wait(15) == 0
    assert gate.session()["cause"] == "drained"


def test_a_second_signal_ends_it_at_once(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, timeouts={"drain": "60s"})
    with driver.connect(gate, client_tls):
        gate.terminate()
        time.sleep(0.5)
        assert gate.child.running()
        gate.terminate()
        gate.child.wait(10)
    assert len(gate.entries(msg="session closed")) == 1


def test_a_client_in_its_login_does_not_hold_up_the_end(make_gate, mariadb):
    gate = make_gate(mariadb, timeouts={"drain": "2s", "login": "60s"})
    with Wire(gate) as wire:
        wire.read_greeting()
        gate.terminate()
        assert gate.child.wait(15) == 0


# --- notice ---------------------------------------------------------------------------------------------------------------


def test_load_balancers_hear_of_it_before_the_port_closes(make_gate, mariadb, client_tls):
    gate = make_gate(mariadb, timeouts={"drain_notice": "10s", "drain": "60s"})
    admin = Admin(gate)
    with driver.connect(gate, client_tls) as inside:
        gate.terminate()
        wait_until(lambda: admin.get("/readyz").status == 503, 10, "it not to be ready")
        driver.connect(gate, client_tls).close()  # who was sent here before the load balancer knew
        wait_until(lambda: is_closed(gate), 60, "the port to be closed")
        assert driver.value(inside, "SELECT 1") == 1
    assert gate.child.wait(15) == 0


@pytest.mark.parametrize("again", ["signal", "order"])
def test_a_second_signal_cuts_the_notice_short_and_a_second_order_does_not(make_gate, mariadb, client_tls, again):
    gate = make_gate(mariadb, timeouts={"drain_notice": "1h" if again == "signal" else "10s", "drain": "1h"})
    with driver.connect(gate, client_tls) as inside:
        admin = Admin(gate)
        assert admin.order("drain").status == 200
        wait_until(lambda: admin.get("/readyz").status == 503, 10, "it not to be ready")
        driver.connect(gate, client_tls).close()
        if again == "order":
            assert admin.order("drain", {"deadline": "0s"}).status == 200
            wait_until(lambda: is_closed(gate), 60, "the port to be closed")
            assert driver.value(inside, "SELECT 1") == 1, "the first order holds"
        gate.terminate()
        gate.wait_for(msg=re.compile("already draining"))
        if again == "signal":
            driver.connect(gate, client_tls).close()
        gate.terminate()
        assert gate.child.wait(15) == 0
