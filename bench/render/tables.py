"""The tables of a report, as every kind of output shows them: columns, cells, and what stands above them.

Knows no layout: how wide a column may be and what is left out for that is the output's affair.
"""
import collections
import dataclasses

from render.figures import TRAITS, comparisons, overhead, plaintext_of, ratio
from render.numbers import NOTHING, number, percent, spread, times

SECTIONS = {"matrix": "What TLS costs", "peers": "Beside its peers", "direct": "In front of a real server",
            "idle": "Idle sessions", "limits": "Under pressure"}
WORKLOADS = {"handshakes": "Logins: connect, one query, quit", "queries": "Queries", "download": "Download",
             "upload": "Upload", "idle": "Idle sessions", "storm": "Accept storms, and a login every 100 ms",
             "greedy": "Small queries beside sessions that pull 8 MiB results without pause",
             "slow": "Logins beside clients that never come to one", "sessions": "Queries on few and on many sessions",
             "endurance": "Endurance: what the gate holds"}
LEGS = {"none": "none", "client": "client", "aggregator": "aggregator", "both": "both"}
TRAIT_TITLES = {"case": "", "leg": "TLS on leg", "tls": "TLS", "cipher": "cipher", "certificate": "certificate",
                "resumed": "handshake", "reuse": "connection", "clients": "clients"}


@dataclasses.dataclass(frozen=True)
class Column:
    title: str
    numeric: bool = False
    spare: int = 0  # the higher, the sooner it may be left out where a table is too wide


@dataclasses.dataclass(frozen=True)
class Cell:
    text: str
    value: float | str | None = None  # what it is sorted by
    brief: str = ""                   # where there is little room


@dataclasses.dataclass
class Line:
    cells: list
    kind: str = ""  # "ours", "plaintext"
    row: object = None


@dataclasses.dataclass
class Table:
    section: str
    workload: str
    heading: str
    said: str  # what all its rows have in common
    columns: list
    lines: list
    traits: list  # those that its rows differ in
    ours: object = None  # in a comparison: the row that the others are compared with
    growing: bool = False  # its rows are told apart by their number of clients, too

    @property
    def note(self):
        """What its columns do not say themselves."""
        return "The ratio is ours to theirs." if self.ours and len(self.lines) > 1 else ""


def trait(row, name):
    """A trait as it is read: "full", "both"; a dash where it is not known or means nothing."""
    value = row.traits.get(name)
    if value is None or (row.is_plaintext and name not in ("leg", "tls", "clients", "reuse")):
        return NOTHING
    if name == "resumed":
        return "resumed" if value else "full"
    if name == "reuse":
        return "reused" if value else "fresh"
    if name == "leg":
        return LEGS.get(value, str(value))
    return f"{value:,}" if name == "clients" and isinstance(value, int) else str(value)


def _in_words(row, name):
    word = trait(row, name)
    if name == "leg":
        return {"none": "plaintext", "both": "TLS on both legs"}.get(word, f"TLS on the {word} leg")
    return {"clients": f"{word} client{'' if word == '1' else 's'}", "resumed": f"{word} handshakes",
            "reuse": f"{word} aggregator connections"}.get(name, word)


def _split_traits(rows, traits=TRAITS):
    """(those that differ between the rows, a sentence of those that all share)."""
    judged = [each for each in rows if not each.is_plaintext] or rows
    known = [name for name in traits if any(trait(each, name) != NOTHING for each in judged)]
    different = [name for name in known if len({trait(each, name) for each in judged}) > 1]
    shared = [_in_words(judged[0], name) for name in known if name not in different]
    if different and "leg" not in different and len(judged) != len(rows):
        different.insert(0, "leg")  # or nothing would tell plaintext from the rest
    return different, ", ".join(shared)


def _trait_cell(row, name):
    word = trait(row, name)
    return Cell(word, row.traits.get(name) if name == "clients" else word)


def _figure_cell(figure):
    return Cell(spread(figure), figure.median if figure else None, number(figure.median if figure else None))


def _metric_columns(metrics, compared, title):
    """Each metric; behind those in `compared` what it is in comparison. Latency goes first where room is short."""
    spare = {"p999": 4, "p99": 3, "p50": 2}
    for metric in metrics:
        yield Column(metric.unit, True, spare.get(metric.name, 0))
        if metric.name in compared:
            yield Column(title, True, spare.get(metric.name, 0))


def name_of(row):
    """The endpoint, and whether it keeps connections for reuse."""
    return f"{row.endpoint}, reuse" if row.traits.get("reuse") else row.endpoint


def _line(row, kind, traits, compared, judge, with_endpoint=False):
    cells = [Cell(name_of(row), name_of(row))] if with_endpoint else []
    cells += [_trait_cell(row, name) for name in traits]
    for metric in row.metrics:
        cells.append(_figure_cell(row.figure(metric)))
        if metric.name in compared:
            cells.append(judge(row, metric))
    return Line(cells, kind, row)


def _with_overhead(rows, section, workload):
    """A table whose rows are compared with plaintext."""
    traits, said = _split_traits(rows)
    metrics = rows[0].metrics
    compared = [each.name for each in metrics if each.name in ("rate", "throughput", "cpu")]
    if not any(each.is_plaintext for each in rows):
        compared = []

    def judge(row, metric):
        change = overhead(row, plaintext_of(row, rows), metric.name)
        return Cell(percent(change), change)

    endpoints = {each.endpoint for each in rows}
    columns = [Column("endpoint")] if len(endpoints) > 1 else []
    columns += [Column(TRAIT_TITLES[name], name == "clients") for name in traits]
    columns += _metric_columns(metrics, compared, "vs plain")
    lines = [_line(each, "plaintext" if each.is_plaintext else "", traits, compared, judge, len(endpoints) > 1)
             for each in sorted(rows, key=lambda each: not each.is_plaintext)]
    return Table(section, workload, WORKLOADS.get(workload, workload.capitalize()), said, columns, lines, traits)


def _by_clients(rows):
    """(the rows of the number of clients that most were measured with, all rows that say how it goes with more).
    Of the second there are none where nothing was measured with several numbers."""
    def alike(row):
        return tuple(trait(row, name) for name in TRAITS if name != "clients") + (row.endpoint,)

    numbers = collections.Counter(each.traits.get("clients") for each in rows)
    usual = numbers.most_common(1)[0][0]
    several = {each for each, count in collections.Counter(map(alike, rows)).items() if count > 1}
    growing = [each for each in rows if alike(each) in several or each.traits.get("clients") != usual]
    if len(numbers) < 2 or None in numbers or not several:
        return rows, []
    return [each for each in rows if each.traits.get("clients") == usual], \
        sorted(growing, key=lambda each: each.traits["clients"])


def _growing(rows, section, workload):
    """A table of what becomes of a workload with more clients."""
    table = _with_overhead(rows, section, workload)
    table.heading += " by number of clients"
    table.growing = True
    return table


def _with_ratios(comparison, section, workload):
    """A table of ours and its peers. The ratios are ours to theirs."""
    ours = comparison.ours
    rows = ([ours] if ours else []) + comparison.peers
    traits, said = _split_traits(rows, [name for name in TRAITS if name != "reuse"])
    compared = [each.name for each in rows[0].metrics if each.name != "p999"] if ours and comparison.peers else []

    def judge(row, metric):
        if row is ours:
            return Cell(NOTHING)
        factor = ratio(ours.median(metric.name), row.median(metric.name))
        return Cell(times(factor), factor)

    columns = [Column("endpoint"), *(Column(TRAIT_TITLES[name], name == "clients", 5) for name in traits)]
    columns += _metric_columns(rows[0].metrics, compared, "ratio")
    lines = [_line(each, "ours" if each is ours else "", traits, compared, judge, True) for each in rows]
    return Table(section, workload, WORKLOADS.get(workload, workload.capitalize()), said, columns, lines, traits, ours)


def tables(rows):
    """All tables, in the order in which they are read: by section, then by workload as they were measured."""
    out = []
    for section in sorted({each.section for each in rows}, key=lambda name: ([*SECTIONS, name].index(name), name)):
        of_section = [each for each in rows if each.section == section]
        for workload in dict.fromkeys(each.workload for each in of_section):
            chosen = [each for each in of_section if each.workload == workload]
            if section in ("peers", "direct"):
                out += [_with_ratios(each, section, workload) for each in comparisons(chosen)]
            else:
                usual, growing = _by_clients(chosen)
                out.append(_with_overhead(usual, section, workload))
                out += [_growing(growing, section, workload)] if growing else []
    return out
