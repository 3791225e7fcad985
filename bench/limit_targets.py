"""What is asked of the gate under pressure. A figure without a limit is shown: nothing was asked of it."""
from render.figures import CPU_PER_GB, CPU_PER_OPERATION, IDLE_CPU, MEMORY, P50, P99, THROUGHPUT, median, ratio


def of(results):
    """The list of targets with what was reached; those whose rows are missing are left out."""
    rows = {(row["workload"], row["case"]): row["runs"] for row in results["rows"]}
    found = []

    def target(what, value, limit=None):
        if value is not None:
            found.append({"what": what, "value": round(value, 3), "sense": "<=", "limit": limit,
                          "met": None if limit is None else value <= limit})

    for what, value, limit in (*_bulk(rows), *_storms(rows), *_greedy(rows), *_slow(rows), *_sessions(rows), *_endurance(rows)):
        target(what, value, limit)
    return found


def _cases(rows, workload):
    return {case: runs for (name, case), runs in rows.items() if name == workload}


def _ratio(runs, others, metric):
    return ratio(median(runs, metric), median(others, metric))


def _bulk(rows):
    for workload in ("download", "upload"):
        cases = list(_cases(rows, workload).items())
        if len(cases) == 2:
            (one, alone), (several, shared) = cases
            yield f"{workload}, CPU per GB: {several} / {one}", _ratio(shared, alone, CPU_PER_GB), None
            yield f"{workload}, MB/s: {several} / {one}", _ratio(shared, alone, THROUGHPUT), None


def _storms(rows):
    for case, runs in _cases(rows, "storm").items():
        yield f"{case}: refused or unanswered", max(run["refused"] for run in runs), 0
        yield f"{case}: honest logins that failed", max(run["honest_failed"] for run in runs), 0
        back = [run["back_ms"] for run in runs if "back_ms" in run]
        yield f"{case}: ms until logins take what they did, times 2", max(back) if back else None, 1000


def _greedy(rows):
    cases = _cases(rows, "greedy")
    alone = cases.pop("alone", [])
    for case, runs in cases.items():
        here = not case.endswith("gate")
        yield f"small queries, p99: {case} / alone", _ratio(runs, alone, P99), 2 if here else None
        if here:
            yield f"small queries, p99: {case} / of another gate", _ratio(runs, cases.get(f"{case} of another gate", []),
                                                                         P99), None


def _slow(rows):
    cases = _cases(rows, "slow")
    alone = cases.pop("alone", [])
    for case, runs in cases.items():
        for name, metric in (("p50", P50), ("p99", P99)):
            yield f"logins, {name}: {case} / alone", _ratio(runs, alone, metric), None


def _sessions(rows):
    for case, runs in _cases(rows, "idle").items():
        yield f"{case}: those that did not answer", max(run["sessions"] - run["answered"] for run in runs), 0
        yield f"{case}: KiB per session", median(runs, MEMORY), 36
        yield f"{case}, idle: CPU % of a core", median(runs, IDLE_CPU), 1
    cases = list(_cases(rows, "sessions").items())
    if len(cases) == 2:
        (few, least), (many, most) = cases
        yield f"CPU per query: {many} / {few}", _ratio(most, least, CPU_PER_OPERATION), 1.3


def _endurance(rows):
    """Growth counts from a twentieth of the work on: until then caches fill."""
    runs = [runs[0] for runs in _cases(rows, "endurance").values()]
    if len(runs) > 2:
        _, first, *_, last = runs
        work = f"{last['queries'] - first['queries']:,} queries and {last['logins'] - first['logins']:,} logins"
        yield f"descriptors that {work} left", last["descriptors"] - first["descriptors"], 0
        yield f"KiB that {work} left", last["resident_kib"] - first["resident_kib"], 1024
