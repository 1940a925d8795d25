// How far a heatmap is computed: asked of the status, which is not counted, while the page is looked at.

import { ApiError, get } from "./api.js";
import { h, replace } from "./dom.js";
import { count, duration } from "./format.js";
import { say } from "./status.js";
import { situation } from "./words.js";

const RUNNING_MS = 2_000;
const IDLE_MS = 20_000;
const MOST_SHOWN = 200;

export class Progress {
  // changed: called where there is more to show than what is `known`.
  constructor(signal, changed) {
    this.signal = signal;
    this.changed = changed;
    this.element = h("div", { class: "run" });
    document.getElementById("bar").append(this.element);
    this.failures = h("div", { class: "failed" });
    signal.addEventListener("abort", () => { clearTimeout(this.timer); this.element.remove(); say("run", ""); });
    this.look = () => { if (!document.hidden && this.asked) this.#ask(); };
    document.addEventListener("visibilitychange", this.look, { signal });
  }

  // Follow the heatmap of this question from now on.
  watch(asked) {
    this.asked = asked;
    this.have = this.status = null;
    this.running = false;
    this.settled = false;  // whether the first answer has come
    this.last = this.told = null;  // the state of the last status, and the last that was news
    clearTimeout(this.timer);
    replace(this.element);
    replace(this.failures);
    if (!asked.get("as_of")) this.#ask();
    else this.asked = null;
  }

  // What is shown now, null for nothing.
  known(heatmap) {
    this.have = heatmap;
    this.settled = true;
    if (this.status) this.#fail(this.status);
  }

  async #ask() {
    const { asked } = this;
    clearTimeout(this.timer);
    try {
      const status = await get(`heatmap/status?${asked}`, { signal: this.signal, keep: false, fresh: true });
      if (asked === this.asked) this.#show(status);
    } catch (error) {
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) return;  // a question that is wrong; the heatmap's answer says so
      if (!this.signal.aborted) console.error(error);
    }
    if (this.signal.aborted || asked !== this.asked) return;
    this.timer = setTimeout(() => this.look(), this.running || !this.have ? RUNNING_MS : IDLE_MS);
  }

  #show(status) {
    const running = status.state === "running";
    if (running !== this.running) say("run", running ? "The heatmap is being computed." : "The heatmap has been computed.");
    if (!running && this.running) setTimeout(() => say("run", ""), 5_000);
    this.running = running;
    this.status = status;
    replace(this.element, running && bar(status));
    this.#fail(status);
    this.#compare(status, running);
  }

  // What failed, below what did not, once that is there; not made anew while it is the same, so that what is unfolded
  // stays so.
  #fail(status) {
    const shown = status.failed > 0 && Boolean(this.have || !status.computed);
    const failed = shown ? JSON.stringify(status.failures) : "";
    if (failed === this.failed && Boolean(this.failures.firstChild) === shown) return;
    this.failed = failed;
    replace(this.failures, shown && failures(status));
  }

  // Tell, once a state, where what is there is not what is shown.
  #compare(status, running) {
    if (!this.settled) return;
    const state = [running, status.as_of, running || status.updated_at, running || status.computed].join();
    const before = this.last;
    this.last = state;
    const isNew = !this.have ? status.computed > 0
      : !running && ((before !== null && before !== state) || status.computed !== this.have.stocks.length
        || status.as_of !== this.have.as_of);
    if (isNew && this.told !== state) {
      this.told = state;
      this.changed();
    }
  }
}

function bar(status) {
  const left = status.eta_seconds === null ? "" : `, about ${duration(status.eta_seconds)} left`;
  const text = `Computing: ${status.computed + status.failed} of ${count(status.total, "stock")}${left}.`;
  return h("div", {}, h("span", { id: "run" }, text),
    h("progress", { "aria-labelledby": "run", max: status.total, value: status.computed + status.failed }));
}

// What failed and why: counts by reason, then each.
function failures(status) {
  const reasons = new Map();
  for (const { code } of status.failures) reasons.set(code, (reasons.get(code) ?? 0) + 1);
  const summary = [...reasons].map(([code, times]) => `${times} ${situation(code)}`).join(", ");
  const rows = status.failures.slice(0, MOST_SHOWN).map(({ ticker, code, message }) => h("tr", {},
    h("th", { scope: "row", class: "left" }, ticker), h("td", { class: "left" }, situation(code)),
    h("td", { class: "left wrap" }, message)));
  return h("details", { class: "failures" }, h("summary", {}, `${count(status.failed, "stock")} failed: ${summary}`),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Stocks that failed" },
      h("table", {}, h("thead", {}, h("tr", {},
        ["Stock", "Why", "Message"].map((text) => h("th", { scope: "col", class: "left" }, text)))), h("tbody", {}, rows))));
}
