"""The image of docker/Dockerfile, built by Buildah over a base of our own that stands in for debian:SUITE-slim."""
import json
import subprocess
import tarfile

from harness.programs import PROJECT

import machine


class Images:
    """Storage of a test's own."""

    def __init__(self, folder):
        self._options = ["--root", str(folder / "root"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]
        self.folder = folder

    def command(self, verb, *words):
        return [*machine.where_root_is_a_mount, "buildah", *self._options, verb, *map(str, words)]

    def __call__(self, verb, *words, expect=0):
        done = subprocess.run(self.command(verb, *words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, stdin=subprocess.DEVNULL, timeout=1200)
        assert expect is None or done.returncode == expect, f"buildah {verb}: {done.returncode}\n{done.stdout[-6000:]}"
        return done.stdout

    def make_base(self):
        container = self("from", "scratch").strip()
        with tarfile.open(self.folder / "base.tar", "w") as archive:
            archive.add(machine.base(), ".")
        self("add", "-q", container, self.folder / "base.tar", "/")
        self("commit", "-q", container, f"docker.io/library/debian:{machine.suite()}-slim")
        self("rm", container)
        (self.folder / "base.tar").unlink()

    def build(self, package="given"):
        self.make_base()
        return self("bud", "--isolation", "chroot", "--pull-never", "--layers=false", "--build-arg", f"PACKAGE={package}",
                    "--build-arg", f"DEBIAN={machine.suite()}", "-f", PROJECT / "docker/Dockerfile", "-t", "portcullis", PROJECT)

    def configuration(self):
        """What is said of the image beside its files: User, Entrypoint, Cmd, ..."""
        return json.loads(self("inspect", "--type", "image", "portcullis"))["OCIv1"]["config"]

    def start_words(self, container, *words, user=None, volumes=None):
        """The words of a command that runs `words` in a container, as its own user or another."""
        options = ["--isolation", "chroot"]
        for target, source in (volumes or {}).items():
            options += ["--volume", f"{source}:{target}"]
        if user is not None:
            options += ["--user", str(user)]
        return self.command("run", *options, container, "--", *words)

    def run(self, container, *words, expect=0, **options):
        done = subprocess.run(self.start_words(container, *words, **options), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, stdin=subprocess.DEVNULL, timeout=120)
        assert done.returncode == expect, f"{words}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def container(self):
        return self("from", "--pull-never", "portcullis").strip()
