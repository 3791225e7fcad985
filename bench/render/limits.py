"""What a run under pressure says, in plain sentences. What was not measured is not spoken of."""
from render.figures import ratio
from render.numbers import number, times


def said_of_limits(rows):
    limits = [each for each in rows if each.section == "limits"]
    yield from _workers(limits)
    for row in limits:
        if row.workload == "storm":
            yield _storm(row)
    yield from _company(limits, "greedy", "p99 of small queries")
    yield from _company(limits, "slow", "p99 of logins")
    yield _sessions(limits)
    yield _endurance([each for each in limits if each.workload == "endurance"])


def _of(rows, workload):
    return [each for each in rows if each.workload == workload]


def _case(row):
    return str(row.traits.get("case", ""))


def _workers(rows):
    for workload, what in (("download", "A GB of many downloads"), ("upload", "A GB of many uploads")):
        of = _of(rows, workload)
        cost = [each.median("cpu") for each in of]
        if len(of) == 2 and None not in cost:
            yield f"{what} at once takes {number(cost[1])} s of CPU with {_case(of[1])} and {number(cost[0])} s with {_case(of[0])}."


def _storm(row):
    before, worst, back = row.median("before"), row.median("worst"), row.median("back")
    if None in (before, worst, back):
        return None
    refused = row.median("refused")
    return f"{_case(row)}: {number(row.median('rate'))} a second, {number(refused) if refused else 'none'} refused. A login took " \
           f"{number(before)} ms before, {number(worst)} ms at worst, and was back {number(back)} ms behind the storm's end."


def _company(rows, workload, what):
    """What the company of others makes of the slowest hundredth."""
    of = _of(rows, workload)
    alone = next((each.median("p99") for each in of if _case(each) == "alone"), None)
    parts = [f"{times(ratio(each.median('p99'), alone))} {_case(each)}" for each in of
             if _case(each) != "alone" and ratio(each.median("p99"), alone) is not None]
    if parts:
        yield f"The {what} is {number(alone / 1000)} ms alone: {', '.join(parts)}."


def _sessions(rows):
    of = _of(rows, "sessions")
    factor = ratio(of[1].median("cpu"), of[0].median("cpu")) if len(of) == 2 else None
    return None if factor is None else f"A query on one of {_case(of[1])} takes {times(factor)} the CPU of one on {_case(of[0])}."


def _endurance(rows):
    known = [each for each in rows if None not in (each.median("resident"), each.median("queries"), each.median("logins"))]
    if len(known) < 3:
        return None
    _, first, *_, last = known
    done = " and ".join(f"{number(last.median(name) - first.median(name))} {name}" for name in ("queries", "logins"))
    return f"{done} took the gate from {number(first.median('resident'))} MiB ({_case(first)}) to {number(last.median('resident'))} " \
           f"MiB ({_case(last)}), and from {first.median('descriptors'):.0f} descriptors to {last.median('descriptors'):.0f}."
