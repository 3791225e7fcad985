"""Writes nested dicts as TOML: scalars and lists of scalars as values, dicts as tables, lists of dicts as arrays of tables."""
import json
import pathlib


def render(table, path=""):
    lines = []
    later = []
    for key, value in table.items():
        if isinstance(value, dict):
            name = f"{path}{key}"
            later.append(f"[{name}]\n{render(value, name + '.')}")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            name = f"{path}{key}"
            later.extend(f"[[{name}]]\n{render(each, name + '.')}" for each in value)
        else:
            lines.append(f"{key} = {_value(value)}")
    return "\n".join(lines) + "\n\n" + "".join(later)


def _value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    if isinstance(value, (str, pathlib.Path)):
        return json.dumps(str(value))
    return str(value)
