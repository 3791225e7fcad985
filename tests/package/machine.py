"""Fresh Debians: roots made by debootstrap, the suite of this machine, in which commands run as on a machine of its own.

A root is an overlay over what it began as, so copies cost nothing. All is mounted where only this process and what it
starts can see it, and the devices are the root's own: nothing that ends unclean is in anybody's way.
The network is this machine's.
"""
import contextlib
import ctypes
import functools
import os
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_CLONE_NEWNS = 0x00020000
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_REC_PRIVATE = _MS_REC | (1 << 18)
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _mount(kind, target, options=None):
    _checked(_libc.mount(kind.encode(), str(target).encode(), kind.encode(), 0, options and options.encode()))


def _unmount(target):
    _libc.umount2(str(target).encode(), 2)  # MNT_DETACH


# In front of commands that need / to be a mount, as Buildah does; see own_mounts.
where_root_is_a_mount = []


@contextlib.contextmanager
def own_mounts(folder):
    """From here on this process sees mounts of its own; those below the folder nobody else does. Yields why that, or what
    a Debian root takes beside it, cannot be had here: None if it can."""
    bound = False
    try:
        if os.geteuid() != 0:
            yield "only root can make a Debian root"
            return
        try:
            _checked(_libc.unshare(_CLONE_NEWNS))
            if _libc.mount(b"none", b"/", None, _MS_REC_PRIVATE, None) != 0:
                # In a chroot, whose / is no mount.
                _checked(_libc.mount(str(folder).encode(), str(folder).encode(), None, _MS_BIND, None))
                bound = True
                _checked(_libc.mount(b"none", str(folder).encode(), None, _MS_REC_PRIVATE, None))
                whole = folder / "whole"
                whole.mkdir()
                _checked(_libc.mount(b"/", str(whole).encode(), None, _MS_BIND | _MS_REC, None))
                where_root_is_a_mount[:] = ["chroot", str(whole)]
            _try_overlay(folder)
        except OSError as problem:
            yield f"a Debian root takes mounts and devices: {problem.strerror}"
            return
        yield None
    finally:
        if bound:
            _unmount(folder / "whole")
            _unmount(folder)


def _try_overlay(folder):
    with tempfile.TemporaryDirectory(dir=folder) as tried:
        tried = pathlib.Path(tried)
        for name in ["lower", "upper", "work", "root"]:
            (tried / name).mkdir()
        try:
            _mount("overlay", tried / "root", f"lowerdir={tried}/lower,upperdir={tried}/upper,workdir={tried}/work")
            os.mknod(tried / "root/null", 0o20666, os.makedev(1, 3))
            (tried / "root/null").write_text("x")
        finally:
            _unmount(tried / "root")


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
    """A folder with a minimal Debian, made once per user. Nobody writes into it."""
    made = _cache() / f"debian-{suite()}"
    if made.exists():
        return made
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=made.parent, prefix="debootstrap-") as folder:
        root = pathlib.Path(folder) / "root"
        done = subprocess.run(["debootstrap", "--variant=minbase", "--include=ca-certificates", suite(), root, _mirror()],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"debootstrap failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
        for name in ["var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"]:
            for each in (root / name).iterdir():
                shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
        root.chmod(0o755)
        _apt_as_here(root)
        root.rename(made)
    return made


def _apt_as_here(root):
    """The root gets its packages from where this machine gets them."""
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    for file in filter(pathlib.Path.exists, _SOURCES):
        shutil.copy(file, root / str(file)[1:])
    shutil.copytree("/etc/apt/apt.conf.d", root / "etc/apt/apt.conf.d", dirs_exist_ok=True)
    for name in ["resolv.conf", "hosts"]:
        shutil.copy(f"/etc/{name}", root / "etc" / name)


class Machine:
    def __init__(self, folder, below=()):
        """below: the layers of the machine that this one is a copy of."""
        self.folder = folder
        self.root = folder / "root"
        self._below = below or [base()]
        for name in ["upper", "work", "root"]:
            (folder / name).mkdir()
        (folder / "upper").chmod(0o755)
        _mount("overlay", self.root, f"lowerdir={':'.join(map(str, self._below))},upperdir={folder}/upper,workdir={folder}/work")
        _mount("proc", self.root / "proc")

    def freeze(self):
        """Ends this machine; the layers that copies of it are made of."""
        _checked(_libc.umount2(str(self.root / "proc").encode(), 0))
        _checked(_libc.umount2(str(self.root).encode(), 0))
        return [self.folder / "upper", *self._below]

    def remove(self):
        for mounted in [self.root / "proc", self.root]:
            _unmount(mounted)
        subprocess.run(["rm", "-rf", "--one-file-system", self.folder], check=True)

    def command(self, *words):
        """The words of a command that runs `words` in the root, as root."""
        return ["chroot", str(self.root), *map(str, words)]

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
