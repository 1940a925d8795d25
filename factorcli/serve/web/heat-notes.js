// What is said beside a heatmap: what its colours mean, what is old, and what to do where there is none.

import { h } from "./dom.js";
import { count } from "./format.js";
import { MODEL } from "./router.js";
import { term } from "./words.js";

const USUAL = "india-5f";  // the model of a command that names none

/** The command that computes the heatmap that was asked for (URLSearchParams), in a terminal. */
export function command(asked) {
  const { source, model } = document.documentElement.dataset;
  const window = asked.get("window");
  const options = ["as_of", ...MODEL].filter((name) => asked.get(name) && name !== "members")
    .map((name) => ` --${name.replace("_", "-")} ${asked.get(name)}`).join("");
  return `factor heatmap compute --all${window ? ` --window ${window}` : ""} `
    + `--source ${["yahoo", "demo"].includes(source) ? source : "PATH"}${model === USUAL ? "" : " --model FILE"}${options}`;
}

// Where a heatmap has never been computed: the command; of a day that is not kept: the way to the latest.
export function whatToDo(asked, latest) {
  if (asked.get("as_of")) {
    return h("p", {}, "Days that are kept are in the list “As of”. ", h("a", { href: latest }, "Show the latest"));
  }
  return [h("p", {}, "In a terminal on the server's machine, write:"), h("pre", {}, h("code", {}, command(asked))),
    h("p", {}, "This page shows the run while it goes on, and the heatmap when it is there.")];
}

// What of a heatmap is old, or not computed yet, and the command for it.
export function outdated({ stale, missing }, asked) {
  const pending = missing.filter(({ code }) => code === "pending").length;
  const some = pending > 0 && `${count(pending, "stock")} ${pending === 1 ? "is" : "are"} not computed yet.`;
  const text = stale && some ? `Old, and ${some}` : stale ? "A session has closed since." : some;
  return text && h("details", {}, h("summary", {}, text, " "), h("p", {}, "To compute: ", h("code", {}, command(asked))));
}

export function legend() {
  const steps = [...Array(9).keys()].map((step) => h("span", { class: `l${step}` }));
  return h("div", { class: "legend quiet" },
    h("p", {}, "A number is how many per cent a stock has moved with 1% of the factor, the others held constant; ",
      h("span", { class: "ramp", "aria-hidden": "true" }, steps), " from far below zero to far above it, each column on its own scale. ",
      h("span", { class: "l7 sample sure" }, "+0.8"), " is significant (a false discovery rate of 5% over all stocks); ",
      h("span", { class: "l7 sample faded" }, "+0.8"), " cannot be told from chance."));
}

// What the columns are to statisticians, for who has no pointer to rest on a heading.
export function glossary(columns) {
  const named = ({ word, code, name }) => `${word} (${code}${name === code ? "" : `, in conditions ${name}`})`;
  const rows = [...columns.map((column) => [named(column), column.term]),
    ["Spread", term("spread")], ["t, in conditions such as SZ.t", term("t_stat")],
    ["q, in conditions such as SZ.q", term("q_value")]];
  return h("details", {}, h("summary", {}, "What the columns mean"),
    h("dl", {}, rows.map(([name, said]) => h("div", {}, h("dt", {}, name), h("dd", {}, said)))));
}
