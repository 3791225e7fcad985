// Chromium with one page, driven line by line: reads {on, selector, method, args} as JSON from standard input, calls the
// method of the page, the locator or this file's extras, answers {result} or {error}. First line: {executable, profile}.
'use strict';
const readline = require('readline');
const fs = require('fs');
const { chromium } = require('playwright-core');

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const deadline = 20000;

function watch(page, seen) {
  page.on('pageerror', (error) => seen.problems.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error' || message.type() === 'warning') seen.problems.push(message.text()); });
  page.on('request', (request) => seen.requests.push(request.url()));
}

function extras(page, seen) {
  return {
    seen: () => seen,
    // What is wrong for whoever cannot see or use it well, by axe.
    audit: async (tags) => {
      await page.evaluate(fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
      const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), tags);
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html + ' ' + node.failureSummary).join('; ')}`);
    },
    // The answer to what matches is this text from now on, without asking the gate.
    answerWith: (pattern, body) => page.route(pattern, (route) => route.fulfill({ contentType: 'application/json', body })),
    press: (key) => page.keyboard.press(key),
    type: (text) => page.keyboard.type(text),
  };
}

async function main() {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const { executable, profile, options } = JSON.parse((await lines.next()).value);
  const context = await chromium.launchPersistentContext(profile, { executablePath: executable, headless: true, chromiumSandbox: false, args: flags, ...options });
  context.setDefaultTimeout(deadline);
  const page = context.pages()[0] || await context.newPage();
  const seen = { problems: [], requests: [] };
  watch(page, seen);
  const more = extras(page, seen);
  console.log(JSON.stringify({ result: context.browser()?.version() ?? null }));
  for await (const line of { [Symbol.asyncIterator]: () => lines }) {
    const { on, selector, method, args } = JSON.parse(line);
    const target = { page, locator: selector && page.locator(selector), extra: more }[on];
    try {
      const result = await target[method](...args);
      let answer = null;
      try { answer = JSON.parse(JSON.stringify(result ?? null)); } catch { /* an object of playwright's own */ }
      console.log(JSON.stringify({ result: Buffer.isBuffer(result) ? null : answer }));
    } catch (error) {
      console.log(JSON.stringify({ error: String(error) }));
    }
  }
  await context.close();
}

main().catch((error) => {
  console.log(JSON.stringify({ error: String(error) }));
  process.exit(1);
});
