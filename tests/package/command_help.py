"""What the program says of its own arguments."""
import dataclasses
import re

from harness.gate import run


@dataclasses.dataclass(frozen=True)
class Help:
    path: tuple          # of subcommands
    subcommands: list
    options: list        # -h, --help, ...


def _section(text, title):
    found = re.search(rf"^{title}:\n((?:  .*\n)*)", text, re.MULTILINE)
    return found[1] if found else ""


def every_help(*path):
    """The help of every subcommand below `path`, itself first."""
    text = run(*path, "--help").stdout
    subcommands = re.findall(r"^  (\S+)", _section(text, "Subcommands"), re.MULTILINE)
    options = [name for names in re.findall(r"^  (-\S+)", _section(text, "Options"), re.MULTILINE) for name in names.split(",")]
    assert "--help" in options, text
    return [Help(path, subcommands, options), *(each for name in subcommands for each in every_help(*path, name))]
