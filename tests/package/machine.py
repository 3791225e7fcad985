"""Fresh Debians: roots made by debootstrap, the suite of this machine, in which commands run as on a machine of its own.

Nothing is mounted where others could see it, and the devices are the root's own: deleting a root harms nobody. The
network is this machine's.
"""
import functools
import os
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# What a command in a root starts from: proc and sys of its own, gone with the command.
_ENTER = 'mount -t proc proc "$1/proc" && root=$1 && shift && exec chroot "$root" "$@"'


def cannot_run():
    """Why there can be no fresh Debian here; None if there can be one."""
    if os.geteuid() != 0:
        return "only root can make a Debian root"
    probe = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    if probe.returncode != 0:
        return "mounting is not allowed"
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["mknod", f"{folder}/null", "c", "1", "3"], capture_output=True, check=False).returncode != 0:
            return "devices cannot be made"
        try:
            (pathlib.Path(folder) / "null").write_text("x")
        except OSError:
            return "devices cannot be used"
    return None


def suite():
    return platform.freedesktop_os_release()["VERSION_CODENAME"]


def _cache():
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "portcullis"


# Where this machine gets Debian from: of others' archives a root has no keys.
_SOURCES = [pathlib.Path("/etc/apt/sources.list.d/debian.sources"), pathlib.Path("/etc/apt/sources.list")]


def _mirror():
    text = "".join(file.read_text() for file in _SOURCES if file.exists())
    found = re.search(r"^(?:URIs: |deb (?:\[[^]]*\] )?)\s*(https?://\S+)", text, re.MULTILINE)
    return found[1] if found else "http://deb.debian.org/debian"


@functools.cache
def base():
    """A minimal Debian as a tar archive, made once per user."""
    archive = _cache() / f"debian-{suite()}.tar"
    if archive.exists():
        return archive
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix="debootstrap-") as folder:
        root = pathlib.Path(folder) / "root"
        done = subprocess.run(["debootstrap", "--variant=minbase", "--include=ca-certificates", suite(), root, _mirror()],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"debootstrap failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
        shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
        part = pathlib.Path(folder) / "base.tar"
        subprocess.run(["tar", "-C", root, "-cf", part, "."], check=True)
        part.rename(archive)
    return archive


def _apt_as_here(root):
    """The root gets its packages from where this machine gets them."""
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    for file in filter(pathlib.Path.exists, _SOURCES):
        shutil.copy(file, root / str(file)[1:])
    shutil.copytree("/etc/apt/apt.conf.d", root / "etc/apt/apt.conf.d", dirs_exist_ok=True)
    for name in ["resolv.conf", "hosts"]:
        shutil.copy(f"/etc/{name}", root / "etc" / name)


class Machine:
    def __init__(self, root):
        self.root = root

    @classmethod
    def fresh(cls, root):
        root.mkdir(mode=0o755)
        subprocess.run(["tar", "-C", root, "-xf", base()], check=True)
        root.chmod(0o755)
        _apt_as_here(root)
        return cls(root)

    def copy(self, root):
        subprocess.run(["cp", "-a", "--reflink=auto", self.root, root], check=True)
        return Machine(root)

    def remove(self):
        subprocess.run(["rm", "-rf", "--one-file-system", self.root], check=True)

    def command(self, *words):
        """The words of a command that runs `words` in the root, as root."""
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", _ENTER, "enter", str(self.root), *map(str, words)]

    def run(self, *words, expect=0):
        """Runs a command to its end; what it said, both outputs in one."""
        kept = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        done = subprocess.run(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=300,
                              env={"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
                                   **kept})
        if expect is not None:
            assert done.returncode == expect, f"{' '.join(map(str, words))}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def apt(self, *words):
        return self.run("apt-get", "-qy", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", "-o",
                        "Dpkg::Options::=--force-confold", "-o", "Dpkg::Options::=--force-unsafe-io", *words)

    def sh(self, line, expect=0):
        return self.run("sh", "-c", line, expect=expect)

    def path(self, path):
        return self.root / str(path).lstrip("/")

    def read(self, path):
        return self.path(path).read_text(encoding="utf-8")

    def files(self):
        """Every file and folder."""
        listed = subprocess.run(["find", self.root, "-xdev", "-printf", "/%P\\n"], capture_output=True, text=True, check=True)
        return set(listed.stdout.splitlines())
