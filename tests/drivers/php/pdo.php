<?php
// An application with PHP's PDO over mysqlnd: php pdo.php ACTION
declare(strict_types=1);
require __DIR__ . '/contract.php';

function connect(): PDO {
    $options = [PDO::ATTR_TIMEOUT => 20, PDO::ATTR_EMULATE_PREPARES => false];
    if (getenv('DB_CA')) $options += [PDO::MYSQL_ATTR_SSL_CA => getenv('DB_CA'), PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => true];
    $place = 'mysql:host=' . getenv('DB_HOST') . ';port=' . getenv('DB_PORT') . ';charset=utf8mb4';
    return new PDO($place, getenv('DB_USER'), getenv('DB_PASSWORD'), $options);
}

function rows(PDO $db, string $sql): string {
    return shown($db->query($sql)->fetchAll(PDO::FETCH_NUM));
}

$actions = [
    'query' => fn() => rows(connect(), getenv('DB_SQL')),
    'prepared' => function () {
        $db = connect();
        $statement = $db->prepare(getenv('DB_SQL'));
        $found = [];
        foreach (['one', 'zwei €'] as $word) {
            $statement->execute([1, $word]);
            $found[] = shown($statement->fetchAll(PDO::FETCH_NUM));
        }
        $db->setAttribute(PDO::ATTR_EMULATE_PREPARES, true);
        return implode('; ', $found) . '; ' . rows($db, "SHOW SESSION STATUS LIKE 'Com_stmt_execute'");
    },
    'transaction' => function () {
        $db = connect();
        $owner = getenv('DB_OWNER');
        $counts = [];
        foreach (['rollBack', 'commit'] as $end) {
            $db->beginTransaction();
            $db->exec("INSERT INTO app.ledger (owner) VALUES ('$owner')");
            $db->$end();
            $counts[] = rows(connect(), "SELECT COUNT(*) FROM app.ledger WHERE owner = '$owner'") . ' after ' . strtolower($end);
        }
        return implode(', ', $counts);
    },
    'big_result' => fn() => same_as_asked_for(connect()->query(getenv('DB_SQL'))->fetchAll(PDO::FETCH_NUM)),
    'timeout' => function () {
        ini_set('mysqlnd.net_read_timeout', '3');
        $db = connect();
        $ended = attempt(fn() => rows($db, getenv('DB_SQL')));
        return "$ended; then " . attempt(fn() => rows($db, 'SELECT 42'));
    },
    'kill' => fn() => throw new Lack('PDO does not tell its connection id'),
    'change_user' => fn() => throw new Lack('PDO cannot change the user'),
    'reconnect' => function () {
        $db = connect();
        rows($db, 'SELECT 42');
        wait_for_the_end_of_the_server();
        $lost = attempt(fn() => rows($db, 'SELECT 42'));
        return "$lost; then " . rows(connect(), 'SELECT 42');
    },
];

answer($actions);
