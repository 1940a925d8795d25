// What an address means of a heatmap: which stocks, in which order, how to say that, and what of it is wrong.

import { columnOf, condition, quoted } from "./conditions.js";
import { count } from "./format.js";
import { NO_SECTOR, filtered, sorted } from "./heat.js";
import { ofStock } from "./router.js";
import { factorWord, usualWindow } from "./words.js";

// The conditions of an address (URLSearchParams), each once.
export const conditionsOf = (query) => [...new Set(query.getAll("where").filter((text) => text.trim()))];

// {stocks, column, ascending, said, filters, problems, wrong}: the stocks in their order; how many they are and in which
// order; the filters in words; what is wrong, a sentence each; the conditions that do not apply, as they are written.
// columns: those that the page shows. A sector or a factor that there is not leaves no stock; a wrong condition all.
export function view(heatmap, query, columns) {
  const codes = Object.keys(heatmap.model.proxies);
  const problems = [];
  const wrong = new Set();
  const conditions = conditionsOf(query).flatMap((text) => attempt(() => [condition(text, codes, heatmap.stocks)], (problem) => {
    wrong.add(text);
    problems.push(problem);
    return [];
  }));
  const sector = sectorOf(query.get("sector") ?? "", heatmap, problems);
  const sure = query.get("sure") ?? "";
  if (sure && !codes.includes(sure)) problems.push(`factor ${quoted(sure)} is not one of the model: ${codes.join(", ")}.`);
  const { column, ascending } = orderOf(query, codes, problems);
  const text = (query.get("q") ?? "").trim();
  const stocks = sorted(filtered(heatmap.stocks, { sector, text, sure, conditions }), column, ascending);
  const filters = [sector && `sector ${sector}`, sure && `${factorWord(sure)} significant`,
    ...conditions.map((one) => one.text), text && `“${text}” in ticker or name`].filter(Boolean);
  return { stocks, column, ascending, filters, problems, wrong,
    said: said(heatmap.stocks, stocks, inOrder(column, ascending, columns), filters.length === 1 && isTicker(text) ? text : "") };
}

// The filters as a sentence, for paper and pictures, where the controls are not; empty without filters.
export const onlyThese = (filters) => (filters.length ? `Only: ${filters.join("; ")}.` : "");

// The ticker of the stock that a text means: the only one that has it, or the one whose ticker it is; a text that no stock
// has may be a ticker or an ISIN that the server knows. Empty where several are meant.
export function meant(text, stocks) {
  const wanted = text.trim().toUpperCase();
  const found = filtered(stocks, { sector: "", text: wanted, sure: "", conditions: [] });
  if (!wanted) return "";
  if (!found.length) return isTicker(wanted) ? wanted : "";
  const exact = found.find(({ ticker }) => ticker === wanted || ticker === `${wanted}.NS`);
  return exact?.ticker ?? (found.length === 1 ? found[0].ticker : "");
}

// What the address of a stock keeps of a heatmap's, whose usual window needs no word.
export function kept(asked) {
  const query = ofStock(asked);
  if (query.get("window") === String(usualWindow())) query.delete("window");
  return query;
}

// Whether a text may be a ticker or an ISIN that the heatmap does not have.
const isTicker = (text) => /^[\^A-Z0-9][A-Z0-9.&_-]*$/i.test(text);

// The column and the direction of an address; by ticker where it names none, or one that there is not.
export function orderOf(query, codes, problems = []) {
  const column = attempt(() => columnOf(query.get("sort") || "ticker", codes), (problem) => {
    problems.push(problem);
    return columnOf("ticker", codes);
  });
  const order = query.get("order");
  return { column, ascending: ["asc", "desc"].includes(order) ? order === "asc" : column.ascending };
}

function sectorOf(asked, { sectors }, problems) {
  const names = sectors.map(({ sector }) => sector || NO_SECTOR);
  const found = names.find((name) => name.toLowerCase() === asked.toLowerCase());
  if (asked && !found) problems.push(`sector ${quoted(asked)} is not one of the sectors: ${names.join(", ")}.`);
  return found ?? asked;
}

function inOrder(column, ascending, columns) {
  if (column.name === "ticker" && ascending) return "";
  const found = columns.find(({ name }) => name === column.name);
  const which = found ? `${found.word} ${found.code}` : column.name;
  const way = column.kind === "text" ? ascending ? "from A to Z" : "from Z to A" : ascending ? "smallest first" : "largest first";
  return ` By ${which}, ${way}.`;
}

function said(all, stocks, order, ticker) {
  if (!stocks.length && ticker) return `0 of ${count(all.length, "stock")}. None is called ${quoted(ticker)}: Enter asks the server for it.`;
  if (!stocks.length) return `0 of ${count(all.length, "stock")}. No stock meets all of this: remove a condition or a filter.`;
  return `${stocks.length === all.length ? "" : `${stocks.length.toLocaleString("en-IN")} of `}${count(all.length, "stock")}.${order}`;
}

function attempt(make, failed) {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return failed(error.message);
  }
}
