"""What the charts of a report show: plain data for page.js, one chart for each table, one view for each metric.

Chooses what stands beside what; draws nothing.
"""
from render.figures import overhead, plaintext_of, ratio
from render.numbers import NOTHING, number, percent, spread, times
from render.tables import name_of, trait

LEG_ORDER = ("client", "aggregator", "both")


def _categories(rows, names, with_endpoint):
    """Rows that share a category, by its label of several lines."""
    out = {}
    for row in rows:
        words = [name_of(row)] if with_endpoint else []
        for name in names:
            word = trait(row, name)
            if word != NOTHING:
                words.append(f"{word} client{'' if word == '1' else 's'}" if name == "clients" else word)
        out.setdefault(tuple(words) or (row.endpoint,), []).append(row)
    return out


def _bar(row, metric, remark):
    """One bar's numbers, and what is said about it."""
    figure = row.figure(metric) if row else None
    if figure is None:
        return None
    return {"value": figure.median, "least": figure.least, "most": figure.most,
            "text": f"{spread(figure)}{remark}", "short": number(figure.median)}


def _floor_of(row, metric, floor):
    """CPU s per GB of a bare loop: for both legs in TLS."""
    if metric.name != "cpu" or row.workload not in ("download", "upload") or row.traits.get("leg") != "both":
        return None
    value = floor.get(row.traits.get("cipher"))
    return float(value) if isinstance(value, (int, float)) else None


def _matrix(table, floor):
    """Bars by leg, plaintext as a line across them all."""
    rows = [each.row for each in table.lines]
    plain = [each for each in rows if each.is_plaintext]
    drawn = [each for each in rows if not each.is_plaintext] if len(plain) == 1 else rows
    legs = [leg for leg in LEG_ORDER if any(each.traits.get("leg") == leg for each in drawn)]
    if len(legs) < 2 or len(plain) > 1:
        legs = []
    names = [name for name in table.traits if not (name == "leg" and legs)]
    groups = _categories(drawn, names, len({each.endpoint for each in rows}) > 1)

    def bars(metric, leg):
        for group in groups.values():
            row = next((each for each in group if not leg or each.traits.get("leg") == leg), None)
            change = overhead(row, plaintext_of(row, rows), metric.name) if row else None
            yield _bar(row, metric, f", {percent(change)} against plaintext" if change is not None else "")

    for metric in rows[0].metrics:
        series = [{"label": f"{leg} leg" if leg != "both" else "both legs", "tone": LEG_ORDER.index(leg),
                   "bars": list(bars(metric, leg))} for leg in legs] or [{"label": "", "tone": 2, "bars": list(bars(metric, None))}]
        line = plain[0].figure(metric) if len(plain) == 1 else None
        floors = [next(filter(None, (_floor_of(each, metric, floor) for each in group)), None) for group in groups.values()]
        yield groups, metric, series, line and {"value": line.median, "label": f"plaintext {number(line.median)}"}, floors


def _endpoints(table, floor):
    """A bar for each endpoint, ours in its own colour."""
    rows = [each.row for each in table.lines]
    groups = _categories(rows, [], True)
    if any(len(each) > 1 for each in groups.values()):
        groups = _categories(rows, table.traits, True)

    def bars(metric):
        for row in (group[0] for group in groups.values()):
            factor = ratio(table.ours.median(metric.name), row.median(metric.name)) if table.ours else None
            compared = factor is not None and row is not table.ours
            bar = _bar(row, metric, f", ours is {times(factor)} of it" if compared else "")
            yield bar and bar | {"ours": row.is_ours}

    for metric in rows[0].metrics:
        floors = [_floor_of(group[0], metric, floor) for group in groups.values()]
        yield groups, metric, [{"label": "", "tone": 3, "bars": list(bars(metric))}], None, floors


def _lines(table, _):
    """A line for each way of doing the work, over the number of clients."""
    rows = [each.row for each in table.lines]
    numbers = sorted({each.traits["clients"] for each in rows})
    ways = _categories(rows, [name for name in table.traits if name != "clients"],
                       len({each.endpoint for each in rows}) > 1)
    for metric in rows[0].metrics:
        series = []
        for words, group in ways.items():
            found = {each.traits["clients"]: each for each in group}
            leg = group[0].traits.get("leg")
            others = [word for word in words if word != leg]
            label = ", ".join([*others, "both legs" if leg == "both" else f"{leg} leg"] if leg in words else others)
            series.append({"label": "plaintext" if group[0].is_plaintext else label, "tone": len(series) % 4, "bars": [
                _bar(found.get(clients), metric, "") for clients in numbers]})
        yield {(f"{each:,}",): None for each in numbers}, metric, series, None, []


def chart(table, floor):
    """The chart of a table, or None where there is nothing to draw. `floor`: CPU s per GB of a bare loop, by cipher."""
    arranged = _lines if table.growing else _endpoints if table.section in ("peers", "direct", "idle") else _matrix
    views = []
    categories = []
    for groups, metric, series, line, floors in arranged(table, floor or {}):
        categories = [list(each) for each in groups]
        if any(bar for each in series for bar in each["bars"]):
            views.append({"unit": metric.unit, "cost": metric.name == "cpu", "higherIsBetter": metric.higher_is_better,
                          "series": series, "line": line, "floors": floors if any(floors) else None})
    if not views:
        return None
    if not table.growing:
        views.sort(key=lambda each: not each["cost"])
    return {"categories": categories, "views": views, "lines": table.growing}
