// What answers mean, in sentences: the same as those of the command's tables and reports. Pure functions.

import { NONE, count, isNumber, money, number, percent } from "../format.js";
import { factorWord } from "../words.js";

const SIGNIFICANT = 0.05;
const COARSE = 0.1; // half an interval from here on leaves one decimal that means something
const PERIODS = { weekly: "week", monthly: "month" };

/** What a return is of: session, week or month. */
export const period = (result) => PERIODS[result.frequency] ?? "session";
/** What people call that: day, week or month. */
export const day = (result) => PERIODS[result.frequency] ?? "day";
/** `a, b and c`. */
export const listed = (some) => (some.length > 1 ? `${some.slice(0, -1).join(", ")} and ${some.at(-1)}` : some.join(""));
/** `+0.12 to +0.34`; a dash where there is none. */
export const interval = (low, high, write) => (isNumber(low) && isNumber(high) ? `${write(low)} to ${write(high)}` : NONE);
/** The confidence interval of an estimate: `−0.70 to −0.12`; a dash where there is none. */
export const bounds = (one, places = 2) => interval(one.ci_low, one.ci_high, (value) => number(value, places));
/** Digits that a beta is shown with: a small one needs three. */
export const digits = (...betas) => (betas.every((beta) => Math.abs(beta ?? 0) < 0.1) ? 3 : 2);
export const isSignificant = (p) => isNumber(p) && p < SIGNIFICANT;
export const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** How sentences call a stock or a portfolio. */
export const subject = (result) => (result.ticker === "PORTFOLIO" ? "the portfolio" : result.ticker);

/** What happens to it when the market falls, with half the 95 % interval of the one-factor market beta. */
export function headline(beta, market) {
  const fit = beta.market_model;
  const exact = fit.std_error === 0 && Math.abs(fit.beta) > 1e-9;
  if (!exact && !isSignificant(fit.p_value)) {
    return `${capital(subject(beta))} does not move with ${market} in a way that can be told from chance.`;
  }
  const error = (fit.ci_high - fit.ci_low) / 2;
  const places = error >= COARSE ? 1 : 2;
  const plain = (value) => number(value, places, false);
  const about = isNumber(error) && fit.ci_low !== null && !exact ? `, give or take ${plain(error)}` : "";
  const time = { session: "", week: " in a week", month: " in a month" }[period(beta)];
  const verb = fit.beta > 0 ? "falls" : "rises";
  return `When ${market} falls 1%${time}, ${subject(beta)} ${verb} ${plain(Math.abs(fit.beta))}%${about}.`;
}

/** Falling and rising markets, other stocks, how much of the risk is its own, and its bad days. */
export function lead(beta, parts, others) {
  const told = [...asymmetry(beta), ...compared(beta, others)];
  if (parts) {
    told.push(
      `Of its risk, the variance of its returns, ${percent(parts.idiosyncratic)} is its own; the factors explain ` +
        `${percent(parts.systematic)}.`,
    );
    const bad = parts.historical;
    if (isNumber(bad.value_at_risk)) {
      told.push(
        `On the worst ${bad.worse_days} of ${count(bad.days, day(parts))} it lost ${percent(bad.value_at_risk)} or ` +
          `more, and ${percent(bad.expected_shortfall)} on average.`,
      );
    }
  }
  return told;
}

function asymmetry(beta) {
  const { asymmetry: gap, up, down } = beta.market_model;
  if (!gap || !isSignificant(gap.p_value)) return [];
  const more = Math.abs(down.estimate) > Math.abs(up.estimate) ? "more" : "less";
  return [
    `That is the average of all ${day(beta)}s: it moves ${more} with a falling market, ${number(down.estimate)}% per ` +
      `1%, than with a rising one, ${number(up.estimate)}%.`,
  ];
}

function compared(beta, others) {
  if (!others || !isNumber(others.median.market)) return [];
  const value = beta.market_model.beta;
  const all = others.stocks === others.total ? `all ${count(others.stocks, "stock")}`
    : `${others.stocks.toLocaleString("en-IN")} of ${count(others.total, "stock")}`;
  const middle = `the median of ${all} is ${number(others.median.market)}`;
  const range = others.range.market;
  if (!range) return [`Its market beta is ${number(value)}; ${middle}.`];
  const [low, high] = range;
  const place = value > high ? "above that of most stocks" : value < low ? "below that of most stocks" : "usual";
  return [
    `A market beta of ${number(value)} is ${place} in its sector, ${others.sector}: eight in ten of its ` +
      `${count(others.mates, "stock")} lie between ${number(low)} and ${number(high)}; ${middle}.`,
  ];
}

/** What the window returned above the risk-free rate, or nothing. */
export function returned(parts) {
  const name = isNumber(parts.attribution.linked.total) ? "linked" : "arithmetic";
  const { total } = parts.attribution[name];
  if (!isNumber(total)) return "";
  const how = name === "linked" ? "compounded" : "as a sum";
  return `Over the window the return was ${percent(Math.abs(total), 2)} ${total < 0 ? "below" : "above"} the risk-free ` +
    `rate, ${how}.`;
}

/** `MKT falls 10% and VOL rises 30% over 21 sessions`. */
export function scenario(answer, result, points = new Set()) {
  const sized = (code, size) => (points.has(code) ? `${size} points` : plainPercent(size));
  const moves = Object.entries(answer.shocks).map(([code, size]) => {
    const verb = size < 0 ? "falls" : size > 0 ? "rises" : "stays";
    return size === 0 ? `${called(code)} stays where it is` : `${called(code)} ${verb} ${sized(code, Math.abs(size))}`;
  });
  return `${listed(moves)} over ${count(answer.horizon, period(result))}`;
}

const called = (code) => (factorWord(code) === code ? code : `${code} (${factorWord(code).toLowerCase()})`);
const plainPercent = (size) => `${Number((size * 100).toPrecision(6))}%`;

/** What would be expected, in per cent and, where it is known, in money. */
export function expected(answer, result, points = new Set()) {
  const size = percent(Math.abs(answer.change));
  const verb = size === "0.0%" ? "change by 0.0%" : `${answer.change < 0 ? "lose" : "gain"} ${size}`;
  const amount = isNumber(answer.value_change) && result.currency
    ? `, about ${money(Math.abs(answer.value_change), result.currency)} of ${money(result.value, result.currency)}`
    : "";
  return `If ${scenario(answer, result, points)}, ${subject(result)} would be expected to ${verb}${amount}.`;
}

/** How sure that is, in words. */
export function howSure(answer) {
  const signed = (value) => percent(value, 1, true);
  const range = `95% interval ${interval(answer.ci_low, answer.ci_high, signed)}`;
  if (answer.ci_low * answer.ci_high > 0) {
    const side = answer.change < 0 ? "a loss" : "a gain";
    return `In about 95 of 100 such cases it is ${side} between these bounds: ${range}.`;
  }
  return `A ${answer.change < 0 ? "gain" : "loss"} is possible, too: ${range}.`;
}

/** What the uncertainty is made of. */
export function uncertainty(answer) {
  const { factors, betas, idiosyncratic } = answer.variance;
  const total = factors + betas + idiosyncratic;
  if (!(total > 0)) return "The factors explain it wholly: the change is not uncertain.";
  const share = (part) => percent(part / total, 0);
  const moves = answer.others === "conditional" ? `${share(factors)} is the moves of the other factors, ` : "";
  return `Of the uncertainty (standard error ${percent(Math.sqrt(total))}; shares of its square), ` +
    `${share(idiosyncratic)} is what no factor explains, ${moves}and ${share(betas)} the errors of the betas.`;
}

/** Which stocks are most like it, and whether that says anything. */
export function alike(result) {
  if (!result.peers.length) return [`There is no stock to compare ${result.ticker} with.`];
  const names = (some) => (some.length > 5 ? `${some.slice(0, 5).join(", ")} and ${some.length - 5} more` : listed(some));
  const told = [`Most like ${result.ticker}: ${names(result.peers.map((peer) => peer.ticker))}.`];
  const equal = result.peers.filter((peer) => !isSignificant(peer.p_equal)).map((peer) => peer.ticker);
  if (!equal.length) told.push("The betas of each of these differ from its own by more than chance.");
  else if (equal.length === result.peers.length) {
    told.push("None of them can be told apart from it by its betas (p ≥ 0.05).");
  } else told.push(`Of these, ${names(equal)} cannot be told apart from it by its betas (p ≥ 0.05).`);
  const noisy = result.peers.filter((peer) => peer.noisy).map((peer) => peer.ticker);
  if (result.noisy) {
    told.push("But its betas are known less well than stocks differ: indistinguishable is not alike.");
  } else if (noisy.length) {
    told.push(`The betas of ${names(noisy)} are known less well than stocks differ: indistinguishable is not alike.`);
  }
  return told;
}

/** Which holding is the largest part of the risk, and how much the holdings offset each other. */
export function heldRisk(portfolio, volatility) {
  const held = portfolio.holdings.filter((one) => isNumber(one.risk_contribution));
  if (held.length < 2) return [];
  const first = held.reduce((a, b) => (b.risk_contribution > a.risk_contribution ? b : a));
  const told = [
    `The largest part of its risk is ${first.ticker}: ${percent(first.risk_contribution)} of it, with ` +
      `${percent(first.weight)} of the value.`,
  ];
  const ratio = portfolio.diversification_ratio;
  if (isNumber(ratio)) {
    told.push(
      `The swings of its holdings add up to ${percent(volatility * ratio)} a year; as they partly cancel, its own ` +
        `volatility is ${percent(volatility)} (diversification ratio ${number(ratio, 2, false)}).`,
    );
  }
  return told;
}
