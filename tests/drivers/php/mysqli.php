<?php
// An application with PHP's mysqli over mysqlnd: php mysqli.php ACTION
declare(strict_types=1);
require __DIR__ . '/contract.php';

mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

function connect(int $read_timeout = 300): mysqli {
    $db = mysqli_init();
    $db->options(MYSQLI_OPT_CONNECT_TIMEOUT, 20);
    $db->options(MYSQLI_OPT_READ_TIMEOUT, $read_timeout);
    $ca = getenv('DB_CA');
    $flags = 0;
    if ($ca) {
        $db->ssl_set(null, null, $ca, null, null);
        $db->options(MYSQLI_OPT_SSL_VERIFY_SERVER_CERT, 1);
        $flags = MYSQLI_CLIENT_SSL;
    }
    $db->real_connect(getenv('DB_HOST'), getenv('DB_USER'), getenv('DB_PASSWORD'), null, (int)getenv('DB_PORT'), null, $flags);
    $db->set_charset('utf8mb4');
    return $db;
}

function rows(mysqli $db, string $sql): string {
    $result = $db->query($sql);
    return is_bool($result) ? '' : shown($result->fetch_all());
}

$actions = [
    'query' => fn() => rows(connect(), getenv('DB_SQL')),
    'prepared' => function () {
        $db = connect();
        $statement = $db->prepare(getenv('DB_SQL'));
        $statement->bind_param('is', $n, $word);
        $n = 1;
        $found = [];
        foreach (['one', 'zwei €'] as $word) {
            $statement->execute();
            $found[] = shown($statement->get_result()->fetch_all());
        }
        return implode('; ', $found) . '; ' . rows($db, "SHOW SESSION STATUS LIKE 'Com_stmt_execute'");
    },
    'transaction' => function () {
        $db = connect();
        $owner = getenv('DB_OWNER');
        $counts = [];
        foreach (['rollback', 'commit'] as $end) {
            $db->begin_transaction();
            $db->query("INSERT INTO app.ledger (owner) VALUES ('$owner')");
            $db->$end();
            $counts[] = rows(connect(), "SELECT COUNT(*) FROM app.ledger WHERE owner = '$owner'") . " after $end";
        }
        return implode(', ', $counts);
    },
    'big_result' => fn() => same_as_asked_for(connect()->query(getenv('DB_SQL'))->fetch_all()),
    'timeout' => function () {
        $db = connect(3);
        $ended = attempt(fn() => rows($db, getenv('DB_SQL')));
        return "$ended; then " . attempt(fn() => rows($db, 'SELECT 42'));
    },
    'kill' => function () {
        [$db, $second] = [connect(), connect()];
        $db->query(getenv('DB_SQL'), MYSQLI_ASYNC);
        do {
            $second->query('KILL QUERY ' . $db->thread_id);
            $read = $error = $reject = [$db];
        } while (!mysqli_poll($read, $error, $reject, 0, 200000));
        $ended = attempt(fn() => shown($db->reap_async_query()->fetch_all()));
        return "$ended; then " . attempt(fn() => rows($db, 'SELECT 42'));
    },
    'change_user' => function () {
        $db = connect();
        $db->change_user(getenv('DB_OTHER_USER'), getenv('DB_OTHER_PASSWORD'), 'app');
        return rows($db, "SELECT SUBSTRING_INDEX(USER(), '@', 1)");
    },
    'reconnect' => function () {
        $db = connect();
        rows($db, 'SELECT 42');
        wait_for_the_end_of_the_server();
        $lost = attempt(fn() => rows($db, 'SELECT 42'));
        return "$lost; then " . rows(connect(), 'SELECT 42');
    },
];

answer($actions);
