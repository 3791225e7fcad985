"""A report for a terminal: aligned tables that fit its width."""
import re
import textwrap

from render.figures import rows_of
from render.facts import facts, interrupted
from render.numbers import number
from render.sentences import sentences
from render.tables import SECTIONS, tables

WIDTH = 120
GAP = "  "
LONGEST_WORD = 34  # of a cell that is no number


def plain(text):
    """Without what would move a terminal's cursor or colour it."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "?", str(text))


def _cut(text, numeric):
    return text if numeric or len(text) <= LONGEST_WORD else text[:LONGEST_WORD - 1] + "…"


def _texts(table, brief):
    """Title and cells of each column."""
    for at, column in enumerate(table.columns):
        cells = [line.cells[at] for line in table.lines]
        yield [_cut(plain(each), column.numeric) for each in
               (column.title, *((cell.brief or cell.text if brief else cell.text) for cell in cells))]


def _width(columns):
    return sum(max(map(len, each)) for each in columns) + len(GAP) * (len(columns) - 1)


def fit(table, width=WIDTH):
    """(columns, their texts, titles left out). Ranges go first, those of what may be spared before the others'; then
    what may be spared; then the ends of names."""
    columns = list(zip(table.columns, _texts(table, brief=False), _texts(table, brief=True)))
    for brief_from in (5, 4, 3, 2):
        if _width([long for _, long, _ in columns]) > width:
            columns = [(each, brief if each.spare >= brief_from else long, brief) for each, long, brief in columns]
    dropped = []
    while _width([long for _, long, _ in columns]) > width and any(each.spare for each, _, _ in columns):
        least = max(each.spare for each, _, _ in columns)
        dropped += [each.title for each, _, _ in columns if each.spare == least and each.title != "ratio"]
        columns = [each for each in columns if each[0].spare != least]
    texts = [long for _, long, _ in columns]
    for at in reversed(range(len(columns))):
        if _width(texts) > width:
            texts[at] = columns[at][2]
    while _width(texts) > width:
        longest = max(range(len(texts)), key=lambda at: max(map(len, texts[at])))
        limit = max(map(len, texts[longest])) - 1
        texts[longest] = [each if len(each) <= limit else each[:limit - 1] + "…" for each in texts[longest]]
    return [each for each, _, _ in columns], texts, dropped


def _aligned(table, width):
    columns, texts, dropped = fit(table, width)
    widths = [max(map(len, each)) for each in texts]
    lines = []
    for at in range(len(table.lines) + 1):
        cells = [text[at].rjust(size) if column.numeric else text[at].ljust(size)
                 for column, text, size in zip(columns, texts, widths)]
        lines.append(GAP.join(cells).rstrip())
        if at == 0:
            lines.append(GAP.join("─" * size for size in widths))
    if dropped:
        lines.append(f"(no room for {', '.join(dropped)}: the HTML report has them)")
    return lines


def _targets(results):
    for each in results.get("targets") or []:
        sense = {"<=": "≤", ">=": "≥"}.get(each.get("sense"), plain(each.get("sense", "")))
        if each.get("limit") is None:
            yield f"        {number(each.get('value')):>8}            {plain(each.get('what', ''))}"
            continue
        yield f"{'met   ' if each.get('met') else 'MISSED'}  {number(each.get('value')):>8} {sense} " \
              f"{number(each.get('limit')):<8} {plain(each.get('what', ''))}"


def _wrapped(text, width, indent="  "):
    return textwrap.wrap(plain(text), width, initial_indent=f"{indent[:-2]}• ", subsequent_indent=indent) or [""]


def terminal(results, width=WIDTH):
    """The whole report, without a newline at its end."""
    rows = rows_of(results)
    out = [plain(results.get("title") or "Benchmark"), ""]
    if interrupted(results):
        out += ["!! interrupted: what follows is what had been measured by then", ""]
    for name, value in facts(results):
        out += textwrap.wrap(f"{name:>9}: {plain(value)}", width, subsequent_indent=" " * 11)
    section = None
    for table in tables(rows):
        if table.section != section:
            section = table.section
            out += ["", f"━━ {plain(SECTIONS.get(section, section))} ".ljust(width, "━")]
        said = f": {plain(table.said)}." if table.said else ":"
        out += ["", *textwrap.wrap(f"{plain(table.heading)}{said} {table.note}", width), *_aligned(table, width)]
    out += ["", "━━ In short ".ljust(width, "━"), ""]
    for each in sentences(results, rows):
        out += _wrapped(each, width)
    targets = list(_targets(results))
    if targets:
        out += ["", "━━ Targets ".ljust(width, "━"), "", *(each[:width] for each in targets)]
    return "\n".join(out)
