"""Alert rules and the Grafana dashboard: in order, and about metrics that the gate really has."""
import json
import re
import subprocess

import pytest

from harness.admin import Admin, samples
from harness.ports import free_port
from harness.programs import PROJECT

RULES = PROJECT / "docker/prometheus/alerts.yml"
DASHBOARD = PROJECT / "docker/grafana/portcullis.json"
_METRIC = re.compile(r"\b(?:portcullis|process)_\w+")
# Of what has not happened to a fresh gate there is no sample.
_FAMILY = re.compile(r"^# TYPE (\S+) (\S+)$", re.M)


def promtool(*words):
    done = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True, check=False, cwd=RULES.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def expressions():
    """Every expression of the dashboard."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", [])]


def test_alert_rules_are_in_order():
    promtool("check", "rules", RULES.name)


@pytest.mark.parametrize("file", sorted(RULES.parent.glob("*.test.yaml")), ids=lambda file: file.name)
def test_alerts_are_raised_when_they_should_be_and_only_then(file):
    promtool("test", "rules", file.name)


def test_the_dashboards_expressions_are_in_order(scratch):
    """Grafana's variables stand for a duration and a pattern."""
    rules = [{"record": f"panel:{number}", "expr": each.replace("$__rate_interval", "1m").replace("$instance", ".+")}
             for number, each in enumerate(expressions())]
    assert len(rules) > 20
    file = scratch.folder("rules") / "dashboard.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", file)


def test_dashboard_and_alerts_ask_for_metrics_that_there_are(make_gate):
    text = Admin(make_gate(f"127.0.0.1:{free_port()}")).get("/metrics").text
    known = {name + end for name, kind in _FAMILY.findall(text)
             for end in (["_bucket", "_sum", "_count"] if kind == "histogram" else [""])}
    assert {name for name, _, _ in samples(text)} <= known
    alerts = [line for line in RULES.read_text().splitlines() if not re.match(r"\s*(description|summary):", line)]
    asked = set(_METRIC.findall("\n".join(alerts + expressions())))
    assert len(asked) > 20 and asked <= known, asked - known
