// Answers of the server. What passes by itself is waited for and said: too many requests (429), work that goes on (503),
// a server that is not there. Everything else is an ApiError, whose message is the server's sentence.

import { say } from "./status.js";

const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 40;
const MOST_TRIES = 30;
const kept = new Map();

export class ApiError extends Error {
  constructor(status, code, detail) {
    super(detail);
    Object.assign(this, { status, code, detail });
  }
}

// The JSON at a path such as "heatmap?window=252". What was asked within ten minutes is not asked again, unless `fresh`.
export async function get(path, { signal, fresh = false, keep = true } = {}) {
  const found = kept.get(path);
  if (!fresh && found && found.until > Date.now()) return found.value;
  const value = await ask(path, { cache: fresh ? "no-cache" : "default" }, signal);
  if (keep) {
    kept.delete(path);
    kept.set(path, { value, until: Date.now() + KEPT_MS });
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
  }
  return value;
}

// What `get` kept of a path, if anything.
export const already = (path) => (kept.get(path)?.until > Date.now() ? kept.get(path).value : undefined);

// The answer to a body: an object is sent as JSON, bytes (File, Blob, ArrayBuffer) as they are. Nothing is kept.
export async function post(path, body, { signal, as = "json" } = {}) {
  const bytes = body instanceof Blob || body instanceof ArrayBuffer || ArrayBuffer.isView(body);
  const options = { method: "POST", cache: "no-store", body: bytes ? body : JSON.stringify(body),
    headers: { "Content-Type": bytes ? "application/octet-stream" : "application/json" } };
  return ask(path, options, signal, as);
}

// The bytes of a file that the server makes, such as a report, as a Blob.
export const file = (path, { signal } = {}) => ask(path, {}, signal, "blob");

async function ask(path, options, signal, as = "json") {
  const key = Symbol(path);
  try {
    for (let tries = 1; ; tries += 1) {
      const answer = await reached(path, options, signal, key);
      if (answer.ok) {
        say(key, "");
        return as === "json" ? await parsed(answer) : await answer.blob();
      }
      const error = await refusal(answer);
      if (![429, 503].includes(answer.status) || tries >= MOST_TRIES) throw error;
      const seconds = Math.max(1, Number(answer.headers.get("Retry-After")) || 5);
      const why = answer.status === 429
        ? `Too many requests in a short time: the next is sent in ${seconds} s, by itself.`
        : `${error.code === "timeout" ? "The server is still computing." : error.detail} It is asked again every ${seconds} s.`;
      await pause(seconds, signal, (left) => say(key, why, `${left} s left`));
    }
  } finally {
    say(key, "");
  }
}

// Wait until the server can be reached, which is said meanwhile.
export async function back(signal) {
  const key = Symbol("back");
  await reached("health", { cache: "no-store" }, signal, key).finally(() => say(key, ""));
}

// The response, once the server can be reached.
async function reached(path, options, signal, key) {
  for (let seconds = 1; ; seconds = Math.min(seconds * 2, 15)) {
    try {
      return await fetch(path, { ...options, signal });
    } catch (error) {
      if (signal?.aborted || error.name === "AbortError") throw error;
      const text = navigator.onLine ? "The server does not answer: it may have stopped (start it with `factor serve`)."
        : "There is no network.";
      await pause(seconds, signal, (left) => say(key, `${text} It is asked again by itself.`, `next in ${left} s`));
      say(key, "Asking the server again…");
    }
  }
}

async function parsed(answer) {
  try {
    return await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(answer.status, "not_json", "The server's answer cannot be read: it is not JSON.");
  }
}

async function refusal(answer) {
  const said = await answer.json().catch(() => null);
  const detail = typeof said?.detail === "string" ? said.detail : `The server answered with status ${answer.status}.`;
  return new ApiError(answer.status, String(said?.code ?? "http"), detail);
}

// Wait, telling each second what is left; a network that is back ends the wait.
function pause(seconds, signal, tell) {
  return new Promise((resolve, reject) => {
    const end = performance.now() + seconds * 1000;
    const tick = () => tell(Math.max(0, Math.ceil((end - performance.now()) / 1000)));
    const timer = setInterval(() => (performance.now() >= end ? done() : tick()), 250);
    const finish = (how) => (reason) => {
      clearInterval(timer);
      removeEventListener("online", done);
      signal?.removeEventListener("abort", stop);
      how(reason);
    };
    const done = finish(() => resolve());
    const stop = finish(() => reject(signal.reason));
    addEventListener("online", done);
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
    else tick();
  });
}
