// Every stock of the universe: a summary by sector above one table that sorts, and what has been computed of it.

import { ApiError, get } from "../api.js";
import { columnOf, condition } from "../conditions.js";
import { button, choose, field, h, options, replace } from "../dom.js";
import { count, moment, sourceName } from "../format.js";
import { saveCsv, savePicture } from "../heat-downloads.js";
import { glossary, legend, outdated, whatToDo } from "../heat-notes.js";
import { Progress } from "../heat-progress.js";
import { SectorTable, StockTable } from "../heat-tables.js";
import { NO_SECTOR, shownColumns } from "../heat.js";
import { conditionsOf, kept, meant, onlyThese, orderOf, view } from "../heat-view.js";
import { MODEL, address, go } from "../router.js";
import { say } from "../status.js";
import { factorWord, term, windowName, windowsOf } from "../words.js";

const TITLE = "What each stock moves with";
const TYPING_MS = 120;
const WIDE = "(min-width: 60rem)";
const places = new Map();  // how far an address was scrolled, so that who comes back from a stock is there again

export async function show(main, params, signal) {
  const view = new Heatmap(main, signal);
  view.update(params);
  return (later) => view.update(later);
}

class Heatmap {
  constructor(main, signal) {
    this.main = main;
    this.signal = signal;
    this.table = new StockTable((name) => this.#sort(name));
    this.summary = new SectorTable((name) => this.#sort(name));
    this.search = h("input", { type: "search", id: "search", placeholder: "Ticker or name", autocomplete: "off",
      spellcheck: "false", on: { input: () => this.#typed(), keydown: (event) => this.#entered(event) } });
    this.window = this.#select("window", []);
    this.day = this.#select("as_of", [["", "Latest"]]);
    this.sector = this.#select("sector", [["", "All sectors"]]);
    this.sure = this.#select("sure", [["", "All, sure or not"]]);
    this.where = h("input", { id: "where", placeholder: "SZ > 1, then Enter", autocomplete: "off", spellcheck: "false",
      "aria-describedby": "where-note where-problem" });
    this.problem = h("p", { class: "problem", id: "where-problem", role: "alert" });
    this.chips = h("ul", { class: "chips", "aria-label": "Conditions that apply" });
    this.about = h("p", { class: "about quiet" }, "Loading…");
    this.old = h("div", { class: "old" });
    this.notices = h("div", { class: "notices" });
    this.glossary = h("div", { class: "glossary" });
    this.sectors = h("div", { class: "scroll sectors", tabindex: "0", role: "region", "aria-label": "Sectors" });
    this.shown = h("p", { class: "quiet shown", role: "status" });
    this.heading = h("h2", { id: "stocks", tabindex: "-1" }, "Stocks");
    this.summary.body.addEventListener("click", ({ target }) => { if (target.closest("a")) this.led = true; });
    this.only = h("p", { class: "only" });  // on paper, where the controls are not
    this.region = h("div", { class: "scroll all", tabindex: "0", role: "region", "aria-label": "Stocks", "aria-busy": "true" },
      this.table.element);
    this.csv = button("Download CSV", () => saveCsv(this.heatmap, this.view.stocks), { disabled: true });
    this.png = button("Download PNG", () => this.#png(), { disabled: true });
    this.progress = new Progress(signal, () => this.#load(true));
    this.#layout();
    const keep = () => places.set(location.hash, [scrollY, this.region.scrollTop]);
    for (const one of [window, this.region]) one.addEventListener("scroll", keep, { passive: true, signal });
  }

  #layout() {
    this.main.append(
      h("h1", { "data-title": "Heatmap" }, TITLE),
      h("div", { class: "state" }, this.about, this.old),
      h("div", { class: "controls" }, field("Find a stock", this.search), field("Window", this.window),
        field("As of", this.day), field("Sector", this.sector), field("Significant", this.sure)),
      this.notices,
      h("form", { class: "controls", on: { submit: (event) => this.#condition(event) } },
        field("Condition", this.where), h("button", {}, "Add"), this.chips,
        h("span", { class: "quiet", id: "where-note" }, "A column and a value: SZ > 1, VAL.q < 0.05, r_squared > 50%, sector = Power.")),
      this.problem,
      h("details", { class: "summary", open: matchMedia(WIDE).matches }, h("summary", {}, h("h2", {}, "Sectors")),
        h("p", { class: "quiet" }, "The median of each sector's stocks, and in brackets their ",
          h("abbr", { title: term("spread") }, "spread"), ". A sector leads to its stocks; a heading sorts both tables."),
        this.sectors),
      this.heading,
      h("div", { class: "controls between" }, this.shown, this.csv, this.png),
      this.only,
      this.region,
      legend(),
      this.glossary,
      this.progress.failures,
    );
  }

  // Show what an address says; asks the server only where another window, day or model is meant.
  update(params) {
    this.query = params.query;
    const asked = new URLSearchParams(this.#value("frequency") ? {} : { window: "252" });
    for (const name of ["window", "as_of", ...MODEL]) if (this.#value(name)) asked.set(name, this.#value(name));
    const path = `heatmap?${asked}`;
    if (path !== this.path) {
      this.path = path;
      this.asked = asked;
      this.#load(false);
    } else if (this.heatmap) {
      this.#refresh();
      this.region.scrollTop = 0;
    }
    if (this.led) this.#lead();
    this.#controls();
  }

  // Who has chosen a sector above is brought to its stocks.
  #lead() {
    this.led = false;
    this.heading.focus({ preventScroll: true });
    this.heading.scrollIntoView();
  }

  async #load(fresh) {
    const { path, asked } = this;
    this.region.setAttribute("aria-busy", "true");
    if (!fresh) this.progress.watch(asked);
    try {
      const heatmap = await get(path, { signal: this.signal, fresh });
      if (path === this.path) this.#take(heatmap);
    } catch (error) {
      if (this.signal.aborted || path !== this.path) return;
      this.#refused(error);
    }
    if (!fresh && path === this.path) this.#days(asked);
  }

  #take(heatmap) {
    const first = !this.heatmap;
    this.heatmap = heatmap;
    this.columns = shownColumns(heatmap);
    this.codes = Object.keys(heatmap.model.proxies);
    this.table.fill(heatmap, this.columns, kept(this.asked));
    options(this.sector, [["", "All sectors"], ...heatmap.sectors.map(({ sector }) => [sector || NO_SECTOR, sector || NO_SECTOR])]);
    options(this.sure, [["", "All, sure or not"], ...this.codes.map((code) => [code, `${factorWord(code)} ${code}`])]);
    this.summary.fill(heatmap, this.columns);
    replace(this.glossary, glossary(this.columns));
    replace(this.sectors, this.summary.element);
    replace(this.notices);
    replace(this.old, outdated(heatmap, this.asked));
    this.main.classList.remove("empty");
    const of = heatmap.stocks.length === heatmap.total ? `all ${count(heatmap.total, "stock")}`
      : `${heatmap.stocks.length} of ${count(heatmap.total, "stock")}`;
    this.about.textContent = `${windowName(heatmap.window, heatmap.frequency)} to ${heatmap.as_of}, ${of}, prices from ${sourceName(heatmap.source)}, `
      + `computed ${moment(heatmap.computed_at)}. Model ${heatmap.model.id}.`;
    this.region.setAttribute("aria-busy", "false");
    this.progress.known(heatmap);
    this.#controls();
    this.#refresh();
    const [page, table] = places.get(location.hash) ?? [];
    if (first && page + table > 0) {
      this.region.scrollTop = table;
      scrollTo(0, page);
    }
  }

  // The heatmap is not there, or the question was wrong.
  #refused(error) {
    this.heatmap = null;
    this.progress.known(null);
    this.region.setAttribute("aria-busy", "false");
    this.table.body.replaceChildren();
    replace(this.sectors);
    replace(this.old);
    this.csv.disabled = this.png.disabled = true;
    this.shown.textContent = "";
    this.about.textContent = "Nothing to show yet.";
    this.main.classList.add("empty");
    const missing = error instanceof ApiError && error.code === "heatmap_not_computed";
    replace(this.notices, h("div", { class: "notice", role: "alert" }, h("p", {}, h("strong", {}, error.message)),
      missing ? whatToDo(this.asked, this.#address({ as_of: "" })) : h("p", {}, h("a", { href: address([]) }, "To the usual heatmap"))));
  }

  // Fill the list of days; it is no reason to say anything where this fails.
  async #days(asked) {
    const query = new URLSearchParams(asked);
    query.delete("as_of");
    try {
      const days = await get(`heatmap/dates?${query}`, { signal: this.signal });
      options(this.day, [["", "Latest"], ...[...days].reverse().map((day) => [day, day])]);
      this.#controls();
    } catch (error) {
      if (!(error instanceof ApiError) && !this.signal.aborted) console.error(error);
    }
  }

  #refresh() {
    this.view = view(this.heatmap, this.query, this.columns);
    const { stocks, column, ascending, filters, problems, wrong, said } = this.view;
    this.problem.textContent = problems.join(" ");
    this.where.setAttribute("aria-invalid", String(wrong.size > 0));
    const shown = { sort: column.name, ascending };
    this.table.show(stocks, shown);
    this.summary.show({ ...shown, to: (sector) => this.#address({ sector }) });
    this.shown.textContent = said;
    this.only.textContent = onlyThese(filters);
    this.#chips();
    this.csv.disabled = this.png.disabled = !stocks.length;
  }

  #sort(name) {
    if (!this.heatmap) return;
    const column = columnOf(name, this.codes);
    const { column: present, ascending } = orderOf(this.query, this.codes);
    const next = present.name === name ? !ascending : column.ascending;
    go(this.#address({ sort: name, order: next === column.ascending ? "" : next ? "asc" : "desc" }));
  }

  // The first letter makes an entry in the history, the next ones change it.
  #typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      this.typing = 0;
      go(this.#address({ q: this.search.value }), { replacing: Boolean(this.#value("q")) });
    }, TYPING_MS);
  }

  // Enter opens the stock that is meant.
  #entered(event) {
    if (event.key !== "Enter" || !this.heatmap) return;
    event.preventDefault();
    clearTimeout(this.typing);
    this.typing = 0;
    const ticker = meant(this.search.value, this.heatmap.stocks);
    if (ticker) go(address(["stock", ticker], kept(this.asked)));
    else go(this.#address({ q: this.search.value }));
  }

  #condition(event) {
    event.preventDefault();
    const text = this.where.value.trim();
    if (!text || !this.heatmap) return;
    try {
      const made = condition(text, this.codes, this.heatmap.stocks);
      this.where.value = "";
      this.problem.textContent = "";
      this.where.setAttribute("aria-invalid", "false");
      go(this.#address({ where: [...new Set([...conditionsOf(this.query), made.text])] }));
    } catch (error) {
      this.problem.textContent = error.message;
      this.where.setAttribute("aria-invalid", "true");
    }
  }

  // Make every control say what the address says.
  #controls() {
    const frequency = this.#value("frequency");
    options(this.window, windowsOf(frequency).map((length) => [String(length), windowName(length, frequency)]));
    const window = this.asked.get("window") ?? String(this.heatmap?.window ?? "");
    choose(this.window, window, window ? windowName(window, frequency) : "The usual");
    for (const [control, name] of [[this.day, "as_of"], [this.sector, "sector"], [this.sure, "sure"]]) {
      choose(control, this.#value(name), this.#value(name));
    }
    if (!this.typing) this.search.value = this.#value("q");
    this.#chips();
  }

  // A button for each condition, which removes it.
  #chips() {
    const wrong = this.view?.wrong ?? new Set();  // those that do not apply
    replace(this.chips, conditionsOf(this.query).map((text, place, all) => h("li", {},
      button([h("span", {}, text), h("span", { "aria-hidden": "true" }, " ×")],
        () => { go(this.#address({ where: all.filter((_, other) => other !== place) })); this.where.focus(); },
        { class: wrong.has(text) && "wrong",
          "aria-label": `Remove the condition ${text}${wrong.has(text) ? ", which does not apply" : ""}` }))));
  }

  #select(name, choices) {
    const select = h("select", { id: name, on: { change: () => go(this.#address({ [name]: select.value })) } });
    options(select, choices);
    return select;
  }

  #value(name) {
    return this.query?.get(name) ?? "";
  }

  // The present address with other values; an empty one is left out.
  #address(changes) {
    const query = new URLSearchParams(this.query);
    for (const [name, value] of Object.entries(changes)) {
      query.delete(name);
      for (const one of [value].flat()) if (one) query.append(name, one);
    }
    return address([], query);
  }

  async #png() {
    say("picture", "");
    try {
      await savePicture(this.heatmap, this.view, this.columns, TITLE, this.about.textContent);
    } catch (error) {
      say("picture", error.message);
    }
  }
}
