#!/usr/bin/python3
"""Shows the results of a benchmark: in the terminal, as one HTML file, or as Markdown.

Reads the JSON that bench/run.py writes, measures nothing.
"""
import argparse
import json
import pathlib
import sys

from render.markdown import markdown
from render.page import html
from render.terminal import terminal

__all__ = ["terminal", "html", "markdown"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("results", type=pathlib.Path, help="the JSON file of a run")
    arguments.add_argument("--html", type=pathlib.Path, metavar="FILE", help="write the HTML report to FILE")
    arguments.add_argument("--markdown", action="store_true", help="print Markdown")
    chosen = arguments.parse_args()
    try:
        results = json.loads(chosen.results.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.exit(f"report: {chosen.results}: {error}")
    if chosen.html:
        chosen.html.write_text(html(results), encoding="utf-8")
    print(markdown(results) if chosen.markdown else terminal(results), end="" if chosen.markdown else "\n")


if __name__ == "__main__":
    main()
