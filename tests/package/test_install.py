"""`cmake --install` into a folder of one's own."""
import gzip
import re
import subprocess

import pytest

from harness.programs import PROJECT


def install(prefix):
    done = subprocess.run(["cmake", "--install", PROJECT / "build/release", "--prefix", prefix], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory, package):
    made = tmp_path_factory.mktemp("prefix")
    install(made)
    return made


def test_everything_is_where_the_conventions_have_it(prefix):
    files = {str(each.relative_to(prefix)) for each in prefix.rglob("*") if each.is_file()}
    assert files == {
        "bin/portcullis", "etc/portcullis/portcullis.toml", "lib/systemd/system/portcullis.service",
        "share/bash-completion/completions/portcullis", "share/man/man1/portcullis.1.gz",
        "share/man/man5/portcullis.toml.5.gz", "share/doc/portcullis/README.md", "share/doc/portcullis/CONFIGURATION.md",
        "share/doc/portcullis/changelog.gz", "share/doc/portcullis/copyright",
        "share/doc/portcullis/examples/portcullis.toml", "share/doc/portcullis/examples/portcullis.socket",
        "share/doc/portcullis/examples/takeover.conf"}
    done = subprocess.run([prefix / "bin/portcullis", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("portcullis ")


def test_the_unit_and_the_configuration_name_the_places_of_the_installation(prefix):
    unit = (prefix / "lib/systemd/system/portcullis.service").read_text()
    assert f"ExecStart={prefix}/bin/portcullis run --config {prefix}/etc/portcullis/portcullis.toml\n" in unit
    config = (prefix / "etc/portcullis/portcullis.toml").read_text()
    assert f"portcullis check --config {prefix}/etc/portcullis/portcullis.toml\n" in config
    example = (PROJECT / "portcullis.toml").read_text()
    assert config.endswith(example[example.index("\n[gate]"):] + "\n")


def test_the_installed_configuration_is_in_order_once_there_are_certificates(prefix):
    program, folder = prefix / "bin/portcullis", prefix / "etc/portcullis"
    subprocess.run([program, "certs", "make", "--dir", folder / "certs"], capture_output=True, check=True)
    done = subprocess.run([program, "check", "--config", folder / "portcullis.toml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_configuration_that_is_there_stays(prefix):
    file = prefix / "etc/portcullis/portcullis.toml"
    file.write_text("# mine\n")
    assert f"Kept: {file}" in install(prefix)
    assert file.read_text() == "# mine\n"


def test_the_manual_of_the_configuration_has_every_key(prefix):
    page = prefix / "share/man/man5/portcullis.toml.5.gz"
    keys = re.findall(r"^### `(\w+)`", (PROJECT / "CONFIGURATION.md").read_text(), re.MULTILINE)
    done = subprocess.run(["man", "-l", page], capture_output=True, text=True, check=True,
                          env={"PATH": "/usr/bin:/bin", "MANWIDTH": "150", "LC_ALL": "C.UTF-8"})
    assert len(keys) > 50 and set(keys) <= set(re.findall(r"^ {3}(\w+)$", done.stdout, re.MULTILINE))


def test_the_changelog_begins_with_this_version(prefix):
    version = re.search(r"project\(portcullis VERSION (\S+)", (PROJECT / "CMakeLists.txt").read_text())[1]
    with gzip.open(prefix / "share/doc/portcullis/changelog.gz", "rt") as changelog:
        assert changelog.readline().startswith(f"portcullis ({version}) ")
