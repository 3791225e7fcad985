"""User names of every kind: the account that the gate decides about is the one that the aggregator logs in."""
import pymysql
import pytest

from harness import driver
from harness.wire import CAPABILITIES, CLIENT_SSL, ServerError, Wire, handshake_response

# 32 characters each, or what is special about them. MySQL's CREATE USER takes white space off both ends.
LEGAL = [bytes([*range(14, 33), *range(13, 0, -1)]), bytes(range(33, 65)), bytes(range(65, 97)), bytes(range(97, 128)), "漢字".encode() * 16,
         "Zoë Müller".encode(), b"a  b", b"o'neill", b"'app'", b'"app"', b"`app`", b"app@%", b"%", b"a\\b", b"a_b"]


class Accounts:
    """Makes accounts without a password, whatever their names are."""

    def __init__(self, server):
        self._server = server
        self._names = []

    def make(self, name):
        text = name.decode().replace("\\", "\\\\").replace("'", "''")
        self._server.sql(f"CREATE USER '{text}'@'%' REQUIRE X509")
        self._names.append(text)

    def drop_all(self):
        self._server.sql(*[f"DROP USER '{text}'@'%'" for text in self._names] or ["SELECT 1"])


@pytest.fixture
def accounts(aggregator):
    made = Accounts(aggregator)
    yield made
    made.drop_all()


def enter(wire, name, tls=None, charset=45):
    """Logs in without a password; the name that the server knows the session by."""
    wire.read_greeting()
    capabilities = CAPABILITIES
    if tls:
        wire.start_tls(tls)
        capabilities |= CLIENT_SSL
    wire.write(handshake_response(name, charset=charset, capabilities=capabilities))
    wire.finish_auth("")
    return known_as(wire)


def refused_to_enter(gate, name, charset=45):
    """The number of the error that a plaintext login ends with."""
    with Wire(gate) as wire, pytest.raises(ServerError) as refused:
        enter(wire, name, charset=charset)
    return refused.value.code


def known_as(wire):
    return bytes.fromhex(wire.value("SELECT HEX(CONVERT(SUBSTRING(USER(), 1, CHAR_LENGTH(USER()) - LOCATE('@', REVERSE(USER())))"
                                    " USING utf8mb4))").decode())


def quoted(name):
    """As a HandshakeResponse must carry a name that has quotes around it."""
    return b"'" + name + b"'" if name[:1] == name[-1:] == b"'" and len(name) > 1 else name


@pytest.mark.rule(8)
def test_a_rule_concerns_exactly_the_user_of_its_name(make_gate, aggregator, accounts):
    """Each alone may come in plaintext, and comes in as himself, at login and by a change of user."""
    gate = make_gate(aggregator, accounts=[{"user": name.decode(), "require": "NONE"} for name in [b"nopw", *LEGAL]])
    for name in LEGAL:
        accounts.make(name)
        with Wire(gate) as wire:
            assert enter(wire, quoted(name)) == name
        with Wire(gate) as wire:
            enter(wire, b"nopw")
            wire.change_user(name, password="", database="")
            assert known_as(wire) == name
        for other in (name + b" ", name[:-1] + bytes([name[-1] ^ 1])):
            assert refused_to_enter(gate, quoted(other)) == 1045, other
    refused = gate.wait_for(2 * len(LEGAL), msg="session closed", cause="refused")
    assert {line["aggregator"] for line in refused} == {"none"}


def test_the_user_without_a_name_comes_in(make_gate, mariadb, client_tls):
    mariadb.sql("CREATE USER ''@'%' REQUIRE X509")
    try:
        with Wire(make_gate(mariadb, accounts=[{"user": "", "host": "127.%", "require": "SSL"}])) as wire:
            assert enter(wire, b"", client_tls) == b""
    finally:
        mariadb.sql("DROP USER ''@'%'")


# --- names that an aggregator would read as another -----------------------------------------------------------------------------


@pytest.fixture
def strict_gate(make_gate, aggregator):
    """Asks nopw for TLS, and nobody else."""
    return make_gate(aggregator, accounts=[{"user": "nopw", "require": "SSL"}], default_require="NONE")


@pytest.mark.rule(8)
def test_quotes_around_a_name_hide_nobody_from_his_rule(strict_gate):
    """Servers take them off."""
    assert refused_to_enter(strict_gate, b"'nopw'") == 1045
    line = strict_gate.session()
    assert (line["user"], line["account"], line["cause"], line["aggregator"]) == ("nopw", "'nopw'@'%'", "refused", "none")


def test_quotes_around_a_name_are_taken_off_as_servers_do(strict_gate, client_tls):
    with Wire(strict_gate) as wire:
        assert enter(wire, b"'nopw'", client_tls) == b"nopw"


@pytest.mark.rule(8)
def test_quotes_in_a_change_of_user_are_part_of_the_name_as_with_servers(strict_gate, client_tls):
    with Wire(strict_gate) as wire:
        enter(wire, b"nopw", client_tls)
        with pytest.raises(ServerError) as refused:
            wire.change_user("'nopw'", password="")
    assert refused.value.code == 1045
    assert strict_gate.session()["user"] == "'nopw'"


# A collation id and bytes that MariaDB, MySQL or both take for "Zoë", "nopw" or "?" with it.
DISGUISES = {
    "latin1": (8, b"Zo\xeb"), "cp850": (4, b"Zo\x89"), "utf8 for latin1": (8, "ZoÃ«".encode()), "swe7": (10, b"Zo`"),
    "swe7_bin": (82, b"nopw"), "filename": (17, b"@006eopw"), "no such character set": (250, b"Zo\xeb"),
    "broken": (45, b"\xff"), "4 bytes": (45, "😀".encode()), "a surrogate": (45, b"\xed\xa0\x80"), "binary": (63, b"Zo\xeb"),
}


@pytest.mark.rule(8)
def test_a_name_that_would_be_converted_is_refused(strict_gate):
    """The rule that is looked up would be another's; by a change of user, too."""
    for what, (charset, sent) in DISGUISES.items():
        assert refused_to_enter(strict_gate, sent, charset) == 1045, what
    for line in strict_gate.wait_for(len(DISGUISES), msg="session closed"):
        assert (line["cause"], line["aggregator"]) == ("refused", "none") and "user name" in line["detail"], line


@pytest.mark.rule(8)
def test_a_change_to_a_name_that_would_be_converted_is_refused(make_gate, aggregator):
    gate = make_gate(aggregator, accounts=[{"user": "Zoë", "require": "SSL"}], default_require="NONE")
    for what, (charset, sent) in DISGUISES.items():
        with Wire(gate) as wire:
            enter(wire, b"nopw")
            with pytest.raises(ServerError) as refused:
                wire.change_user(sent, password="", charset=charset)
        assert refused.value.code == 1045, what
    gate.wait_for(len(DISGUISES), msg="session closed", phase="change_user", cause="refused")


def test_a_client_of_another_character_set_comes_in_with_an_ascii_name(strict_gate, client_tls):
    for charset in (8, 28, 33, 51, 63, 95):
        with Wire(strict_gate) as wire:
            assert enter(wire, b"nopw", client_tls, charset) == b"nopw"


@pytest.mark.rule(8)
def test_a_name_that_would_be_cut_is_refused(make_gate, aggregator, accounts):
    """MariaDB cuts at 128 characters, MySQL at 96 bytes: what is left may be another's name."""
    name = ("漢" * 32 if aggregator.name == "MySQL" else "n" * 128).encode()
    accounts.make(name)
    gate = make_gate(aggregator, accounts=[{"user": name.decode(), "require": "SSL"}], default_require="NONE")
    for sent in (name, name + b"x"):
        assert refused_to_enter(gate, sent) == 1045
    for line in gate.wait_for(2, msg="session closed"):
        assert (line["cause"], line["aggregator"]) == ("refused", "none")


def test_a_driver_comes_in_with_a_name_beyond_ascii(make_gate, aggregator, accounts, client_tls):
    accounts.make("Zoë".encode())
    gate = make_gate(aggregator, accounts=[{"user": "Zoë", "max_user_connections": 1}])
    with driver.connect(gate, client_tls, user="Zoë".encode(), password="") as connection:
        assert driver.value(connection, "SELECT USER()").startswith("Zoë@")
        with pytest.raises(pymysql.err.OperationalError) as refused:
            driver.connect(gate, client_tls, user="Zoë".encode(), password="")
        assert refused.value.args[0] == 1203
