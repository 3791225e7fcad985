"""portcullis-bench as a process: runs it, alone or beside what is measured, and brings its figures back.

What is measured, and of whom, is plan.py's and limits.py's affair.
"""
import contextlib
import json
import signal
import subprocess
import sys

from endpoints import BENCH

WARM_UP = 0.2


def measure(row, seconds, warm_up=WARM_UP):
    """One measurement of a row; None, with a line on stderr, if it could not be made."""
    endpoint = row["_start"]() if "_start" in row else row["_endpoint"]
    options = row["_options"] if "_start" not in row else [*endpoint.options, "--workload", "idle", "--clients", "8",
                                                            "--sessions", str(row["clients"])]
    if endpoint.pids:
        options = [*options, "--pid", ",".join(map(str, endpoint.pids))]
    done = _run("load", "--seconds", seconds, "--warm-up", warm_up, *options, before=row.get("_before", ()))
    if "_start" in row:
        for child in endpoint.children:
            child.end(5)
    if done.returncode != 0:
        print(f"\r\x1b[K{row['endpoint']}, {row['workload']}: {done.stderr.strip()}", file=sys.stderr)
        return None
    run = json.loads(done.stdout)
    if run["resumed"] and row.get("resumed") is False or row.get("resumed") and row["leg"] != "aggregator" and not run["resumed"]:
        print(f"\r\x1b[K{row['endpoint']}, {row['workload']}: sessions were resumed against the row's word", file=sys.stderr)
        return None
    if row["workload"] == "idle":
        run["memory_kib_per_session"] = (run["resident_after_kib"] - run["resident_before_kib"]) / run["sessions"]
    return run


def run(verb, *options):
    """The figures of a verb that ends by itself. RuntimeError, if it could not do what it should."""
    done = _run(verb, *options)
    if done.returncode != 0:
        raise RuntimeError(f"portcullis-bench {verb}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Beside:
    """Something that goes on while something else is measured."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, process_group=0)
        self.figures = None

    def end(self):
        """Its figures; None if it failed."""
        if self.figures is None and self.process.stdout:
            self.process.send_signal(signal.SIGTERM)
            try:
                out, _ = self.process.communicate(timeout=60)
                self.figures = json.loads(out) if self.process.returncode == 0 else None
            finally:
                self.process.kill()
                self.process.wait()
                self.process.stdout.close()
                self.process.stdout = None
        return self.figures


@contextlib.contextmanager
def beside(verb, *options, before=()):
    """`before`: words in front of the command, which run it in another way."""
    other = Beside([*before, *_command(verb, options)])
    try:
        yield other
    finally:
        other.end()


def _run(verb, *options, before=()):
    # The terminal's Ctrl-C is for this script alone: a load that it ends has measured too little. Not a session of its own:
    # Linux shares the processor out among sessions first (sched(7), autogroup), so that priorities would say nothing.
    return subprocess.run([*before, *_command(verb, options)], capture_output=True, text=True, check=False, process_group=0,
                          timeout=600)


def _command(verb, options):
    return [str(word) for word in (BENCH, verb, "--json", *options)]
