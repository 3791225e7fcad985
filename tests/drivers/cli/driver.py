"""A command-line client, as a user calls it: driver.py mysql|mariadb PROGRAM ACTION; see contract.py."""
import json
import os
import signal
import subprocess
import sys
import time

flavour, program, action = sys.argv[1:]
env = os.environ


class Refused(Exception):
    """The client ended with an error."""


def command(*options):
    ca = env["DB_CA"]
    if flavour == "mysql":
        tls = ["--ssl-mode=VERIFY_CA", f"--ssl-ca={ca}"] if ca else ["--ssl-mode=DISABLED"]
    else:
        tls = [f"--ssl-ca={ca}", "--ssl-verify-server-cert"] if ca else ["--skip-ssl"]
    return [program, "--no-defaults", f"--host={env['DB_HOST']}", f"--port={env['DB_PORT']}", "--protocol=tcp",
            f"--user={env['DB_USER']}", "--connect-timeout=20", "--batch", "--skip-column-names", "--unbuffered",
            "--default-character-set=utf8mb4", "--max-allowed-packet=64M", *tls, *options]


def start(*options):
    return subprocess.Popen(command(*options), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, errors="replace", env={**env, "MYSQL_PWD": env["DB_PASSWORD"]})


def shown(text):
    return ", ".join(line.replace("\t", " ") for line in text.strip().splitlines() if line.strip("- "))


def output(sql):
    process = start(f"--execute={sql}")
    out, err = process.communicate()
    if process.returncode != 0:
        raise Refused(shown(err))
    return out


def query():
    return shown(output(env["DB_SQL"]))


def prepared():
    found = []
    for word in ("one", "zwei €"):
        found.append(shown(output(f"PREPARE s FROM '{env['DB_SQL']}'; SET @n = 1, @word = '{word}';"
                                  "EXECUTE s USING @n, @word")))
    return "; ".join([*found, shown(output("SHOW SESSION STATUS LIKE 'Com_stmt_execute'"))])


def transaction():
    counts = []
    for end in ("ROLLBACK", "COMMIT"):
        output(f"START TRANSACTION; INSERT INTO app.ledger (owner) VALUES ('{env['DB_OWNER']}'); {end}")
        counts.append(shown(output(f"SELECT COUNT(*) FROM app.ledger WHERE owner = '{env['DB_OWNER']}'")))
    return "{} after rollback, {} after commit".format(*counts)


def big_result():
    found = output(env["DB_SQL"]).splitlines()
    assert all(row == "0123456789abcdef" * (1 << 20) for row in found), "other bytes than asked for"
    return f"{len(found)} rows of 16 MiB"


def timeout():
    raise NotImplementedError(f"{flavour} knows no time-out of a query")


def kill():
    """Ctrl-C, as soon as the server is at the query: the client sends KILL QUERY with the id it read in the greeting."""
    mark = f"sleeping for {env['DB_OWNER']}"
    process = start(f"--execute={env['DB_SQL'].replace('SELECT ', f'SELECT {mark!r}, ')}")
    running = f"SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT \\'{mark}%'"
    while output(running).strip() == "0":
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    return f"{shown(err)} {shown(out.replace(mark, ''))}; then {shown(output('SELECT 42'))}"


def change_user():
    raise NotImplementedError(f"{flavour} cannot change the user")


def reconnect():
    """A script whose client loses its connection calls the client again."""
    process = start()
    process.stdin.write("SELECT 42;\n")
    process.stdin.flush()
    process.stdout.readline()
    print("ready", flush=True)
    sys.stdin.readline()
    _, err = process.communicate("SELECT 42;\n")
    return f"{shown(err)}; then {shown(output('SELECT 42'))}"


try:
    answer = {"outcome": "ok", "detail": globals()[action]()}
except Refused as problem:
    answer = {"outcome": "error", "detail": str(problem)}
except NotImplementedError as lack:
    answer = {"outcome": "none", "detail": str(lack)}
print(json.dumps(answer), flush=True)
