"""What the comparison with other proxies asks of the gate, and when that is met."""
import pytest

import plan
import targets

HAPROXY = "HAProxy 2.6"
TUNED = HAPROXY + ", bufsize 64 KiB"


def bulk(endpoint, *costs, workload="download"):
    """A row of runs that moved one GB each, for so many CPU seconds."""
    return {"workload": workload, "clients": 4, "endpoint": endpoint,
            "runs": [{"operations": 119, "bytes": 10**9, "seconds": 1, "cpu_seconds": cost} for cost in costs]}


def queries(endpoint, p50, p99, clients=16, cpu=1.0):
    return {"workload": "queries", "clients": clients, "endpoint": endpoint,
            "runs": [{"operations": 10, "bytes": 1, "seconds": 1, "cpu_seconds": cpu, "p50_us": p50, "p99_us": p99}]}


def logins(endpoint, operations, cpu=1.0):
    return {"workload": "handshakes", "clients": 16, "endpoint": endpoint,
            "runs": [{"operations": operations, "bytes": 1, "seconds": 1, "cpu_seconds": cpu}]}


def idle(endpoint, kib):
    return {"workload": "idle", "clients": plan.IDLE_SESSIONS, "endpoint": endpoint, "runs": [{"memory_kib_per_session": kib}]}


def reached(*rows, **more):
    return {each["what"]: (each["value"], each["met"]) for each in targets.of({"rows": list(rows), **more})}


def test_medians_are_compared_and_the_limit_itself_is_met():
    assert reached(bulk("portcullis", 9, 0.65, 0.1), bulk(HAPROXY, 1, 5, 0.2))[
        "download, CPU per GB: portcullis / HAProxy 2.6"] == (0.65, True)
    assert reached(bulk("portcullis", 0.66), bulk(HAPROXY, 1))["download, CPU per GB: portcullis / HAProxy 2.6"] == (0.66, False)


def test_the_tuned_haproxy_is_the_best_of_all_its_buffers_for_that_work():
    found = reached(bulk("portcullis", 8), bulk(HAPROXY, 16), bulk(TUNED, 10), bulk("portcullis", 9, workload="upload"),
                    bulk(HAPROXY, 15, workload="upload"), bulk(TUNED, 20, workload="upload"))
    assert found["download, CPU per GB, HAProxy tuned: portcullis / HAProxy 2.6, bufsize 64 KiB"] == (0.8, True)
    assert found["upload, CPU per GB, HAProxy tuned: portcullis / HAProxy 2.6"] == (0.6, True)


def test_the_floor_is_what_nobody_can_be_below():
    assert reached(bulk("portcullis", 1.4), floor={"AES-256-GCM": 1.0})["download, CPU per GB: portcullis / floor"] == (1.4, False)


def test_latencies_are_compared_at_one_client_and_at_sixteen():
    found = reached(*(queries(name, p50, p99, clients) for clients in (1, 16)
                      for name, p50, p99 in (("portcullis", 80, 200), (HAPROXY, 100, 200), ("HAProxy 3.2", 80, 100))))
    for clients in (1, 16):
        assert found[f"query at {clients} clients, p50: portcullis / HAProxy 2.6"] == (0.8, True)
        assert found[f"query at {clients} clients, p99: portcullis / HAProxy 2.6"] == (1.0, False)
        assert found[f"query at {clients} clients, p50: portcullis / HAProxy 3.2"] == (1.0, True)
        assert found[f"query at {clients} clients, p99: portcullis / HAProxy 3.2"] == (2.0, False)


def test_logins_are_counted_per_cpu_second_and_higher_is_better():
    found = reached(logins("portcullis", 130), logins("portcullis, reuse on", 190), logins(HAPROXY, 200, cpu=2.0))
    assert found["logins per CPU second: portcullis / HAProxy 2.6"] == (1.3, True)
    assert found["logins per CPU second: portcullis, reuse on / HAProxy 2.6"] == (1.9, False)


def test_memory_has_a_limit_of_its_own_and_is_less_than_the_others_take():
    found = reached(idle("portcullis", 15), idle("HAProxy 3.2", 60), idle("MySQL Router 9.7", 12))
    assert found["KiB per idle session"] == (15, True)
    assert found["KiB per idle session: portcullis / HAProxy 3.2"] == (0.25, True)
    assert found["KiB per idle session: portcullis / MySQL Router 9.7"] == (1.25, False)


@pytest.mark.parametrize("rows", [[], [bulk("portcullis", 1)], [bulk(HAPROXY, 1)], [bulk("portcullis", 1), bulk(HAPROXY)],
                                  [bulk("portcullis", 1), {**bulk(HAPROXY), "runs": [{"bytes": 0, "cpu_seconds": 1}]}]])
def test_what_was_not_measured_is_left_out(rows):
    assert reached(*rows) == {}
