"""What a login, or a change of user, brings with it: the rules and limits of the new user, his schema, his character set."""
import pymysql
import pytest

from harness import driver
from harness.wire import CAPABILITIES, CLIENT_SSL, COM_CHANGE_USER, COM_QUERY, ServerError, Wire, handshake_response, packet


def closed_behind(wire, code):
    """The peer answers with this error and closes."""
    payload = wire.read()
    assert payload[:3] == b"\xff" + code.to_bytes(2, "little"), payload
    return wire.closed_within(20)


# --- a change of user that fails ----------------------------------------------------------------------------------------------------

INSERT = packet(bytes([COM_QUERY]) + b"INSERT INTO app.note (text) VALUES ('behind a failed change')", 0)


def change_to(user):
    return bytes([COM_CHANGE_USER]) + user + b"\0\0app\0\x2d\0mysql_native_password\0"


@pytest.fixture
def session(make_gate, aggregator, client_tls):
    """A session of nopw."""
    gate = make_gate(aggregator)
    with Wire(gate) as wire:
        yield gate, wire.login("nopw", password="", tls=client_tls)
    assert aggregator.sql("SELECT COUNT(*) FROM app.note")[0][0] == 2, "a command reached the aggregator"


def test_a_failed_change_of_user_ends_the_session_and_nothing_sent_behind_it_is_run(session):
    gate, wire = session
    wire.command(change_to(b"nobody"))
    assert wire.read()[:1] == b"\xfe"
    wire.send(packet(b"wrong", wire.sequence_id) + INSERT)
    assert closed_behind(wire, 1045)
    line = gate.session()
    assert (line["user"], line["phase"], line["cause"]) == ("nobody", "change_user", "authentication_failed")


def test_a_command_sent_behind_a_change_of_user_is_no_answer_to_it(session):
    gate, wire = session
    wire.send(packet(change_to(b"nobody"), 0) + INSERT)
    assert wire.read()[:1] == b"\xfe"
    assert closed_behind(wire, 1156)
    assert gate.session()["cause"] == "protocol_error"


def test_a_change_of_user_that_cannot_be_read_ends_the_session_and_nothing_sent_behind_it_is_run(session):
    gate, wire = session
    wire.send(packet(bytes([COM_CHANGE_USER]) + b"nobody", 0) + INSERT)
    assert wire.closed_within(20)
    assert gate.session()["cause"] == "protocol_error"


def test_mysql_ends_the_session_likewise(mysql_lts, pki):
    """Without the gate. MariaDB would go on as the old user."""
    with Wire(mysql_lts) as wire:
        wire.login("nopw", password="", tls=driver.context(pki.ca, pair=pki.gate_client))
        wire.command(change_to(b"nobody"))
        assert wire.read()[:1] == b"\xfe"
        wire.write(b"wrong")
        assert closed_behind(wire, 1045)


# --- limits of the users that a session is one after the other --------------------------------------------------------------------


@pytest.fixture
def limited(make_gate, mariadb, client_tls):
    """Logs in to a gate that takes one session of app and one of report."""
    accounts = [{"user": user, "max_user_connections": 1} for user in ("app", "report")]
    gate = make_gate(mariadb, accounts=accounts)
    opened = []

    def log_in(user):
        opened.append(Wire(gate))
        return opened[-1].login(user, tls=client_tls)

    yield log_in
    for each in opened:
        each.close()


def refused_with(code, attempt, *arguments):
    with pytest.raises(ServerError) as refused:
        attempt(*arguments)
    assert refused.value.code == code


def test_a_change_of_user_takes_a_place_of_the_new_user_and_gives_the_old_ones_back(limited):
    session = limited("app")
    refused_with(1203, limited, "app")
    session.change_user("report")
    refused_with(1203, limited, "report")
    limited("app").close()
    session.change_user("auditor")
    limited("report").ping()


def test_a_change_to_a_user_at_his_limit_is_refused_and_ends_the_session(limited):
    report, app = limited("report"), limited("app")
    refused_with(1203, app.change_user, "report")
    assert app.closed_within(20)
    assert report.ping()
    limited("app").ping()


def test_a_change_to_the_user_that_one_is_takes_no_second_place(limited):
    session = limited("app")
    for _ in range(3):
        assert session.change_user("app").ping()
    refused_with(1203, limited, "app")


def test_a_failed_change_of_user_gives_both_places_back(limited):
    session = limited("app")
    refused_with(1045, session.change_user, "report", "wrong")
    assert session.closed_within(20)
    limited("app").ping()
    limited("report").ping()


# --- the schema ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def everywhere(aggregator):
    """A user who may read all schemas."""
    aggregator.sql("CREATE USER everywhere@'%' REQUIRE X509", "GRANT SELECT ON *.* TO everywhere@'%'")
    yield "everywhere"
    aggregator.sql("DROP USER everywhere@'%'")


@pytest.mark.parametrize("how", ["login", "change_user"])
def test_a_schema_that_does_not_exist_is_the_servers_own_error(make_gate, aggregator, pki, client_tls, everywhere, how):
    """1049, or 1044 for who could not use it either: word for word."""
    def error(server, tls, user):
        with pytest.raises(ServerError) as refused, Wire(server) as wire:
            if how == "login":
                wire.login(user, password="", tls=tls, database="nowhere")
            else:
                wire.login(user, password="", tls=tls).change_user(user, password="", database="nowhere")
        return refused.value.code, refused.value.state, refused.value.text

    gate, gates_tls = make_gate(aggregator), driver.context(pki.ca, pair=pki.gate_client)
    for user, code in ((everywhere, 1049), ("nopw", 1044)):
        assert error(gate, client_tls, user) == error(aggregator, gates_tls, user)
        assert error(gate, client_tls, user)[0] == code


def test_a_driver_reads_that_its_schema_does_not_exist(make_gate, aggregator, client_tls, everywhere):
    with pytest.raises(pymysql.err.OperationalError) as refused:
        driver.connect(make_gate(aggregator), client_tls, user=everywhere, password="", database="nowhere")
    assert refused.value.args == (1049, "Unknown database 'nowhere'")


# --- the character set --------------------------------------------------------------------------------------------------------------


def collation(wire):
    return wire.value("SELECT @@collation_connection").decode()


@pytest.mark.parametrize("number, name", [(8, "latin1_swedish_ci"), (46, "utf8mb4_bin"), (224, "utf8mb4_unicode_ci")])
def test_the_character_set_of_a_login_is_in_effect(make_gate, aggregator, client_tls, number, name):
    with Wire(make_gate(aggregator)) as wire:
        wire.read_greeting()
        wire.start_tls(client_tls)
        wire.write(handshake_response("nopw", charset=number, capabilities=CAPABILITIES | CLIENT_SSL))
        assert collation(wire.finish_auth("")) == name


def test_a_character_set_above_255_is_in_effect_behind_a_change_of_user(make_gate, aggregator, client_tls):
    """A HandshakeResponse has one byte for it, a COM_CHANGE_USER two."""
    number, name = {"MariaDB": (608, "utf8mb4_croatian_ci"), "MySQL": (309, "utf8mb4_0900_bin")}[aggregator.name]
    with Wire(make_gate(aggregator)) as wire:
        wire.login("nopw", password="", tls=client_tls)
        wire.change_user("nopw", password="", charset=number)
        assert collation(wire) == name
        wire.change_user("nopw", password="", charset=8)
        assert collation(wire) == "latin1_swedish_ci"
