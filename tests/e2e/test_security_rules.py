"""The index of the security rules: each is proved by tests that are marked with its number (`pytest -m rule --collect-only`)."""
import ast
import collections
import pathlib
import re

import pytest

from harness.programs import PROJECT

TESTS = pathlib.Path(__file__).parent

RULES = range(1, 28)
NOT_YET = {}  # by number: why there is no test


def _rules_of(node):
    """The numbers of the `pytest.mark.rule(N)` in an expression."""
    return [call.args[0].value for call in ast.walk(node)
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.rule"]


def proved_by_rule():
    found = collections.defaultdict(set)
    for file in TESTS.glob("test_*.py"):
        module = ast.parse(file.read_text())
        of_all = [number for each in module.body
                  if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "pytestmark"
                  for number in _rules_of(each.value)]
        for each in module.body:
            if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
                for number in of_all + [number for mark in each.decorator_list for number in _rules_of(mark)]:
                    found[number].add(each.name)
    return found


def test_every_rule_has_a_test_or_a_reason_why_not():
    proved = proved_by_rule()
    assert [number for number in RULES if number not in proved] == sorted(NOT_YET)
    assert set(proved) <= set(RULES)


def declared(header, what):
    return re.findall(rf"\b({what}\w*)\(", header.read_text())


@pytest.mark.rule(25)
def test_every_parser_of_peer_bytes_has_a_fuzz_target_with_seeds():
    parsers = [name for header in [*PROJECT.glob("protocol/*.hpp"), PROJECT / "proxy/net/proxy_header.hpp"]
               for name in declared(header, "(?:parse|classify)_")]
    assert len(parsers) > 10
    targets = {file.stem: file.read_text() for file in PROJECT.glob("tests/fuzz/fuzz_*.cpp")}
    # The frame's four bytes have no length to lie about; every message of the targets lies in one.
    assert [name for name in parsers if name != "parse_packet_header"
            and not any(name in text for text in targets.values())] == []
    for target in targets:
        assert list((PROJECT / "tests/fuzz/corpus" / target).iterdir()), f"{target} has no seeds"


@pytest.mark.rule(27)
@pytest.mark.parametrize("words", ["MariaDB 11.4+ clients", "bind a self-signed server certificate", "The aggregators see the gate",
                                   "proxy_protocol = true"])
def test_what_the_gate_cannot_do_is_written_down(words):
    assert words in (PROJECT / "README.md").read_text()
