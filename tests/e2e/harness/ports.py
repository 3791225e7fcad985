"""Ports of the loopback interface that nobody listens on, and waiting until somebody does.

They are taken from below the range the kernel uses for outgoing connections, so no client can sit on one by chance.
"""
import os
import random
import socket
import subprocess
import time

_given = set()


def _range():
    """Test processes that run side by side choose from parts of their own."""
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    each = (32000 - 20000) // count
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])  # the successor of one that crashed counts on
    first = 20000 + each * (worker % count)
    return first, first + each


def free_port():
    for _ in range(1000):
        port = random.randrange(*_range())
        if port in _given:
            continue
        with socket.socket() as probe4, socket.socket(socket.AF_INET6) as probe6:
            try:
                probe4.bind(("0.0.0.0", port))
                probe6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe6.bind(("::", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError("no free port")


def own_address():
    """An address of this machine that is not loopback: servers never block loopback. None: there is none."""
    shown = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()
    return next((each for each in shown if "." in each), None)


def wait_until(condition, deadline, what):
    """Polls condition() until it is true and returns its value; TimeoutError names what was waited for."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {deadline} s")
        time.sleep(0.02)
