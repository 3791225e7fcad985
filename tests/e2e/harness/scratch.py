"""Where a test run keeps its files: one short folder under /tmp that servers running as another user can enter.

Short, because the path of a unix socket may have 107 bytes. pytest's own tmp_path is closed to other users.
"""
import itertools
import os
import pathlib
import shutil
import tempfile


class Scratch:
    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="gate-"))
        self.root.chmod(0o755)
        self._numbers = itertools.count(1)

    def folder(self, name):
        path = self.root / f"{name}-{next(self._numbers)}"
        path.mkdir(mode=0o755)
        return path

    def password_file(self, password):
        """As the gate takes it: nobody else may read it."""
        file = self.folder("secret") / "password"
        file.touch(mode=0o600)
        file.write_text(f"{password}\n")
        return file

    def remove(self):
        if os.environ.get("KEEP_SCRATCH"):
            print(f"\nkept {self.root}")
        else:
            shutil.rmtree(self.root, ignore_errors=True)
