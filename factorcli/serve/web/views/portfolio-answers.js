// What there is to say of a portfolio that was read: exposures, risk by holding, stress, hedge, what-if, report.

import { post } from "../api.js";
import { button, download, field, h, replace } from "../dom.js";
import { money, number, percent } from "../format.js";
import { address } from "../router.js";
import { factorWord } from "../words.js";
import { attribution, bounds, exposures, keyFacts, shares } from "./exposures.js";
import { bar, scaleOf } from "./figures.js";
import { readTrades } from "./holdings-text.js";
import { others } from "./others.js";
import { PICTURE, busy, factor, facts, failure, notice, paragraphs, section, table, toned, warnings } from "./parts.js";
import { digits, headline, hedged, heldRisk, known, lead, traded } from "./sentences.js";
import { MARKET } from "./stock.js";
import { inPoints, stressPanel } from "./stress-panel.js";

const FALL = { MKT: -0.1 }; // what is shown first

/**
 * Fill a place with the answers to `asked`, {question, results}: those it has, and the rest as they arrive; the betas
 * before all others. Rejects where there are no betas.
 */
export async function answers(place, asked, { heatmap = null, signal }) {
  const { question, results } = asked;
  const ask = async (name, more = {}) => {
    results[name] ??= post(`portfolio/${name}`, { ...question, ...more }, { signal });
    try {
      return await results[name];
    } catch (error) {
      delete results[name];
      throw error;
    }
  };
  const parts = Object.fromEntries([["exposures", "What it moves with"], ["holdings", "Risk by holding"],
    ["risk", "What its risk is made of"], ["return", "Where its return came from"], ["stress", "What if"],
    ["hedge", "Hedge"], ["whatif", "What if I trade"], ["quality", "Data quality"]]
    .map(([id, title]) => [id, section(title, id, id === "hedge" || id === "whatif" ? "low" : "high")]));
  const head = h("div", { class: "waiting head" });
  replace(place, head, Object.values(parts).map((one) => one.element));
  let beta;
  try {
    beta = await ask("betas");
  } catch (error) {
    if (!signal.aborted) replace(place);
    throw error;
  }
  const body = { ...question };
  delete body.benchmark; // which means nothing for the others
  head.className = "head";
  replace(head, beta.cache.stale ? notice(`Old numbers: computed at ${beta.cache.computed_at}.`) : null,
    h("p", { class: "headline" }, headline(beta, MARKET)), h("p", { class: "actions" }, report(body, signal)));
  parts.exposures.fill(facts([...worth(beta), ...keyFacts(beta, null)]),
    ...exposures(beta, heatmap ? others(heatmap, null) : null), ...active(beta));
  parts.holdings.fill(...holdings(beta));
  parts.quality.fill(warnings(beta));
  parts.hedge.fill(hedge(beta, body, signal));
  parts.whatif.fill(whatIf(beta, question, signal));
  await Promise.all([
    ask("decompose").then((found) => {
      head.querySelector(".headline").after(...paragraphs(lead(beta, found, null), { class: "lead" }));
      parts.risk.fill(...shares(found));
      parts.return.fill(...attribution(found));
    }, (error) => failed([parts.risk, parts.return], error)),
    ask("stress", { shocks: shocks(beta), benchmark: undefined }).then(async (found) => {
      parts.stress.fill(h("p", {}, "Move a factor: the answer is computed here while you do."), stressPanel(found, {
        points: await inPoints(found, signal), down: beta.market_model.down?.estimate ?? null,
        holdings: beta.portfolio.holdings }));
    }).catch((error) => failed([parts.stress], error)),
  ]);
}

const shocks = (beta) => ("MKT" in beta.betas ? FALL : { [Object.keys(beta.betas)[0]]: -0.1 });

function failed(places, error) {
  if (error.name !== "AbortError") for (const one of places) one.fill(failure(error));
}

const worth = ({ portfolio }) => (known(portfolio.value) ? [["Worth", money(portfolio.value, portfolio.currency)]] : []);

function active({ active: found }) {
  if (!found) return [];
  const rows = Object.entries(found.betas).map(([code, one]) =>
    [factor(code), toned(number(one.estimate, digits(one.estimate)), one.estimate, one.p_value < 0.05), bounds(one)]);
  return [h("h3", {}, `Against ${found.benchmark}`),
    h("p", {}, `Its distance from the benchmark (tracking error) is ${percent(found.tracking_error)} a year.`),
    table(`Exposures beyond those of ${found.benchmark}`, [{ title: "factor", left: true },
      { title: "beta", term: "beta of the active return: the portfolio's minus the benchmark's" },
      { title: "95% interval" }], rows)];
}

function holdings(beta) {
  const { portfolio } = beta;
  const held = portfolio.holdings.toSorted((a, b) => (b.risk_contribution ?? 0) - (a.risk_contribution ?? 0));
  const at = scaleOf(held.map((one) => one.risk_contribution));
  const codes = Object.keys(beta.betas);
  const quantities = held.some((one) => known(one.quantity));
  const name = (one) => h("a", { href: address(["stock", one.ticker]) }, one.ticker);
  const rows = held.map((one) => [name(one), one.name ?? "",
    ...(quantities ? [one.quantity?.toLocaleString("en-IN").replace("-", "−") ?? ""] : []),
    percent(one.weight), percent(one.risk_contribution), bar(at, 0, one.risk_contribution),
    percent(-one.incremental_risk, 1, true), number(one.market_beta),
    ...codes.map((code) => number(one.beta_contributions[code], code === "VOL" ? 3 : 2)), percent(one.return, 1, true)]);
  const empty = quantities ? [""] : [];
  if (portfolio.cash) {
    rows.push(["cash", "", ...empty, percent(portfolio.cash), "0.0%", "", "", "", ...codes.map(() => ""), ""]);
  }
  rows.push(["total", "", ...empty, "100.0%", percent(sum(held.map((one) => one.risk_contribution))), "", "",
    number(beta.market_model.beta), ...codes.map((code) => number(beta.betas[code].beta, code === "VOL" ? 3 : 2)), ""]);
  const columns = [{ title: "holding", left: true }, { title: "name", left: true },
    ...(quantities ? [{ title: "shares" }] : []), { title: "weight" },
    { title: "risk", term: "share of the variance of the portfolio" }, PICTURE,
    { title: "if sold", term: "change of the annual volatility if the holding were cash" },
    { title: "market", term: "its own beta of the one-factor market model; of the total, the portfolio's" },
    ...codes.map((code) => ({ title: code, term: `${factorWord(code)}: contribution to the portfolio's beta, weight times beta` })),
    { title: "return", term: "of the stock's price over the window" }];
  return [...paragraphs(heldRisk(portfolio, beta.volatility)),
    table("Holdings, the largest part of the risk first", columns, rows, { rules: [rows.length - 2] })];
}

const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);

function report(body, signal) {
  const place = h("span", {});
  const ask = button("Report as a file", () => busy(ask, place, async () =>
    download("portfolio.html", await post("portfolio/report", body, { signal, as: "blob" }))));
  return [ask, " ", place];
}

function asking(label, controls, answer) {
  const place = h("div", { class: "asked", "aria-live": "polite" });
  const send = h("button", { type: "submit" }, label);
  return h("div", {}, h("form", { class: "controls", novalidate: true, on: { submit: (event) => {
    event.preventDefault();
    replace(place, h("p", { class: "quiet" }, "Computing…"));
    busy(send, place, async () => replace(place, await answer()));
  } } }, controls, send), place);
}

function hedge(beta, body, signal) {
  const { portfolio } = beta;
  const instruments = h("input", { type: "text", value: "^NSEI", autocomplete: "off" });
  const value = h("input", { type: "text", inputmode: "numeric", autocomplete: "off", placeholder: "1000000" });
  const controls = [field("With (tickers)", instruments, "such as ^NSEI, MID150BEES.NS"),
    ...(known(portfolio.value) ? [] : [field("Worth (optional)", value)])];
  return asking("Show hedge", controls, async () => {
    const named = instruments.value.toUpperCase().split(/[\s,;]+/).filter(Boolean);
    if (!named.length) throw new RangeError("Name at least one ticker to hedge with, such as ^NSEI.");
    const worth = Number(value.value.replace(/[,\s₹]/g, ""));
    const hasWorth = value.value.trim() !== "";
    if (hasWorth && !(worth > 0)) throw new RangeError("Write what the portfolio is worth as a number, such as 1000000.");
    const asked = { ...body, with: named, ...(hasWorth ? { value: worth } : {}) };
    const found = await post("portfolio/hedge", asked, { signal });
    const rows = found.instruments.map((one) => [one.ticker, number(one.ratio.estimate), bounds(one.ratio),
      known(one.notional) ? money(one.notional, found.currency) : "–"]);
    const betas = Object.keys(found.betas.before).map((code) => {
      const [old, now] = [found.betas.before[code], found.betas.after[code]];
      return [factor(code), number(old, digits(old, now)), number(now, digits(old, now))];
    });
    const [first, ...rest] = hedged(found);
    return [h("p", { class: "headline" }, first), ...paragraphs(rest),
      table("What to hold", [{ title: "instrument", left: true },
        { title: "ratio", term: "money in the instrument for one unit of money in the portfolio; negative is sold" },
        { title: "95% interval" }, { title: "amount" }], rows),
      table("Betas", [{ title: "factor", left: true }, { title: "before" }, { title: "after" }], betas),
      h("p", { class: "quiet" }, "A future is rolled when it expires, needs margin, and its price is not that of its index; a " +
        "fund has costs; and what moved together may not do so again.")];
  });
}

function whatIf(beta, question, signal) {
  const trades = h("input", { type: "text", autocomplete: "off", placeholder: `${example(beta)} -5%, CASH +5%` });
  const controls = [field("Trades, in per cent of the value", trades, "such as RELIANCE -5%, CASH +5%; +10sh is shares")];
  return asking("Show change", controls, async () => {
    const found = await post("portfolio/whatif", { ...question, trades: readTrades(trades.value) }, { signal });
    const { original: before, rebalanced: after, change } = found;
    const rows = [
      ["the market", number(before.market_beta), number(after.market_beta), number(change.market_beta.estimate),
        bounds(change.market_beta)],
      ...Object.entries(change.betas).map(([code, one]) => {
        const places = digits(before.betas[code], after.betas[code]);
        return [factor(code), number(before.betas[code], places), number(after.betas[code], places),
          number(one.estimate, Math.max(places, 2)), bounds(one, places)];
      }),
      ...["volatility", "value_at_risk", "expected_shortfall", "r_squared", "tracking_error"].filter((name) => known(before[name]))
        .map((name) => [NAMES[name], percent(before[name], 2), percent(after[name], 2), percent(change[name], 2, true),
          name === "volatility" && found.volatility_interval
            ? `${percent(found.volatility_interval.low, 2, true)} to ${percent(found.volatility_interval.high, 2, true)}` : ""]),
    ];
    const moves = found.trades.map((one) => [one.ticker, percent(one.from), percent(one.to),
      known(one.amount) ? money(one.amount, found.currency) : "", known(one.shares) ? number(one.shares, 0) : ""]);
    const [first, ...rest] = traded(found);
    return [h("p", { class: "headline" }, first), ...paragraphs(rest),
      table("Trades", [{ title: "holding", left: true }, { title: "from" }, { title: "to" }, { title: "amount" },
        { title: "shares" }], moves),
      table("Before and after", [{ title: "measure", left: true }, { title: "before" }, { title: "after" }, { title: "change" },
        { title: "95% interval" }], rows),
      h("p", { class: "quiet" }, "What a trade costs, its tax, and whether the market takes it at this price are not in ",
        "these numbers.")];
  });
}

const NAMES = { volatility: "volatility a year", value_at_risk: "loss of a bad day (VaR 95%)",
  expected_shortfall: "average bad day (ES 95%)", r_squared: "explained (R²)", tracking_error: "tracking error" };

const example = (beta) => beta.portfolio.holdings[0]?.ticker.replace(/\.(NS|BO)$/, "") ?? "RELIANCE";
