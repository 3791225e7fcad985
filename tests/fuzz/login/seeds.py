#!/usr/bin/env python3
"""Writes the seeds of fuzz_login: whole sessions in the words of fuzz_login.cpp. They go to tests/fuzz/corpus/fuzz_login."""
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parent / "corpus" / "fuzz_login"

# The numbers of the actions are the order in which fuzz_login.cpp names them.
source = (HERE.parent / "fuzz_login.cpp").read_text()
body = re.sub(r"//.*", "", re.search(r"enum class action[^{]*\{(.*?)\};", source, re.S).group(1))
ACTIONS = {name: number for number, name in enumerate(re.findall(r"\w+", body))}

FILES, SECURE_CLIENT, SECURE_AGGREGATORS, HEALTH, PROXY, UNKNOWN, NO_SWITCH, STOP = (1 << i for i in range(8))
APP, OTHER, SECRET, CERTIFIED, ANONYMOUS = range(5)
NATIVE, CACHING, SHA256, ED25519, CLEAR, DIALOG = range(6)
ZLIB, ZSTD, NO_PLUGIN_AUTH, LOCAL_FILES, WITH_DB, ATTRIBUTES, DEPRECATE_EOF, QUERY_ATTRIBUTES = (1 << i for i in range(8))
OWN, APPS, STRANGERS, UNKNOWN_ID = range(4)
QUERY, COMMENT, BINARY = 4, 8, 12


def do(name, *details, at_once=False):
    """A step: details are numbers, or bytes to be counted."""
    out = bytes([ACTIONS[name] | (0x80 if at_once else 0)])
    for each in details:
        out += bytes([each]) if isinstance(each, int) else bytes([len(each)]) + each
    return out


def login(plugin=NATIVE, flags=0, user=APP, greeting=0):
    return [do("login", user, flags), do("greeting", greeting), do("auth_switch", plugin), do("answer")]


def good_login(flags=0):
    return [*login(flags=flags), do("ok", 2)]


def query(text=b"SELECT 1", reply=(do("ok", 2),)):
    return [do("query", text), *reply]


def change_user(user=OTHER, plugin=NATIVE, end=do("ok", 2), answer="answer"):
    return [do("change_user", user), do("auth_switch", plugin), do(answer), end]


ROWS = (do("aggregator_packet", b"\1"), do("aggregator_packet", b"\3def\0\0\0\1a\0\x0c\x3f\0\1\0\0\0\x08\x81\0\0\0\0"),
        do("eof", 2), do("aggregator_packet", b"\x011"), do("eof", 2))
QUIT = [do("command", 1), do("aggregator_shutdown")]
KEY = do("public_key")
FULL = do("full_authentication")
COMMAND_IN_FILE = b"\x11secret\0\0\0"

SEEDS = {
    "whole": (0, good_login(WITH_DB | ATTRIBUTES), query(reply=ROWS), change_user(), query(), QUIT),
    "ssl_user": (0, [do("login", SECRET, 0), do("greeting", 0)]),
    "change_to_ssl_user": (0, good_login(), [do("change_user", SECRET)]),
    "change_to_ssl_user_split": (0, good_login(), [do("command", 14, at_once=True), do("split", 5), do("change_user", SECRET)]),
    "change_twice": (0, good_login(), change_user(), change_user(APP, CACHING, do("ok", 2)), change_user(end=do("err", 0))),
    "change_in_a_reply": (0, good_login(), [do("query", b"SELECT 1"), do("aggregator_raw", b"\x20\0\0\1row"), do("change_user", OTHER)]),
    "change_without_switch": (NO_SWITCH, [do("login", APP, 0), do("greeting", 0), do("proof"), do("ok", 2)],
                              [do("change_user", OTHER), do("greeting", 0), do("proof"), do("ok", 2)], query(), QUIT),
    "switch_unknown": (UNKNOWN, [do("login", APP, 0), do("greeting", 0), do("err", 0), do("greeting", 0), do("proof"), do("ok", 2)], QUIT),
    "second_member": (0, [do("login", APP, 0), do("err", 3), do("greeting", 0), do("auth_switch", NATIVE), do("answer"), do("ok", 2)], QUIT),
    "lacks_a_flag": (0, [do("login", APP, ATTRIBUTES), do("greeting", 8), do("greeting", 8)]),
    "file": (FILES, good_login(LOCAL_FILES), [do("query", b"LOAD DATA LOCAL INFILE 'file' INTO TABLE t"), do("file_request"),
             do("packet", COMMAND_IN_FILE), do("packet", b"1\n2\n"), do("end_of_file"), do("ok", 2)], change_user(answer="proof"), QUIT),
    "file_refused": (0, good_login(), [do("query", b"LOAD DATA LOCAL"), do("file_request"), do("packet", COMMAND_IN_FILE)]),
    "file_pipelined": (FILES, good_login(LOCAL_FILES | DEPRECATE_EOF), [do("query", b"LOAD DATA LOCAL", at_once=True), do("change_user", SECRET),
                       do("file_request"), do("end_of_file"), do("ok", 2)]),
    "pipelined_with_files": (FILES, good_login(LOCAL_FILES), [do("command", 14), do("command", 14), do("ok_to_command", 2), do("ok_to_command", 2)]),
    "multi_results": (FILES, good_login(LOCAL_FILES), [do("query", b"CALL p()"), *ROWS[:-1], do("eof", 10), *ROWS, do("ok", 2), do("kill", OWN)], QUIT),
    "prepared": (FILES, good_login(LOCAL_FILES), [do("packet_numbered", 0, b"\x16SELECT ?"), do("prepared", 1, 1), ROWS[1], do("eof", 2), ROWS[1],
                 do("eof", 2)], change_user(answer="proof")),
    "kill_own": (0, good_login(), [do("kill", OWN), do("ok", 2), do("kill", OWN | QUERY), do("ok", 2), do("kill", OWN | BINARY), do("ok", 2)], QUIT),
    "kill_elsewhere": (HEALTH, good_login(), [do("kill", APPS | QUERY), do("greeting", 1), FULL, KEY, do("ok", 2), do("ok_to_command", 2),
                       do("choose", 0), do("ok", 2)], QUIT),
    "kill_elsewhere_fails": (HEALTH, good_login(), [do("kill", APPS | COMMENT), do("greeting", 4), do("auth_switch", CACHING), do("fast_ok"), do("err", 0)], QUIT),
    "kill_others": (0, good_login(QUERY_ATTRIBUTES), [do("kill", STRANGERS), do("kill", APPS), do("kill", UNKNOWN_ID | BINARY)], QUIT),
    "kill_in_pieces": (0, good_login(), [do("split", 7), do("kill", OWN)], QUIT),
    "zlib": (FILES, good_login(ZLIB | LOCAL_FILES), query(b"SELECT '" + b"x" * 100 + b"'", ROWS), change_user(),
             [do("split", 9), do("kill", OWN)], [do("stream", b"\1\0\0\0")], QUIT),
    "zstd": (0, good_login(ZSTD), query(b"SELECT '" + b"x" * 100 + b"'", ROWS), [do("change_user", SECRET)]),
    "damaged_frame": (0, good_login(ZLIB), [do("raw", b"\x05\0\0\0\x0a\0\0hello")]),
    "both_compressions": (0, good_login(ZLIB | ZSTD), query(), QUIT),
    "sha2_key_of_the_gate": (SECURE_AGGREGATORS, login(CACHING), [FULL, do("answer"), do("answer"), do("ok", 2)], QUIT),
    "sha2_key_of_the_member": (SECURE_CLIENT, login(CACHING), [FULL, do("answer"), KEY, do("ok", 2)], QUIT),
    "sha2_no_tls": (0, login(CACHING), [FULL, do("answer"), KEY, do("answer"), do("ok", 2)], QUIT),
    "sha2_tls": (SECURE_CLIENT | SECURE_AGGREGATORS, login(CACHING), [FULL, do("answer"), do("ok", 2)], change_user(plugin=SHA256), QUIT),
    "sha2_fast": (0, login(CACHING), [do("fast_ok"), do("ok", 2)], QUIT),
    "sha256_key_of_the_gate": (SECURE_AGGREGATORS, login(SHA256), [do("answer"), do("ok", 2)], QUIT),
    "sha256_key_of_the_member": (SECURE_CLIENT, login(SHA256), [KEY, do("ok", 2)], change_user(plugin=CACHING, end=FULL), [do("answer"), KEY, do("ok", 2)]),
    "ed25519": (0, login(ED25519), [do("ok", 2)], QUIT),
    "clear": (0, login(CLEAR)),
    "clear_from_plaintext": (SECURE_AGGREGATORS, login(CLEAR)),
    "clear_to_plaintext": (SECURE_CLIENT, login(CLEAR)),
    "clear_secure": (SECURE_CLIENT | SECURE_AGGREGATORS, login(CLEAR), [do("ok", 2)], QUIT),
    "dialog": (SECURE_CLIENT | SECURE_AGGREGATORS, login(DIALOG), [do("aggregator_packet", b"Password: "), do("answer"), do("err", 1)]),
    "no_plugin_auth": (0, good_login(NO_PLUGIN_AUTH), change_user(), QUIT),
    "switched_twice": (0, login(), [do("auth_switch", NATIVE)]),
    "file_in_login": (0, [do("login", APP, 0), do("greeting", 0), do("file_request")]),
    "proxy_header": (PROXY, [do("proxy_header")], good_login(ATTRIBUTES), QUIT),
    "ssl_request": (0, [do("ssl_request")]),
    "pipelined": (0, [do("login", APP, 0, at_once=True), do("raw", b"\x14\0\0\3" + b"x" * 20 + b"\1\0\0\0\x0e"), do("greeting", 0), do("auth_switch", NATIVE), do("ok", 2)], QUIT),
    "out_of_order": (0, good_login(), [do("packet_numbered", 3, b"\x0e")]),
    "half_closed": (0, good_login(), [do("query", b"SELECT 1"), do("shutdown"), *ROWS, do("aggregator_shutdown")]),
    "reset": (0, good_login(), [do("query", b"SELECT 1"), do("aggregator_close")]),
    "client_does_not_read": (0, good_login(), [do("query", b"SELECT 1"), do("deaf"), *[do("flood")] * 3, do("deaf"), do("change_user", OTHER),
                             do("auth_switch", NATIVE), do("proof"), do("ok", 2)], QUIT),
    "aggregator_does_not_read": (0, good_login(), [do("aggregator_deaf"), *[do("long_query")] * 4, do("change_user", SECRET), do("aggregator_deaf")]),
    "nobody_reads": (0, good_login(ZLIB), [do("deaf"), do("aggregator_deaf"), *[do("long_query")] * 4, *[do("flood")] * 3, do("gate_stops")]),
    "client_leaves": (0, good_login(), [do("query", b"SELECT 1", at_once=True), do("close")]),
    "gate_stops": (STOP, good_login(), [do("query", b"SELECT 1"), do("gate_stops")]),
}

CORPUS.mkdir(parents=True, exist_ok=True)
for seed, (choices, *parts) in SEEDS.items():
    (CORPUS / seed).write_bytes(bytes([choices]) + b"".join(step for part in parts for step in part))
