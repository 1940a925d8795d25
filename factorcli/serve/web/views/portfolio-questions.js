// What is asked about a portfolio by a button, a request each: its hedge, trades, drift, and episodes of the past.

import { get, post } from "../api.js";
import { figure } from "../charts.js";
import { field, h } from "../dom.js";
import { CURRENCY, count, isNumber, money, number, pValue, percent } from "../format.js";
import { asking } from "./asking.js";
import {
  EPISODES_METHOD, drifted, hedged, inPoints, ofReturns, placesOf, traded, units, worst,
} from "./decision-sentences.js";
import { asFile, asHoldings, withLines } from "./holdings-text.js";
import { changes } from "./drift.js";
import { INTERVAL, factor, paragraphs, table, toned } from "./parts.js";
import { bounds, day, digits, isSignificant } from "./sentences.js";
import { readLots, readTrades } from "./trades-text.js";

const text = (attrs = {}) => h("input", { type: "text", autocomplete: "off", ...attrs });
const lines = (attrs = {}) => h("textarea", { class: "few", rows: 3, spellcheck: "false", autocomplete: "off", ...attrs });
const first = ([sentence, ...rest]) => [h("p", { class: "headline" }, sentence), ...paragraphs(rest)];

/**
 * What to hold of instruments so that the portfolio moves least. worth(): its value, where the holdings tell none; valued:
 * whether they tell it; seen, here and below: warnings that are shown already.
 */
export function hedge(body, { kept, valued, worth, seen, signal }) {
  const controls = { with: text({ value: "^NSEI" }), lots: lines({ rows: 2, placeholder: "^NSEI, 75" }) };
  const fields = [
    field("With (tickers)", controls.with, "such as ^NSEI, MID150BEES.NS"),
    field("Lots, for whole contracts (optional)", controls.lots,
      "A line each: ticker, units in one contract; then its price, if not the last close, and no, if it cannot be sold short."),
  ];
  const ask = async () => {
    const lots = readLots(controls.lots.value);
    const typed = controls.with.value.toUpperCase().split(/[\s,;]+/).filter(Boolean);
    const named = typed.length ? typed : lots.map(({ ticker }) => ticker);
    if (!named.length) throw new RangeError("Name at least one ticker to hedge with, such as ^NSEI.");
    const value = worth();
    if (lots.length && !valued && !isNumber(value)) {
      throw new RangeError("Whole lots need what the portfolio is worth: write it in the field Worth above.");
    }
    return post("portfolio/hedge", { ...body, with: named, ...(lots.length ? { lots } : {}),
      ...(isNumber(value) ? { value } : {}) }, { signal });
  };
  return asking("Show hedge", { kept, controls, fields, ask, draw: (found) => hedgeAnswer(found, seen) });
}

function hedgeAnswer(found, seen) {
  const hasLots = found.instruments.some((one) => isNumber(one.lots));
  const hasAmount = found.instruments.some((one) => isNumber(one.notional));
  const rows = found.instruments.map((one) => [one.ticker,
    ...(hasLots ? [isNumber(one.lots) ? units(one.lots) : "", isNumber(one.lot_size) ? units(one.lot_size) : ""] : []),
    ...(hasAmount ? [isNumber(one.notional) ? money(one.notional, found.currency) : ""] : []),
    number(one.ratio.estimate), bounds(one.ratio), number(one.ratio.t_stat), pValue(one.ratio.p_value)]);
  const columns = [{ title: "instrument", left: true },
    ...(hasLots ? [{ title: "lots", term: "whole contracts; negative are sold" }, { title: "lot", term: "units in one contract" }]
      : []),
    ...(hasAmount ? [{ title: "amount", term: hasLots ? "of the whole contracts" : "ratio times what the portfolio is worth" }]
      : []),
    { title: "ratio", term: "money in the instrument for one unit of money in the portfolio; negative is sold" }, INTERVAL,
    { title: "t", term: "ratio divided by its standard error" },
    { title: "p", term: "probability of a ratio so far from zero if the true one is zero" }];
  const betas = Object.keys(found.betas.before).map((code) => {
    const [old, now] = [found.betas.before[code], found.betas.after[code]];
    return [factor(code), number(old, digits(old, now)), number(now, digits(old, now))];
  });
  return [...first(hedged(found)), table("What to hold", columns, rows),
    table("Betas", [{ title: "factor", left: true }, { title: "before" },
      { title: "after", term: hasLots ? "with the whole contracts" : "with the hedge" }], betas),
    h("p", { class: "quiet" }, ofReturns(found)),
    h("p", { class: "quiet" }, "What these numbers leave out: a future is rolled when it expires, needs margin, and its price is ",
      "not that of its index; a fund has costs; and what moved together may not do so again."), ...said(found, seen)];
}

// What an answer warns of beyond `seen`, which the betas warn of.
const said = ({ warnings = [] }, seen) => warnings.filter((one) => !seen.includes(one))
  .map((one) => h("p", { class: "quiet" }, `Note: ${one.replace(/^[a-z_]+: /, "")}`));

/** What trades, or other holdings afterwards, would change. held: the holdings as lines; example: a ticker of them. */
export function whatIf(question, { kept, keptTo, held, example, seen, signal }) {
  const changes = { trades: text({ placeholder: `${example} -5%, CASH +5%` }) };
  const afterwards = { to: lines({ rows: 6, value: held }) };
  const byTrades = asking("Show change", {
    kept, controls: changes, draw: (found) => whatIfAnswer(found, seen),
    fields: [field("Trades, in per cent of the value", changes.trades, "such as RELIANCE -5%, CASH +5%; +10sh is shares")],
    ask: async () => post("portfolio/whatif", { ...question, trades: readTrades(changes.trades.value) }, { signal }),
  });
  const byHoldings = asking("Show change to these", {
    kept: keptTo, controls: afterwards, draw: (found) => whatIfAnswer(found, seen),
    fields: [field("The holdings afterwards, a line each", afterwards.to, "As above: any table of a broker works too.")],
    ask: async () => post("portfolio/whatif", { ...question, to: await holdingsOf(afterwards.to.value, signal) }, { signal }),
  });
  return [byTrades, h("details", { class: "other", open: Boolean(keptTo.found) },
    h("summary", {}, "Or write the holdings afterwards"), byHoldings)];
}

async function holdingsOf(written, signal) {
  if (!written.trim()) throw new RangeError("Write the holdings afterwards: a line each, such as RELIANCE, 50.");
  const plain = asHoldings(written);
  if (plain) return plain;
  return holdingsAsked((await readText(written, signal)).holdings);
}

/** A text of holdings as the server reads it: {holdings, warnings, worth}; warnings name the lines of the text. */
export async function readText(written, signal) {
  const { text: file, lines: numbers, worth = null } = asFile(written);
  try {
    const found = await post("portfolio/read", new Blob([file], { type: "text/csv" }), { signal });
    return { ...found, worth, warnings: (found.warnings ?? []).map((one) => withLines(one, numbers)) };
  } catch (error) {
    if (error.name !== "AbortError") error.message = withLines(error.message, numbers);
    throw error;
  }
}

/** Holdings that were read, as a question has them. */
export const holdingsAsked = (holdings) => holdings.map(({ ticker, weight, quantity }) =>
  (isNumber(quantity) ? { ticker, quantity } : { ticker, weight }));

function whatIfAnswer(found, seen) {
  const { original: before, rebalanced: after, change } = found;
  const risks = [["volatility", "volatility a year", "annualised standard deviation of returns", 1],
    ["value_at_risk", `loss of a bad ${day(found)}`, "VaR 95%: exceeded on one in twenty, for normal returns with a mean of zero", 2],
    ["expected_shortfall", `average bad ${day(found)}`, "ES 95%: the mean of the losses beyond VaR 95%", 2],
    ["tracking_error", `distance from ${found.benchmark}`, "tracking error: annualised volatility of the active return", 1]]
    .filter(([name]) => isNumber(before[name]))
    .map(([name, title, term, places]) => [h("abbr", { title: term }, title), percent(before[name], places),
      percent(after[name], places), inPoints(change[name]), ranged(found[`${name}_interval`]), ""]);
  const explained = [h("abbr", { title: "R²: share of the variance that the factors explain" }, "explained"),
    number(before.r_squared, 2, false), number(after.r_squared, 2, false), number(change.r_squared), "", ""];
  const betas = [["the market", before.market_beta, after.market_beta, change.market_beta],
    ...Object.entries(change.betas).map(([code, one]) => [factor(code), before.betas[code], after.betas[code], one])]
    .map(([name, old, now, one]) => {
      const places = placesOf(one);
      return [name, number(old, places), number(now, places), toned(number(one.estimate, places), one.estimate,
        isSignificant(one.p_value)), bounds(one, places), pValue(one.p_value)];
    });
  const rows = [...risks, explained, ...betas];
  return [...first(traded(found)), h("p", { class: "quiet" }, [count(found.observations, "return"),
    `turnover ${percent(found.turnover)}`, isNumber(found.value) && found.value !== found.value_after
      ? `worth ${money(found.value, found.currency)}, afterwards ${money(found.value_after, found.currency)}` : ""]
    .filter(Boolean).join(" · ")),
  ...(found.trades.length ? [tradesTable(found)] : []),
  table("Before and after", [{ title: "measure", left: true }, { title: "before" }, { title: "after" },
    { title: "change", term: "of a percentage in points" }, INTERVAL, { title: "p", term: "p-value of the change" }], rows,
  { rules: [risks.length] }),
  h("p", { class: "quiet" }, `Both portfolios are fitted on the same ${day(found)}s, at fixed weights; what a trade costs, its `,
    "tax, and whether the market takes it at this price are not in these numbers."), ...said(found, seen)];
}

const ranged = (range) => (range ? `${inPoints(range.low)} to ${inPoints(range.high)}` : "");

function tradesTable(found) {
  const { currency, trades: all } = found;
  const [hasShares, hasAmount] = ["shares", "amount"].map((name) => all.some((one) => isNumber(one[name])));
  const side = (one) => {
    if (one.ticker === "CASH" || (isNumber(one.amount) && Math.abs(one.amount) < 0.5)) return "";
    return (isNumber(one.amount) ? one.amount : one.to - one.from) > 0 ? "buy" : "sell";
  };
  const signed = (value, written) => `${value >= 0.5 ? "+" : ""}${written}`;
  const rows = all.map((one) => [one.ticker, side(one),
    ...(hasShares ? [isNumber(one.shares) ? signed(one.shares, units(Math.round(one.shares) || 0)) : ""] : []),
    ...(hasAmount ? [isNumber(one.amount) ? signed(one.amount, money(one.amount, currency)) : ""] : []),
    percent(one.from), percent(one.to), percent(one.to - one.from, 1, true)]);
  return table("Trades", [{ title: "trade", left: true }, { title: "side", left: true, unseen: true },
    ...(hasShares ? [{ title: "shares" }] : []), ...(hasAmount ? [{ title: "amount" }] : []),
    { title: "from", term: "weight before" }, { title: "to", term: "weight afterwards" }, { title: "change" }], rows);
}

/** Whether its exposures are other than a year, or another time, ago. */
export function drift(body, { kept, pictures, seen, signal }) {
  const controls = { since: h("input", { type: "date" }) };
  const fields = [field("Against the window that ended on", controls.since, "a year before this one if empty")];
  const ask = () => post("portfolio/drift", { ...body, pictures, ...(controls.since.value ? { since: controls.since.value } : {}) },
    { signal });
  return asking("Show changes", { kept, controls, fields, ask,
    draw: (found) => [...first(drifted(found)), ...changes(found, found.pictures?.drift), ...said(found, seen)] });
}

/** What it would have done in episodes of the past: all that have a name and prices, or one of own days. */
export function episodes(body, { kept, worth, pictures, seen, signal }) {
  const controls = { from: h("input", { type: "date" }), to: h("input", { type: "date" }) };
  const fields = [field("From (all known episodes if empty)", controls.from), field("To", controls.to)];
  const ask = async () => {
    const [from, to] = [controls.from.value, controls.to.value];
    if (Boolean(from) !== Boolean(to)) throw new RangeError("Give both days, the first and the last, or neither.");
    const [found, model] = await Promise.all([
      post("portfolio/episodes", { ...body, pictures, ...(from ? { episodes: [`${from}:${to}`] } : {}) }, { signal }),
      from ? null : get("model", { signal }).catch((error) => { if (error.name === "AbortError") throw error; }),
    ]);
    return { ...found, notes: Object.fromEntries((model?.episodes ?? []).map(({ name, note }) => [name, note])) };
  };
  return asking("Show the past", { kept, controls, fields, ask, draw: (found) => episodesAnswer(found, worth(), seen) });
}

function episodesAnswer({ results, notes, pictures }, worth, seen) {
  const amount = (one) => (isNumber(one.value_change) ? money(one.value_change, one.currency)
    : isNumber(worth) ? money(worth * one.own, CURRENCY) : "");
  const [hasAmount, hasNotes] = [results.some(amount), results.some((one) => notes[one.episode])];
  const replaced = results.some((one) => one.missing.length);
  const change = (value) => toned(percent(value, 1, true), value);
  const rows = results.map((one) => [one.episode, change(one.own), ...(hasAmount ? [amount(one)] : []), change(one.model),
    ...(replaced ? [one.missing.length ? h("abbr", { title: one.missing.join(", ") }, percent(one.replaced_weight, 0)) : ""] : []),
    percent(one.max_drawdown, 1, true), percent(one.worst_day.return, 1, true), one.worst_day.date, one.from, one.to,
    ...(hasNotes ? [h("span", { class: "note" }, notes[one.episode] ?? "")] : [])]);
  const columns = [{ title: "episode", left: true },
    { title: "own", term: "what really happened: today's weights on the stocks' own returns, bought and held" },
    ...(hasAmount ? [{ title: "amount", term: "of what it is worth today" }] : []),
    { title: "model", term: "what its betas say: today's betas on the factors' returns of those days, without alpha" },
    ...(replaced ? [{ title: "stood in", term: "weight of the stocks that were not listed then, which have the model's return" }]
      : []),
    { title: "largest fall", term: "maximum drawdown: from an earlier close" }, { title: "worst day" }, { title: "on" },
    { title: "from" }, { title: "to" }, ...(hasNotes ? [{ title: "what happened", left: true }] : [])];
  const codes = Object.keys(results[0].factor_returns);
  return [...first([worst(results, worth)]), figure(pictures.stress),
  table("Episodes of the past", columns, rows),
    table("What the factors did", [{ title: "episode", left: true }, ...codes.map((code) => ({ title: code, term: code === "MKT"
      ? "the market's return, with the risk-free rate" : "compounded return; of a volatility index the change of its level" }))],
    results.map((one) => [one.episode, ...codes.map((code) => percent(one.factor_returns[code], 1, true))])),
    h("p", { class: "quiet" }, EPISODES_METHOD), ...said(results[0], seen)];
}
