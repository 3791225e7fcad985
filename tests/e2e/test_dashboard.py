"""The dashboard in a real Chromium: whoever has a token sees what the gate does and gives it orders."""
import json
import urllib.parse

import pymysql
import pytest

from harness import browser as chromium
from harness import driver
from harness.admin import Admin, new_token, token_file
from harness.ports import free_port, wait_until

SESSIONS = "#sessions tbody tr"
DIALOG = "dialog[open]"


@pytest.fixture
def token():
    return new_token()


@pytest.fixture
def make_http(make_gate, mariadb, scratch, token):
    """A gate with the dashboard on loopback."""
    def make(*aggregators, lines=(), **settings):
        file = token_file(scratch.folder("tokens"), *(lines or [token]))
        return make_gate(*(aggregators or [mariadb]), admin={"token_file": file, "address": f"127.0.0.1:{free_port()}"}, **settings)
    return make


@pytest.fixture
def open_browser(scratch):
    """Opens the dashboard of a gate. At the end: the page had no error, and asked nobody else for anything."""
    if why := chromium.missing():
        pytest.skip(f"cannot run here: {why}")
    opened = []

    def start(gate, **options):
        one = chromium.Browser(scratch.folder("browser"), **options)
        one.address = f"http://{gate.config['admin']['address']}"
        opened.append(one)
        one.page("goto", one.address)
        return one

    yield start
    seen = []
    for one in opened:
        seen.append((one.address, one.extra("seen")))
        one.close()
    for address, what in seen:
        # That a request was refused or not answered the browser reports by itself.
        assert [each for each in what["problems"] if not each.startswith("Failed to load resource")] == []
        assert {urllib.parse.urlsplit(each)[:2] for each in what["requests"]} == {urllib.parse.urlsplit(address)[:2]}


def log_in(page, token):
    page.on("#token", "fill", token)
    page.on("#token", "press", "Enter")
    page.on("#inside", "waitFor")
    page.wait_for_text("#state", "ready")
    return page


def row_of(page, text):
    return page.wait_for_text(SESSIONS, text)


def confirm(page, label):
    page.on(f"{DIALOG} button:text-is('{label}')", "click")


# --- in and out -------------------------------------------------------------------------------------------------------

@pytest.mark.rule(26)
def test_without_a_token_the_page_shows_nothing_of_the_gate(make_http, open_browser, client_tls):
    gate = make_http()
    with driver.connect(gate, client_tls):
        page = open_browser(gate)
        page.on("#login", "waitFor")
        assert page.focused() == "token"
        assert not page.on("#inside", "isVisible")
        assert not [each for each in page.extra("seen")["requests"] if "/api/" in each]


@pytest.mark.rule(26)
def test_a_wrong_and_an_expired_token_are_told_plainly(make_http, open_browser, token):
    page = open_browser(make_http(lines=[f"{token} 2020-01-01T00:00:00Z", new_token()]))
    for wrong in (new_token(), token):
        page.on("#token", "fill", wrong)
        page.on("#token", "press", "Enter")
        assert page.wait_for_text("#refused", "The token is") == "The token is wrong or has expired."
        assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.rule(26)
def test_who_guesses_tokens_is_told_how_long_to_wait(make_http, open_browser):
    gate = make_http()
    guesser = Admin(gate, gate.config["admin"]["address"], new_token())
    while guesser.get("/api/v1/status").status != 429:
        pass
    page = open_browser(gate)
    page.on("#token", "fill", new_token())
    page.on("#token", "press", "Enter")
    page.wait_for_text("#refused", "Try again in 60 seconds")


def test_a_token_that_is_taken_away_ends_what_is_shown(make_http, open_browser, token, client_tls):
    gate = make_http()
    page = log_in(open_browser(gate), token)
    with driver.connect(gate, client_tls):
        row_of(page, "app")
        token_file(gate.config["admin"]["token_file"].parent, new_token())
        assert Admin(gate).order("reload").status == 200
        page.wait_for_text("#refused", "wrong or has expired")
        assert (page.on("#inside", "isVisible"), page.evaluate("sessionStorage.length")) == (False, 0)
        assert [each for each in page.on(SESSIONS, "allTextContents") if "app" in each] == []


def test_the_token_is_kept_for_the_tab_and_dropped_by_logging_out(make_http, open_browser, token):
    page = log_in(open_browser(make_http()), token)
    page.page("reload")
    page.wait_for_text("#state", "ready")
    page.on("#logout", "click")
    page.on("#login", "waitFor")
    assert token not in page.evaluate("JSON.stringify([sessionStorage, localStorage]) + document.documentElement.outerHTML + location.href")
    page.page("reload")
    page.on("#login", "waitFor")


# --- sessions ---------------------------------------------------------------------------------------------------------

def test_a_session_appears_when_a_client_connects_and_goes_with_it(make_http, open_browser, token, mariadb, client_tls):
    gate = make_http()
    page = log_in(open_browser(gate), token)
    page.wait_for_text(SESSIONS, "Nobody is connected.")
    with driver.connect(gate, client_tls) as connection:
        shown = row_of(page, "app")
        for fact in ("127.0.0.1:%d" % connection._sock.getsockname()[1], connection._sock.version(), connection._sock.cipher()[0],
                     mariadb.address, str(connection.server_thread_id[0])):
            assert fact in shown
    page.wait_for_text(SESSIONS, "Nobody is connected.")


def test_a_session_is_killed_after_a_question_and_only_then(make_http, open_browser, token, client_tls):
    gate = make_http()
    page = log_in(open_browser(gate), token)
    with driver.connect(gate, client_tls) as victim:
        row_of(page, "app")
        page.on(f"{SESSIONS} button", "click")
        assert "app from 127.0.0.1" in page.texts("#ask-detail")[0]
        confirm(page, "Cancel")
        assert driver.value(victim, "SELECT 1") == 1
        page.on(f"{SESSIONS} button", "click")
        confirm(page, "Kill")
        page.wait_for_text("#said", f"Session {victim.server_thread_id[0]}: ")
        page.wait_for_text(SESSIONS, "Nobody is connected.")
        with pytest.raises(pymysql.err.OperationalError):
            driver.value(victim, "SELECT 1")
    assert gate.session()["cause"] == "killed"


def tab_to(page, name):
    """As somebody without a mouse goes there, who must see at every step where they are."""
    for _ in range(80):
        page.extra("press", "Tab")
        if page.evaluate("document.activeElement !== document.body"):
            assert page.evaluate("document.activeElement.matches(':focus-visible') && getComputedStyle(document.activeElement).outlineStyle") \
                not in (False, "none"), page.focused()
        if page.focused() == name:
            return
    raise AssertionError(f"Tab does not lead to {name}")


def test_everything_can_be_done_with_the_keyboard_alone(make_http, open_browser, token, mariadb, client_tls):
    gate = make_http()
    page = open_browser(gate)
    page.on("#login", "waitFor")
    page.extra("type", token)
    page.extra("press", "Enter")
    page.wait_for_text("#state", "ready")
    with driver.connect(gate, client_tls) as victim:
        row_of(page, "app")
        tab_to(page, f"Kill session {victim.server_thread_id[0]} of app")
        page.extra("press", "Enter")
        page.on(DIALOG, "waitFor")
        assert page.focused() == "ask-no"  # whoever presses Enter once too often has killed nobody
        tab_to(page, "ask-yes")
        page.extra("press", "Enter")
        page.wait_for_text(SESSIONS, "Nobody is connected.")
        with pytest.raises(pymysql.err.OperationalError):
            driver.value(victim, "SELECT 1")
    tab_to(page, f"Drain {mariadb.address} of default")
    page.extra("press", "Space")
    page.on(DIALOG, "waitFor")
    tab_to(page, "ask-deadline")
    page.extra("press", "ArrowDown")
    tab_to(page, "ask-yes")
    page.extra("press", "Space")
    page.wait_for_text("#aggregators tbody tr", "drained")
    assert gate.entries(msg="administration", action="drain_aggregator", done="true")
    tab_to(page, "reload")
    page.extra("press", "Enter")
    page.wait_for_text("#said", "Reload: ")
    tab_to(page, "logout")
    page.extra("press", "Enter")
    page.on("#login", "waitFor")


HOSTILE = "<img src=x onerror=document.title=`owned`>"


@pytest.mark.rule(26)
def test_the_name_of_a_user_is_text_whatever_it_says(make_http, open_browser, token, mariadb, client_tls):
    mariadb.sql(f"CREATE USER '{HOSTILE}'@'%' IDENTIFIED BY 'hostile-pw'")
    try:
        gate = make_http(accounts=[{"user": HOSTILE, "host": "%", "require": "SSL"}])
        page = log_in(open_browser(gate), token)
        with driver.connect(gate, client_tls, user=HOSTILE, password="hostile-pw"):
            row_of(page, HOSTILE)
            page.on(f"{SESSIONS} button", "click")
            assert HOSTILE in page.texts("#ask-detail")[0]
            confirm(page, "Cancel")
            assert page.evaluate("document.title") == "Portcullis"
            assert page.evaluate("document.querySelectorAll('#inside img, dialog img').length") == 0
    finally:
        mariadb.sql(f"DROP USER '{HOSTILE}'@'%'")


def made_sessions(number):
    """As the gate lists them."""
    tls = {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "resumed": False}
    return json.dumps({"sessions": [
        {"id": 1090519040 + i, "state": "logged_in", "user": f"user{i}", "account": "default_require", "client": f"10.0.{i // 250}.{i % 250}:40000",
         "listener": "main", "cluster": "default", "aggregator": "10.1.0.1:3306", "aggregator_id": i, "aggregator_reused": False,
         "client_tls": tls, "aggregator_tls": tls, "from_client": i * 1000, "to_client": 7, "age": 10000 - i, "idle": 1} for i in range(number)]})


def test_five_thousand_sessions_are_cut_to_a_table_that_can_be_searched(make_http, open_browser, token):
    page = open_browser(make_http())
    page.extra("answerWith", "**/api/v1/sessions", made_sessions(5000))
    log_in(page, token)
    page.wait_for_text("#sessions-note", "5,000; the first 200 in this order are shown")
    assert len(page.texts(SESSIONS)) == 200
    page.on("#filter", "fill", "user4711")
    page.wait_for_text("#sessions-note", "1 of 5,000")
    assert "user4711" in page.texts(SESSIONS)[0]
    page.on("#filter", "fill", "nobody like that")
    page.wait_for_text(SESSIONS, "None that matches the filter.")


def test_columns_are_sorted_by_their_headers_with_the_keyboard(make_http, open_browser, token):
    page = open_browser(make_http())
    page.extra("answerWith", "**/api/v1/sessions", made_sessions(300))
    log_in(page, token)
    row_of(page, "user0")  # the oldest first
    header = "#sessions th button:text-is('User')"
    page.on(header, "focus")
    page.extra("press", "Enter")
    assert [each.split("\t")[0] for each in page.texts(SESSIONS)[:3]] == ["user0", "user1", "user2"]
    page.extra("press", "Space")
    assert [each.split("\t")[0] for each in page.texts(SESSIONS)[:3]] == ["user299", "user298", "user297"]
    assert page.on("#sessions th:has(button:text-is('User'))", "getAttribute", "aria-sort") == "descending"
    page.on("#sessions th button:text-is('Bytes')", "click")  # numbers: the most first, and by value
    assert page.texts(SESSIONS)[0].startswith("user299")


def test_the_focus_stays_where_it_is_while_rows_come_and_go(make_http, open_browser, token, client_tls):
    gate = make_http()
    page = log_in(open_browser(gate), token)
    with driver.connect(gate, client_tls) as held:
        row_of(page, "app")
        name = f"Kill session {held.server_thread_id[0]} of app"
        page.on(f"button[aria-label='{name}']", "focus")
        page.on("#sessions th button:text-is('Id')", "evaluate", "each => each.click()")  # the newest first: rows move
        with driver.connect(gate, client_tls) as other:
            row_of(page, str(other.server_thread_id[0]))
            assert page.focused() == name
        wait_until(lambda: len(page.texts(SESSIONS)) == 1, 30, "one session to be left")
        assert page.focused() == name
    page.wait_for_text(SESSIONS, "Nobody is connected.")
    assert page.focused() == "h-sessions"


# --- aggregators, rates, certificates ---------------------------------------------------------------------------------

def test_an_aggregator_that_goes_down_is_seen_to(make_http, open_browser, token, mariadb, mariadb_of_own):
    dying = mariadb_of_own()
    page = log_in(open_browser(make_http(mariadb, dying)), token)
    page.wait_for_text("#tiles", "2 of 2")
    dying.stop()
    page.wait_for_text("#tiles", "1 of 2")
    assert "unusable" in page.wait_for_text("#aggregators tbody tr", dying.address)
    page.wait_for_text("#aggregators .bad", "unusable")
    page.screenshot("aggregator-down")


def test_an_aggregator_is_drained_with_a_deadline_and_taken_back(make_http, open_browser, token, mariadb, client_tls):
    gate = make_http()
    page = log_in(open_browser(gate), token)
    with driver.connect(gate, client_tls):
        page.wait_for_text("#tiles", "1 of 1")
        page.on("#aggregators tbody button", "click")
        page.on("#ask-deadline", "selectOption", "30m")
        confirm(page, "Drain")
        page.wait_for_text("#aggregators tbody tr", "drained")
        page.wait_for_text("#state", "not ready")
        order, = gate.entries(msg="administration", action="drain_aggregator", done="true")
        assert order["target"] == mariadb.address
        page.on("#aggregators tbody button:text-is('Undrain')", "click")
        page.wait_for_text("#aggregators tbody button", "Drain")
        wait_until(lambda: page.texts("#state") == ["ready"], 30, "the gate to be ready again")


def test_logins_and_refusals_are_shown_with_their_reasons(make_http, open_browser, token, client_tls):
    gate = make_http()
    page = log_in(open_browser(gate), token)
    driver.connect(gate, client_tls).close()
    for _ in range(2):
        with pytest.raises(pymysql.err.OperationalError):
            driver.connect(gate, client_tls, password="wrong")
    refused = page.wait_for_text("#reasons tbody tr", "authentication failed")
    assert refused.split()[0] == "refused"
    wait_until(lambda: page.wait_for_text("#reasons tbody tr", "authentication failed").split("\t")[-1] == "2", 30, "both to be counted")
    page.wait_for("document.getElementById('c-ciphers').getAttribute('aria-label').includes('TLSv1.3 TLS_AES_256_GCM_SHA384')", "the cipher")
    page.wait_for("document.getElementById('c-latency').getAttribute('aria-label').includes('handshake median')", "latencies")


def test_certificates_are_shown_with_their_days_left(make_http, open_browser, token, pki):
    page = log_in(open_browser(make_http()), token)
    shown = page.wait_for_text("#certificates tbody tr", "listener main")
    assert str(pki.gate.cert) in shown and ("\t89\t" in shown or "\t90\t" in shown)


def test_a_reload_tells_what_came_of_it(make_http, open_browser, token):
    gate = make_http()
    page = log_in(open_browser(gate), token)
    page.wait_for_text("#tiles", "none yet")
    page.on("#reload", "click")
    page.wait_for_text("#said", "Reload: ")
    page.wait_for_text("#tiles", "taken")
    gate.config_file.write_text(gate.config_file.read_text() + "\n[nonsense]\nx = 1\n")
    page.on("#reload", "click")
    page.wait_for_text("#said", "nonsense")
    page.wait_for_text("#tiles", "refused")
    page.wait_for_text("#configuration", "Last refused for")


def test_a_gate_that_is_gone_is_told_and_its_return_noticed(make_http, open_browser, token, client_tls):
    gate = make_http()
    page = log_in(open_browser(gate), token)
    gate.stop()
    page.wait_for_text("#lost", "No answer since")
    page.wait_for_text("#state", "no answer")
    gate.start()
    with driver.connect(gate, client_tls):
        row_of(page, "app")
        page.wait_for_text("#state", "ready")
        assert not page.on("#lost", "isVisible")


# --- for everybody's eyes, hands and devices --------------------------------------------------------------------------

LOOKS = {
    "light": {"colorScheme": "light", "viewport": {"width": 1360, "height": 900}},
    "dark": {"colorScheme": "dark", "viewport": {"width": 1360, "height": 900}},
    "phone": {"colorScheme": "light", "viewport": {"width": 360, "height": 740}, "isMobile": True, "hasTouch": True},
}


@pytest.mark.parametrize("look", LOOKS)
def test_it_can_be_read_and_used_by_everybody(make_http, open_browser, token, mariadb, client_tls, look):
    gate = make_http(mariadb, f"127.0.0.1:{free_port()}")
    page = open_browser(gate, reducedMotion="reduce", **LOOKS[look])
    wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    assert page.extra("audit", wcag) == []
    page.screenshot(f"{look}-login")
    log_in(page, token)
    held = []
    for number in range(8):
        held.append(driver.connect(gate, client_tls))
        driver.value(held[-1], f"SELECT REPEAT('x', {10 ** (number % 7)})")
        with pytest.raises(pymysql.err.OperationalError):
            driver.connect(gate, client_tls, password="wrong")
        page.on("#tiles", "innerText")
    wait_until(lambda: len(page.texts(SESSIONS)) == 8, 30, "eight sessions")
    page.wait_for("document.getElementById('c-latency').getAttribute('aria-label').match(/median [0-9]/) !== null", "a latency")
    assert page.extra("audit", wcag) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.screenshot(look)
    page.on(f"{SESSIONS} >> nth=0 >> button", "click")
    assert page.extra("audit", wcag) == []
    page.screenshot(f"{look}-question", whole=False)
    page.extra("press", "Escape")
    for each in held:
        assert driver.value(each, "SELECT 1") == 1
        each.close()


def test_light_and_dark_follow_the_system_until_one_is_chosen(make_http, open_browser, token):
    page = log_in(open_browser(make_http(), colorScheme="dark"), token)
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    page.page("emulateMedia", {"colorScheme": "light"})
    page.wait_for(f"{theme} === 'light'", "the light theme")
    lines = "['x', 'y'].map(each => Chart.getChart('c-logins').scales[each].options.ticks.color).join()"
    of_light = page.evaluate(lines)
    page.on("#theme", "selectOption", "dark")
    assert page.evaluate(theme) == "dark"
    assert page.evaluate(lines) != of_light
    page.page("reload")
    assert page.evaluate(theme) == "dark"


def test_nothing_is_asked_while_nobody_looks(make_http, open_browser, token):
    page = log_in(open_browser(make_http()), token)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true}); document.dispatchEvent(new Event('visibilitychange'))")
    asked = "performance.getEntriesByType('resource').filter(each => each.name.includes('/api/')).length"
    page.page("waitForTimeout", 500)  # what was under way
    before = page.evaluate(asked)
    page.page("waitForTimeout", 5000)
    assert page.evaluate(asked) == before
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for(f"{asked} > {before}", "it to ask again")


# --- how it is served -------------------------------------------------------------------------------------------------

@pytest.mark.rule(26)
def test_the_page_may_load_nothing_from_elsewhere_nor_be_framed(make_http):
    gate = make_http()
    admin = Admin(gate, gate.config["admin"]["address"])
    for path, kind in (("/", "text/html"), ("/dashboard/page.js", "text/javascript"), ("/dashboard/chart.js", "text/javascript"),
                       ("/dashboard/style.css", "text/css"), ("/dashboard/icon.svg", "image/svg+xml")):
        reply = admin.get(path)
        assert reply.status == 200 and reply.headers["Content-Type"].startswith(kind)
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert (reply.headers["X-Content-Type-Options"], reply.headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
        assert admin.get(path, headers={"Host": "evil.example"}).status == 421
    assert admin.get("/dashboard/nothing.js").status == 404


def test_a_page_that_is_known_is_not_sent_again(make_http):
    gate = make_http()
    admin = Admin(gate, gate.config["admin"]["address"])
    first = admin.get("/dashboard/chart.js")
    again = admin.get("/dashboard/chart.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.headers["Cache-Control"], again.status, again.text) == ("no-cache", 304, "")
    assert admin.get("/dashboard/chart.js", headers={"If-None-Match": '"another"'}).text == first.text


def test_the_counters_of_the_api_are_those_of_metrics(make_http, token, client_tls):
    gate = make_http()
    admin = Admin(gate, gate.config["admin"]["address"], token)
    with driver.connect(gate, client_tls) as connection:
        driver.value(connection, "SELECT REPEAT('x', 100000)")
    with pytest.raises(pymysql.err.OperationalError):
        driver.connect(gate, client_tls, password="wrong")
    gate.wait_for(2, msg="session closed")
    shown = admin.view("metrics")
    assert {(each["outcome"], each["reason"]): each["count"] for each in shown["logins"]} == \
        {("accepted", "ok"): 1, ("refused", "authentication_failed"): 1}
    assert sum(each["count"] for each in shown["closed"]) == 2
    assert shown["to_client"] == admin.metric("portcullis_relayed_bytes_total", direction="to_client") > 100000
    assert shown["client_handshakes"]["time"]["count"] == sum(shown["client_handshakes"]["time"]["counts"]) == 2
    assert len(shown["login_time"]["counts"]) == len(shown["bounds"]) + 1
    assert sum(each["count"] for each in shown["client_handshakes"]["agreed"]) == 2
