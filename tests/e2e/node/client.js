// An application with the driver mysql2: reads what to do as JSON from standard input, prints the results as JSON.
// {host, port, user, password, ca?, verifyIdentity?, steps: [[method, ...arguments]]}
'use strict';
const fs = require('fs');
const mysql = require('mysql2/promise');

async function main() {
  const { steps, ca, verifyIdentity, ...options } = JSON.parse(fs.readFileSync(0, 'utf8'));
  if (ca) options.ssl = { ca: fs.readFileSync(ca), verifyIdentity: Boolean(verifyIdentity) };
  let connection;
  try {
    connection = await mysql.createConnection({ ...options, connectTimeout: 20000 });
    const results = [];
    for (const [method, ...words] of steps) {
      const answer = await connection[method](...words);
      if (answer) results.push(answer[0]);
    }
    await connection.end();
    return results;
  } catch (error) {
    if (connection) connection.destroy();
    return { error: error.message, errno: error.errno, code: error.code };
  }
}

main().then((result) => {
  console.log(JSON.stringify(result));
  process.exit(0);
});
