"""caching_sha2_password and sha256_password over every combination of TLS and plaintext legs: the password arrives, and is
never to be read on a leg without TLS."""
import subprocess

import pymysql
import pytest

from harness import driver
from harness.gate import IN_THE_CLEAR, run
from harness.tap import Tap
from harness.wire import CAPABILITIES, Wire, handshake_response

USERS = {"caching_sha2_password": "sha2", "sha256_password": "old-sha2"}


@pytest.fixture(scope="module")
def server(mysql_lts):
    """MySQL LTS with an account of each plugin that any leg may reach."""
    for plugin, user in USERS.items():
        mysql_lts.sql(f"CREATE USER '{user}'@'%' IDENTIFIED WITH {plugin} BY '{user}-pw'")
        mysql_lts.sql(f"GRANT ALL ON app.* TO '{user}'@'%'")
    yield mysql_lts
    for user in USERS.values():
        mysql_lts.sql(f"DROP USER '{user}'@'%'")


@pytest.fixture(params=USERS.values(), ids=USERS.keys())
def user(request):
    return request.param


@pytest.fixture(params=["tls-tls", "plaintext-tls", "tls-plaintext", "plaintext-plaintext"])
def legs(request, make_gate, server, client_tls):
    """A gate with a tap on each leg, and what the client uses."""
    client, aggregator = request.param.split("-")
    with Tap(server) as far:
        gate = make_gate(far, accounts=[{"user": each, "require": "NONE"} for each in USERS.values()],
                         cluster=IN_THE_CLEAR if aggregator == "plaintext" else None)
        with Tap(gate) as near:
            yield Legs(gate, near, far, client_tls if client == "tls" else None, aggregator == "tls")


class Legs:
    def __init__(self, gate, near, far, client_tls, aggregator_tls):
        self.gate, self.near, self.far, self.client_tls, self.aggregator_tls = gate, near, far, client_tls, aggregator_tls

    def log_in(self, user, **options):
        with driver.connect(self.near, self.client_tls, user=user, **options) as connection:
            return driver.value(connection, "SELECT SUBSTRING_INDEX(USER(), '@', 1)")

    def check_that_nobody_read(self, password):
        """What was on a plaintext leg is really seen, and the password is not in it."""
        for tap, is_tls in ((self.near, self.client_tls), (self.far, self.aggregator_tls)):
            assert (b"SELECT" in tap.seen) == (not is_tls)
            assert password not in tap.seen


@pytest.mark.rule(14)
@pytest.mark.parametrize("cached", [False, True], ids=["full", "fast"])
def test_the_password_arrives_and_nobody_reads_it(legs, server, user, cached):
    if cached:
        legs.log_in(user)
    else:
        server.sql("FLUSH PRIVILEGES")
    assert legs.log_in(user) == user
    legs.check_that_nobody_read(f"{user}-pw".encode())


def test_a_wrong_password_is_refused_with_1045_over_any_legs(legs, server, user):
    server.sql("FLUSH PRIVILEGES")
    for _ in range(2):
        with pytest.raises(pymysql.err.OperationalError) as refused:
            legs.log_in(user, password="not-it")
        assert refused.value.args[0] == 1045
        assert legs.log_in(user) == user
    assert b"not-it" not in legs.near.seen and b"not-it" not in legs.far.seen


def test_a_password_longer_than_the_scramble_arrives(legs, server):
    """Hidden ones are XORed with 20 bytes, over and over."""
    password = "p" * 19 + "q" * 60
    server.sql(f"CREATE USER 'long-pw'@'%' IDENTIFIED WITH caching_sha2_password BY '{password}'")
    try:
        legs.gate.config["account"].append({"user": "long-pw", "require": "NONE"})
        legs.gate.write_config()
        legs.gate.stop()
        legs.gate.start()
        assert legs.log_in("long-pw", password=password) == "long-pw"
        legs.check_that_nobody_read(b"qqqq")
    finally:
        server.sql("DROP USER 'long-pw'@'%'")


@pytest.mark.rule(14)
@pytest.mark.parametrize("command", ["mysql_cli", "mariadb_cli"])
def test_command_line_clients_hide_the_password_without_tls(make_gate, server, user, command, request):
    cli = request.getfixturevalue(command)
    server.sql("FLUSH PRIVILEGES")
    gate = make_gate(server, accounts=[{"user": user, "require": "NONE"}])
    options = {"ssl_mode": "DISABLED", "get_server_public_key": True} if command == "mysql_cli" else {"skip_ssl": True}
    with Tap(gate) as tap:
        result = cli(tap, "SELECT 'here'", user=user, **options)
        assert result.code == 0, result
        assert b"here" in tap.seen and f"{user}-pw".encode() not in tap.seen


def test_a_change_of_user_hides_the_password_too(legs, server, user):
    """Both plugins one after the other, with the cache emptied."""
    server.sql("FLUSH PRIVILEGES")
    with driver.connect(legs.near, legs.client_tls, user=user) as connection:
        for each in (*USERS.values(), user):
            change_user(connection, each)
            assert driver.value(connection, "SELECT SUBSTRING_INDEX(USER(), '@', 1)") == each
    for each in USERS.values():
        legs.check_that_nobody_read(f"{each}-pw".encode())


def change_user(connection, user):
    """PyMySQL has none; what its login does with an AuthSwitchRequest is one."""
    connection.user, connection.password = user.encode(), f"{user}-pw".encode()
    connection._next_seq_id = 0
    connection.write_packet(b"\x11" + connection.user + b"\0\0\0\x2d\0mysql_native_password\0\0")
    packet = connection._read_packet()
    packet.read_uint8()
    connection._process_auth(packet.read_string(), packet)


def rsa_key(folder):
    """A private key and its public half."""
    private, public = folder / "private.pem", folder / "public.pem"
    for words in (["genrsa", "-out", private, "2048"], ["rsa", "-in", private, "-pubout", "-out", public]):
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    return private, public


def test_a_key_of_ones_own_is_given_to_clients_in_a_file(make_gate, server, user, mysql_cli, scratch):
    folder = scratch.folder("password-key")
    private, public = rsa_key(folder)
    _, stranger = rsa_key(scratch.folder("strangers-key"))
    server.sql("FLUSH PRIVILEGES")
    gate = make_gate(server, accounts=[{"user": user, "require": "NONE"}], gate={"rsa_private_key": private})
    login = {"user": user, "ssl_mode": "DISABLED"}
    assert mysql_cli(gate, **login, server_public_key_path=public).code == 0
    server.sql("FLUSH PRIVILEGES")
    wrong = mysql_cli(gate, **login, server_public_key_path=stranger)
    assert wrong.code == 1 and "ERROR 1045" in wrong.err, wrong


@pytest.mark.parametrize("broken", ["missing", "open to others", "ecdsa", "no key"])
def test_a_key_that_cannot_serve_is_refused(make_gate, server, scratch, pki, broken):
    folder = scratch.folder("password-key")
    private, public = rsa_key(folder)
    if broken == "missing":
        private.unlink()
    elif broken == "open to others":
        private.chmod(0o644)
    elif broken == "ecdsa":
        private = pki.gate_ecdsa.key
    else:
        private.write_bytes(public.read_bytes())
    gate = make_gate(server, gate={"rsa_private_key": private}, start=False)
    for verb in ("check", "run"):
        result = run(verb, "--config", gate.config_file)
        assert result.returncode == 1 and "rsa_private_key" in result.stderr, result


@pytest.mark.rule(14)
def test_a_readable_password_of_a_plaintext_client_goes_no_further(make_gate, server):
    """The aggregator's login ends with its 1045 all the same."""
    server.sql("FLUSH PRIVILEGES")
    with Tap(server) as far:
        gate = make_gate(far, accounts=[{"user": "sha2", "require": "NONE"}], cluster=IN_THE_CLEAR)
        with Wire(gate) as wire:
            wire.read_greeting()
            wire.write(handshake_response("sha2", bytes(20), capabilities=CAPABILITIES))
            assert wire.read()[:1] == b"\xfe"
            wire.write(b"x" * 32)
            assert wire.read() == b"\x01\x04"
            wire.write(b"sha2-pw\0")
            assert wire.read()[:3] == b"\xff" + (1045).to_bytes(2, "little")
        assert b"sha2\0" in far.seen and b"sha2-pw" not in far.seen


def test_the_health_account_may_have_either_plugin(make_gate, server, user, scratch):
    """Toward an aggregator without TLS, with the cache emptied before each check."""
    password = scratch.password_file(f"{user}-pw")
    server.sql("FLUSH PRIVILEGES")
    with Tap(server) as far:
        gate = make_gate(far, cluster={**IN_THE_CLEAR, "health": {"user": user, "password_file": password}})
        gate.wait_for(msg="aggregator can be used")
        assert user.encode() in far.seen and f"{user}-pw".encode() not in far.seen
