// What happened between two readings of the counters, over the last ten minutes.

export const span = 600;   // seconds that are kept
const window_ = 10000;     // ms over which latencies are taken: single readings hold few

const sum = list => list.reduce((all, each) => all + each, 0);
const loginsOf = (metrics, outcome) => sum(metrics.logins.filter(each => each.outcome === outcome).map(each => each.count));

function grown(now, before) { return now.counts.map((each, at) => each - before.counts[at]); }

// Within the bucket in which it lies, by proportion, as Prometheus' histogram_quantile does; null where nothing was counted.
export function quantile(share, counts, bounds) {
  const all = sum(counts);
  if (all === 0) return null;
  let below = 0;
  for (let at = 0; at < counts.length; ++at) {
    if (below + counts[at] >= share * all && counts[at] > 0) {
      const from = at === 0 ? 0 : bounds[at - 1];
      if (at === bounds.length) return from;
      return from + (bounds[at] - from) * (share * all - below) / counts[at];
    }
    below += counts[at];
  }
  return null;
}

export class History {
  #readings = [];  // {at, metrics}, the counters as they were
  #process = "";   // another one began to count anew
  points = [];     // {at, accepted, refused, failed, fromClient, toClient, handshake50, handshake95, login95}

  clear() { this.#readings = []; this.points = []; }

  add(metrics, status, at) {
    const process = `${status.pid} ${status.started}`;
    if (process !== this.#process) this.clear();
    this.#process = process;
    const before = this.#readings.at(-1);
    this.#readings.push({ at, metrics });
    if (before && at > before.at) this.points.push(this.#point(metrics, at, before));
    const old = at - span * 1000;
    while (this.#readings[0].at < old) this.#readings.shift();
    while (this.points.length && this.points[0].at < old) this.points.shift();
  }

  #point(now, at, { at: then, metrics: before }) {
    const seconds = (at - then) / 1000;
    const per = (a, b) => Math.max(0, a - b) / seconds;
    const start = (this.#readings.find(each => each.at >= at - window_) || this.#readings.at(-2)).metrics;
    const least = start === now ? before : start;
    const handshakes = grown(now.client_handshakes.time, least.client_handshakes.time);
    const logins = grown(now.login_time, least.login_time);
    return {
      at,
      accepted: per(loginsOf(now, "accepted"), loginsOf(before, "accepted")),
      refused: per(loginsOf(now, "refused"), loginsOf(before, "refused")),
      failed: per(loginsOf(now, "failed"), loginsOf(before, "failed")),
      fromClient: per(now.from_client, before.from_client),
      toClient: per(now.to_client, before.to_client),
      handshake50: quantile(0.5, handshakes, now.bounds),
      handshake95: quantile(0.95, handshakes, now.bounds),
      login95: quantile(0.95, logins, now.bounds),
    };
  }

  // By outcome and reason: per second over the last readings, in the last minutes that are kept, since the start.
  reasons() {
    const latest = this.#readings.at(-1);
    if (!latest) return [];
    const oldest = this.#readings[0];
    const recent = this.#readings.find(each => each.at >= latest.at - window_) || latest;
    const had = ({ metrics }, reason) => metrics.logins.find(each => each.reason === reason)?.count || 0;
    return latest.metrics.logins.map(({ outcome, reason, count }) => ({
      outcome, reason, count,
      lately: count - had(oldest, reason),
      rate: latest === recent ? null : (count - had(recent, reason)) * 1000 / (latest.at - recent.at),
    }));
  }
}
