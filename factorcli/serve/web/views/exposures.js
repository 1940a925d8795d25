// Tables of exposures, of risk and of return, each below its picture (of `pictures`) if it has one: of a stock and of a portfolio alike.

import { isNumber, number, pValue, percent } from "../format.js";
import { term, word } from "../words.js";
import { figure } from "../charts.js";
import { h } from "../dom.js";
import { factor, paragraphs, table, toned } from "./parts.js";
import { bounds, day, digits, interval, isSignificant, returned } from "./sentences.js";

const ONE_FACTOR = {
  market: ["the market", (days) => `beta of the one-factor market model, over all ${days}`],
  up: ["when it rises", (days) => `beta to the market on ${days} on which it rises (one-factor model)`],
  down: ["when it falls", (days) => `beta to the market on ${days} on which it falls (one-factor model)`],
};

/** Betas with their intervals and tests, beside those of other stocks where they are known. */
export function exposures(beta, others = null, picture = null) {
  const { market_model: market } = beta;
  const rows = [
    ["market", { ...market, estimate: market.beta }],
    ...(market.up ? [["up", market.up], ["down", market.down]] : []),
    ...Object.entries(beta.betas).map(([code, fit]) => [code, { ...fit, estimate: fit.beta }]),
  ];
  const hasSector = Boolean(others?.sector);
  const columns = [
    { title: "moves with", term: "factor of the regression", left: true },
    { title: "beta", term: "change of the return, in per cent, for each 1 % of the factor, the others held constant" },
    { title: "95% interval", term: term("interval") },
    ...(hasSector ? [{ title: "its sector", term: `eight in ten of the ${others.mates} stocks of ${others.sector}` }] : []),
    ...(others ? [{ title: "all stocks", term: `median of ${others.stocks} stocks` }] : []),
    { title: "t", term: term("t_stat") },
    { title: "p", term: "probability of an estimate so far from zero if the true one is zero" },
  ];
  const cells = rows.map(([code, fit]) => {
    const sure = isSignificant(fit.p_value) || fit.std_error === 0;
    const places = digits(fit.estimate);
    const range = others?.range[code] ?? null;
    const middle = others?.median[code] ?? null;
    return [
      ONE_FACTOR[code] ? h("abbr", { title: ONE_FACTOR[code][1](`${day(beta)}s`) }, ONE_FACTOR[code][0]) : factor(code),
      toned(number(fit.estimate, places), fit.estimate, sure),
      bounds(fit, places),
      ...(hasSector ? [range ? interval(...range, (value) => number(value, places)) : ""] : []),
      ...(others ? [isNumber(middle) ? number(middle, places) : ""] : []),
      number(fit.t_stat),
      pValue(fit.p_value),
    ];
  });
  return [figure(picture), table("Exposures, with their intervals", columns, cells, { rules: [market.up ? 2 : 0] }),
    others && others.asOf !== beta.as_of ? h("p", { class: "quiet" },
      `The other stocks are those of the heatmap to ${others.asOf}, this window ends on ${beta.as_of}.`) : null];
}

/** What the risk is made of: the share of each factor. */
export function shares(parts, picture = null) {
  const found = { ...parts.contributions, idiosyncratic: parts.idiosyncratic };
  const rows = Object.entries(found).map(([code, share]) => [
    code === "idiosyncratic" ? own() : factor(code),
    percent(share, 1, true),
    percent(parts.volatility_points[code], 1, true),
    percent(parts.value_at_risk.contributions[code], 2, true),
  ]);
  rows.push(["total", "100.0%", percent(parts.volatility), percent(parts.value_at_risk.total, 2)]);
  const columns = [
    { title: "source of risk", left: true },
    { title: "share", term: "share of the variance of the returns (Euler)" },
    { title: "ups and downs a year", term: term("volatility") },
    { title: `a bad ${day(parts)}`, term: `value at risk: the loss that 1 ${day(parts)} in 20 exceeds, for normal returns` },
  ];
  const { historical: bad } = parts;
  const count = Object.keys(parts.contributions).length;
  return [
    figure(picture),
    table("Shares of the risk", columns, rows, { rules: [count - 1, count] }),
    h("p", { class: "quiet" }, "A negative share is a hedge. On the window's own returns the loss that 1 ",
      `${day(parts)} in 20 exceeds was ${percent(bad.value_at_risk, 2)}, and the average of those ${day(parts)}s `,
      `${percent(bad.expected_shortfall, 2)}.`),
  ];
}

/** What tables call the part that no factor explains. */
export const own = () => h("abbr", { title: "idiosyncratic: what no factor explains" }, "its own");

/** Where the return came from: the compounded parts, beside their simple sums. */
export function attribution(parts, picture = null) {
  const { linked, arithmetic } = parts.attribution;
  const shown = isNumber(linked.total) ? linked : arithmetic;
  const names = [
    ["alpha", h("abbr", { title: term("alpha") }, "alpha")],
    ...Object.keys(parts.contributions).map((code) => [code, factor(code)]),
    ["residual", h("abbr", { title: "residual of the regression, and of linking its parts" }, "residual")],
    ["excluded", h("abbr", { title: "returns that the price gate left out of the fit" }, `${day(parts)}s left out`)],
    ["jumps", h("abbr", { title: "returns that the price gate took for errors in this price" }, "jumps left out")],
  ];
  const of = (source, code) => source[code] ?? source.factors[code];
  const kept = names
    .filter(([code]) => !["excluded", "jumps"].includes(code) || of(linked, code) || of(arithmetic, code));
  const compounded = (value) => (shown === linked ? [percent(value, 2, true)] : []);
  const rows = kept.map(([code, name]) => [
    name, ...compounded(of(linked, code)), percent(of(arithmetic, code), 2, true)]);
  rows.push(["total", ...compounded(linked.total), percent(arithmetic.total, 2, true)]);
  const columns = [
    { title: "source of return", left: true },
    ...(shown === linked ? [{ title: "compounded", term: "linked to the compounded return of the window" }] : []),
    { title: "sum", term: `arithmetic sum of the returns of the ${day(parts)}s` },
  ];
  return [...paragraphs([returned(parts)]), figure(picture),
    table("Parts of the return above the risk-free rate", columns, rows, { rules: [rows.length - 2] })];
}

/** Key numbers of a fit and its risk. */
export function keyFacts(beta, parts) {
  return [
    ["With the market", `${number(beta.market_model.beta)} (${bounds(beta.market_model)})`, term("market")],
    ["Explained by the factors", percent(beta.r_squared), term("r_squared")],
    [word("volatility"), percent(beta.volatility), term("volatility")],
    [word("residual_volatility"), percent(beta.residual_volatility), term("residual_volatility")],
    ["Alpha a year", `${percent(beta.alpha.annual, 1, true)} (t ${number(beta.alpha.t_stat)})`, term("alpha")],
    ...(parts ? [[`A bad ${day(parts)} or worse`, percent(parts.historical.value_at_risk, 2), "historical value at risk, 95 %"]] : []),
    ["From", `${beta.start} to ${beta.as_of}`, "first and last day of the window"],
    ["Returns used", beta.observations.toLocaleString("en-IN"), "observations of the regression"],
  ];
}
