"""What the rows of a results file amount to: medians over runs, overheads against plaintext, ratios against peers.

Computes; chooses no words and no layout. A figure that cannot be computed is None, never 0.
"""
import dataclasses
import math
import statistics


@dataclasses.dataclass(frozen=True)
class Metric:
    """Something derived from one run. `of(run)` may fail on what an interrupted run lacks: it is then not known."""
    name: str
    unit: str
    of: callable
    higher_is_better: bool = False
    whole: bool = False  # it counts things


RATE = Metric("rate", "operations/s", lambda run: run["operations"] / run["seconds"], higher_is_better=True)
THROUGHPUT = Metric("throughput", "MB/s", lambda run: run["bytes"] / 1e6 / run["seconds"], higher_is_better=True)
CPU_PER_OPERATION = Metric("cpu", "CPU µs per operation", lambda run: run["cpu_seconds"] * 1e6 / run["operations"])
CPU_PER_GB = Metric("cpu", "CPU s per GB", lambda run: run["cpu_seconds"] * 1e9 / run["bytes"])
P50 = Metric("p50", "p50 µs", lambda run: run["p50_us"])
P99 = Metric("p99", "p99 µs", lambda run: run["p99_us"])
P999 = Metric("p999", "p99.9 µs", lambda run: run["p999_us"])
MEMORY = Metric("memory", "KiB per session", lambda run: run["memory_kib_per_session"])
IDLE_CPU = Metric("cpu", "CPU % of a core", lambda run: run["cpu_seconds"] * 100 / run["seconds"])
GREED = Metric("greed", "greedy MB/s", lambda run: run["greedy_bytes"] / 1e6 / run["greedy_seconds"], higher_is_better=True)
STORM = (dataclasses.replace(RATE, unit="connects/s"), Metric("refused", "refused", lambda run: run["refused"], whole=True),
         Metric("before", "ms of a login before", lambda run: run["before_us"] / 1000),
         Metric("worst", "the worst during it", lambda run: run["worst_us"] / 1000),
         Metric("back", "ms until it is back", lambda run: run["back_ms"]))
ENDURED = (Metric("resident", "resident MiB", lambda run: run["resident_kib"] / 1024),
           Metric("descriptors", "descriptors", lambda run: run["descriptors"], whole=True),
           Metric("queries", "queries done", lambda run: run["queries"], higher_is_better=True, whole=True),
           Metric("logins", "logins done", lambda run: run["logins"], higher_is_better=True, whole=True))

LATENCIES = (P50, P99, P999)


def _counting(what, plural):
    """Rate and CPU in the words of a workload."""
    return (dataclasses.replace(RATE, unit=f"{plural}/s"),
            dataclasses.replace(CPU_PER_OPERATION, unit=f"CPU µs per {what}"), *LATENCIES)


# The first is the rate, where there is one; `cpu` is what the work costs the gate.
METRICS = {
    "handshakes": _counting("login", "logins"),
    "queries": _counting("query", "queries"),
    "download": (THROUGHPUT, CPU_PER_GB),
    "upload": (THROUGHPUT, CPU_PER_GB),
    "idle": (MEMORY, IDLE_CPU),
    "storm": STORM,
    "greedy": (dataclasses.replace(RATE, unit="small queries/s"), GREED, *LATENCIES),
    "slow": (dataclasses.replace(RATE, unit="logins/s"), P50, P99, P999),
    "sessions": _counting("query", "queries"),
    "endurance": ENDURED,
}
OTHER_METRICS = _counting("operation", "operations")


@dataclasses.dataclass(frozen=True)
class Figure:
    median: float
    least: float
    most: float
    runs: int


# What a row may say about its TLS, and what to take from a file that does not say it.
TRAITS = ("case", "leg", "tls", "cipher", "certificate", "resumed", "reuse", "clients")


class Row:
    """A row of the file: what was measured, and the figures of its runs."""

    def __init__(self, data):
        self.section = str(data.get("section", "other"))
        self.workload = str(data.get("workload", "other"))
        self.endpoint = str(data.get("endpoint", "?"))
        self.traits = {name: data[name] for name in TRAITS if data.get(name) is not None}
        self.runs = data.get("runs") or []

    @property
    def metrics(self):
        return METRICS.get(self.workload, OTHER_METRICS)

    @property
    def is_ours(self):
        return "portcullis" in self.endpoint.lower()

    @property
    def is_plaintext(self):
        return self.traits.get("tls") == "plaintext" or self.traits.get("leg") == "none"

    def metric(self, name):
        """The workload's metric of that name, or None."""
        return next((each for each in self.metrics if each.name == name), None)

    def figure(self, metric):
        """Median, least and most over the runs that know it, or None."""
        values = []
        for run in self.runs if metric else ():
            try:
                value = float(metric.of(run))
            except (KeyError, TypeError, ValueError, ZeroDivisionError):
                continue
            if math.isfinite(value):
                values.append(value)
        if not values:
            return None
        summary = (statistics.median(values), min(values), max(values))
        return Figure(*(map(round, summary) if metric.whole else summary), len(values))

    def median(self, name):
        figure = self.figure(self.metric(name))
        return figure.median if figure else None


def median(runs, metric):
    """Of the runs that know it, or None: on a busy machine a short one may come to nothing."""
    figure = Row({"runs": runs}).figure(metric)
    return figure.median if figure else None


def rows_of(results):
    return [Row(each) for each in results.get("rows") or [] if isinstance(each, dict)]


def ratio(value, base):
    return None if value is None or not base else value / base


def overhead(row, plaintext, name):
    """By how many per cent a row's median is above plaintext's; negative: below."""
    if plaintext is None or row is plaintext:
        return None
    factor = ratio(row.median(name), plaintext.median(name))
    return None if factor is None else (factor - 1) * 100


def best_match(row, candidates, alike):
    """The candidate that has most of the traits of `row`; None if none has those of `alike`. The first trait that two
    candidates differ in decides: what a file says first about TLS weighs most."""
    able = [each for each in candidates if all(each.traits.get(name) == row.traits.get(name) for name in alike)]
    return max(able, default=None,
               key=lambda each: [each.traits.get(name) == row.traits.get(name) for name in TRAITS])


def plaintext_of(row, rows):
    """What a row's overhead is measured against: plaintext of the same workload with as many clients."""
    return best_match(row, [each for each in rows if each.is_plaintext and each.section == row.section and
                            each.workload == row.workload and each.endpoint == row.endpoint], ("clients",))


@dataclasses.dataclass
class Comparison:
    """One row of ours, or none, and the peers that did the same work."""
    ours: Row | None
    peers: list


def comparisons(rows):
    """Ours beside peers, for each row of ours. A peer is compared with as many clients and, where it was measured in
    several ways, in the way most like ours; peers that nothing of ours matches come last, alone."""
    out = []
    compared = set()
    peers = [each for each in rows if not each.is_ours]
    for ours in (each for each in rows if each.is_ours):
        matched = []
        for endpoint in dict.fromkeys(each.endpoint for each in peers):
            found = best_match(ours, [each for each in peers if each.endpoint == endpoint and
                                      each.workload == ours.workload], ("clients",))
            if found:
                matched.append(found)
                compared.add(id(found))
        out.append(Comparison(ours, matched))
    alone = [each for each in peers if id(each) not in compared]
    for workload in dict.fromkeys(each.workload for each in alone):
        out.append(Comparison(None, [each for each in alone if each.workload == workload]))
    return out
