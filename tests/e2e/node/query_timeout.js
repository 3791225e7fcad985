// An application with mysql2 whose query takes too long: reads {host, port, user, password, ca, sql, timeout} as JSON from
// standard input, kills the query by the connection's threadId on a second connection, prints how the query ended.
'use strict';
const fs = require('fs');
const mysql = require('mysql2/promise');

async function main() {
  const { sql, timeout, ca, ...options } = JSON.parse(fs.readFileSync(0, 'utf8'));
  options.ssl = { ca: fs.readFileSync(ca) };
  const connection = await mysql.createConnection(options);
  const { code } = await connection.query({ sql, timeout }).catch((error) => error);
  const second = await mysql.createConnection(options);
  const [result] = await second.query(`KILL QUERY ${connection.threadId}`);
  await second.end();
  connection.destroy();
  return { code, killed: result.constructor.name === 'ResultSetHeader' };
}

main().then((result) => {
  console.log(JSON.stringify(result));
  process.exit(0);
});
