"""The Debian package, from apt install to apt purge."""
import os
import re
import signal
import subprocess

from conftest import CHECK, CONFIG
from harness import command_line, driver
from service import UNIT


def test_a_new_installation_starts_nothing_and_says_what_to_do(installation):
    assert "was not started: it needs certificates" in installation.said
    assert f"portcullis check --config {CONFIG}" in installation.said
    assert f"editor {CONFIG}" in installation.said
    assert "not usable" in installation.check_before


def test_the_service_has_a_user_of_its_own_that_nobody_logs_in_as(installed):
    name, _, user, group, _, home, shell = installed.run("getent", "passwd", "portcullis").strip().split(":")
    assert (name, home, shell) == ("portcullis", "/nonexistent", "/usr/sbin/nologin")
    assert int(user) > 0 and installed.run("getent", "group", "portcullis").split(":")[2] == group


def test_the_command_in_the_head_of_the_configuration_puts_it_in_order(installed):
    assert f"{CONFIG}: in order" in installed.sh(CHECK)
    owners = installed.sh("stat -c '%U %a' /etc/portcullis/certs/*-key.pem").splitlines()
    assert set(owners) == {"portcullis 600"}


def test_a_client_logs_in_through_the_installed_service_and_systemd_hears_of_its_life(service):
    service.start()
    assert service.told() == ["READY=1"]

    mysql = command_line.mariadb()
    shown = mysql.status(service, ssl_ca=service.ca, ssl_verify_server_cert=True)
    assert shown.code == 0 and "Cipher in use is TLS" in shown.out, shown
    plain = mysql(service, ssl=False, skip_ssl=True)
    assert plain.code == 1 and "ERROR 1045" in plain.err, plain
    closed = service.wait_for(msg="session closed", cause="quit")
    assert closed["user"] == "app" and closed["aggregator_tls"] == "TLSv1.3"

    with driver.connect(service, driver.context(service.ca)) as session:
        assert driver.value(session, "SELECT text FROM app.note WHERE id = 1") == "first"
    assert service.stop() == 0
    assert service.told() == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=35000000"]


def test_a_reload_takes_the_new_configuration_without_a_restart(service):
    service.start()
    assert service.told() == ["READY=1"]
    file = service.debian.path(CONFIG)
    file.write_text(file.read_text().replace('#default_require = "SSL"', 'default_require = "X509"'))
    service.reload()
    service.wait_for(msg="reloaded")
    refused = command_line.mariadb()(service, ssl_ca=service.ca)
    assert refused.code == 1 and "ERROR 1045" in refused.err, refused


def test_systemd_finds_no_fault_with_the_unit(installed):
    assert installed.run("systemd-analyze", "verify", "--man=no", UNIT).strip() == ""


def test_systemd_finds_no_fault_with_the_examples(installed):
    """Put where their heads say."""
    installed.sh("""cd /usr/share/doc/portcullis/examples
        install -m 644 -Dt /etc/systemd/system/portcullis.service.d takeover.conf
        install -m 644 -Dt /etc/systemd/system portcullis.socket""")
    try:
        for unit in (UNIT, "/etc/systemd/system/portcullis.socket"):
            assert installed.run("systemd-analyze", "verify", "--man=no", unit).strip() == ""
    finally:
        installed.sh("rm -r /etc/systemd/system/portcullis.service.d /etc/systemd/system/portcullis.socket")


def test_the_unit_leaves_little_exposed(installed):
    """systemd's own figure: 0 is nothing, 10 everything; a unit without a word about it has 9.2."""
    shown = installed.run("systemd-analyze", "security", "--offline=true", "--threshold=15", UNIT)
    assert re.search(r"Overall exposure level.*: 1\.\d OK", shown), shown


def allowed_calls(debian):
    """The system calls that the unit's SystemCallFilter= leaves, by systemd's own lists."""
    def members(group):
        listed = debian.run("systemd-analyze", "syscall-filter", "--no-pager", group).split("\n")
        names = [line.strip() for line in listed if line.startswith("    ") and not line.strip().startswith("#")]
        return {each for name in names for each in (members(name) if name.startswith("@") else {name})}

    lines = re.findall(r"^SystemCallFilter=(~?)(\S+)$", debian.read(UNIT), re.MULTILINE)
    assert [sign for sign, _ in lines] == ["", "~"]
    return members(lines[0][1]) - members(lines[1][1])


def test_the_service_does_nothing_that_its_unit_forbids(service, scratch):
    """Calls, address families and executable memory, from its start to the end of a drain, as strace sees them."""
    trace = scratch.folder("trace") / "calls"
    service.start(["strace", "-f", "-qq", "-s", "64", "-o", trace])
    assert service.told() == ["READY=1"]
    for _ in range(3):
        with driver.connect(service, driver.context(service.ca)) as session:
            assert driver.value(session, "SELECT 1") == 1
    service.wait_for(msg="session closed")
    began = re.compile(r'^(\d+) +execve\("/usr/bin/portcullis".*', re.MULTILINE)
    os.kill(int(began.search(trace.read_text())[1]), signal.SIGTERM)
    assert service.told()[0] == "STOPPING=1"
    assert service.wait() == 0

    text = trace.read_text()
    lines = text[began.search(text).end():].splitlines()
    calls = [each[1] for line in lines if (each := re.search(r"^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)", line))]
    assert len(calls) > 500 and "accept4" in calls
    assert set(calls) - allowed_calls(service.debian) == set()
    families = {each[1] for line in lines if (each := re.search(r" socket\((AF_\w+)", line))}
    assert {"AF_INET", "AF_UNIX"} <= families <= set(service.unit["RestrictAddressFamilies"].split())
    assert not [line for line in lines if re.search(r"mmap\(.*PROT_WRITE\|PROT_EXEC|mprotect\(.*PROT_EXEC", line)]


def repacked(debian, package, change):
    """The package as a later version of itself, after a shell command in its unpacked folder."""
    debian.path("tmp/portcullis.deb").write_bytes(package.read_bytes())
    debian.sh(f"dpkg-deb -R /tmp/portcullis.deb /tmp/later && cd /tmp/later && sed -i 's/^Version: .*/Version: 99/' DEBIAN/control"
              f" && ({change}) && dpkg-deb --root-owner-group -Znone -b /tmp/later /tmp/later.deb")
    return "/tmp/later.deb"


def test_an_upgrade_keeps_a_changed_configuration(installed, package):
    debian = installed
    file = debian.path(CONFIG)
    mine = file.read_text().replace("127.0.0.1:3307", "127.0.0.1:3999")
    file.write_text(mine)
    later = repacked(debian, package, "echo '# another default' >>etc/portcullis/portcullis.toml")
    said = debian.apt("install", later)
    assert file.read_text() == mine
    assert "another default" in debian.read(CONFIG + ".dpkg-dist")
    assert debian.run("dpkg-query", "-W", "-f=${Version}", "portcullis") == "99"
    assert "was not" not in said
    assert debian.sh("ls /etc/portcullis/certs/server-key.pem")


def test_an_upgrade_says_when_the_new_version_would_refuse_the_configuration(installed, package):
    debian = installed
    debian.path(CONFIG).write_text(debian.read(CONFIG).replace("[gate]", "[gate]\nwrokers = 2"))
    said = debian.apt("install", repacked(debian, package, "true"))
    assert "was not restarted" in said
    assert re.search(r"portcullis\.toml:\d+: .*wrokers", said), said


def test_a_removed_package_keeps_configuration_and_certificates(installed):
    debian = installed
    debian.apt("remove", "portcullis")
    assert not debian.path("/usr/bin/portcullis").exists() and not debian.path(UNIT).exists()
    assert debian.path(CONFIG).exists() and debian.path("/etc/portcullis/certs/ca-key.pem").exists()
    debian.apt("install", "/tmp/portcullis.deb")
    assert "in order" in debian.sh(CHECK)


# What apt, dpkg and adduser keep of what they did.
_KEPT_BY_OTHERS = re.compile(r"/(var/(lib/(apt|dpkg|systemd)|cache|log|backups)|tmp|root|run)(/|$)|/etc/[^/]*-$"
                             r"|/etc/(ld\.so\.cache|\.pwd\.lock|sub[ug]id)")


def test_a_purged_package_leaves_nothing(installation, installed):
    debian = installed
    debian.sh("install -d -o portcullis /var/log/portcullis && touch /var/log/portcullis/audit.log")
    debian.apt("purge", "--autoremove", "portcullis")
    left = {each for each in debian.files() - installation.files_before if not _KEPT_BY_OTHERS.match(each)}
    assert not left
    assert not debian.path("/var/log/portcullis").exists()
    assert debian.run("getent", "passwd", "portcullis", expect=2) == ""


def test_the_package_names_every_library_that_the_program_needs(package, tmp_path):
    subprocess.run(["dpkg-deb", "-x", package, tmp_path], check=True)
    needed = subprocess.run(["objdump", "-p", tmp_path / "usr/bin/portcullis"], capture_output=True, text=True, check=True)
    depends = subprocess.run(["dpkg-deb", "-f", package, "Depends"], capture_output=True, text=True, check=True).stdout
    for library in re.findall(r"NEEDED\s+lib(ssl|zstd|systemd|spdlog)", needed.stdout):
        assert f"lib{library}" in depends, depends
