"""What a report says about the results of a benchmark, in the terminal, as HTML and as Markdown."""
import html.parser
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import report
from render import numbers, page
from render.charts import chart
from render.figures import CPU_PER_GB, Row, comparisons, overhead, plaintext_of, rows_of
from render.sentences import sentences
from render.tables import tables
from sample import Sample, full

BENCH = pathlib.Path(report.__file__).parent
EVIL = "</script><img src=x onerror=alert(1)>\"'`\x1b[31m|&\u202e"

needs_chart_js = pytest.mark.skipif(not page.CHART_JS.exists(), reason="cannot run here: libjs-chart.js is not installed")


def bulk(cpu_seconds, seconds=1.0, **traits):
    """A row of runs that moved one GB each."""
    runs = [{"operations": 119, "bytes": 10**9, "seconds": seconds, "cpu_seconds": each} for each in cpu_seconds]
    return {"section": "matrix", "workload": "download", "endpoint": "portcullis", "clients": 16} | traits | {"runs": runs}


PLAIN = {"leg": "none", "tls": "plaintext"}
BOTH = {"leg": "both", "tls": "TLSv1.3", "cipher": "AES-256-GCM"}


# --- what is computed ----------------------------------------------------------------------------------------------


def test_a_figure_is_the_median_of_its_runs_with_the_least_and_the_most():
    figure = Row(bulk([0.6, 0.9, 0.5])).figure(CPU_PER_GB)
    assert (figure.median, figure.least, figure.most, figure.runs) == (0.6, 0.5, 0.9, 3)


def test_overhead_is_measured_against_plaintext_of_the_same_workload_and_as_many_clients():
    rows = rows_of({"rows": [bulk([9.0], **PLAIN | {"clients": 1}), bulk([0.4, 0.5, 0.6], **PLAIN),
                             bulk([2.0], **PLAIN | {"workload": "upload"}), bulk([1.0, 0.75, 0.7], seconds=2.0, **BOTH)]})
    plain = plaintext_of(rows[3], rows)
    assert plain is rows[1]
    assert overhead(rows[3], plain, "cpu") == pytest.approx(50)
    assert overhead(rows[3], plain, "throughput") == pytest.approx(-50)
    assert overhead(plain, plain, "cpu") is None


def test_without_plaintext_there_is_no_overhead():
    results = {"rows": [bulk([1.0], **BOTH)]}
    rows = rows_of(results)
    assert plaintext_of(rows[0], rows) is None
    assert "vs plain" not in report.terminal(results)


def test_peers_are_compared_with_as_many_clients_and_in_the_way_most_like_ours():
    def row(endpoint, cpu, clients, **traits):
        return bulk([cpu], section="peers", endpoint=endpoint, **BOTH | {"clients": clients} | traits)
    rows = rows_of({"rows": [row("portcullis", 1.0, 1), row("portcullis", 1.2, 16), row("stunnel", 2.0, 1),
                             row("stunnel", 4.0, 16, cipher="AES-128-GCM"), row("stunnel", 3.0, 16), row("nginx", 5.0, 64)]})
    found = [(each.ours, each.peers) for each in comparisons(rows)]
    assert found == [(rows[0], [rows[2]]), (rows[1], [rows[4]]), (None, [rows[3], rows[5]])]


def test_the_ratio_is_ours_to_theirs():
    results = {"rows": [bulk([0.5], section="peers", **BOTH), bulk([2.0], section="peers", endpoint="stunnel", **BOTH)]}
    assert re.search(r"stunnel +1,000 +×1\.00 +2\.00 +×0\.25", report.terminal(results))


def test_what_was_measured_with_several_numbers_of_clients_has_a_table_of_its_own():
    rows = [bulk([1.0], **traits | {"clients": clients}) for traits in (PLAIN, BOTH) for clients in (1, 16, 64)]
    usual, growing = tables(rows_of({"rows": rows + [bulk([1.0], **BOTH | {"leg": "client"})]}))
    assert [each.row.traits["leg"] for each in usual.lines] == ["none", "both", "client"]
    assert {each.row.traits["clients"] for each in usual.lines} == {16}
    assert [each.row.traits["clients"] for each in growing.lines] == [1, 16, 64, 1, 16, 64]
    lines = chart(growing, {})
    assert lines["categories"] == [["1"], ["16"], ["64"]]
    assert [each["label"] for each in lines["views"][0]["series"]] == ["plaintext", "both legs"]


def test_what_was_not_measured_is_a_dash_and_never_a_zero():
    results = {"rows": [bulk([0.5], **PLAIN), bulk([], **BOTH),
                        {"section": "matrix", "workload": "download", "endpoint": "portcullis", "leg": "client",
                         "tls": "TLSv1.2", "clients": 16, "runs": [{"bytes": 0, "seconds": 0, "cpu_seconds": None}, None,
                                                                   {"bytes": 1, "seconds": 1, "cpu_seconds": math.nan}]}]}
    for row in rows_of(results)[1:]:
        assert row.figure(CPU_PER_GB) is None
    text = report.terminal(results)
    assert re.search(r"both +TLSv1\.3 +AES-256-GCM +– +– +– +–\n", text)
    assert re.search(r"client +TLSv1\.2 +– +\S+ +\S+ +– +–\n", text)


@pytest.mark.parametrize("results", [{}, {"rows": []}, {"rows": [{}]}, {"rows": [{"section": "new", "workload": "new"}]},
                                     {"rows": None, "machine": None, "versions": None, "floor": None, "targets": [{}]},
                                     {"floor": {"AES-256-GCM": "low"}, "targets": [{"value": "x", "limit": "y"}]}])
@needs_chart_js
def test_a_file_with_next_to_nothing_in_it_still_gives_a_report(results):
    assert report.terminal(results)
    assert report.markdown(results)
    assert "Nothing was measured" in report.html(results) or results.get("targets")


@pytest.mark.parametrize("value, text", [(None, "–"), (0, "0"), (20_000, "20,000"), (0.0, "0.00"), (0.1234, "0.123"), (0.9996, "1.00"), (9.996, "10.0"),
                                         (99.96, "100"), (12345.6, "12,346")])
def test_figures_have_three_digits_that_matter(value, text):
    assert numbers.number(value) == text


def test_sentences_follow_the_figures():
    def said(cpu):
        results = {"rows": [bulk([0.5], **PLAIN), bulk([cpu], **BOTH)], "floor": {"AES-256-GCM": 0.4}}
        return " ".join(sentences(results, rows_of(results)))
    assert "1.00 s of the gate's CPU" in said(1.0) and "+100%" in said(1.0) and "2.50 times" in said(1.0)
    assert "0.600 s of the gate's CPU" in said(0.6) and "+20%" in said(0.6) and "1.50 times" in said(0.6)


# --- how it is shown -----------------------------------------------------------------------------------------------


def test_the_terminal_report_fits_120_columns():
    results = full()
    for name in ("endpoint", "certificate"):
        results["rows"][-1] |= {name: "x" * 300}
    results["targets"][0]["what"] = "y" * 300
    results["command"] = "z" * 300
    assert max(map(len, report.terminal(results).splitlines())) <= 120


def test_columns_are_aligned():
    lines = report.terminal(full()).splitlines()
    for at, line in enumerate(lines):
        if line.startswith("──"):
            starts = [each.start() for each in re.finditer("─+", line)]
            following = lines[at + 1:lines.index("", at)]
            assert all(row[start - 1] == " " for row in following if not row.startswith("(") for start in starts[1:]
                       if len(row) >= start)


def test_targets_are_met_or_missed():
    text = report.terminal(full())
    assert re.search(r"^met +0\.752 ≤ 0\.850 +bulk", text, re.M)
    assert re.search(r"^MISSED +1\.81 ≥ 2\.00 +handshakes", text, re.M)
    assert "Of 2 targets, 1 is met." in text


@needs_chart_js
@pytest.mark.parametrize("show", ["terminal", "html", "markdown"])
def test_an_interrupted_run_says_so_and_a_whole_one_does_not(show):
    render = getattr(report, show)
    assert "nterrupted" in render(Sample(runs=1).matrix().results(complete=False))
    assert "nterrupted" not in render(full()).partition("<script")[0]


def test_a_single_run_has_no_range():
    assert "(" not in report.terminal({"rows": [bulk([0.5], **PLAIN), bulk([1.0], **BOTH)]}).partition("In short")[0]


def poisoned():
    """A file in which every text is an attack."""
    def poison(value):
        if isinstance(value, dict):
            return {poison(name) if name in ("openssl", "AES-256-GCM") else name: poison(each) for name, each in value.items()}
        if isinstance(value, list):
            return [poison(each) for each in value]
        return value + EVIL if isinstance(value, str) else value
    results = poison(full())
    for row in results["rows"]:
        row["section"] = row["section"].removesuffix(EVIL)
        row["workload"] = row["workload"].removesuffix(EVIL)
    results["rows"].append({"section": EVIL, "workload": EVIL, "endpoint": EVIL, "runs": [{"operations": 1, "seconds": 1}]})
    return results


class Elements(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.scripts = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.found and self.found[-1][0] == "script" and self.cdata_elem:
            self.scripts[-1] += data


@needs_chart_js
def test_no_text_of_the_results_becomes_markup():
    elements = Elements(report.html(poisoned())).found
    assert not [each for each in elements if each[0] == "img" or any(name.startswith("on") for name in each[1])]
    assert len([each for each in elements if each[0] == "script"]) == 3
    assert {tag for tag, _ in elements} == {tag for tag, _ in Elements(report.html(full())).found}


def test_no_text_of_the_results_commands_a_terminal_or_breaks_a_table():
    text = report.terminal(poisoned())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    for line in report.markdown(poisoned()).splitlines():
        assert "<img" not in line.replace("\\<", "")
        if line.startswith("|"):
            assert line.endswith("|") and "\x1b" not in line


@needs_chart_js
def test_the_page_loads_nothing():
    text = report.html(full())
    for tag, attributes in Elements(text).found:
        assert tag not in ("iframe", "object", "embed", "base", "audio", "video", "source")
        for name in ("src", "srcset", "data", "href", "action", "poster", "background"):
            assert re.match(r"#|data:,$", attributes.get(name) or "#"), (tag, attributes)
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style and "@import" not in style
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "http" not in policy


@needs_chart_js
def test_every_chart_has_its_table_beside_it():
    text = report.html(full())
    articles = text.split("<article>")[1:]
    charts = json.loads(text.partition("id=charts>")[2].partition("</script>")[0])
    assert len(articles) == len(charts) == text.count("<canvas")
    for article in articles:
        assert "<details" in article and "<table" in article


def test_the_command_writes_the_page_and_prints_the_tables(tmp_path):
    if not page.CHART_JS.exists():
        pytest.skip("cannot run here: libjs-chart.js is not installed")
    file = tmp_path / "results.json"
    file.write_text(json.dumps(full()))
    command = [sys.executable, str(BENCH / "report.py"), str(file)]
    printed = subprocess.run([*command, "--html", str(tmp_path / "out.html")], capture_output=True, text=True, check=True)
    assert printed.stdout == report.terminal(full()) + "\n"
    assert (tmp_path / "out.html").read_text() == report.html(full())
    printed = subprocess.run([*command, "--markdown"], capture_output=True, text=True, check=True)
    assert printed.stdout == report.markdown(full())


def test_a_file_that_is_no_json_is_an_error_in_a_sentence(tmp_path):
    file = tmp_path / "results.json"
    file.write_text("{")
    ran = subprocess.run([sys.executable, str(BENCH / "report.py"), str(file)], capture_output=True, text=True, check=False)
    assert ran.returncode == 1 and ran.stderr.startswith(f"report: {file}: ") and "Traceback" not in ran.stderr


# --- in a browser --------------------------------------------------------------------------------------------------


def browse(text, folder):
    """(the page after its scripts ran, what it said on the console) in Chromium."""
    file = folder / "page.html"
    file.write_text(text)
    ran = subprocess.run([shutil.which("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu",
                          f"--user-data-dir={folder}/profile", "--enable-logging=stderr", "--virtual-time-budget=4000",
                          "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return ran.stdout, [each for each in ran.stderr.splitlines() if "CONSOLE" in each]


@needs_chart_js
@pytest.mark.skipif(not shutil.which("chromium"), reason="cannot run here: chromium is not installed")
@pytest.mark.parametrize("results", [full(), poisoned(), Sample(runs=1).matrix().results(complete=False), {}],
                         ids=["full", "poisoned", "interrupted", "empty"])
def test_a_browser_draws_every_chart_and_complains_about_nothing(results, tmp_path):
    text = report.html(results)
    document, console = browse(text, tmp_path)
    assert console == []
    assert f'data-drawn="{text.count("<canvas")}"' in document
    assert document.count("<figure") == text.count("<canvas")
    assert not re.search(r"<figure[^>]*hidden", document)


@needs_chart_js
@pytest.mark.skipif(not shutil.which("chromium"), reason="cannot run here: chromium is not installed")
def test_a_click_on_a_column_sorts_by_it_and_a_choice_shows_another_metric(tmp_path):
    results = {"rows": [bulk([2.0], **PLAIN), bulk([10.0], **BOTH), bulk([3.0], **BOTH | {"leg": "client"})]}
    text = report.html(results)
    click = """<script>
      const header = [...document.querySelectorAll("th button")].find(each => each.textContent === "CPU s per GB");
      const column = header.parentElement.cellIndex;
      const order = () => [...document.querySelectorAll("tbody tr")].map(row => row.cells[column].dataset.v).join();
      const orders = [0, 1].map(() => { header.click(); return order(); });
      const label = () => document.querySelector("canvas").getAttribute("aria-label").match(/: (.*)\\. The/)[1];
      const before = label();
      document.querySelector("input[value='1']").click();
      document.title = [...orders, before, label()].join("; ");
    </script></body>"""
    clicking = re.sub(r"<meta http-equiv[^>]*>", "", text).replace("</body>", click)
    document, console = browse(clicking, tmp_path)
    assert console == []
    assert re.search("<title>(.*)</title>", document)[1] == \
        "10.0,3.0,2.0; 2.0,3.0,10.0; CPU s per GB; MB/s"
