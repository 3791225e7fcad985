"""Every driver does through the gate what it does straight against the server, or known_differences.toml says why not."""
import known
import pytest
from matrix import CASES, DRIVERS
from servers import KINDS


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("server", KINDS, indirect=True)
def test_the_gate_changes_nothing_for(server, driver, case, answers, cell):
    excuse = DRIVERS[driver].excuse()
    if excuse:
        cell("cannot run", excuse)
        pytest.skip(excuse)
    direct, gate = answers(server, DRIVERS[driver], case)
    lack = known.lack_of(server.name, driver, case)
    difference = known.difference_of(server.name, driver, case)
    same = CASES[case].same(direct, gate)
    if direct.outcome == "none":
        cell("-")
    elif not same:
        cell("differs" if difference else "DIFFERS", difference and difference.why)
    else:
        cell("same", lack and lack.why)

    as_hoped = direct.outcome == "none" or CASES[case].expects(direct)
    if lack:
        assert not as_hoped, f"known_differences.toml explains a lack that is gone: {lack.why}"
    else:
        assert as_hoped, f"straight against the server: {direct}"
    if difference and not (same and driver in difference.ended_in):
        assert not same, f"known_differences.toml explains a difference that is gone: {difference.why}"
        assert difference.describes(direct, gate), f"another difference than the known one\ndirect: {direct}\ngate:   {gate}"
    else:
        assert same, f"direct: {direct}\ngate:   {gate}"
