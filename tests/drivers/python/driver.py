"""An application with PyMySQL or mysqlclient (both are what PEP 249 asks for): driver.py MODULE ACTION; see contract.py."""
import importlib
import json
import os
import sys
import threading

module = importlib.import_module(sys.argv[1])
env = os.environ


def connect(**options):
    ca = env["DB_CA"]
    if ca:
        options["ssl"] = {"ca": ca}
    elif sys.argv[1] == "pymysql":
        options["ssl_disabled"] = True
    return module.connect(host=env["DB_HOST"], port=int(env["DB_PORT"]), user=env["DB_USER"], password=env["DB_PASSWORD"],
                          connect_timeout=20, charset="utf8mb4", **options)


def rows(connection, sql, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return ", ".join(" ".join("NULL" if field is None else str(field) for field in row) for row in cursor.fetchall())


def error(problem):
    return ": ".join(str(word) for word in problem.args)


def attempt(connection, sql):
    try:
        return rows(connection, sql)
    except module.Error as problem:
        return error(problem)


def query():
    return rows(connect(), env["DB_SQL"])


def prepared():
    connection = connect()
    sql = env["DB_SQL"].replace("?", "%s")
    found = [rows(connection, sql, (1, word)) for word in ("one", "zwei €")]
    return "; ".join([*found, rows(connection, "SHOW SESSION STATUS LIKE 'Com_stmt_execute'")])


def transaction():
    connection = connect()
    owner = env["DB_OWNER"]
    counts = []
    for end in (connection.rollback, connection.commit):
        connection.begin()
        rows(connection, "INSERT INTO app.ledger (owner) VALUES (%s)", [owner])
        end()
        counts.append(rows(connect(), "SELECT COUNT(*) FROM app.ledger WHERE owner = %s", [owner]))
    return "{} after rollback, {} after commit".format(*counts)


def big_result():
    with connect().cursor() as cursor:
        cursor.execute(env["DB_SQL"])
        found = cursor.fetchall()
    assert all(row[0] == "0123456789abcdef" * (1 << 20) for row in found), "other bytes than asked for"
    return f"{len(found)} rows of 16 MiB"


def timeout():
    connection = connect(read_timeout=3)
    return f"{attempt(connection, env['DB_SQL'])}; then {attempt(connection, 'SELECT 42')}"


def kill():
    connection, second = connect(), connect()
    answer = []
    sleeper = threading.Thread(target=lambda: answer.append(attempt(connection, env["DB_SQL"])), daemon=True)
    sleeper.start()
    while sleeper.is_alive():
        rows(second, f"KILL QUERY {connection.thread_id()}")
        sleeper.join(0.2)
    return f"{answer[0]}; then {attempt(connection, 'SELECT 42')}"


def change_user():
    connection = connect()
    if not hasattr(connection, "change_user"):
        raise NotImplementedError(f"{sys.argv[1]} cannot change the user")
    connection.change_user(env["DB_OTHER_USER"], env["DB_OTHER_PASSWORD"], "app")
    return rows(connection, "SELECT SUBSTRING_INDEX(USER(), '@', 1)")


def reconnect():
    connection = connect()
    rows(connection, "SELECT 42")
    print("ready", flush=True)
    sys.stdin.readline()
    lost = attempt(connection, "SELECT 42")
    if sys.argv[1] == "pymysql":
        connection.ping(reconnect=True)
    else:
        connection = connect()
    return f"{lost}; then {rows(connection, 'SELECT 42')}"


try:
    answer = {"outcome": "ok", "detail": globals()[sys.argv[2]]()}
except module.Error as problem:
    answer = {"outcome": "error", "detail": error(problem)}
except NotImplementedError as lack:
    answer = {"outcome": "none", "detail": str(lack)}
print(json.dumps(answer), flush=True)
os._exit(0)  # a thread may still wait for its answer
