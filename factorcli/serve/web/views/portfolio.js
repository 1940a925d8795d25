// A portfolio: typed, pasted, or dropped as the file that a broker gives. The holdings stay in this tab; the server
// computes, and keeps nothing.

import { already, post } from "../api.js";
import { field, h, replace } from "../dom.js";
import { count } from "../format.js";
import { address, go } from "../router.js";
import { say } from "../status.js";
import { windowName } from "../words.js";
import { asFile, asLines } from "./holdings-text.js";
import { busy } from "./parts.js";
import { answers } from "./portfolio-answers.js";

const KEPT = "factorcli.holdings"; // in the session's storage, which ends with the tab
const MOST_BYTES = 256_000;
const WINDOWS = [126, 252, 504];
const EXAMPLE = "RELIANCE, 50\nHDFCBANK, 120\nTCS, 20\nITC, 300\nCASH, 50000";

// What was read last, {text, holdings, warnings}, and its answers: back and forward ask for nothing.
let read = null;
let answered = null;

export async function show(main, { query }, signal) {
  const chosen = Number(query.get("window") ?? 252);
  const text = h("textarea", { rows: 7, spellcheck: "false", autocapitalize: "characters", autocomplete: "off",
    placeholder: "RELIANCE, 50\nHDFCBANK, 120\nCASH, 50000", value: stored() });
  const chooser = h("input", { type: "file", accept: ".csv,.txt,.tsv,.xlsx,.xls,text/csv" });
  const select = h("select", {}, [...new Set([...WINDOWS, chosen])].filter((days) => days > 0).sort((a, b) => a - b)
    .map((days) => h("option", { value: days, selected: days === chosen }, windowName(days))));
  const benchmark = h("input", { type: "text", placeholder: "^NSEI", value: query.get("benchmark") ?? "", autocomplete: "off" });
  const problem = h("div", { class: "problem", role: "alert" });
  const said = h("div", { role: "status" });
  const place = h("div", { class: "answers" });
  const send = h("button", { type: "submit", class: "primary" }, "Show betas");
  const form = h("form", { class: "holdings", novalidate: true },
    field("Holdings: a line each, the ticker and how many or how much per cent", text,
      "CASH is money. A minus is a short position. With a heading, any table of a broker or a spreadsheet works too."),
    h("div", { class: "controls" }, field("Or a file (drop it here, too)", chooser), field("Window", select),
      field("Compare with (optional)", benchmark)),
    h("p", {}, send, " ", h("button", { type: "button", on: { click: example } }, "An example"), " ",
      h("button", { type: "button", on: { click: forget } }, "Forget it")),
    problem, said);
  main.append(h("h1", { dataset: { title: "Portfolio" } }, "What your portfolio moves with"),
    h("p", {}, "Your holdings are sent to this server to be computed with, and are neither kept nor logged there. They stay ",
      "in this tab until you close it."), form, place);

  function example() {
    text.value = EXAMPLE;
    text.focus();
  }

  function forget() {
    text.value = "";
    chooser.value = "";
    store("");
    [read, answered] = [null, null];
    for (const one of [problem, said, place]) replace(one);
    text.focus();
  }

  const refuse = (sentence) => {
    replace(problem, h("p", {}, sentence));
    text.setAttribute("aria-invalid", "true");
    text.focus();
  };

  async function file(given) {
    replace(problem);
    if (given.size > MOST_BYTES) {
      const most = MOST_BYTES.toLocaleString("en-IN");
      refuse(`${given.name} has ${count(given.size, "byte")}, more than the ${most} that are taken.`);
      return;
    }
    await busy(send, problem, async () => {
      const found = await post("portfolio/read", given, { signal });
      text.value = asLines(found.holdings);
      keep(text.value, found);
      tell(found, given.name);
    });
  }

  function keep(lines, found) {
    read = { text: lines, ...found };
    store(lines);
    text.removeAttribute("aria-invalid");
  }

  function tell(found, name = "") {
    const by = (found.holdings[0]?.quantity ?? null) === null ? "weight" : "quantity";
    const text = `${name ? `${name}: ` : ""}${count(found.holdings.length, "holding")} read, by ${by}.`;
    replace(said, h("p", { class: "quiet" }, text),
      (found.warnings ?? []).length ? h("ul", { class: "quiet" }, found.warnings.map((one) => h("li", {}, one))) : null);
  }

  async function submitted() {
    replace(problem);
    if (!text.value.trim()) {
      refuse("Write or drop your holdings first: a line each, such as RELIANCE, 50.");
      return;
    }
    await busy(send, problem, async () => {
      try {
        say("portfolio", "Your portfolio is being computed…");
        if (read?.text !== text.value) {
          const file = new Blob([asFile(text.value).text], { type: "text/csv" });
          keep(text.value, await post("portfolio/read", file, { signal }));
        }
        tell(read);
        answered = { question: question(), results: {} };
        await drawn();
      } catch (error) {
        if (error.name === "AbortError") throw error;
        refuse(error.message);
      } finally {
        say("portfolio", "");
      }
    });
  }

  function question() {
    const held = read.holdings.map(({ ticker, weight, quantity }) =>
      ((quantity ?? null) === null ? { ticker, weight } : { ticker, quantity }));
    const against = benchmark.value.trim().toUpperCase();
    return { holdings: held, window: Number(select.value), ...(against ? { benchmark: against } : {}) };
  }

  // The betas first; what else there is comes under them as it arrives.
  async function drawn() {
    const heatmap = already(`heatmap?window=${answered.question.window}`) ?? null;
    await answers(place, answered, { heatmap, signal });
  }

  text.addEventListener("input", () => {
    text.removeAttribute("aria-invalid");
    store(text.value);
  });
  select.addEventListener("change", () => {
    go(address(["portfolio"], { window: select.value === "252" ? null : select.value }), { replacing: true });
    if (answered) submitted();
  });
  chooser.addEventListener("change", () => chooser.files[0] && file(chooser.files[0]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submitted();
  });
  for (const kind of ["dragenter", "dragover"]) {
    form.addEventListener(kind, (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
  }
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    const [dropped] = event.dataTransfer.files;
    if (dropped) file(dropped);
    else if (event.dataTransfer.getData("text")) text.value = event.dataTransfer.getData("text");
  });

  if (answered && read?.text === text.value) {
    tell(read);
    await drawn();
  }
  return () => {};
}

function stored() {
  try {
    return sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}

function store(text) {
  try {
    if (text) sessionStorage.setItem(KEPT, text);
    else sessionStorage.removeItem(KEPT);
  } catch {
    // a browser that keeps nothing: the text stays in the field
  }
}
