#!/usr/bin/python3
"""Measures: what TLS costs (matrix), how the gate compares with other proxies on the same work (peers), and how it
stands pressure (limits).

Every row is measured in several rounds, one after the other, so that whatever else the machine does hits all alike.
Ctrl-C ends the run early; what was measured until then is reported.
"""
import argparse
import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import limit_targets
import limits
import plan
import report
import targets
from driver import measure
from endpoints import BUILD, PROGRAM, PROJECT, House, installed

TITLES = {"matrix": "What TLS costs", "peers": "The gate and its peers", "limits": "The gate under pressure"}
# Rounds, seconds of each measurement. A session's latency hangs on the cores that its threads fall to, for as long as it
# lasts: of peers, whose latencies are compared, many short measurements tell more than a few long ones.
SIZES = {"matrix": {"quick": (5, 0.5), "normal": (5, 1.0), "full": (5, 2.0)},
         "peers": {"quick": (5, 0.5), "normal": (20, 0.5), "full": (20, 1.0)}}
OVERHEAD = 0.45  # seconds around each: logins, warm-up, the end
START = 1.9      # seconds more of a row that starts a process of its own


def duration(seconds):
    minutes, seconds = divmod(int(seconds + 0.5), 60)
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


class Progress:
    """One line at the foot of a terminal; nothing where there is none."""

    def __init__(self, steps):
        self.steps = steps
        self.done = 0
        self.began = time.monotonic()
        self.shown = sys.stderr.isatty()

    def step(self, what):
        self.done += 1
        if not self.shown:
            return
        left = (time.monotonic() - self.began) / self.done * (self.steps - self.done)
        width = 24
        bar = "█" * (width * self.done // self.steps)
        line = f"{bar:░<{width}} {100 * self.done // self.steps:3} %  {duration(left)} left  {what}"
        sys.stderr.write("\r\x1b[K" + line[:shutil.get_terminal_size().columns - 1])
        sys.stderr.flush()

    def end(self):
        if self.shown:
            sys.stderr.write("\r\x1b[K")


def measure_floor():
    """CPU seconds per GB that nobody can be below: see bench/micro/floor.cpp."""
    done = subprocess.run([BUILD / "bench_micro", "--benchmark_filter=^floor/", "--benchmark_format=json",
                           "--benchmark_min_time=0.3"], capture_output=True, text=True, check=True)
    return {each["name"].split("/")[1]: each["cpu_s_per_GB"] for each in json.loads(done.stdout)["benchmarks"]}


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        text = file.read()
    model = re.search(r"^model name\s*: (.*)", text, re.M)
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1])
    return {"cpu": model.group(1) if model else platform.processor(), "cores": os.cpu_count(), "memory_gib": round(memory / 2**20, 1),
            "kernel": platform.release(), "aes_ni": bool(re.search(r"^flags.*\baes\b", text, re.M))}


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().split("\n")[0]


def package_version(package):
    done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True, check=False)
    return done.stdout


def versions(programs):
    found = {"portcullis": first_line(PROGRAM, "--version"), "openssl": first_line("openssl", "version")}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if commit.returncode == 0:
        found["commit"] = commit.stdout.strip()
    if programs is not None:
        for name, program, option in (("HAProxy", installed("haproxy"), "-v"), ("HAProxy 3.2", programs.get("haproxy32"), "-v"),
                                      ("nginx", installed("nginx"), "-v"), ("stunnel", installed("stunnel4"), None),
                                      ("MySQL Router", programs.get("router"), "--version"),
                                      ("MariaDB", programs.get("mariadb"), "--version")):
            if program:
                found[name] = first_line(program, option) if option else package_version("stunnel4")
    return found


def find_programs():
    """What tests/servers/fetch brought for the comparison."""
    done = subprocess.run([PROJECT / "tests/servers/fetch", "--where"], capture_output=True, text=True, check=True)
    cache = pathlib.Path(done.stdout.strip())
    places = {"haproxy32": cache / "haproxy-3.2/bin/haproxy", "router": cache / "mysql-router/bin/mysqlrouter",
              "mariadb": pathlib.Path("/usr/sbin/mariadbd")}
    return {name: str(place) for name, place in places.items() if place.exists()}


def carry_out(rows, rounds, seconds, floors):
    """True if the rounds were all made."""
    progress = Progress(rounds * len(rows))
    try:
        for _ in range(rounds):
            if floors is not None:
                floors.append(measure_floor())
            for row in rows:
                run = measure(row, seconds)
                if run:
                    row["runs"].append(run)
                progress.step(f"{row['endpoint']}: {row['workload']}")
    except KeyboardInterrupt:
        return False
    finally:
        progress.end()
    return True


def carry_out_limits(house, size, names, rows):
    """True if every scenario was carried out."""
    progress = Progress(limits.steps(size, names))
    whole = True
    try:
        for name in names:
            try:
                for done in limits.SCENARIOS[name](house, size, rows):
                    progress.step(done)
            except (RuntimeError, OSError, subprocess.TimeoutExpired) as failure:
                print(f"\r\x1b[K{name}: {failure}", file=sys.stderr)
                whole = False
    except KeyboardInterrupt:
        return False
    finally:
        progress.end()
    return whole


def number(kind, least, most):
    """The type of an argument."""
    def parse(text):
        with contextlib.suppress(ValueError):
            value = kind(text)
            if least <= value <= most:  # which nan is not either
                return value
        raise argparse.ArgumentTypeError(f"takes a number from {least} to {most}, not {text}")
    return parse


def arguments_of_this_run():
    arguments = argparse.ArgumentParser(prog="./dev bench", description=__doc__.partition("\n")[0])
    arguments.add_argument("what", nargs="?", choices=list(TITLES), default="matrix")
    size = arguments.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick",
                      help="the matrix in two minutes: both legs at once; small numbers")
    size.add_argument("--full", dest="size", action="store_const", const="full", help="every combination")
    arguments.add_argument("--rounds", type=number(int, 1, 1000), help="measurements of each row")
    arguments.add_argument("--seconds", type=number(float, 0.1, 86400), help="of each measurement")
    arguments.add_argument("--out", type=pathlib.Path, default=PROJECT / "build/bench/results", help="folder of the reports")
    arguments.add_argument("--only", metavar="NAME,...", type=lambda text: text.split(","), default=list(limits.SCENARIOS),
                           help=f"of the limits: {', '.join(limits.SCENARIOS)}")
    chosen = arguments.parse_args()
    unknown = [name for name in chosen.only if name not in limits.SCENARIOS]
    if unknown:
        arguments.error(f"--only: {unknown[0]} is none of {', '.join(limits.SCENARIOS)}")
    return chosen


def measure_limits(house, chosen, results):
    """The rows of a run under pressure; says in `results` whether it is whole."""
    size = limits.SIZES["quick" if chosen.size == "quick" else "normal"]
    size = dataclasses.replace(size, rounds=chosen.rounds or size.rounds, seconds=chosen.seconds or size.seconds)
    print(f"{', '.join(chosen.only)}: {size.takes} for all; Ctrl-C ends it early with a report", file=sys.stderr)
    rows = []
    results["versions"] = versions(None)
    results["complete"] = carry_out_limits(house, size, chosen.only, rows)
    return rows


def measure_rows(house, chosen, results):
    """The rows of the matrix or of the comparison."""
    size = chosen.size or "normal"
    rounds, seconds = SIZES[chosen.what][size]
    rounds, seconds = chosen.rounds or rounds, chosen.seconds or seconds
    floors = []
    if chosen.what == "matrix":
        rows, missing, programs = plan.matrix(house, size), [], None
    else:
        programs = find_programs()
        rows, missing = plan.peers(house, programs)
    results["versions"] = versions(programs)
    for name in missing:
        print(f"{name}: not to be had here, left out", file=sys.stderr)
    expected = rounds * (len(rows) * (seconds + OVERHEAD) + START * sum("_start" in row for row in rows) + 4)
    print(f"{len(rows)} rows, {rounds} rounds: about {duration(expected)}; Ctrl-C ends it early with a report", file=sys.stderr)
    results["complete"] = carry_out(rows, rounds, seconds, floors)
    if floors:
        results["floor"] = {name: statistics.median(each[name] for each in floors) for name in floors[0]}
    return rows


def main():
    chosen = arguments_of_this_run()
    results = {"title": TITLES[chosen.what],
               "command": " ".join(["./dev bench", *sys.argv[1:]]),
               "started": datetime.datetime.now().astimezone().isoformat(timespec="seconds"), "machine": machine()}
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o755)
    house = None
    began = time.monotonic()
    try:
        house = House(folder, os.cpu_count())
        rows = (measure_limits if chosen.what == "limits" else measure_rows)(house, chosen, results)
    finally:
        if house:
            house.end()
        shutil.rmtree(folder, ignore_errors=True)

    results["seconds"] = round(time.monotonic() - began, 1)
    results["rows"] = [{key: value for key, value in row.items() if key[0] != "_"} for row in rows if row["runs"]]
    if chosen.what != "matrix":
        results["targets"] = (limit_targets if chosen.what == "limits" else targets).of(results)
    chosen.out.mkdir(parents=True, exist_ok=True)
    written = {suffix: chosen.out / f"{chosen.what}.{suffix}" for suffix in ("json", "html", "md")}
    written["json"].write_text(json.dumps(results, indent=1), encoding="utf-8")
    written["html"].write_text(report.html(results), encoding="utf-8")
    written["md"].write_text(report.markdown(results), encoding="utf-8")
    print(report.terminal(results))
    print(f"\n{written['html']}\n{written['json']}")
    return 0 if results["complete"] else 130


if __name__ == "__main__":
    sys.exit(main())
