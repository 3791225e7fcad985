"""The table of driver and case, one for each server, with notes below for every cell that is not plain."""
from matrix import CASES, DRIVERS
from servers import KINDS


def lines(cells):
    """cells: {(server, driver, case): (text, note or None)}."""
    notes = {}
    for server in KINDS:
        drivers = [name for name in DRIVERS if any((server, name, case) in cells for case in CASES)]
        cases = [case for case in CASES if any((server, name, case) in cells for name in drivers)]
        if not drivers:
            continue
        rows = [[_shown(cells.get((server, name, case)), notes) for case in cases] for name in drivers]
        width = [max(len(case), *(len(row[i]) for row in rows)) for i, case in enumerate(cases)]
        first = max(map(len, [server, *drivers]))
        yield ""
        yield "  ".join([server.ljust(first), *(case.ljust(w) for case, w in zip(cases, width))]).rstrip()
        yield "  ".join(["-" * first, *("-" * w for w in width)])
        for name, row in zip(drivers, rows):
            yield "  ".join([name.ljust(first), *(text.ljust(w) for text, w in zip(row, width))]).rstrip()
    if cells:
        yield ""
        yield 'same: through the gate as straight against the server. -: the driver has no such thing.'
    for note, number in notes.items():
        yield f"[{number}] {note}"


def _shown(cell, notes):
    if cell is None:
        return ""
    text, note = cell
    if note is None:
        return text
    return f"{text} [{notes.setdefault(note, len(notes) + 1)}]"
