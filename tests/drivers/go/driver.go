// An application with go-sql-driver/mysql over database/sql: driver ACTION; see contract.py.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

type lack struct{ text string }

func (l lack) Error() string { return l.text }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// The pool of an application; it connects at the first query.
func open() *sql.DB {
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", os.Getenv("DB_HOST")+":"+os.Getenv("DB_PORT")
	config.User, config.Passwd = os.Getenv("DB_USER"), os.Getenv("DB_PASSWORD")
	config.Collation = "utf8mb4_general_ci"
	config.Timeout = 20 * time.Second
	if ca := os.Getenv("DB_CA"); ca != "" {
		pem, err := os.ReadFile(ca)
		must(err)
		trusted := x509.NewCertPool()
		trusted.AppendCertsFromPEM(pem)
		must(mysql.RegisterTLSConfig("ours", &tls.Config{RootCAs: trusted, ServerName: os.Getenv("DB_HOST")}))
		config.TLSConfig = "ours"
	}
	pool, err := sql.Open("mysql", config.FormatDSN())
	must(err)
	return pool
}

func shown(found *sql.Rows) (string, error) {
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		return "", err
	}
	var lines []string
	for found.Next() {
		fields := make([]sql.NullString, len(columns))
		places := make([]interface{}, len(columns))
		words := make([]string, len(columns))
		for i := range fields {
			places[i] = &fields[i]
		}
		if err := found.Scan(places...); err != nil {
			return "", err
		}
		for i, field := range fields {
			words[i] = "NULL"
			if field.Valid {
				words[i] = field.String
			}
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, ", "), found.Err()
}

type querier interface {
	QueryContext(context.Context, string, ...interface{}) (*sql.Rows, error)
}

func rows(from querier, statement string, parameters ...interface{}) (string, error) {
	found, err := from.QueryContext(context.Background(), statement, parameters...)
	if err != nil {
		return "", err
	}
	return shown(found)
}

func sure(text string, err error) string {
	must(err)
	return text
}

func query() string { return sure(rows(open(), os.Getenv("DB_SQL"))) }

func prepared() string {
	connection, err := open().Conn(context.Background())
	must(err)
	statement, err := connection.PrepareContext(context.Background(), os.Getenv("DB_SQL"))
	must(err)
	var found []string
	for _, word := range []string{"one", "zwei €"} {
		result, err := statement.Query(1, word)
		must(err)
		found = append(found, sure(shown(result)))
	}
	found = append(found, sure(rows(connection, "SHOW SESSION STATUS LIKE 'Com_stmt_execute'")))
	return strings.Join(found, "; ")
}

func transaction() string {
	pool := open()
	owner := os.Getenv("DB_OWNER")
	var counts []string
	for _, end := range []string{"rollback", "commit"} {
		t, err := pool.Begin()
		must(err)
		_, err = t.Exec("INSERT INTO app.ledger (owner) VALUES (?)", owner)
		must(err)
		if end == "commit" {
			must(t.Commit())
		} else {
			must(t.Rollback())
		}
		counts = append(counts, sure(rows(pool, "SELECT COUNT(*) FROM app.ledger WHERE owner = ?", owner))+" after "+end)
	}
	return strings.Join(counts, ", ")
}

func bigResult() string {
	found, err := open().Query(os.Getenv("DB_SQL"))
	must(err)
	asked := strings.Repeat("0123456789abcdef", 1<<20)
	count := 0
	for ; found.Next(); count++ {
		var text string
		must(found.Scan(&text))
		if text != asked {
			panic(errors.New("other bytes than asked for"))
		}
	}
	must(found.Err())
	return fmt.Sprintf("%d rows of 16 MiB", count)
}

func timeout() string {
	connection, err := open().Conn(context.Background())
	must(err)
	limited, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_, ended := connection.QueryContext(limited, os.Getenv("DB_SQL"))
	_, then := rows(connection, "SELECT 42")
	return fmt.Sprintf("%v; then %v", ended, then)
}

func reconnect() string {
	pool := open()
	sure(rows(pool, "SELECT 42"))
	fmt.Println("ready")
	_, err := bufio.NewReader(os.Stdin).ReadString('\n')
	must(err)
	return "by itself; then " + sure(rows(pool, "SELECT 42"))
}

func act(action string) (outcome, detail string) {
	defer func() {
		switch problem := recover().(type) {
		case nil:
		case lack:
			outcome, detail = "none", problem.text
		case error:
			outcome, detail = "error", strings.TrimPrefix(problem.Error(), "Error ")
		default:
			panic(problem)
		}
	}()
	outcome = "ok"
	switch action {
	case "query":
		detail = query()
	case "prepared":
		detail = prepared()
	case "transaction":
		detail = transaction()
	case "big_result":
		detail = bigResult()
	case "timeout":
		detail = timeout()
	case "kill":
		panic(lack{"go-sql-driver does not tell its connection id"})
	case "change_user":
		panic(lack{"go-sql-driver cannot change the user"})
	case "reconnect":
		detail = reconnect()
	}
	return
}

func main() {
	must(mysql.SetLogger(log.New(io.Discard, "", 0)))
	outcome, detail := act(os.Args[1])
	must(json.NewEncoder(os.Stdout).Encode(map[string]string{"outcome": outcome, "detail": detail}))
}
