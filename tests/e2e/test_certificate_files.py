"""Certificates that change on disk are taken without a word: all of the new ones, or none of them."""
import concurrent.futures
import datetime
import re
import shutil
import ssl
import threading

import pymysql
import pytest

from harness import driver
from harness.admin import Admin, new_token, token_file
from harness.ports import free_port, wait_until
from harness.wire import Wire

pytestmark = [pytest.mark.threads, pytest.mark.rule(18)]


def certificate_of(gate, trust):
    with Wire(gate) as wire:
        wire.read_greeting()
        wire.start_tls(driver.context(trust))
        return wire.socket.getpeercert(binary_form=True)


def der(path):
    return ssl.PEM_cert_to_DER_cert(path.read_text())


class Shown:
    """A gate whose certificate and key are two files in a folder."""

    def __init__(self, gate, pki, cert):
        self.gate, self.pki, self.cert = gate, pki, cert

    def shows(self, pair):
        return certificate_of(self.gate, self.pki.client_trust) == der(pair.cert)

    def takes(self, pair):
        wait_until(lambda: self.shows(pair), 30, "the new certificate to be shown")


def write(source, target, how):
    """Puts a file in another's place, as people and programs do."""
    if how == "written":
        target.write_bytes(source.read_bytes())
    else:
        fresh = target.with_suffix(".new")
        shutil.copy(source, fresh)
        fresh.chmod(0o600)
        fresh.rename(target)


@pytest.fixture
def folder(scratch, pki):
    made = scratch.folder("tls")
    shutil.copy(pki.gate.cert, made / "cert.pem")
    shutil.copy(pki.gate.key, made / "key.pem")
    (made / "key.pem").chmod(0o600)
    return made


@pytest.fixture
def shown(make_gate, mariadb, pki, folder):
    gate = make_gate(mariadb, listener={"ssl_cert": folder / "cert.pem", "ssl_key": folder / "key.pem"})
    return Shown(gate, pki, folder / "cert.pem")


@pytest.mark.parametrize("how", ["written", "renamed"])
def test_a_new_pair_is_taken_and_sessions_stay(shown, pki, folder, client_tls, how):
    assert shown.shows(pki.gate)
    with driver.connect(shown.gate, client_tls) as inside:
        write(pki.gate_ecdsa.key, folder / "key.pem", how)
        write(pki.gate_ecdsa.cert, folder / "cert.pem", how)
        shown.takes(pki.gate_ecdsa)
        assert driver.value(inside, "SELECT 1") == 1
    assert shown.gate.wait_for(msg="reloaded")[0]["cause"] == "files changed"


def publish(mount, name, pair, link):
    """A folder with the pair, and `link` renamed over to lead to it."""
    folder = mount / name
    folder.mkdir()
    shutil.copy(pair.cert, folder / "tls.crt")
    shutil.copy(pair.key, folder / "tls.key")
    (folder / "tls.key").chmod(0o600)
    (mount / "next").symlink_to(name)
    (mount / "next").rename(mount / link)


def test_a_mounted_secret_is_swapped_as_a_whole(make_gate, mariadb, pki, scratch):
    """Kubernetes: the files are links into ..data, itself a link that is renamed over."""
    mount = scratch.folder("secret")
    publish(mount, "..2026_1", pki.gate, "..data")
    for name in ("tls.crt", "tls.key"):
        (mount / name).symlink_to(f"..data/{name}")
    gate = make_gate(mariadb, listener={"ssl_cert": mount / "tls.crt", "ssl_key": mount / "tls.key"})
    shown = Shown(gate, pki, mount / "tls.crt")
    assert shown.shows(pki.gate)
    publish(mount, "..2026_2", pki.gate_ecdsa, "..data")
    shown.takes(pki.gate_ecdsa)
    assert not gate.entries(msg=re.compile("not reloaded"))


def test_a_folder_that_is_swapped_by_a_link_is_noticed(make_gate, mariadb, pki, scratch):
    """What renewed them lays a folder down and points `live` at it: in no folder that is watched anything happens, and the
    look that is taken every ten seconds has to find it."""
    mount = scratch.folder("renewals")
    publish(mount, "first", pki.gate, "live")
    gate = make_gate(mariadb, listener={"ssl_cert": mount / "live/tls.crt", "ssl_key": mount / "live/tls.key"})
    shown = Shown(gate, pki, mount / "live/tls.crt")
    assert shown.shows(pki.gate)
    publish(mount, "second", pki.gate_ecdsa, "live")
    shown.takes(pki.gate_ecdsa)
    assert not gate.entries(msg=re.compile("not reloaded"))


def test_a_pair_that_does_not_match_is_not_taken_and_its_other_half_is(shown, pki, folder, client_tls):
    write(pki.gate_ecdsa.cert, folder / "cert.pem", "written")
    shown.gate.wait_for(msg=re.compile("^not reloaded"))
    assert "ssl_key" in shown.gate.entries(level="error", msg="configuration")[0]["reason"]
    assert shown.shows(pki.gate)
    with driver.connect(shown.gate, client_tls) as connection:
        assert driver.value(connection, "SELECT 1") == 1
    write(pki.gate_ecdsa.key, folder / "key.pem", "written")
    shown.takes(pki.gate_ecdsa)


def test_files_that_are_gone_are_missed_until_they_are_back(shown, pki, folder):
    (folder / "key.pem").unlink()
    shown.gate.wait_for(msg=re.compile("^not reloaded"))
    assert shown.shows(pki.gate)
    write(pki.gate_ecdsa.cert, folder / "cert.pem", "renamed")
    write(pki.gate_ecdsa.key, folder / "key.pem", "renamed")
    shown.takes(pki.gate_ecdsa)


def test_a_new_revocation_list_keeps_the_revoked_out(make_gate, mariadb, pki, scratch):
    authority = pki.authority("Clients")
    good, bad = authority.issue("good"), authority.issue("bad")
    crl = scratch.folder("crl") / "crl.pem"
    write(authority.revoke(), crl, "written")
    gate = make_gate(mariadb, listener={"ssl_ca": authority.ca, "ssl_crl": crl},
                     accounts=[{"user": "app", "require": "X509"}])

    def passes(pair):
        try:
            driver.connect(gate, driver.context(pki.client_trust, pair=pair)).close()
            return True
        except (pymysql.err.MySQLError, ssl.SSLError, OSError):
            return False

    assert passes(good) and passes(bad)
    write(authority.revoke(bad), crl, "renamed")
    wait_until(lambda: not passes(bad), 30, "the revoked to be kept out")
    assert passes(good)


def test_the_configuration_file_alone_waits_to_be_asked(shown, pki, folder, client_tls):
    """Who edits it is not ready before they say so; a certificate that changes meanwhile does not say it."""
    gate = shown.gate
    gate.config["account"] = [{"user": "app", "require": "X509"}]
    gate.write_config()
    write(pki.gate_ecdsa.key, folder / "key.pem", "written")
    write(pki.gate_ecdsa.cert, folder / "cert.pem", "written")
    shown.takes(pki.gate_ecdsa)
    with driver.connect(gate, client_tls) as connection:
        assert driver.value(connection, "SELECT 1") == 1


def in_days(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, hours=1)).strftime("%y%m%d%H%M%SZ")


def test_fewer_than_thirty_days_left_are_warned_of_wherever_a_certificate_is(make_gate, mariadb, pki, scratch, folder):
    def lasting(days, authority=pki.client_ca):
        return authority.issue("short", dates=("250101000000Z", in_days(days)))

    listener, cluster, admin = lasting(29), lasting(7, pki.cluster_ca), lasting(1)
    enough = lasting(31)
    tokens = token_file(scratch.folder("tokens"), new_token())
    gate = make_gate(mariadb, listener={"ssl_cert": listener.cert, "ssl_key": listener.key},
                     cluster={"ssl_cert": cluster.cert, "ssl_key": cluster.key},
                     admin={"address": f"127.0.0.1:{free_port()}", "token_file": tokens, "ssl_cert": admin.cert, "ssl_key": admin.key})

    def warned(lines, pair):
        return [re.search(r"expires at \S+, in (\d+ days?)", line)[1] for line in lines if str(pair.cert) in line]

    def expected(lines):
        return [warned(lines, each) for each in (listener, cluster, admin, enough)]

    assert expected(gate.warnings()) == [["29 days"], ["7 days"], ["1 day"], []]
    gate.config["listener"][0].update(ssl_cert=enough.cert, ssl_key=enough.key)
    before = len(gate.warnings())
    assert gate.reload()["msg"] == "reloaded"
    assert expected(gate.warnings()[before:]) == [[], ["7 days"], ["1 day"], []]
    left = {each["setting"] + " of " + each["used_by"]: each["days_left"] for each in Admin(gate).view("certificates")["certificates"]}
    assert (left["ssl_cert of listener main"], left["ssl_cert of cluster default"], left["ssl_cert of admin"]) == (31, 7, 1)


def test_certificates_change_under_load_and_no_login_fails(shown, pki, folder, client_tls):
    stop = threading.Event()

    def log_in():
        count = 0
        while not stop.is_set():
            with driver.connect(shown.gate, client_tls) as connection:
                count += driver.value(connection, "SELECT 1")
        return count

    with concurrent.futures.ThreadPoolExecutor() as pool:
        logging_in = [pool.submit(log_in) for _ in range(4)]
        try:
            for number in range(6):
                pair = pki.gate if number % 2 else pki.gate_ecdsa
                write(pair.key, folder / "key.pem", "renamed")
                write(pair.cert, folder / "cert.pem", "renamed")
                shown.takes(pair)
        finally:
            stop.set()
        assert sum(each.result() for each in logging_in) > 10
