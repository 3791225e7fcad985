"""Reads logfmt: key=value and key="quoted value" pairs, one entry a line."""
import json
import re

_PAIR = re.compile(r'([A-Za-z_][\w.]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)')


def parse(line):
    """The entry of a line as a dict of strings; {} for a line that is none."""
    return {key: _unquote(value) for key, value in _PAIR.findall(line)}


def _unquote(value):
    if not value.startswith('"'):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value[1:-1]
