"""`./dev release`: an archive, a package, their sums, and a signature that the README says how to verify."""
import os
import re
import subprocess

import pytest

from harness.programs import PROJECT


@pytest.fixture(scope="module")
def maintainer(scratch):
    """The environment of somebody with a key, made for this test and gone with it."""
    home = scratch.folder("gnupg")
    home.chmod(0o700)
    env = {**os.environ, "GNUPGHOME": str(home)}
    subprocess.run(["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "release@example.com", "ed25519",
                    "sign", "1d"], env=env, check=True)
    yield env
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=env, check=False)


@pytest.fixture(scope="module")
def downloaded(maintainer, package, scratch):
    """A release."""
    status = subprocess.run(["git", "status", "--porcelain"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    if status:
        pytest.skip("cannot run here: a release is made of what is committed, and there are changes")
    folder = scratch.folder("release")
    done = subprocess.run(["./dev", "release", "release@example.com", folder], cwd=PROJECT, env=maintainer,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-4000:]
    return folder


def verify(folder, env):
    """The README's commands, one after the other; the first that fails ends it."""
    section = (PROJECT / "README.md").read_text().split("## Verify a release")[1].split("\n## ")[0]
    commands = re.search(r"```console\n(.*?)```", section, re.DOTALL)[1]
    return subprocess.run(["bash", "-euc", commands], cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_a_release_has_source_package_sums_and_a_signature(downloaded):
    version = re.search(r"project\(portcullis VERSION (\S+)", (PROJECT / "CMakeLists.txt").read_text())[1]
    names = {each.name for each in downloaded.iterdir()}
    source = f"portcullis-{version}.tar.xz"
    assert {source, "SHA256SUMS", "SHA256SUMS.asc"} < names and any(each.endswith(".deb") for each in names)
    listed = subprocess.run(["tar", "-tf", downloaded / source], capture_output=True, text=True, check=True).stdout.split()
    assert {f"portcullis-{version}/{each}" for each in ["CMakeLists.txt", "dev", "proxy/main.cpp"]} <= set(listed)


def test_a_release_is_verified_by_the_commands_of_the_readme(downloaded, maintainer):
    done = verify(downloaded, maintainer)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Good signature" in done.stderr and done.stdout.count(": OK") == 2


def test_an_archive_that_was_changed_is_noticed(downloaded, maintainer):
    archive = next(downloaded.glob("*.tar.xz"))
    archive.write_bytes(archive.read_bytes() + b"\0")
    done = verify(downloaded, maintainer)
    archive.write_bytes(archive.read_bytes()[:-1])
    assert done.returncode != 0 and f"{archive.name}: FAILED" in done.stdout


def test_sums_that_were_changed_are_noticed(downloaded, maintainer):
    sums = downloaded / "SHA256SUMS"
    text = sums.read_text()
    sums.write_text(text.replace("0", "1", 1))
    done = verify(downloaded, maintainer)
    sums.write_text(text)
    assert done.returncode != 0 and "BAD signature" in done.stderr and ": OK" not in done.stdout


def test_a_release_by_a_key_that_is_not_there_is_refused(maintainer):
    done = subprocess.run(["./dev", "release", "nobody@example.com"], cwd=PROJECT, env=maintainer, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1 and "no secret key" in done.stderr
