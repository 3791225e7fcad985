"""A report as Markdown, for bench/RESULTS.md: all columns, every table."""
import re

from render.facts import facts, interrupted
from render.figures import rows_of
from render.numbers import NOTHING, number
from render.sentences import sentences
from render.tables import SECTIONS, tables
from render.terminal import plain


def escaped(text):
    """Text that means itself, in a table's cell too."""
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", plain(text))


def _table(columns, lines):
    """`columns`: (title, numeric); `lines`: texts."""
    yield "| " + " | ".join(escaped(title) for title, _ in columns) + " |"
    yield "|" + "|".join("---:" if numeric else "---" for _, numeric in columns) + "|"
    for line in lines:
        yield "| " + " | ".join(escaped(each) for each in line) + " |"


def _targets(results):
    targets = results.get("targets") or []
    if targets:
        yield from ("", "## Targets", "")
        yield from _table((("target", False), ("value", True), ("asked", True), ("", False)),
                          [(each.get("what", ""), number(each.get("value")),
                            f"{each.get('sense', '')} {number(each['limit'])}" if each.get("limit") is not None else NOTHING,
                            "" if each.get("limit") is None else "met" if each.get("met") else "missed")
                           for each in targets])


def markdown(results):
    """The whole report, with a newline at its end."""
    rows = rows_of(results)
    out = [f"# {escaped(results.get('title') or 'Benchmark')}", ""]
    if interrupted(results):
        out += ["**Interrupted: this is what had been measured by then.**", ""]
    out += [f"- {name}: {escaped(value)}" for name, value in facts(results)]
    out += ["", "Figures are medians, with the least and the most of all runs in parentheses.", ""]
    out += [f"- {escaped(each)}" for each in sentences(results, rows)]
    out += _targets(results)
    section = None
    for table in tables(rows):
        if table.section != section:
            section = table.section
            out += ["", f"## {escaped(SECTIONS.get(section, section))}"]
        said = f": {escaped(table.said)}." if table.said else ""
        out += ["", f"**{escaped(table.heading)}**{said} {table.note}".rstrip(), ""]
        out += _table([(each.title, each.numeric) for each in table.columns],
                      [[cell.text for cell in line.cells] for line in table.lines])
    return "\n".join(out) + "\n"
