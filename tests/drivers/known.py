"""Reads known_differences.toml: what a driver cannot do even straight against a server, and what the gate changes."""
import dataclasses
import functools
import pathlib
import re
import tomllib

from matrix import CASES, DRIVERS
from servers import KINDS


@dataclasses.dataclass(frozen=True)
class Entry:
    why: str
    servers: tuple
    drivers: tuple
    cases: tuple
    direct: str = ""
    gate: str = ""
    ended_in: dict = dataclasses.field(default_factory=dict)

    def covers(self, server, driver, case):
        return server in self.servers and driver in self.drivers and case in self.cases

    def describes(self, direct, gate):
        return re.search(self.direct, str(direct)) is not None and re.search(self.gate, str(gate)) is not None


@functools.cache
def _entries(kind):
    whole = tomllib.loads((pathlib.Path(__file__).parent / "known_differences.toml").read_text())
    assert set(whole) <= {"lack", "difference"}, sorted(whole)
    made = []
    for words in whole.get(kind, []):
        places = {key: tuple(words.pop(key, all_of)) for key, all_of in
                  (("servers", KINDS), ("drivers", DRIVERS), ("cases", CASES))}
        for key, all_of in (("servers", KINDS), ("drivers", DRIVERS), ("cases", CASES)):
            assert set(places[key]) <= set(all_of), f"unknown {key}: {places[key]}"
        made.append(Entry(**places, **words))
    return made


def _one(kind, server, driver, case):
    found = [entry for entry in _entries(kind) if entry.covers(server, driver, case)]
    assert len(found) <= 1, f"two explanations of {server}, {driver}, {case}: {found}"
    return found[0] if found else None


def lack_of(server, driver, case):
    return _one("lack", server, driver, case)


def difference_of(server, driver, case):
    return _one("difference", server, driver, case)
