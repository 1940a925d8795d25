// The two tables of the heatmap: the sectors, and every stock, whose headings sort.

import { h } from "./dom.js";
import { number } from "./format.js";
import { isFaded, isSure, level, sectorSummary } from "./heat.js";
import { address } from "./router.js";
import { term } from "./words.js";

const ARROWS = { ascending: "▲", descending: "▼" };

// The summary by sector: how many stocks, and of each column with colours their median and spread. `to`: the address
// that shows a sector.
export function sectorTable(heatmap, columns, to) {
  const coloured = columns.filter((column) => column.limit !== null);
  const rows = sectorSummary(heatmap, coloured).map(({ sector, count: stocks, by }) =>
    h("tr", {}, h("th", { scope: "row", class: "left" }, h("a", { href: to(sector ?? "") }, sector ?? "No sector")),
      h("td", {}, String(stocks)),
      coloured.map((column) => {
        const { middle, spread } = by[column.name];
        return h("td", { class: look(level(middle, column.limit), false) }, column.text(middle),
          h("small", {}, ` (${column.text(spread).replace(/^[+−]/, "")})`));
      })));
  return h("table", {}, h("caption", {}, "The median of each sector's stocks, and in brackets their ",
    h("abbr", { title: term("spread") }, "spread"), ". A sector leads to its stocks."),
  h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "left" }, "Sector"), h("th", { scope: "col" }, "Stocks"),
    coloured.map((column) => h("th", { scope: "col", title: column.term }, headed(column))))),
  h("tbody", {}, rows));
}

// The table of stocks, whose rows are grids with roles, so that those out of sight cost nothing. `show(stocks, {sort, ascending})` puts these into it, in this order; `pressed(name)` is called for
// a heading that was pressed.
export class StockTable {
  constructor(pressed) {
    this.head = h("tr", { role: "row" });
    this.body = h("tbody", { role: "rowgroup" });
    this.element = h("table", { class: "stocks", role: "table", "aria-label": "Stocks; a heading sorts by its column" },
      h("thead", { role: "rowgroup" }, this.head), this.body);
    this.pressed = pressed;
    this.rows = new Map();
  }

  // Make the rows of a heatmap, each once.
  fill(heatmap, columns) {
    const texts = [["ticker", "Stock"], ["name", "Name"], ["sector", "Sector"]];
    this.headings = new Map();
    this.element.style.setProperty("--numbers", columns.length);
    this.head.replaceChildren(
      ...texts.map(([name, text]) => this.#heading(name, text, text, `left ${name}`)),
      ...columns.map((column) => this.#heading(column.name, headed(column), column.term, "")));
    this.rows = new Map(heatmap.stocks.map((stock) => [stock, row(stock, columns)]));
  }

  show(stocks, { sort, ascending }) {
    for (const [name, heading] of this.headings) {
      const order = name !== sort ? "none" : ascending ? "ascending" : "descending";
      if (heading.getAttribute("aria-sort") !== order) heading.setAttribute("aria-sort", order);
      heading.lastChild.lastChild.textContent = ARROWS[order] ?? "";
    }
    this.body.replaceChildren(...stocks.map((stock) => this.rows.get(stock)));
    this.element.setAttribute("aria-rowcount", stocks.length + 1);
  }

  #heading(name, content, title, look) {
    const button = h("button", { type: "button", title, dataset: { column: name },
      on: { click: () => this.pressed(name) } }, content, h("span", { class: "arrow", "aria-hidden": "true" }));
    const heading = h("th", { scope: "col", role: "columnheader", "aria-sort": "none", class: look }, button);
    this.headings.set(name, heading);
    return heading;
  }
}

// A column's word, and below it what statisticians call it.
const headed = (column) => [h("span", {}, column.word), " ", h("span", { class: "code" }, column.code)];

function row(stock, columns) {
  const line = document.createElement("tr");
  line.setAttribute("role", "row");
  const head = cell("th", stock.ticker.replace(/\.NS$/, ""), "left");
  const link = document.createElement("a");
  link.href = address(["stock", stock.ticker]);
  link.textContent = head.textContent;
  link.title = stock.ticker;
  head.scope = "row";
  head.replaceChildren(link);
  line.append(head, cell("td", stock.name ?? "", "left name"), cell("td", stock.sector ?? "", "left sector"));
  for (const column of columns) {
    const value = column.read(stock);
    const sure = column.factor && isSure(stock, column.factor);
    const faded = column.factor ? isFaded(stock, column.factor) : false;
    const made = cell("td", column.text(value), `${look(level(value, column.limit), faded)}${sure ? " sure" : ""}`);
    if (column.factor) made.title = tested(stock, column.factor);
    line.append(made);
  }
  return line;
}

function cell(tag, text, look) {
  const made = document.createElement(tag);
  made.setAttribute("role", tag === "th" ? "rowheader" : "cell");
  made.textContent = text;
  if (look) made.className = look;
  return made;
}

const look = (step, faded) => (step === null ? "" : `l${step}${faded ? " faded" : ""}`);

const tested = (stock, code) => `t = ${number(stock.t_stats[code])}, q = ${number(stock.q_values[code], 3, false)}`;
