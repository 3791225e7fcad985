// The four charts, drawn by Chart.js, which index.html loads before this.
import { bytes, duration, rate, plural } from "./format.js";
import { span } from "./rates.js";

// As functions: what is set later Chart.js does not see everywhere, it keeps what it resolved first.
const style = getComputedStyle(document.documentElement);
const colour = name => style.getPropertyValue(`--${name}`).trim();
const ticks = { color: () => colour("soft") };
const grid = { color: () => colour("rule") };
const ago = seconds => (seconds === 0 ? "now" : `−${Math.round(-seconds / 60)} min`);

const line = (label, key, tone, dash = []) => ({ label, key, tone, dash });
const flows = [
  { id: "c-logins", show: rate, lines: [line("accepted", "accepted", 0), line("refused", "refused", 2), line("failed", "failed", 1, [4, 3])],
    say: last => `accepted ${rate(last.accepted)}, refused ${rate(last.refused)}, failed ${rate(last.failed)} per second` },
  { id: "c-traffic", show: value => `${bytes(value)}/s`, lines: [line("to clients", "toClient", 0), line("from clients", "fromClient", 1, [4, 3])],
    say: last => `to clients ${bytes(last.toClient)}, from clients ${bytes(last.fromClient)} per second` },
  { id: "c-latency", show: duration,
    lines: [line("handshake, median", "handshake50", 0), line("handshake, 95 %", "handshake95", 3, [4, 3]), line("login, 95 %", "login95", 1, [1, 3])],
    say: last => `handshake median ${duration(last.handshake50)}, 95 percent ${duration(last.handshake95)}, login 95 percent ${duration(last.login95)}` },
];

const drawn = new Map();

function common() {
  return {
    responsive: true, maintainAspectRatio: false, animation: false, events: ["mousemove", "mouseout", "touchstart"],
    interaction: { mode: "index", intersect: false },
    plugins: { legend: { position: "bottom", labels: { boxWidth: 22, boxHeight: 0, color: () => colour("soft") } } },
  };
}

function flowChart({ id, show, lines }) {
  const options = common();
  options.parsing = false;
  options.normalized = true;
  options.scales = {
    x: { type: "linear", min: -span, max: 0, ticks: { ...ticks, stepSize: 120, callback: ago, maxRotation: 0 }, grid: { display: false } },
    y: { beginAtZero: true, ticks: { ...ticks, callback: show, maxTicksLimit: 5 }, grid },
  };
  options.plugins.tooltip = { callbacks: {
    title: items => `${duration(-items[0].parsed.x)} ago`,
    label: item => `${item.dataset.label}: ${show(item.parsed.y)}`,
  } };
  const datasets = lines.map(({ label, dash, tone }) => ({ label, data: [], borderColor: () => colour(`tone${tone}`), backgroundColor: () => colour(`tone${tone}`), borderWidth: 2, borderDash: dash, pointRadius: 0, pointHitRadius: 8, tension: 0 }));
  return new Chart(document.getElementById(id), { type: "line", data: { datasets }, options });
}

function cipherChart() {
  const options = common();
  options.indexAxis = "y";
  options.plugins.legend.display = false;
  options.scales = { x: { beginAtZero: true, ticks: { ...ticks, precision: 0, maxTicksLimit: 5 }, grid }, y: { grid: { display: false }, ticks: { ...ticks, autoSkip: false } } };
  const bars = { label: "handshakes", data: [], maxBarThickness: 26, backgroundColor: () => colour("tone0") };
  return new Chart(document.getElementById("c-ciphers"), { type: "bar", data: { labels: [], datasets: [bars] }, options });
}

export function paint() {
  Chart.defaults.color = colour("soft");
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  for (const chart of drawn.values()) chart.update("none");
}

export function begin() {
  if (drawn.size) return;
  paint();  // the font
  for (const each of flows) drawn.set(each.id, flowChart(each));
  drawn.set("c-ciphers", cipherChart());
}

export function showFlows(points, now) {
  const last = points.at(-1);
  for (const { id, lines, say } of flows) {
    const chart = drawn.get(id);
    lines.forEach(({ key }, at) => {
      chart.data.datasets[at].data = points.map(each => ({ x: (each.at - now) / 1000, y: each[key] === null ? NaN : each[key] }));
      // A reading alone, with nothing on either side, would be no line.
      chart.data.datasets[at].pointRadius = ({ dataIndex, dataset: { data } }) =>
        Number.isNaN(data[dataIndex - 1]?.y ?? NaN) && Number.isNaN(data[dataIndex + 1]?.y ?? NaN) ? 2 : 0;
    });
    chart.canvas.setAttribute("aria-label", last ? say(last) : "no readings yet");
    chart.update("none");
  }
}

export function showCiphers(agreed) {
  const by = new Map();
  for (const { version, cipher, count } of agreed) by.set(`${version} ${cipher}`, (by.get(`${version} ${cipher}`) || 0) + count);
  const most = [...by].sort((a, b) => b[1] - a[1]);
  const rest = most.splice(5).reduce((all, each) => all + each[1], 0);
  if (rest) most.push(["others", rest]);
  const chart = drawn.get("c-ciphers");
  chart.data.labels = most.map(([name]) => name.split(" "));
  chart.data.datasets[0].data = most.map(each => each[1]);
  chart.canvas.setAttribute("aria-label", most.map(([name, count]) => `${name}: ${plural(count, "handshake", "handshakes")}`).join("; ") || "no handshakes yet");
  chart.update("none");
}
