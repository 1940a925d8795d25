// Pieces that every view has: tables, facts, notices, a section that keeps its place while it loads.

import { h, replace } from "../dom.js";
import { factorTerm, factorWord } from "../words.js";

const MOST_ROWS = 40; // of a table that is shown at its full height

/**
 * A table. columns: [{title, term, left, unseen}], title a text; rows: lists of cells (texts or nodes), the first of
 * which names the row; rules: the numbers of rows that have a line below them.
 */
export function table(caption, columns, rows, { rules = [] } = {}) {
  const side = (k) => (columns[k].left ? "left" : null);
  const head = columns.map(({ title, term, unseen }, k) => h("th", { scope: "col", class: side(k) },
    unseen ? h("span", { class: "unseen" }, title) : term ? h("abbr", { title: term }, title) : title));
  const body = rows.map((cells, i) => h("tr", { class: rules.includes(i) ? "rule" : null }, cells.map((cell, k) =>
    (k === 0 ? h("th", { scope: "row", class: "left" }, cell) : h("td", { class: side(k) }, cell)))));
  return h("div", { class: rows.length > MOST_ROWS ? "scroll tall" : "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)));
}

/** The column of small pictures, whose heading only readers of the screen need. */
export const PICTURE = { title: "picture", unseen: true };

/** The column of confidence intervals. */
export const INTERVAL = {
  title: "95% interval", term: "confidence interval: it holds the true value in about 95 of 100 such cases",
};

/** A factor's code and its word, with the term at the pointer. */
export const factor = (code) => [h("abbr", { title: `${factorWord(code)}: ${factorTerm(code)}` }, code),
  factorWord(code) === code ? null : h("span", { class: "word" }, ` ${factorWord(code)}`)];

/** Facts [[label, value, term]] as a list of definitions. */
export const facts = (rows) => h("dl", { class: "facts" }, rows.map(([label, value, term]) =>
  h("div", {}, h("dt", {}, term ? h("abbr", { title: term }, label) : label), h("dd", {}, value))));

export const paragraphs = (texts, attrs = {}) => texts.filter(Boolean).map((text) => h("p", attrs, text));
export const notice = (...children) => h("div", { class: "notice" }, children);

/** A number, coloured by its side; dim where it cannot be told from zero. */
export const toned = (text, value, sure = true) =>
  h("span", { class: !sure ? "dim" : value > 0 ? "above" : value < 0 ? "below" : null }, text);

/** A section with a heading, and a place of a height of its own until `fill` puts something there. */
export function section(title, id, height) {
  const body = h("div", { class: `waiting ${height}` });
  const element = h("section", { id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), body);
  const fill = (...children) => {
    body.className = "";
    replace(body, children);
  };
  return { element, body, fill };
}

/** What the source of prices and the gate did, as sentences: made-up prices, old numbers, warnings. */
export function warnings(result) {
  const found = (result.warnings ?? []).map((text) => {
    const [, code, sentence] = /^([a-z_]+): (.*)$/s.exec(text) ?? [null, "note", text];
    return h("li", {}, h("strong", {}, code.replaceAll("_", " ")), `: ${sentence}`);
  });
  return found.length ? h("ul", {}, found) : h("p", {}, "No warnings.");
}

/** A sentence about something that went wrong, with what to do. */
export const failure = (error) => h("p", { class: "notice", role: "alert" },
  error instanceof Error ? error.message : String(error));

/** Run a job for a button: one at a time, the button busy meanwhile, an error beside it. */
export async function busy(control, place, job) {
  if (control.getAttribute("aria-busy") === "true") return;
  control.setAttribute("aria-busy", "true");
  try {
    await job();
  } catch (error) {
    if (error.name !== "AbortError") replace(place, failure(error));
  } finally {
    control.removeAttribute("aria-busy");
  }
}

/** Build a view anew after its address has changed, with the focus where it was among the controls. */
export async function anew(main, build, params, signal) {
  const controls = () => [...main.querySelectorAll(".controls :is(input, select)")];
  const place = controls().indexOf(document.activeElement);
  main.replaceChildren();
  const built = build(main, params, signal);
  if (place >= 0) controls()[place]?.focus({ preventScroll: true });
  return built;
}
