"""A report as one HTML file that loads nothing: charts (Chart.js, put inside), tables, sentences.

Every text from the results is escaped, and the page's own policy lets only the scripts run that are written here.
"""
import base64
import hashlib
import json
import pathlib
from html import escape

from render.charts import chart
from render.facts import facts, interrupted
from render.figures import rows_of
from render.highlights import highlights
from render.numbers import number
from render.sentences import sentences
from render.tables import SECTIONS, tables

HERE = pathlib.Path(__file__).parent
CHART_JS = pathlib.Path("/usr/share/javascript/chart.js/chart.min.js")  # Debian's libjs-chart.js


def _inline(text):
    """A script that ends only where it ends."""
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")


def _hash(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _json(value):
    return json.dumps(value).replace("<", "\\u003c")


def _tag(name, content, attributes=""):
    return f"<{name}{' ' * bool(attributes)}{attributes}>{content}</{name}>"


def _cell(cell, column):
    value = "" if cell.value is None else escape(str(cell.value))
    text = escape(cell.text)
    if cell.brief and cell.text != cell.brief:  # the range of a figure stands back
        text = f"{escape(cell.brief)}<span class=range>{escape(cell.text.removeprefix(cell.brief))}</span>"
    return f'<td{" class=n" if column.numeric else ""} data-v="{value}">{text}</td>'


def _figures(table):
    """A table that can be sorted."""
    head = "".join(f'<th scope=col{" class=n" if each.numeric else ""}><button type=button>{escape(each.title)}</button></th>'
                   for each in table.columns)
    body = "".join(_tag("tr", "".join(map(_cell, line.cells, table.columns)), f'class="{line.kind}"' if line.kind else "")
                   for line in table.lines)
    label = escape(f"{table.heading}: figures")
    return f'<div class=scroll role=region tabindex=0 aria-label="{label}"><table class=sortable>' \
           f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _views(described, number_of_chart):
    """Buttons to choose the metric."""
    if len(described["views"]) < 2:
        return ""
    buttons = "".join(f'<label><input type=radio name="view{number_of_chart}" value={at}{" checked" if at == 0 else ""}>'
                      f'<span>{escape(each["unit"])}</span></label>' for at, each in enumerate(described["views"]))
    return f'<fieldset class=views aria-label="What the chart shows">{buttons}</fieldset>'


def _article(table, described, number_of_chart):
    said = f"<p class=soft>{escape(table.said)}</p>" if table.said else ""
    figure = ""
    if described:
        title = escape(f"{table.heading}, {table.said}")
        figure = f'<figure data-chart={number_of_chart} data-title="{title}" hidden>' \
                 f"{_views(described, number_of_chart)}<div class=canvas><canvas role=img></canvas></div></figure>"
    note = f"<p class=soft>{escape(table.note)}</p>" if table.note else ""
    opened = " open" if not described or len(table.lines) <= 8 else ""
    return _tag("article", f"<h3>{escape(table.heading)}</h3>{said}{figure}"
                           f"<details{opened}><summary>All figures as a table</summary>{note}{_figures(table)}</details>")


def _sections(rows, floor):
    """(HTML, links, charts)."""
    html_of, links, charts = [], [], []
    section = None
    for table in tables(rows):
        if table.section != section:
            section = table.section
            title = escape(SECTIONS.get(section, section))
            anchor = f"section{len(links) + 1}"
            links.append(f'<a href="#{anchor}">{title}</a>')
            html_of.append(f'<h2 id="{anchor}">{title}</h2>')
        described = chart(table, floor)
        html_of.append(_article(table, described, len(charts)))
        if described:
            charts.append(described)
    return "".join(html_of), links, charts


def _targets(results):
    lines = []
    for each in results.get("targets") or []:
        limit = each.get("limit")
        word = "" if limit is None else "✓ met" if each.get("met") else "✗ missed"
        sense = {"<=": "≤", ">=": "≥"}.get(each.get("sense"), str(each.get("sense", "")))
        asked = "" if limit is None else f"asked {escape(sense)} {number(limit)}"
        lines.append(f'<tr><td class="{word[2:]}">{word}</td>'
                     f'<td class=wide>{escape(str(each.get("what", "")))}</td><td class=n>{number(each.get("value"))}'
                     f'<br><span class=soft>{asked}</span></td></tr>')
    if not lines:
        return ""
    head = "<thead><tr><th scope=col></th><th scope=col>target</th><th scope=col class=n>measured</th></tr></thead>"
    return f'<section class=block><h3 id=targets>Targets</h3><div class=scroll role=region tabindex=0 aria-label=Targets>' \
           f"<table>{head}<tbody>{''.join(lines)}</tbody></table></div></section>"


def _top(results, rows):
    known = dict(facts(results))
    about = [f"<code>{escape(known['command'])}</code>" if "command" in known else "",
             f"started {escape(known['started'])}" if "started" in known else "",
             f"took {escape(known['took'])}" if "took" in known else ""]
    warning = "<p class=warning role=alert><strong>Interrupted.</strong> This is what had been measured by then.</p>"
    cards = "".join(f"<li><span class=what>{escape(what)}</span><span class=figure>{escape(figure)}</span>"
                    f"<span class=detail>{escape(detail)}</span></li>" for what, figure, detail in highlights(results, rows))
    return f"<h1>{escape(str(results.get('title') or 'Benchmark'))}</h1>" \
           f"<p class=soft>{' · '.join(filter(None, about))}</p>{warning * interrupted(results)}" \
           f"{f'<ul class=highlights>{cards}</ul>' if cards else ''}"


def _run(results):
    pairs = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts(results))
    return f'<h2 id=run>The run</h2><section class=block><dl>{pairs}</dl><p class=soft>Figures are medians; the least ' \
           f"and the most of all runs stand in parentheses, and as a thin line at a bar's end.</p></section>"


def html(results):
    """The whole page. Raises FileNotFoundError without Debian's libjs-chart.js."""
    rows = rows_of(results)
    body, links, charts = _sections(rows, results.get("floor"))
    style = (HERE / "page.css").read_text(encoding="utf-8")
    scripts = [_inline(CHART_JS.read_text(encoding="utf-8")), _inline((HERE / "page.js").read_text(encoding="utf-8"))]
    policy = f"default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src {_hash(style)}; " \
             f"script-src {' '.join(map(_hash, scripts))}"
    said = "".join(f"<li>{escape(each)}</li>" for each in sentences(results, rows))
    nav = " ".join([*links, '<a href="#run">The run</a>'])
    return f"""<!doctype html>
<html lang=en>
<head>
<meta charset=utf-8>
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name=viewport content="width=device-width, initial-scale=1">
<title>{escape(str(results.get("title") or "Benchmark"))}</title>
<link rel=icon href="data:,">
<style>{style}</style>
</head>
<body>
<main class=sheet>
{_top(results, rows)}
<section class=block><h3>In short</h3><ul>{said}</ul></section>
{_targets(results)}
<nav aria-label=Contents>{nav}</nav>
{body}
{_run(results)}
<noscript><p class=soft>The charts need JavaScript; all figures are in the tables.</p></noscript>
</main>
<script type="application/json" id=charts>{_json(charts)}</script>
<script>{scripts[0]}</script>
<script>{scripts[1]}</script>
</body>
</html>
"""
