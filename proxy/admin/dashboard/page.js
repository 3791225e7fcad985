// The dashboard: logs in, asks the gate every two seconds while it is looked at, shows what it says, gives its orders.
import { ask, order, read, Refusal, token } from "./api.js";
import * as charts from "./charts.js";
import { bytes, count, duration, nothing, plural, rate, time, words } from "./format.js";
import { History } from "./rates.js";
import { Table } from "./table.js";

const every = 2000;              // ms
const everyCertificates = 60000;
const warnDays = 30;

const by = id => document.getElementById(id);
const history = new History();
let timer = 0;          // of the next reading; 0: none is planned
let reading = false;
let answered = null;    // when the gate last did
let certificatesAt = -Infinity;
let sessionsAt = -Infinity, sessionsEvery = 0;
let run = 0;            // grows with every log-in and log-out: what an earlier one asked for is not shown

// --- what is said -----------------------------------------------------------------------------------------------------

function say(text, tone = "") {
  const said = by("said");
  said.className = `banner ${tone}`;
  said.textContent = text;
}

function showLost(why) {
  by("lost").hidden = !why;
  if (!why) { by("lost").textContent = ""; return; }
  const text = `No answer since ${answered ? answered.toLocaleTimeString() : "this page was opened"}: ${why}. What is shown is as it was then; the page goes on asking.`;
  if (by("lost").textContent !== text) by("lost").textContent = text;
  pill("no answer", "bad");
}

function pill(text, tone) {
  const state = by("state");
  state.hidden = false;
  state.className = `pill ${tone}`;
  if (state.textContent !== text) state.textContent = text;
}

// --- orders -----------------------------------------------------------------------------------------------------------

function confirmed({ what, detail, yes, deadline }) {
  const dialog = by("ask");
  by("ask-what").textContent = what;
  by("ask-detail").textContent = detail;
  by("ask-yes").textContent = yes;
  by("ask-deadline-label").hidden = !deadline;
  by("ask-deadline").value = "";
  dialog.returnValue = "";
  dialog.showModal();
  by("ask-no").focus();
  return new Promise(resolve => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

async function give(name, what, body) {
  const asked = run;
  try {
    const { result, reasons = [] } = await order(what, body);
    if (asked === run) say([`${name}: ${result || "done"}`, ...reasons].join("\n"), "good");
  } catch (refusal) {
    if (asked !== run) return;
    if (refusal.isOfToken) return leave(refusal.message);
    say([`${name}: ${refusal.message}`, ...refusal.reasons || []].join("\n"), "bad");
  }
  soon();
}

async function kill(session) {
  const who = `${session.user || "somebody who has not logged in"} from ${session.client}`;
  if (await confirmed({ what: `Kill session ${session.id}?`, detail: `${who}. What it has running is broken off and rolled back.`, yes: "Kill" }))
    await give(`Session ${session.id}`, `sessions/${session.id}/kill`);
}

async function drain(aggregator) {
  const { name, cluster, sessions } = aggregator;
  const path = `aggregators/${encodeURIComponent(name)}`;
  if (aggregator.drained) return give(name, `${path}/undrain`, { cluster });
  const detail = `It gets no new sessions. ${sessions === 0 ? "There are none" : `${plural(sessions, "is", "are")} on it`}; those are kept as long as you say.`;
  if (!await confirmed({ what: `Drain ${name} of ${cluster}?`, detail, yes: "Drain", deadline: true })) return;
  const deadline = by("ask-deadline").value;
  await give(name, `${path}/drain`, deadline ? { cluster, deadline } : { cluster });
}

async function reload() {
  by("reload").disabled = true;
  certificatesAt = -Infinity;
  await give("Reload", "reload");
  by("reload").disabled = false;
  if (document.activeElement === document.body) by("reload").focus();
}

// --- what is shown ----------------------------------------------------------------------------------------------------

const leg = tls => (tls ? `${tls.version} ${tls.cipher}${tls.resumed ? " (resumed)" : ""}` : "no TLS");

const sessions = new Table({
  at: "sessions", heading: "h-sessions", key: each => `${each.id} ${each.client}`, sortBy: 5, descending: true, empty: "Nobody is connected.", note: by("sessions-note"),
  columns: [
    { name: "User", value: each => each.user, text: each => each.user || (each.state === "login" ? "(logging in)" : nothing) },
    { name: "From", value: each => each.client },
    { name: "TLS", value: each => leg(each.client_tls), tone: each => (each.client_tls ? "" : "warn") },
    { name: "Aggregator", value: each => each.aggregator },
    { name: "Bytes", value: each => each.from_client + each.to_client, text: each => `${bytes(each.from_client)} in, ${bytes(each.to_client)} out`, numeric: true },
    { name: "Age", value: each => each.age, text: each => duration(each.age), numeric: true },
    { name: "Idle", value: each => each.idle, text: each => duration(each.idle), numeric: true },
    { name: "Account", value: each => each.account },
    { name: "Id", value: each => each.id, numeric: true },
    { name: "Action", action: each => ({ label: "Kill", title: `Kill session ${each.id} of ${each.user || "nobody yet"}`, do: () => kill(each) }) },
  ],
});

const aggregatorTone = each => (each.state !== "usable" ? "bad" : each.drained ? "warn" : "good");
const aggregators = new Table({
  at: "aggregators", heading: "h-aggregators", key: each => `${each.cluster} ${each.name}`, empty: "There are none.",
  columns: [
    { name: "Cluster", value: each => each.cluster },
    { name: "Aggregator", value: each => each.name },
    { name: "State", value: each => `${each.state}${each.drained ? ", drained" : ""}`, tone: aggregatorTone },
    { name: "Sessions", value: each => each.sessions, numeric: true },
    { name: "Kept", value: each => each.kept, numeric: true },
    { name: "Dial, mean", value: each => each.dial_mean ?? -1, text: each => duration(each.dial_mean), numeric: true },
    { name: "Dials", value: each => each.dials, text: each => count(each.dials), numeric: true },
    { name: "Failures", value: each => each.dial_failures, text: each => count(each.dial_failures), numeric: true },
    { name: "Server", value: each => each.server_version },
    { name: "Action", action: each => ({ label: each.drained ? "Undrain" : "Drain", title: `${each.drained ? "Undrain" : "Drain"} ${each.name} of ${each.cluster}`, do: () => drain(each) }) },
  ],
});

const reasons = new Table({
  at: "reasons", heading: "h-reasons", key: each => each.reason, sortBy: 4, descending: true, empty: "Nobody has come yet.",
  columns: [
    { name: "Outcome", value: each => each.outcome, tone: each => ({ accepted: "good", refused: "bad", failed: "warn" })[each.outcome] },
    { name: "Reason", value: each => words(each.reason) },
    { name: "Per second", value: each => each.rate ?? -1, text: each => rate(each.rate), numeric: true },
    { name: "Seen by this page", value: each => each.lately, text: each => count(each.lately), numeric: true },
    { name: "Since the start", value: each => each.count, text: each => count(each.count), numeric: true },
  ],
});

const daysTone = days => (days < 0 ? "bad" : days < warnDays ? "warn" : "good");
const certificates = new Table({
  at: "certificates", heading: "h-certificates", key: each => `${each.used_by} ${each.setting} ${each.file} ${each.fingerprint}`, sortBy: 2, empty: "There are none.",
  columns: [
    { name: "Used by", value: each => each.used_by },
    { name: "As", value: each => each.setting },
    { name: "Days left", value: each => each.days_left, text: each => (each.days_left < 0 ? "expired" : count(each.days_left)), tone: each => daysTone(each.days_left), numeric: true },
    { name: "Until", value: each => each.not_after, text: each => time(each.not_after) },
    { name: "Subject", value: each => each.subject, wide: true },
    { name: "Names", value: each => each.names.join(", ") || nothing, wide: true },
    { name: "File", value: each => each.file, wide: true },
  ],
});

// [term, text, detail, tone] as terms of a list that stays the elements it is.
function list(at, entries) {
  while (at.children.length > entries.length) at.lastElementChild.remove();
  entries.forEach(([term, text, detail = "", tone = ""], index) => {
    let tile = at.children[index];
    if (!tile) {
      tile = document.createElement("div");
      tile.append(document.createElement("dt"), document.createElement("dd"), document.createElement("dd"));
      tile.children[1].className = "figure";
      tile.children[2].className = "detail";
      at.append(tile);
    }
    tile.className = tone;
    [term, text, detail].forEach((each, part) => { if (tile.children[part].textContent !== each) tile.children[part].textContent = each; });
  });
}

function facts(at, entries) {
  const texts = entries.flat();
  while (at.children.length > texts.length) at.lastElementChild.remove();
  texts.forEach((text, index) => {
    const there = at.children[index] || at.appendChild(document.createElement(index % 2 ? "dd" : "dt"));
    if (there.textContent !== text) there.textContent = text;
  });
}

let soonest = null;  // the certificate that expires first

function showTiles(status) {
  const now = history.points.at(-1) || {};
  const usable = status.clusters.map(each => each.usable).reduce((a, b) => a + b, 0);
  const all = status.clusters.map(each => each.aggregators).reduce((a, b) => a + b, 0);
  const failed = status.reload.last_error;
  list(by("tiles"), [
    ["Sessions", count(status.sessions), `${plural(status.connections, "connection", "connections")} of ${count(status.max_connections)}`],
    ["Logins per second", rate(now.accepted), `${rate(now.refused)} refused, ${rate(now.failed)} failed`],
    ["To clients", now.toClient === undefined ? nothing : `${bytes(now.toClient)}/s`, now.fromClient === undefined ? "" : `from them ${bytes(now.fromClient)}/s`],
    ["Handshake, median", duration(now.handshake50), `95 %: ${duration(now.handshake95)}`],
    ["Aggregators", `${usable} of ${all}`, "usable", usable === 0 ? "bad" : usable < all ? "warn" : ""],
    ["Next to expire", soonest ? (soonest.days_left < 0 ? "expired" : plural(soonest.days_left, "day", "days")) : nothing, soonest ? `${soonest.setting} of ${soonest.used_by}` : "", soonest ? daysTone(soonest.days_left) : ""],
    ["Last reload", failed ? "refused" : status.reload.attempts ? "taken" : "none yet", status.reload.last_attempt ? time(status.reload.last_attempt) : `started ${time(status.started)}`, failed ? "bad" : ""],
    ["Bans", count(status.bans), "networks banned now"],
  ]);
}

function showStatus(status) {
  pill(status.draining ? "draining" : status.ready ? "ready" : "not ready", status.draining ? "warn" : status.ready ? "good" : "bad");
  by("version").textContent = `${status.version}, up ${duration((Date.now() - new Date(status.started)) / 1000)}`;
  const { attempts, failures, last_attempt, last_success, last_error } = status.reload;
  facts(by("configuration"), [
    ["File", status.config_file], ["OpenSSL", status.openssl],
    ["Listeners", status.listeners.map(each => `${each.name} at ${each.address}, ${each.tls_version || "no TLS"}, to ${each.cluster}`).join("\n")],
    ["Reloads", `${count(attempts)}, of which ${count(failures)} were refused`],
    ["Last attempt", time(last_attempt)], ["Last success", time(last_success)],
    ...last_error ? [["Last refused for", last_error]] : [],
  ]);
}

function showCertificates(list) {
  soonest = list.reduce((least, each) => (least && least.days_left <= each.days_left ? least : each), null);
  certificates.show(list);
}

// --- asking -----------------------------------------------------------------------------------------------------------

// The status goes first: with a token that does no longer hold, one request is refused and not four.
async function readAll() {
  const asked = run;
  const current = () => asked === run;
  const status = await read("status");
  const now = performance.now();
  const [metrics, pool] = await Promise.all([read("metrics"), read("aggregators")]);
  if (!current()) return;
  history.add(metrics, status, performance.now());
  if (now - certificatesAt >= everyCertificates) {
    const { certificates: list } = await read("certificates");
    if (!current()) return;
    certificatesAt = now;
    showCertificates(list);
  }
  answered = new Date();
  showLost("");
  showStatus(status);
  showTiles(status);
  aggregators.show(pool.aggregators);
  reasons.show(history.reasons());
  charts.showFlows(history.points, performance.now());
  charts.showCiphers(metrics.client_handshakes.agreed);
  if (now - sessionsAt < sessionsEvery) return;
  const { sessions: list } = await read("sessions");
  if (!current()) return;
  sessions.show(list);
  sessionsAt = now;
  sessionsEvery = 10 * (performance.now() - now);  // a long list costs the gate and the browser something
}

async function readOnce() {
  if (reading || document.hidden || !token.get()) return;
  reading = true;
  clearTimeout(timer);
  const asked = run;
  try {
    await readAll();
  } catch (refusal) {
    if (asked !== run) { /* of somebody who has gone */
    } else if (refusal.isOfToken) leave(refusal.message);
    else if (refusal instanceof Refusal) showLost(refusal.message);
    else throw refusal;
  } finally {
    reading = false;
    if (token.get() && !document.hidden) timer = setTimeout(readOnce, every);
  }
}

function soon() {
  sessionsAt = -Infinity;
  clearTimeout(timer);
  timer = setTimeout(readOnce, 100);
}

// --- in and out -------------------------------------------------------------------------------------------------------

function show(inside) {
  by("login").hidden = inside;
  by("inside").hidden = !inside;
  for (const each of document.querySelectorAll("[data-inside]")) each.hidden = !inside;
}

function enter() {
  ++run;
  show(true);
  charts.begin();
  certificatesAt = sessionsAt = -Infinity;
  readOnce();
}

function leave(why = "") {
  ++run;
  clearTimeout(timer);
  token.drop();
  history.clear();
  for (const each of [sessions, aggregators, reasons, certificates]) each.show([]);
  if (by("ask").open) by("ask").close("");
  showLost("");
  say("");
  by("state").hidden = true;
  by("version").textContent = "";
  by("refused").textContent = why;
  show(false);
  by("token").focus();
}

async function logIn(event) {
  event.preventDefault();
  const presented = by("token").value.trim();
  by("refused").textContent = "";
  if (!/^[\x21-\x7e]+$/.test(presented)) { by("refused").textContent = "A token has neither blanks nor letters beyond ASCII."; return; }
  try {
    await ask("GET", "status", undefined, presented);
  } catch (refusal) {
    by("refused").textContent = refusal.status ? refusal.message : "The gate does not answer.";
    by("token").select();
    return;
  }
  by("token").value = "";
  token.set(presented);
  enter();
  by("main").focus();
}

// --- light and dark ---------------------------------------------------------------------------------------------------

const dark = matchMedia("(prefers-color-scheme: dark)");

function paint() {
  const wanted = by("theme").value;
  document.documentElement.dataset.theme = wanted === "system" ? (dark.matches ? "dark" : "light") : wanted;
  charts.paint();
}

by("theme").value = localStorage.getItem("portcullis.theme") || "system";
by("theme").addEventListener("change", () => { localStorage.setItem("portcullis.theme", by("theme").value); paint(); });
dark.addEventListener("change", paint);
paint();

by("login").addEventListener("submit", logIn);
by("logout").addEventListener("click", () => leave());
by("reload").addEventListener("click", reload);
by("filter").addEventListener("input", () => sessions.filter(by("filter").value));
document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : readOnce()));
if (token.get()) enter(); else leave();
