// The two tables of the heatmap: the sectors, and every stock, whose headings sort.

import { h } from "./dom.js";
import { number } from "./format.js";
import { NO_SECTOR, isFaded, isSure, level, sectorSummary, sorted } from "./heat.js";
import { address } from "./router.js";

const ARROWS = { ascending: "▲", descending: "▼" };

// Headings that sort: a button each, by the name of its column; `pressed(name)` is called for one that was pressed.
class Headings {
  constructor(pressed) {
    this.pressed = pressed;
    this.all = new Map();
  }

  make(name, content, title, look) {
    const button = h("button", { type: "button", title, dataset: { column: name },
      on: { click: () => this.pressed(name) } }, content, h("span", { class: "arrow", "aria-hidden": "true" }));
    const heading = h("th", { scope: "col", role: "columnheader", "aria-sort": "none", class: look }, button);
    this.all.set(name, heading);
    return heading;
  }

  show({ sort, ascending }) {
    for (const [name, heading] of this.all) {
      const order = name !== sort ? "none" : ascending ? "ascending" : "descending";
      if (heading.getAttribute("aria-sort") !== order) heading.setAttribute("aria-sort", order);
      heading.lastChild.lastChild.textContent = ARROWS[order] ?? "";
    }
  }
}

// The summary by sector: how many stocks, and of each column with colours their median and spread. It sorts with the
// table of stocks. `fill(heatmap, columns, to)`: `to` is the address that shows a sector.
export class SectorTable {
  constructor(pressed) {
    this.pressed = pressed;
    this.body = h("tbody");
    this.head = h("tr");
    this.links = new Map();
    this.element = h("table", { "aria-label": "Sectors; a heading sorts by its column" }, h("thead", {}, this.head), this.body);
  }

  fill(heatmap, columns) {
    const coloured = columns.filter((column) => column.limit !== null);
    this.headings = new Headings(this.pressed);
    this.head.replaceChildren(this.headings.make("sector", "Sector", "Sector", "left"), h("th", { scope: "col" }, "Stocks"),
      ...coloured.map((column) => this.headings.make(column.name, headed(column), column.term, "")));
    this.links = new Map();
    this.rows = sectorSummary(heatmap, coloured).map(({ sector, count, by }) => {
      const link = h("a", {}, sector || NO_SECTOR);
      this.links.set(sector || NO_SECTOR, link);
      const cells = coloured.map((column) => {
        const { middle, spread } = by[column.name];
        return h("td", { class: look(level(middle, column.limit), false) }, column.text(middle),
          h("small", {}, ` (${column.text(spread).replace(/^[+−]/, "")})`));
      });
      const line = h("tr", {}, h("th", { scope: "row", class: "left" }, link), h("td", {}, String(count)), cells);
      return { line, sector, by };
    });
  }

  // In the order of a column that it has, else by name; `to`: the address that shows a sector.
  show({ sort, ascending, to }) {
    const read = this.rows.some(({ by }) => sort in by) ? ({ by }) => by[sort].middle : ({ sector }) => sector;
    const byName = sort !== "sector" && !this.rows.some(({ by }) => sort in by);
    this.headings.show({ sort, ascending });
    this.body.replaceChildren(...sorted(this.rows, { read }, byName || ascending).map(({ line }) => line));
    for (const [sector, link] of this.links) link.href = to(sector);
  }
}

// The table of stocks, whose rows are grids with roles, so that those out of sight cost nothing. `show(stocks, {sort,
// ascending})` puts these into it, in this order.
export class StockTable {
  constructor(pressed) {
    this.pressed = pressed;
    this.head = h("tr", { role: "row" });
    this.body = h("tbody", { role: "rowgroup" });
    this.element = h("table", { class: "stocks", role: "table", "aria-label": "Stocks; a heading sorts by its column" },
      h("thead", { role: "rowgroup" }, this.head), this.body);
    this.rows = new Map();
  }

  // Make the rows of a heatmap, each once; kept: what their addresses say of its window and day.
  fill(heatmap, columns, kept = {}) {
    const texts = [["ticker", "Stock"], ["name", "Name"], ["sector", "Sector"]];
    this.headings = new Headings(this.pressed);
    this.element.style.setProperty("--numbers", columns.length);
    this.head.replaceChildren(
      ...texts.map(([name, text]) => this.headings.make(name, text, text, `left ${name}`)),
      ...columns.map((column) => this.headings.make(column.name, headed(column), column.term, "")));
    this.rows = new Map(heatmap.stocks.map((stock) => [stock, row(stock, columns, kept)]));
  }

  show(stocks, order) {
    this.headings.show(order);
    this.body.replaceChildren(...stocks.map((stock) => this.rows.get(stock)));
    this.element.setAttribute("aria-rowcount", stocks.length + 1);
  }
}

// A column's word, and below it what statisticians call it.
const headed = (column) => [h("span", {}, column.word), " ", h("span", { class: "code" }, column.code)];

function row(stock, columns, kept) {
  const line = document.createElement("tr");
  line.setAttribute("role", "row");
  const head = cell("th", stock.ticker.replace(/\.NS$/, ""), "left");
  const link = document.createElement("a");
  link.href = address(["stock", stock.ticker], kept);
  link.textContent = head.textContent;
  link.title = stock.ticker;
  head.scope = "row";
  head.replaceChildren(link);
  line.append(head, clipped(stock.name, "left name"), clipped(stock.sector, "left sector"));
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

// A text that may be wider than its column, with all of it at the pointer.
function clipped(text, look) {
  const made = cell("td", text ?? "", look);
  if (text) made.title = text;
  return made;
}

const look = (step, faded) => (step === null ? "" : `l${step}${faded ? " faded" : ""}`);

const tested = (stock, code) => `t = ${number(stock.t_stats[code])}, q = ${number(stock.q_values[code], 3, false)}`;
