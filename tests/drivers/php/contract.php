<?php
// What the programs of the PHP extensions have in common: the answer of an action as one line of JSON; see contract.py.
declare(strict_types=1);

final class Lack extends Exception {}

function shown(array $rows): string {
    $line = fn($row) => implode(' ', array_map(fn($field) => $field === null ? 'NULL' : (string)$field, $row));
    return implode(', ', array_map($line, $rows));
}

function same_as_asked_for(array $rows): string {
    foreach ($rows as $row)
        if ($row[0] !== str_repeat('0123456789abcdef', 1 << 20)) throw new Exception('other bytes than asked for');
    return count($rows) . ' rows of 16 MiB';
}

function error_of(Exception $problem): string {
    return $problem->getCode() . ': ' . $problem->getMessage();
}

// What $action gives, or its error.
function attempt(callable $action): string {
    try {
        return $action();
    } catch (PDOException | mysqli_sql_exception $problem) {
        return error_of($problem);
    }
}

function wait_for_the_end_of_the_server(): void {
    echo "ready\n";
    fgets(STDIN);
}

function answer(array $actions): void {
    global $argv;
    error_reporting(0);
    ini_set('memory_limit', '512M');
    try {
        $answer = ['outcome' => 'ok', 'detail' => $actions[$argv[1]]()];
    } catch (Lack $lack) {
        $answer = ['outcome' => 'none', 'detail' => $lack->getMessage()];
    } catch (Exception $problem) {
        $answer = ['outcome' => 'error', 'detail' => error_of($problem)];
    }
    echo json_encode($answer, JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}
