// A portfolio: typed, pasted, or dropped as the file that a broker gives. The holdings stay in this tab; the server
// computes, and keeps nothing.

import { already, post } from "../api.js";
import { button, field, h, replace } from "../dom.js";
import { CURRENCY_SIGN, count } from "../format.js";
import { address, go } from "../router.js";
import { say } from "../status.js";
import { usualWindow, windowName, windowsOf } from "../words.js";
import { asLines } from "./holdings-text.js";
import { busy, warnings } from "./parts.js";
import { answers } from "./portfolio-answers.js";
import { holdingsAsked, readText } from "./portfolio-questions.js";
import { readMoney } from "./trades-text.js";

const [KEPT, KEPT_WORTH] = ["factorcli.holdings", "factorcli.worth"]; // in the session's storage, which ends with the tab
const KILO = 1024;
const MOST_BYTES = 256 * KILO;
const LEAST = 30;
const EXAMPLE = "RELIANCE, 50\nHDFCBANK, 120\nTCS, 20\nITC, 300\nCASH, 50000";

// What was read last, {text, holdings, warnings}, and its answers: back and forward ask for nothing.
let read = null;
let answered = null;

export async function show(main, { query }, signal) {
  const text = h("textarea", { rows: 7, spellcheck: "false", autocapitalize: "characters", autocomplete: "off",
    placeholder: "RELIANCE, 50\nHDFCBANK, 120\nCASH, 50000", value: stored(KEPT) });
  const chooser = h("input", { type: "file", accept: ".csv,.txt,.tsv,.xlsx,.xls,text/csv" });
  const select = h("select", {});
  const benchmark = h("input", { type: "text", placeholder: "^NSEI", autocomplete: "off" });
  const worth = h("input", { type: "text", inputmode: "decimal", placeholder: "12,50,000", value: stored(KEPT_WORTH),
    autocomplete: "off" });
  const problem = h("div", { class: "problem", role: "alert" });
  const said = h("div", { role: "status" });
  const changed = h("p", { class: "quiet changed", role: "status" });
  const place = h("div", { class: "answers" });
  const send = h("button", { type: "submit", class: "primary" }, "Show betas");
  const form = h("form", { class: "holdings", novalidate: true },
    field("Holdings, one per line: a ticker, and how many shares or what per cent", text,
      "CASH is an amount of money, a minus a short position. Any table of a broker or a spreadsheet works too, with its headings."),
    h("div", { class: "controls" }, field("Or a file (drop it here, too)", chooser), field("Window", select),
      field("Compare with (optional)", benchmark), field(`Worth in ${CURRENCY_SIGN}, if given in per cent`, worth)),
    h("p", {}, send, " ", button("An example", () => put(EXAMPLE)), " ", button("Forget it", forget)),
    problem, said, changed);
  let again = false; // asked for while an answer was on its way
  main.append(h("h1", { dataset: { title: "Portfolio" } }, "What your portfolio moves with"),
    h("p", {}, "Your holdings are sent to this server to be computed with, and are neither kept nor logged there. They stay ",
      "in this tab until you close it."), form, place);

  // What the address says of the window and the benchmark; where it says nothing, that of the answers that are there.
  function chosen({ query: given }) {
    const days = Number(given.get("window") ?? answered?.question.window ?? usualWindow());
    const window = Number.isInteger(days) && days >= LEAST ? days : usualWindow();
    return { window, benchmark: (given.get("benchmark") ?? answered?.question.benchmark ?? "").toUpperCase() };
  }

  function choose(given) {
    replace(select, [...new Set([...windowsOf(), given.window])].sort((a, b) => a - b)
      .map((days) => h("option", { value: days, selected: days === given.window }, windowName(days))));
    benchmark.value = given.benchmark;
  }

  const against = () => benchmark.value.trim().toUpperCase();
  const asked = () => ({ window: Number(select.value), ...(against() ? { benchmark: against() } : {}) });

  function moved() {
    const { window, benchmark: named = null } = asked();
    go(address(["portfolio"], { window: window === usualWindow() ? null : window, benchmark: named }), { replacing: true });
    if (answered) submitted();
  }

  // Put other holdings into the field; those that were there can be had back.
  function put(lines, found = null, name = "") {
    const before = text.value;
    text.value = lines;
    store(KEPT, lines);
    text.removeAttribute("aria-invalid");
    replace(problem);
    if (found) tell(found, name);
    else replace(said);
    if (before.trim() && before !== lines) said.append(h("p", {}, button("Put back what was there", () => put(before))));
    edited();
  }

  function forget() {
    for (const one of [text, chooser, worth]) one.value = "";
    for (const key of [KEPT, KEPT_WORTH]) store(key, "");
    [read, answered] = [null, null];
    for (const one of [problem, said, changed, place]) replace(one);
    text.focus();
  }

  const refuse = (sentence, control = text) => {
    replace(problem, h("p", {}, sentence));
    control.setAttribute("aria-invalid", "true");
    control.focus();
  };

  // Which field an error is about: the benchmark's where it names that alone.
  const blamed = (error) => (against() && error.message.toUpperCase().includes(against()) &&
    !text.value.toUpperCase().includes(against()) ? benchmark : text);

  const tooLarge = (size, name) => (size > MOST_BYTES
    ? `${name} has ${Math.ceil(size / KILO).toLocaleString("en-IN")} kB, and at most ${MOST_BYTES / KILO} kB are taken.` : "");

  async function file(given, others = 0) {
    replace(problem);
    const large = tooLarge(given.size, given.name);
    chooser.value = ""; // so that the same file can be chosen again, once it is mended
    if (large) {
      refuse(large);
      return;
    }
    await busy(send, problem, async () => {
      try {
        say("portfolio", `${given.name} is being read…`);
        const found = await post("portfolio/read", given, { signal });
        const lines = asLines(found.holdings);
        read = { text: lines, ...found };
        put(lines, found, given.name);
        if (others) said.append(h("p", {}, `One file is taken at a time: ${count(others, "other file")} not read.`));
      } catch (error) {
        if (error.name === "AbortError") throw error;
        // The server, which knows no names of files, calls it the portfolio.
        refuse(error.message.startsWith("portfolio") ? error.message.replace("portfolio", () => given.name)
          : `${given.name}: ${error.message}`);
      } finally {
        say("portfolio", "");
      }
    });
  }

  function tell(found, name = "") {
    const by = (found.holdings[0]?.quantity ?? null) === null ? "weight" : "quantity";
    const sentence = `${name ? `${name}: ` : ""}${count(found.holdings.length, "holding")} read, by ${by}.`;
    replace(said, h("p", { class: "quiet" }, sentence), found.warnings?.length ? warnings(found) : null);
  }

  async function submitted() {
    replace(problem);
    if (send.getAttribute("aria-busy") === "true") {
      again = true;
      return;
    }
    const large = tooLarge(new Blob([text.value]).size, "The text");
    if (large || !text.value.trim()) {
      refuse(large || "Write or drop your holdings first: a line each, such as RELIANCE, 50.");
      return;
    }
    let value = null;
    try {
      value = readMoney(worth.value);
    } catch (error) {
      refuse(error.message, worth);
      return;
    }
    await busy(send, problem, async () => {
      try {
        say("portfolio", "Your portfolio is being computed…");
        const written = text.value;
        if (read?.text !== written) {
          replace(said);
          read = { text: written, ...await readText(written, signal) };
        }
        if (written === text.value) tell(read);
        answered = { text: written, question: { holdings: holdingsAsked(read.holdings), ...asked() },
          worth: value ?? read.worth ?? null, results: {},
          forms: typed(answered?.forms), scenario: answered?.scenario ?? null };
        edited();
        await drawn();
      } catch (error) {
        unanswered(error);
      } finally {
        say("portfolio", "");
      }
    });
    if (again && !signal.aborted) {
      again = false;
      await submitted();
    }
  }

  function unanswered(error) {
    if (error.name === "AbortError") throw error;
    answered = null;
    replace(changed);
    refuse(error.message, blamed(error));
  }

  // The betas first; what else there is comes under them as it arrives.
  async function drawn() {
    const heatmap = already(`heatmap?window=${answered.question.window}`) ?? null;
    await answers(place, answered, { heatmap, signal });
  }

  // Whether the answers are still those of what is written.
  function edited() {
    changed.textContent = answered && answered.text !== text.value
      ? "The numbers below are of the holdings as they were: press Show betas for these." : "";
  }

  text.addEventListener("input", () => {
    text.removeAttribute("aria-invalid");
    store(KEPT, text.value);
    edited();
  });
  select.addEventListener("change", moved);
  benchmark.addEventListener("input", () => benchmark.removeAttribute("aria-invalid"));
  benchmark.addEventListener("change", moved);
  worth.addEventListener("input", () => {
    worth.removeAttribute("aria-invalid");
    store(KEPT_WORTH, worth.value);
  });
  worth.addEventListener("change", () => valued());
  chooser.addEventListener("change", () => chooser.files[0] && file(chooser.files[0]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submitted();
  });
  dropping(form, text, (files) => file(files[0], files.length - 1), put, signal);

  // Another value needs no other answer of the server.
  async function valued() {
    replace(problem);
    try {
      const value = readMoney(worth.value) ?? read?.worth ?? null;
      if (!answered || answered.worth === value) return;
      answered.worth = value;
      await answered.valued?.();
    } catch (error) {
      if (error.name !== "AbortError") refuse(error.message, worth);
    }
  }

  const given = chosen({ query });
  choose(given);
  if (answered && answered.text === text.value) {
    tell(read);
    const same = answered.question.window === given.window && (answered.question.benchmark ?? "") === given.benchmark;
    await (same ? drawn().catch(unanswered) : submitted());
  }
  return (params) => {
    const later = chosen(params);
    if (later.window === Number(select.value) && later.benchmark === against()) return;
    choose(later);
    if (answered) submitted();
  };
}

// Files are taken wherever they are dropped, as a browser would leave the page for one; a text in the form, but for its
// fields, where the browser puts it.
function dropping(form, text, takeFiles, takeText, signal) {
  const hasFiles = (event) => event.dataTransfer.types.includes("Files");
  const isOurs = (event) => hasFiles(event) || (form.contains(event.target) && !event.target.closest?.("textarea, input"));
  const listen = (kind, listener) => document.addEventListener(kind, (event) => {
    form.classList.toggle("over", kind === "dragover" && isOurs(event));
    if (isOurs(event)) listener(event);
  }, { signal });
  for (const kind of ["dragenter", "dragover"]) listen(kind, (event) => event.preventDefault());
  listen("dragleave", () => {});
  listen("drop", (event) => {
    event.preventDefault();
    const { files } = event.dataTransfer;
    const written = event.dataTransfer.getData("text");
    if (files.length) takeFiles(files);
    else if (written) takeText(text.value.trim() ? `${text.value.trimEnd()}\n${written}` : written);
  });
}

// What was typed below the questions, without the answers, which were of other holdings.
const typed = (forms = {}) => Object.fromEntries(Object.entries(forms).map(([name, form]) => [name, { typed: form.typed }]));

function stored(key) {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function store(key, text) {
  try {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  } catch {
    // a browser that keeps nothing: the text stays in the field
  }
}
