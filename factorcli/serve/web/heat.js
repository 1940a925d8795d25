// A heatmap's numbers without any of its looks: columns, colours, order, what a filter leaves, sectors, and CSV.

import { isNumber, number, percent } from "./format.js";
import { factorTerm, factorWord, term, word } from "./words.js";

const SIGNIFICANCE = 0.05;  // the largest q-value of a beta that counts as significant
export const LEVELS = 9;  // colours, from far below zero to far above it
const LIMIT_SHARE = 0.95;  // of the sizes of a column's numbers, those within the scale
const CODES = { market: "market β", down: "down β", r_squared: "R²", alpha: "α", observations: "n" };
export const NO_SECTOR = "No sector";
const FORMULA = /^[=+\-@\t\r]/;

// The columns after ticker, name and sector: {name, word, code, term, read, text, factor, limit}. limit: the value of the
// last colour, null where there are no colours.
export function shownColumns(heatmap) {
  const betas = Object.keys(heatmap.model.proxies);
  const plain = (name, read, text) => ({ name, word: word(name), code: CODES[name], term: term(name), read, text, limit: null });
  const coloured = (column) => {
    const limit = limitOf(heatmap.stocks, column.read);
    const digits = limit > 0 && limit < 0.1 ? 3 : 2;
    return { ...column, limit, text: (value) => number(value, digits) };
  };
  return [
    coloured(plain("market", (stock) => stock.market_beta)),
    coloured(plain("down", (stock) => stock.down_beta)),
    ...betas.map((code) => coloured({ name: code, word: factorWord(code), code, term: factorTerm(code), factor: code,
      read: (stock) => stock.betas[code] })),
    plain("r_squared", (stock) => stock.r_squared, (value) => percent(value, 0)),
    plain("alpha", (stock) => stock.alpha_annual, (value) => percent(value, 1, true)),
    plain("observations", (stock) => stock.observations, (value) => number(value, 0, false)),
  ];
}

// The number of a value's colour, 0 to 8: equal steps from −limit to +limit. null where there is none.
export function level(value, limit) {
  if (limit === null || !isNumber(value)) return null;
  return Math.min(LEVELS - 1, Math.max(0, Math.floor(((value / limit + 1) / 2) * LEVELS)));
}

// Whether the beta to a factor failed its test; one without a test did not.
export const isFaded = (stock, code) => isNumber(stock.q_values?.[code]) && stock.q_values[code] > SIGNIFICANCE;
export const isSure = (stock, code) => isNumber(stock.q_values?.[code]) && stock.q_values[code] <= SIGNIFICANCE;

// The stocks that a sector, a text, a significant factor and conditions leave.
export function filtered(stocks, { sector, text, sure, conditions }) {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return stocks.filter((stock) => {
    const label = `${stock.ticker} ${stock.name ?? ""}`.toLowerCase();
    return (!sector || (stock.sector || NO_SECTOR) === sector) && words.every((one) => label.includes(one))
      && (!sure || isSure(stock, sure)) && conditions.every((one) => one.meets(stock));
  });
}

// The stocks in the order of a column; unknown values come last, and equal ones keep their order.
export function sorted(stocks, column, ascending) {
  const sign = ascending ? 1 : -1;
  const values = new Map(stocks.map((stock) => [stock, column.read(stock)]));
  const known = (value) => isNumber(value) || typeof value === "string";
  return [...stocks].sort((one, other) => {
    const [a, b] = [values.get(one), values.get(other)];
    if (!known(a) || !known(b)) return known(b) - known(a);
    if (typeof a === "string") return sign * (a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0);
    return sign * (a - b);
  });
}

// By sector: {sector, count, middle, spread}, the last two by column; the middle is the server's median where it has one.
export function sectorSummary(heatmap, columns) {
  return heatmap.sectors.map((one) => {
    const stocks = heatmap.stocks.filter((stock) => stock.sector === one.sector);
    const rows = columns.map((column) => {
      const values = stocks.map(column.read).filter(isNumber).sort((a, b) => a - b);
      const middle = column.factor ? one.median_betas[column.factor] : quantile(values, 0.5);
      return [column.name, { middle, spread: quantile(values, 0.75) - quantile(values, 0.25) }];
    });
    return { sector: one.sector, count: one.count, by: Object.fromEntries(rows) };
  });
}

// The stocks as the CSV of the command.
export function csv(heatmap, stocks) {
  const codes = Object.keys(heatmap.model.proxies);
  const parts = ["betas", "t_stats", "q_values"];
  const plain = ["market_beta", "down_beta", "alpha_annual", "r_squared", "observations"];
  const names = ["ticker", "name", "sector", ...parts.flatMap((part) => codes.map((code) => `${part}.${code}`)), ...plain,
    "window", "as_of", "source"];
  const rows = stocks.map((stock) => [stock.ticker, stock.name, stock.sector,
    ...parts.flatMap((part) => codes.map((code) => stock[part][code])), ...plain.map((name) => stock[name]),
    heatmap.window, heatmap.as_of, heatmap.source]);
  return [names, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

// A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay.
function cell(value) {
  if (value === null || value === undefined) return "";
  const text = String(value);
  const safe = typeof value === "string" && FORMULA.test(text) && !isNumber(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function limitOf(stocks, read) {
  const sizes = stocks.map(read).filter(isNumber).map(Math.abs).sort((a, b) => a - b);
  return quantile(sizes, LIMIT_SHARE) || 1;
}

// A quantile of ascending values, interpolated (Hyndman & Fan's type 7); NaN of none.
export function quantile(values, share) {
  if (!values.length) return NaN;
  const place = (values.length - 1) * share;
  const low = Math.floor(place);
  return values[low] + (place - low) * ((values[low + 1] ?? values[low]) - values[low]);
}
