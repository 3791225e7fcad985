// Requests to the gate, with the token of this tab. Knows no element of the page.

const kept = "portcullis.token";
const patience = 10000;  // ms

export const token = {
  get: () => sessionStorage.getItem(kept),
  set: text => sessionStorage.setItem(kept, text),
  drop: () => sessionStorage.removeItem(kept),
};

// What the gate said no to; without a status it said nothing.
export class Refusal extends Error {
  constructor(words, status = 0, reasons = []) {
    super(words);
    this.status = status;
    this.reasons = reasons;
  }
  get isOfToken() { return this.status === 401 || this.status === 429; }
}

export async function ask(method, what, body, presented = token.get()) {
  const headers = { Authorization: `Bearer ${presented}` };
  if (body) headers["Content-Type"] = "application/json";
  let response, text;
  try {
    response = await fetch(`/api/v1/${what}`, {
      method, headers, body: body && JSON.stringify(body), cache: "no-store", credentials: "omit", redirect: "error",
      signal: AbortSignal.timeout(patience),
    });
    text = await response.text();
  } catch {
    throw new Refusal("the gate does not answer");
  }
  let said = {};
  try { said = JSON.parse(text); } catch { /* a proxy between us and the gate speaks HTML */ }
  if (response.ok) return said;
  if (response.status === 429)
    throw new Refusal(`Too many wrong tokens came from this address. Try again in ${response.headers.get("Retry-After") || 60} seconds.`, 429);
  if (response.status === 401) throw new Refusal("The token is wrong or has expired.", 401);
  throw new Refusal(said.error || `the gate answered ${response.status}`, response.status, said.reasons || []);
}

export const read = what => ask("GET", what);
export const order = (what, body) => ask("POST", what, body);
