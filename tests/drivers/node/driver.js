// An application with mysql2, mysql or mariadb of npm, by the callbacks that all three know: driver.js MODULE ACTION; see
// contract.py. The modules are those that tests/e2e/node locks.
'use strict';
const fs = require('fs');
const readline = require('readline');
const util = require('util');
const load = require('module').createRequire(`${__dirname}/../../e2e/node/package.json`);

const [name, action] = process.argv.slice(2);
const driver = load(name === 'mariadb' ? 'mariadb/callback' : name);
const env = process.env;

async function connect() {
  const options = { host: env.DB_HOST, port: Number(env.DB_PORT), user: env.DB_USER, password: env.DB_PASSWORD,
                    connectTimeout: 20000, charset: 'utf8mb4', database: 'app' };
  if (env.DB_CA) options.ssl = { ca: fs.readFileSync(env.DB_CA) };
  const connection = driver.createConnection(options);
  connection.on('error', () => {}); // a lost connection is told by the next query too
  await util.promisify(connection.connect).call(connection);
  return connection;
}

function ask(connection, method, ...words) {
  return util.promisify(connection[method]).call(connection, ...words);
}

function shown(rows) {
  if (!Array.isArray(rows)) return '';
  return rows.map((row) => Object.values(row).map((field) => (field === null ? 'NULL' : String(field))).join(' ')).join(', ');
}

async function rows(connection, sql, ...parameters) {
  return shown(await ask(connection, 'query', sql, ...parameters));
}

function error(problem) {
  return `${problem.errno || problem.code || problem.name}: ${problem.sqlMessage || problem.message}`;
}

async function attempt(connection, sql) {
  try {
    return await rows(connection, sql);
  } catch (problem) {
    return error(problem);
  }
}

const actions = {
  async query() {
    return rows(await connect(), env.DB_SQL);
  },

  async prepared() {
    const connection = await connect();
    const method = connection.execute ? 'execute' : 'query'; // mysql puts the parameters into the text itself
    const found = [];
    for (const word of ['one', 'zwei €']) found.push(shown(await ask(connection, method, env.DB_SQL, [1, word])));
    return [...found, await rows(connection, "SHOW SESSION STATUS LIKE 'Com_stmt_execute'")].join('; ');
  },

  async transaction() {
    const connection = await connect();
    const counts = [];
    for (const end of ['rollback', 'commit']) {
      await ask(connection, 'beginTransaction');
      await rows(connection, 'INSERT INTO app.ledger (owner) VALUES (?)', [env.DB_OWNER]);
      await ask(connection, end);
      const count = await rows(await connect(), 'SELECT COUNT(*) FROM app.ledger WHERE owner = ?', [env.DB_OWNER]);
      counts.push(`${count} after ${end}`);
    }
    return counts.join(', ');
  },

  async big_result() {
    const found = await ask(await connect(), 'query', env.DB_SQL);
    const asked = '0123456789abcdef'.repeat(1 << 20);
    if (!found.every((row) => Object.values(row)[0] === asked)) throw new Error('other bytes than asked for');
    return `${found.length} rows of 16 MiB`;
  },

  async timeout() {
    const connection = await connect();
    const ended = await attempt(connection, { sql: env.DB_SQL, timeout: 3000 });
    return `${ended}; then ${await Promise.race([attempt(connection, 'SELECT 42'), waited(3000)])}`;
  },

  async kill() {
    const connection = await connect();
    const second = await connect();
    let ended;
    const sleeper = attempt(connection, env.DB_SQL).then((answer) => { ended = answer; });
    while (ended === undefined) {
      await rows(second, `KILL QUERY ${connection.threadId}`);
      await Promise.race([sleeper, waited(200)]);
    }
    return `${ended}; then ${await attempt(connection, 'SELECT 42')}`;
  },

  async change_user() {
    const connection = await connect();
    await ask(connection, 'changeUser', { user: env.DB_OTHER_USER, password: env.DB_OTHER_PASSWORD, database: 'app' });
    return rows(connection, "SELECT SUBSTRING_INDEX(USER(), '@', 1)");
  },

  async reconnect() {
    const connection = await connect();
    await rows(connection, 'SELECT 42');
    console.log('ready');
    await new Promise((resolve) => readline.createInterface({ input: process.stdin }).once('line', resolve));
    const lost = await attempt(connection, 'SELECT 42');
    return `${lost}; then ${await rows(await connect(), 'SELECT 42')}`;
  },
};

function waited(milliseconds) {
  return new Promise((resolve) => setTimeout(() => resolve('no answer'), milliseconds));
}

actions[action]().then(
  (detail) => ({ outcome: 'ok', detail }),
  (problem) => ({ outcome: 'error', detail: error(problem) })
).then((answer) => {
  console.log(JSON.stringify(answer));
  process.exit(0);
});
