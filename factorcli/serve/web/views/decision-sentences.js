// What decisions mean, in the sentences of the command's tables: changes, episodes, hedges, trades. Pure functions.

import { CURRENCY, count, isNumber, money, number, percent, pValue } from "../format.js";
import { bounds, capital, day, isSignificant, listed, period, subject } from "./sentences.js";

const ONE_FACTOR = "market β (one factor)";
const MOST_TOLD = 2; // changes that have a sentence each
const YEAR = [350, 380]; // calendar days
const MONTH = 30.44;
const DAY_MS = 86_400_000;
const NEAR_ZERO = 0.1; // below it, a precise number has three decimals

/** Digits of a tested estimate, or of the values that it is the difference of. */
export const placesOf = (one, ...values) => ((values.length ? values : [one.estimate])
  .every((value) => isNumber(value) && Math.abs(value) < NEAR_ZERO) && isNumber(one.std_error) && one.std_error < 0.05 ? 3 : 2);

const write = (text) => (text.startsWith("the ") ? capital(text) : text);

// Changes of exposures.

/** The codes with a test, by ascending p-value. */
export const surest = (changes) => Object.keys(changes).filter((code) => isNumber(changes[code].p_value))
  .sort((a, b) => changes[a].p_value - changes[b].p_value);

/** Whether the exposures have changed, a sentence each. */
export function drifted(result) {
  const { changes, market, joint_test: test } = result;
  const [name, past] = [subject(result), ago(result)];
  const sure = [...(isSignificant(market.p_value) ? [ONE_FACTOR] : []),
    ...surest(changes).filter((code) => isSignificant(changes[code].p_value))];
  const told = sure.slice(0, MOST_TOLD).map((code) => changed(result, code, past));
  const more = sure.slice(MOST_TOLD);
  if (more.length) {
    told.push(`Of the other changes ${more.length === 1 ? "that" : "those"} of ${listed(more)} ` +
      `${more.length === 1 ? "is" : "are"} significant, too.`);
  }
  if (!isNumber(test.p_value)) return [...told, `There is no joint test of the changes of ${name}.`];
  const joint = `(joint p ${pValue(test.p_value)})`;
  if (isSignificant(test.p_value)) {
    return told.length ? [...told, `Together the changes are significant at 5% ${joint}.`]
      : [`The exposures of ${name} are not what they were ${past}, though no single change is sure ${joint}.`];
  }
  if (!sure.length) {
    return [`No change is significant at 5%: the exposures of ${name} are not surely other than ${past} ${joint}.`];
  }
  const chance = `by itself is, which happens by chance among ${Object.keys(changes).length + 1} betas`;
  return [`Together the changes of ${name} since ${result.from_as_of} are not significant at 5% ${joint}.`,
    sure.length === 1 ? `The change of ${sure[0]} ${chance}.` : `Each of ${listed(sure)} ${chance}.`];
}

function changed(result, code, past) {
  const one = code === ONE_FACTOR ? result.market : result.changes[code];
  const places = placesOf(one, one.before, one.after);
  const [before, after, size] = [one.before, one.after, one.estimate].map((value) => number(value, places));
  const what = code === ONE_FACTOR ? "the market" : code;
  const turned = one.after < 0 ? ["negatively", "positively"] : ["positively", "negatively"];
  const direction = one.before * one.after < 0
    ? `is now exposed to ${what} ${turned[0]}, and was ${turned[1]} ${past}`
    : `is now ${Math.abs(one.after) > Math.abs(one.before) ? "more" : "less"} exposed to ${what} than ${past}`;
  return `${write(subject(result))} ${direction}: ${before} → ${after}, a change of ${size} (95% interval ` +
    `${bounds(one, places)}).`;
}

function ago(result) {
  const days = Math.round((new Date(result.to_as_of) - new Date(result.from_as_of)) / DAY_MS);
  if (days >= YEAR[0] && days <= YEAR[1]) return "a year ago";
  const months = Math.max(1, Math.round(days / MONTH));
  return months === 1 ? "a month ago" : `${months} months ago`;
}

/** The joint test of all changes; empty where there is none. */
export const jointTest = ({ joint_test: test }) => (isNumber(test.f_stat)
  ? `Joint test of all changes, MKT too: F(${test.numerator}, ${number(test.denominator, 0, false)}) = ` +
    `${number(test.f_stat, 2, false)}, p ${pValue(test.p_value)}, ${test.covariance.toUpperCase()} errors` : "");

/** That the windows share days; empty where they do not. */
export function overlap(result) {
  const shared = Math.max(0, result.window - result.shift);
  return shared ? `The two windows share ${count(shared, period(result))}, which the errors allow for.` : "";
}

// Episodes of the past.

export const EPISODES_METHOD = "own: today's weights on the stocks' own returns, from the last close before the first day to " +
  "the last close by the last day, bought and held, with no session left out. model: today's betas on the factors' returns " +
  "of those days, with the risk-free rate and without alpha; it also stands in for what was not listed then. Where the two " +
  "differ, the stock's exposures were others then, or something of its own happened.";

/** The worst of some episodes, and that it is the worst where there are others; first those of an amount of money. */
export function worst(results, worth = null) {
  const one = results.reduce((a, b) => (b.own < a.own ? b : a));
  const among = results.length > 1 ? ` That is the worst of these ${results.length} episodes.` : "";
  return `${happened(one, worth)}.${among}`;
}

function happened(one, worth) {
  const [size, currency] = isNumber(one.value_change) ? [one.value_change, one.currency]
    : isNumber(worth) ? [worth * one.own, CURRENCY] : [null, ""];
  const amount = size === null || !currency ? "" : `, ${money(Math.abs(size), currency)} of what it is worth today`;
  const own = `${one.own < 0 ? "lost" : "gained"} ${percent(Math.abs(one.own))}${amount}`;
  const days = `${one.from} to ${one.to}`;
  const when = one.episode.includes(":") ? `From ${days}` : `In ${one.episode} (${days})`;
  if (one.missing.includes(one.ticker)) return `${when} ${subject(one)} was not listed; by its betas it would have ${own}`;
  return `${when} ${subject(one)} ${own}; today's betas say ${percent(one.model, 1, true)}`;
}

// Hedges.

const moves = (before, after) => {
  const [first, second] = [percent(before), percent(after)];
  return first === second ? `stays ${first}` : `${after < before ? "falls" : "rises"} from ${first} to ${second}`;
};
const verb = (amount) => (amount < 0 ? "sell" : "buy");

/** What to buy and sell and what that does; how it did when tried out; how sure the amounts are; what is held at 0. */
export const hedged = (result) => [`${action(result)}${effect(result)}.`, later(result), ...sureness(result)];

const isHeld = (one) => (isNumber(one.lots) ? one.lots : one.ratio.estimate) !== 0;

function action(result) {
  const held = result.instruments.filter(isHeld);
  if (!held.length) return `Hold none of ${listed(result.instruments.map((one) => one.ticker))}: `;
  if (!isNumber(result.value)) {
    const amounts = held.map(({ ratio, ticker }) => `${verb(ratio.estimate)} ${amount(ratio.estimate, result)} of ${ticker}`);
    return `For every ${money(100, result.currency)} in ${position(result)}, ${listed(amounts)}: `;
  }
  return capital(`${listed(held.map((one) => `${verb(one.notional ?? 0)} ${quantity(one, result)}`))}: `);
}

function quantity(one, result) {
  const worth = money(Math.abs(one.notional ?? 0), result.currency);
  if (!isNumber(one.lots) || !isNumber(one.lot_size)) return `${worth} of ${one.ticker}`;
  if (one.lot_size === 1) return `${units(Math.abs(one.lots))} of ${one.ticker} (${worth})`;
  return `${count(Math.abs(one.lots), "lot")} of ${units(one.lot_size)} ${one.ticker} (${worth})`;
}

/** Contracts, or the units of one. */
export const units = (value) => value.toLocaleString("en-US", { maximumSignificantDigits: 10 }).replace("-", "−");

function effect(result) {
  const { before, after, after_lots: whole } = result.volatility;
  if (!result.instruments.some(isHeld)) return `the volatility of ${position(result)} stays ${percent(before)} a year`;
  const text = `the volatility of ${position(result)} ${moves(before, whole ?? after)} a year`;
  return isNumber(whole) ? `${text} (${percent(after)} if lots could be split)` : text;
}

function position(result) {
  const name = subject(result);
  if (!isNumber(result.value)) return name;
  const worth = money(result.value, result.currency);
  return result.ticker === "PORTFOLIO" ? `${name} (${worth})` : `${worth} in ${name}`;
}

function later(result) {
  const found = result.out_of_sample;
  const split = isNumber(result.volatility.after_lots) ? ", had lots been split" : "";
  return `Tried out: hedged with the ratios of the first ${count(result.observations - found.sessions, period(result))}` +
    `${split}, the volatility over the last ${found.sessions} ${moves(found.before, found.after)}.`;
}

function sureness(result) {
  const certain = result.instruments.filter((one) => isNumber(one.ratio.ci_low));
  const unsold = result.instruments.filter((one) => one.ratio.estimate === 0 && !isNumber(one.ratio.ci_low));
  const of = (isNumber(result.value) ? "" : ` for every ${money(100, result.currency)}`) +
    (isNumber(result.volatility.after_lots) ? ", if lots could be split" : "");
  return [
    certain.length ? `How sure: at 95%, ${certain.map((one) => between(one, result)).join("; ")}${of}.` : "",
    unsold.length ? `Held at 0: ${listed(unsold.map((one) => one.ticker))}, which would have to be sold short, and cannot be.`
      : "",
  ].filter(Boolean);
}

function between({ ratio, ticker }, result) {
  const { ci_low: low, ci_high: high } = ratio;
  const [first, second] = [amount(low, result), amount(high, result)];
  if (low < 0 && high > 0) return `from selling ${first} to buying ${second} of ${ticker}`;
  const [least, most] = high <= 0 ? [second, first] : [first, second];
  return `${verb(low + high)} ${least} to ${most} of ${ticker}`;
}

const amount = (ratio, result) => money(Math.abs(ratio * (result.value ?? 100)), result.currency);

/** Which returns the ratios are of, and what a ratio is. */
export const ofReturns = (result) => `${count(result.observations, "return")} in common in ` +
  `${count(result.window, period(result))} to ${result.as_of}. A ratio is money in the instrument for one unit of money in ` +
  `${subject(result)}, negative sold; it is the least-squares one, with the errors of its regression.`;

// Trades.

/** What trades do to the risk and to the loss of a bad day, and how sure that is. */
export function traded(result) {
  const { original: before, rebalanced: after, trades } = result;
  const [old, now] = [percent(before.volatility), percent(after.volatility)];
  if (!trades.length) return [`Nothing is traded, so nothing changes: the volatility stays at ${old} a year.`];
  const one = trades.filter(({ ticker }) => ticker !== "CASH").length === 1;
  const [who, s] = one ? ["This trade", "s"] : ["These trades", ""];
  const risk = old === now ? `${who} leave${s} the volatility at ${now} a year`
    : `${who} ${after.volatility < before.volatility ? "lower" : "raise"}${s} the volatility from ${old} to ${now} a year`;
  const sizes = [before.value_at_risk * (result.value ?? 1), after.value_at_risk * (result.value_after ?? 1)];
  const losses = sizes.map((size) => (isNumber(result.value) ? money(size, result.currency) : percent(size, 2)));
  const bad = `on a bad ${day(result)} (1 in 20) the loss`;
  const loss = losses[0] === losses[1] ? `${bad} stays at ${losses[0]} or more`
    : `${bad} ${sizes[1] < sizes[0] ? "falls" : "rises"} from at least ${losses[0]} to at least ${losses[1]}`;
  return [`${risk}; ${loss}.`, certainty(result)];
}

/** A difference of two percentages. */
export const inPoints = (value) => number(isNumber(value) ? 100 * value : value);

function certainty(result) {
  const { change, volatility_interval: range, tracking_error_interval: active } = result;
  const market = change.market_beta;
  const points = ({ low, high }) => `${inPoints(low)} to ${inPoints(high)}`;
  const told = [`How sure: the volatility changes by ${inPoints(change.volatility)} points, 95% interval ${points(range)}, ` +
    `which ${range.low <= 0 && range.high >= 0 ? "may be" : "is more than"} chance`];
  if (isNumber(market.ci_low)) {
    const places = placesOf(market);
    told.push(`the market β changes by ${number(market.estimate, places)}, 95% interval ${bounds(market, places)}`);
  }
  if (active) {
    told.push(`the tracking error against ${result.benchmark} by ${inPoints(change.tracking_error)} points, 95% interval ` +
      points(active));
  }
  return `${told.join("; ")}.`;
}

// Benchmarks.

/** How far the return of a year is from the benchmark's, and which part of that is largest. */
export function distance(active) {
  const error = percent(active.tracking_error);
  if (active.tracking_error === 0) return [`Tracking error ${error}, as the two are the same.`];
  const [low, high] = [percent(active.tracking_error_low), percent(active.tracking_error_high)];
  const parts = Object.entries(active.contributions);
  const [code, share] = parts.reduce((a, b) => (b[1] > a[1] ? b : a));
  const clear = Object.keys(active.betas).filter((one) => isSignificant(active.betas[one].p_value));
  return [
    `Tracking error ${error} a year, 95% interval ${low} to ${high}: in two years of three the return is within ` +
      `${number(100 * active.tracking_error, 1, false)} points of the benchmark's, for normal returns with the same mean.`,
    `${percent(share, 0)} of the active variance is ${code === "idiosyncratic" ? "what no factor explains" : code}; ` +
      `${clear.length ? `betas differ from the benchmark's at 5% in ${clear.join(", ")}` : "no beta differs at 5%"}.`,
  ];
}
