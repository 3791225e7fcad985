"""The gate under pressure: what is done to it, and how those fare who only want to work.

Each scenario starts what it needs, yields after every measurement and ends what it started; what was measured until
Ctrl-C is in its rows. What is asked of the figures is limit_targets.py's affair.
"""
import contextlib
import dataclasses
import itertools
import os
import resource
import statistics
import time

from driver import beside, measure, run
from endpoints import Endpoint, load_options
from plan import BULK, REFERENCE

CERTIFICATE, VERSION, CIPHER = REFERENCE["certificate"], REFERENCE["tls"], REFERENCE["cipher"]
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # two of the gate's for each session


@dataclasses.dataclass(frozen=True)
class Size:
    rounds: int      # of what is compared, in turn
    seconds: float   # of each measurement
    connects: int    # of a silent storm
    logins: int      # of a storm that logs in
    around: float    # seconds before a storm and behind it
    slow: int        # clients at the door
    sessions: int    # held at once
    queries: int     # of the endurance run
    endured: int     # its logins
    takes: str


SIZES = {"quick": Size(2, 0.5, 2000, 300, 1.5, 400, 400, 20_000, 1000, "a minute or two"),
         "normal": Size(5, 2.0, 10_000, 10_000, 3.0, 5000, 9000, 1_000_000, 100_000, "about 15 minutes")}
GREEDY = (1, 4)
SMALL = 100         # sessions, in the company of greedy ones and in that of many
PAUSE = 50          # milliseconds of theirs behind each reply
PROBE = 100         # milliseconds from one honest login to the next
TENTHS = 10
TURNS = 2           # that few and many sessions get in a round: what is asked of them is near to what they come to


class Place:
    """A gate for one scenario: TLS on both legs, an aggregator for each of its doors. `behind`: for each door, and `before`:
    words in front of the command of its aggregator, and of the gate."""

    def __init__(self, house, behind=((),), before=(), **sections):
        tls = {"listener": house.listener_tls(CERTIFICATE), "cluster": house.cluster_tls(CERTIFICATE, VERSION, CIPHER)}
        ports = [house.aggregator(CERTIFICATE, workers=os.cpu_count(), number=number, before=words)[0]
                 for number, words in enumerate(behind)]
        self.ports, self.gate = house.gate([{**tls, "port": port} for port in ports], before, **sections)
        self.unused = self._steady_descriptors()
        self.tls = ["--ssl-mode", "VERIFY_CA", "--ssl-ca", house.pki.file(CERTIFICATE, "ca-cert"), *load_options(VERSION, CIPHER)]

    def options(self, door=0):
        return ["--port", str(self.ports[door]), *self.tls]

    def row(self, workload, case, *options, **facts):
        return row(workload, case, **facts) | {"_endpoint": Endpoint("portcullis", [], [self.gate]),
                                               "_options": [*self.options(), *options]}

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.gate.pid}/fd"))

    def _steady_descriptors(self):
        """Without those of its first health checks."""
        found = []
        while len(set(found[-5:])) > 1 or len(found) < 5:
            time.sleep(0.05)
            found.append(self.descriptors())
        return found[-1]

    def resident_kib(self):
        with open(f"/proc/{self.gate.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


@contextlib.contextmanager
def place(house, *options, **more):
    made = Place(house, *options, **more)
    try:
        yield made
    finally:
        made.gate.end(5)


def row(workload, case, **facts):
    return {"section": "limits", "workload": workload, "endpoint": "portcullis", "case": case, "leg": "both", **REFERENCE,
            **facts, "runs": []}


def add(to, found):
    if found:
        to["runs"].append(found)


# --- bulk that crosses workers --------------------------------------------------------------------------------------------


def bulk(house, size, rows):
    several = max(2, os.cpu_count())
    with place(house, gate={"workers": 1}) as one, place(house, gate={"workers": several}) as many:
        load = ["--clients", "16", "--threads", str(os.cpu_count()), "--size", str(BULK)]
        chosen = [each.row(workload, case, "--workload", workload, *load, clients=16)
                  for workload in ("download", "upload") for each, case in ((one, "1 worker"), (many, f"{several} workers"))]
        rows += chosen
        for each in chosen * size.rounds:
            add(each, measure(each, max(size.seconds * 2, 2)))
            yield f"bulk: {each['workload']}, {each['case']}"


# --- accept storms --------------------------------------------------------------------------------------------------------


def storms(house, size, rows):
    silent = ["--connects", size.connects, "--at-once", size.connects // 2]
    logins = ["--connects", size.logins, "--at-once", min(500, size.logins // 4), "--log-in", "--no-resumption",
              "--threads", os.cpu_count()]
    with place(house) as here:
        for kind, options in (("connects", silent), ("logins", logins)):
            case = f"{options[1]:,} {kind}, {options[3]:,} at once"
            rows.append(row("storm", case))
            for _ in range(size.rounds if kind == "connects" else 1):
                with beside("probe", *here.options(), "--no-resumption", "--interval", PROBE, "--seconds", 600) as probe:
                    time.sleep(size.around)
                    storm = run("storm", *here.options(), *options)
                    time.sleep(size.around)
                    add(rows[-1], weathered(storm, probe.end() or []))
                yield f"storm: {case}"


def weathered(storm, logins):
    """What a storm was to those who logged in before, in and behind it. Back is where a login and at
    least one of the next two take at most twice as long as before; where that was not seen, the time is the one for which
    it was looked for."""
    ended = storm["began"] + storm["seconds"]
    good = [each for each in logins if not each["failure"]]
    before = [each["took_us"] for each in good if each["began"] + each["took_us"] / 1e6 < storm["began"]]
    during = [each["took_us"] for each in good if storm["began"] <= each["began"] <= ended]
    after = [each for each in good if each["began"] > ended]
    found = {"operations": storm["served"], "seconds": storm["seconds"], "refused": storm["refused"] + storm["unanswered"],
             "refusals": storm["refusals"], "honest_failed": len(logins) - len(good)}
    if before:
        found["before_us"] = statistics.median(before)
    if during:
        found["worst_us"] = max(during)
    if before and after:
        quick = [each["took_us"] <= 2 * found["before_us"] for each in after]
        back = next((each["began"] for at, each in enumerate(after) if quick[at] and any(quick[at + 1:at + 3])),
                    after[-1]["began"])
        found["back_ms"] = (back - ended) * 1000
    return found


# --- greedy sessions beside small ones ------------------------------------------------------------------------------------


def greedy(house, size, rows):
    """The gate has half of the processors to itself, as it has a machine of its own where it matters. On the other half those
    who are greedy, and their aggregator, get what the small ones leave: elsewhere they would not share it either. Once they
    use a gate of their own there: what the small ones lose then, this machine took from them."""
    cores = sorted(os.sched_getaffinity(0))
    near, far = cores[:len(cores) // 2] or cores, cores[len(cores) // 2:]
    last = (*on(far), "chrt", "--idle", "0")
    workers = {"workers": len(near)}
    with (place(house, (on(far), last), on(near), gate=workers) as here,
          place(house, (on(far), last), last, gate=workers) as elsewhere):
        small = ["--clients", str(SMALL), "--pause", str(PAUSE)]
        cases = [(here.row("greedy", "alone", *small, clients=SMALL), 0, None)]
        for count, (where, name) in itertools.product(GREEDY, ((here, ""), (elsewhere, " of another gate"))):
            cases.append((here.row("greedy", f"beside {count} greedy{name}", *small, clients=SMALL), count, where))
        for each, _, _ in cases:
            each["_before"] = on(far)
            rows.append(each)
        for each, count, where in cases * size.rounds:
            with contextlib.ExitStack() as company:
                others = company.enter_context(beside("load", *where.options(1), "--workload", "download", "--clients", count,
                                                      "--size", BULK, "--seconds", 600, "--warm-up", 0,
                                                      before=last)) if count else None
                time.sleep(0.7 if others else 0)
                found = measure(each, size.seconds)
                taken = others.end() if others else None
            if found and taken:
                found["greedy_bytes"], found["greedy_seconds"] = taken["bytes"], taken["seconds"]
            add(each, found if taken or not others else None)
            yield f"greedy sessions: {each['case']}"


def on(cores):
    """Words that keep a command to these processors."""
    return ("taskset", "-c", ",".join(map(str, cores)))


# --- slow clients at the door ---------------------------------------------------------------------------------------------


def slow(house, size, rows):
    with place(house, timeouts={"login": "1h"}) as here:
        load = ["--workload", "handshakes", "--clients", "2", "--no-resumption"]
        alone = here.row("slow", "alone", *load, clients=2, resumed=False)
        crowded = here.row("slow", f"beside {size.slow:,} slow clients", *load, clients=2, resumed=False)
        rows += [alone, crowded]
        for _ in range(size.rounds):
            add(alone, measure(alone, size.seconds))
            yield "slow clients: without"
            settle(here)
            crowd = house.slow_clients(here.ports[0], size.slow)
            try:
                found = measure(crowded, size.seconds)
                if found:
                    found["held"] = here.descriptors() - here.unused
                add(crowded, found)
            finally:
                crowd.kill()
            yield "slow clients: with"
            settle(here)


# --- many sessions --------------------------------------------------------------------------------------------------------


def sessions(house, size, rows):
    many = min(size.sessions, (FILES - 1000) // 2)
    with place(house) as here:
        idle = here.row("idle", f"{many:,} sessions", "--workload", "idle", "--clients", "16", "--sessions", str(many))
        rows.append(idle)
        add(idle, measure(idle, size.seconds * 4, warm_up=3))  # its memory is that of a new process: once
        yield "sessions: idle"
        cases = [here.row("sessions", f"{count:,} sessions", "--clients", "16", "--sessions", str(count), clients=16)
                 for count in (SMALL, many)]
        rows += cases
        for each in cases * (TURNS * size.rounds):
            settle(here)
            add(each, measure(each, size.seconds))
            yield f"sessions: {each['case']}"


def settle(here):
    """Until the gate has closed what its clients left."""
    until = time.monotonic() + 10
    while here.descriptors() > here.unused and time.monotonic() < until:
        time.sleep(0.05)


# --- endurance ------------------------------------------------------------------------------------------------------------


def endurance(house, size, rows):
    """Parts of the work, and what the gate holds behind each; half of the logins resume their TLS session."""
    with place(house) as here:
        done = {"queries": 0, "logins": 0, "resumed": 0}
        parts = [0, 0.05, *(tenth / TENTHS for tenth in range(1, TENTHS + 1))]
        for begin, end in zip([0, *parts], parts):
            for found in endure(here, round(size.queries * end) - round(size.queries * begin),
                                round(size.endured * end) - round(size.endured * begin)):
                done["queries"] += found["operations"] if found["workload"] == "queries" else 0
                done["logins"] += found["logins"]
                done["resumed"] += found["resumed"]
            settle(here)
            rows.append(row("endurance", f"after {100 * end:.0f} %"))
            add(rows[-1], {**done, "resident_kib": here.resident_kib(), "descriptors": here.descriptors()})
            yield f"endurance: {rows[-1]['case']}"


def endure(here, queries, logins):
    """The work in three parts, each as long as it takes."""
    common = [*here.options(), "--clients", 16, "--threads", os.cpu_count(), "--seconds", 3600, "--warm-up", 0]
    for workload, count, more in (("queries", queries, []), ("handshakes", logins // 2, ["--no-resumption"]),
                                  ("handshakes", logins - logins // 2, [])):
        if count:
            yield {**run("load", *common, "--workload", workload, "--operations", count, *more), "workload": workload}


SCENARIOS = {"bulk": bulk, "storms": storms, "greedy": greedy, "slow": slow, "sessions": sessions, "endurance": endurance}


def steps(size, names):
    """How many measurements there will be."""
    each = {"bulk": 4 * size.rounds, "storms": size.rounds + 1, "greedy": (1 + 2 * len(GREEDY)) * size.rounds,
            "slow": 2 * size.rounds, "sessions": 1 + 2 * TURNS * size.rounds, "endurance": TENTHS + 2}
    return sum(each[name] for name in names)
