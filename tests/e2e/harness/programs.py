"""Where the programs of a test run are: the gate under test, and what tests/servers/fetch fetched."""
import functools
import os
import pathlib
import shutil
import subprocess

PROJECT = pathlib.Path(__file__).resolve().parents[3]


def portcullis():
    """The binary under test: the variable PORTCULLIS, or the one of the dev build."""
    return pathlib.Path(os.environ.get("PORTCULLIS") or PROJECT / "build/dev/portcullis")


@functools.cache
def has_ubsan():
    """Whether that is one of UBSan's, which opens a pipe whenever it looks at an object's type."""
    return b"__ubsan_handle_dynamic_type_cache_miss" in portcullis().read_bytes()


@functools.cache
def _cache():
    done = subprocess.run([PROJECT / "tests/servers/fetch", "--where"], capture_output=True, text=True, check=True)
    return pathlib.Path(done.stdout.strip())


def portcullis_in(folder):
    """A copy of it: another user may not be allowed to look into the checkout."""
    return shutil.copy(portcullis(), folder)


def fetched(path):
    file = _cache() / path
    if not file.exists():
        raise FileNotFoundError(f"{file} is missing: run ./dev setup")
    return file
