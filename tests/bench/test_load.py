"""portcullis-bench against the synthetic aggregator, straight and through the gate: what is counted, what is said."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("PORTCULLIS_BUILD", str(PROJECT / "build/dev"))

import endpoints  # noqa: E402
import plan  # noqa: E402

CERTIFICATE, VERSION, CIPHER = plan.REFERENCE["certificate"], plan.REFERENCE["tls"], plan.REFERENCE["cipher"]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    made = endpoints.House(tmp_path_factory.mktemp("house"), workers=2)
    yield made
    made.end()


@pytest.fixture(scope="module")
def gate(house):
    """Options that lead through it, with TLS on both legs, and its pid."""
    ports, child = house.gate([{"listener": house.listener_tls(CERTIFICATE), "port": house.aggregator(CERTIFICATE)[0],
                                "cluster": house.cluster_tls(CERTIFICATE, VERSION, CIPHER)}])
    return ["--port", str(ports[0]), *verified(house), "--pid", str(child.pid)]


def verified(house):
    return ["--ssl-mode", "VERIFY_CA", "--ssl-ca", house.pki.file(CERTIFICATE, "ca-cert"),
            *endpoints.load_options(VERSION, CIPHER)]


def mutual(house):
    return ["--ssl-cert", house.pki.file(CERTIFICATE, "client-cert"), "--ssl-key", house.pki.file(CERTIFICATE, "client-key")]


def load(*options, seconds="0.3"):
    done = subprocess.run([endpoints.BENCH, "load", "--seconds", seconds, "--warm-up", "0.05", *map(str, options)],
                          capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout, done.stderr


def measured(*options, **more):
    code, out, err = load("--json", *options, **more)
    assert code == 0, err
    return json.loads(out)


@pytest.mark.parametrize("workload, least", [("queries", 100), ("handshakes", 100), ("download", 1_000_000), ("upload", 1_000_000)])
def test_every_workload_goes_through_the_gate_and_is_counted(gate, workload, least):
    run = measured(*gate, "--workload", workload, "--clients", "2", "--size", "1000000")
    assert run["operations"] > 0
    assert run["bytes"] >= least * run["operations"], "statements and answers"
    assert run["cpu_seconds"] > 0
    assert 0 < run["p50_us"] <= run["p99_us"] <= run["p999_us"]
    assert (run["tls_version"], run["cipher"]) == ("TLSv1.3", "TLS_AES_256_GCM_SHA384")


def test_sessions_are_resumed_unless_they_must_not_be(gate):
    often = measured(*gate, "--workload", "handshakes", "--operations", "20", seconds="20")
    assert often["resumed"] >= often["logins"] - 1
    never = measured(*gate, "--workload", "handshakes", "--operations", "20", "--no-resumption", seconds="20")
    assert never["logins"] >= 20 and never["resumed"] == 0


def test_an_aggregator_without_tickets_resumes_nothing(house):
    port, _ = house.aggregator(CERTIFICATE, resumes=False)
    run = measured("--port", port, *verified(house), *mutual(house), "--workload", "handshakes", "--operations", "20", seconds="20")
    assert run["logins"] >= 20 and run["resumed"] == 0


def test_tls_from_the_first_byte_reaches_who_knows_no_mysql(house):
    _, port = house.aggregator(CERTIFICATE)
    run = measured("--port", port, "--tls-first", *verified(house), *mutual(house), "--clients", "3")
    assert run["operations"] > 0 and run["tls_version"] == "TLSv1.3"


def test_plaintext_is_plaintext(house):
    run = measured("--port", house.aggregator(CERTIFICATE)[0], "--ssl-mode", "DISABLED")
    assert run["tls_version"] == ""


def test_what_nobody_watched_has_no_cost(house):
    run = measured("--port", house.aggregator(CERTIFICATE)[0], "--ssl-mode", "DISABLED")
    assert run["operations"] > 0 and "cpu_seconds" not in run


def test_more_sessions_than_clients_take_turns(gate):
    run = measured(*gate, "--clients", "2", "--sessions", "50", "--operations", "200", seconds="20")
    assert (run["sessions"], run["logins"], run["operations"]) == (50, 50, 200)


def test_operations_end_with_the_last_one_asked_for_on_however_many_threads(gate):
    for _ in range(10):
        assert measured(*gate, "--clients", "16", "--threads", "4", "--operations", "500", seconds="20")["operations"] == 500


def test_idle_sessions_cost_memory_alone(gate):
    run = measured(*gate, "--workload", "idle", "--sessions", "100", "--clients", "4")
    assert run["operations"] == 0
    assert run["resident_after_kib"] > run["resident_before_kib"]


def test_a_person_reads_sentences(gate):
    code, out, _ = load(*gate, "--workload", "download", "--size", "100000")
    assert code == 0
    assert "TLSv1.3 TLS_AES_256_GCM_SHA384" in out and "MB/s" in out and "s per GB" in out and "p99.9" in out


@pytest.mark.parametrize("options, said", [
    (["--ssl-mode", "VERIFY_CA"], "certificate was refused"),
    (["--user", "nobody", "--ssl-mode", "REQUIRED", "--tls-version", "TLSv1.1"], "TLS"),
    (["--port", "1"], "connect: Connection refused"),
    (["--host", "name.invalid"], "has no address: name.invalid"),
    (["--tls-version", "TLSv9"], "--tls-version"),
    (["--workload", "nonsense"], "nonsense"),
    (["--clients", "0"], "--clients"),
])
def test_a_load_that_cannot_be_says_why(house, options, said):
    port = ["--port", house.aggregator(CERTIFICATE)[0]] if "--port" not in options else []
    code, _, err = load(*port, *mutual(house), *options)
    assert code != 0
    assert said in err


@pytest.mark.parametrize("option, value", [
    ("--seconds", "nan"), ("--seconds", "0"), ("--seconds", "-1"), ("--seconds", "inf"), ("--seconds", "soon"), ("--warm-up", "nan"),
    ("--rate", "nan"), ("--rate", "0"), ("--operations", "0"), ("--operations", "-1"), ("--operations", "99999999999999999999")])
def test_a_number_that_cannot_be_is_refused(option, value):
    done = subprocess.run([endpoints.BENCH, "load", "--port", "1", option, value], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert f"{option}: " in done.stderr and value in done.stderr


@pytest.mark.parametrize("option, value", [("--rounds", "0"), ("--rounds", "-3"), ("--rounds", "1.5"), ("--seconds", "nan"),
                                           ("--seconds", "0"), ("--seconds", "-1"), ("--seconds", "inf")])
def test_a_run_of_nothing_is_refused_before_it_begins(option, value, tmp_path):
    done = subprocess.run([sys.executable, PROJECT / "bench/run.py", option, value, "--out", tmp_path / "out"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and f"argument {option}: takes a number from" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_server_that_dies_ends_the_load(house):
    ports, child = house.gate([{"listener": {}, "port": house.aggregator(CERTIFICATE)[0], "cluster": {"ssl_mode": "DISABLED"}}])
    running = subprocess.Popen([endpoints.BENCH, "load", "--port", str(ports[0]), "--ssl-mode", "DISABLED", "--seconds", "60"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    child.kill()
    _, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "read: " in err or "write: " in err or "connect: " in err


def test_ctrl_c_leaves_what_was_measured(house):
    running = subprocess.Popen([endpoints.BENCH, "load", "--json", "--port", str(house.aggregator(CERTIFICATE)[0]),
                                "--ssl-mode", "DISABLED", "--seconds", "60", "--warm-up", "0"], stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    run = json.loads(out)
    assert run["operations"] > 0 and run["seconds"] < 50


def test_an_interrupted_matrix_leaves_a_whole_report(tmp_path):
    running = subprocess.Popen([sys.executable, PROJECT / "bench/run.py", "matrix", "--quick", "--seconds", "0.1", "--out", tmp_path],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                               # What a shell starts in the background ignores it.
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    line = running.stderr.readline()
    assert "rows, 5 rounds: about" in line
    time.sleep(8)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 130, err
    results = json.loads((tmp_path / "matrix.json").read_text())
    assert results["complete"] is False
    assert all(row["runs"] for row in results["rows"])
    assert "</html>" in (tmp_path / "matrix.html").read_text()
    assert "What TLS costs" in out


def test_every_cell_of_the_full_matrix_is_there_once():
    cells = plan.matrix_cells("full")
    assert len(cells) == len(set(cells))
    handshakes = [cell[1:] for cell in cells if cell[0] == "handshakes"]
    assert len(handshakes) == 3 * 2 * 3 * 3 * 2, "legs, versions, ciphers, certificates, full and resumed"
    for workload in ("queries", "download", "upload"):
        assert len([cell for cell in cells if cell[0] == workload]) == 3 * 2 * 3, "legs, versions, ciphers"
