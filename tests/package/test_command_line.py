"""What goes with the command line: bash completion and the manual pages."""
import re
import subprocess

import pytest

from command_help import every_help
from harness.programs import PROJECT, portcullis

COMPLETION = PROJECT / "cmake/package/portcullis.bash"
EVERY_HELP = every_help()


@pytest.fixture
def complete(tmp_path):
    """complete(word...) -> what bash offers for the last of them."""
    (tmp_path / "certs").mkdir()
    (tmp_path / "gate.toml").touch()

    def ask(*words):
        script = f'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _portcullis {portcullis().resolve()};' \
                 ' printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", script, "bash", COMPLETION, "portcullis", *words], capture_output=True,
                              text=True, check=True, cwd=tmp_path)
        assert done.stderr == ""
        return done.stdout.split()

    return ask


def test_the_program_has_the_subcommands_that_everybody_needs():
    assert {("run",), ("check",), ("certs", "make"), ("certs", "show")} <= {each.path for each in EVERY_HELP}


@pytest.mark.parametrize("said", EVERY_HELP, ids=lambda each: " ".join(each.path) or "portcullis")
def test_completion_offers_every_subcommand_and_option(complete, said):
    assert sorted(complete(*said.path, "-")) == sorted(said.options)
    if said.subcommands:
        assert sorted(complete(*said.path, "")) == sorted(said.subcommands)


def test_completion_offers_what_fits_behind_an_option(complete):
    assert complete("run", "--config", "ga") == ["gate.toml"]
    assert complete("check", "-c", "") == ["certs", "gate.toml"]
    assert complete("certs", "make", "--dir", "") == ["certs"]
    assert complete("certs", "make", "--only", "") == ["ca", "server", "aggregator", "client"]
    assert complete("certs", "make", "--days", "") == []
    assert complete("certs", "show", "ga") == ["gate.toml"]
    assert complete("certs", "make", "--dir", "run", "--f") == ["--force"]


def shown(page):
    """A manual page as a reader sees it, without hyphenation."""
    done = subprocess.run(["man", "--warnings", "--no-hyphenation", "--no-justification", "-l", page], capture_output=True,
                          text=True, check=True, env={"PATH": "/usr/bin:/bin", "MANWIDTH": "200", "LC_ALL": "C.UTF-8"})
    return done.stdout, done.stderr


@pytest.mark.parametrize("said", EVERY_HELP, ids=lambda each: " ".join(each.path) or "portcullis")
def test_the_manual_has_every_subcommand_and_option(said):
    text, warnings = shown(PROJECT / "cmake/package/portcullis.1")
    assert warnings == ""
    if said.path and not said.subcommands:
        assert re.search(rf"^ +portcullis {' '.join(said.path)}\b", text, re.MULTILINE), f"no synopsis of {said.path}"
    missing = [each for each in said.options if not re.search(rf"(?<![\w-]){re.escape(each)}(?![\w-])", text)]
    assert not missing
