// What there is to say of a portfolio that was read: exposures, risk by holding, stress, report; and what can be asked.

import { post } from "../api.js";
import { figure, widthFor } from "../charts.js";
import { button, download, h, replace } from "../dom.js";
import { CURRENCY, isNumber, money, number, pValue, percent, symbol } from "../format.js";
import { address } from "../router.js";
import { factorWord } from "../words.js";
import { attribution, exposures, keyFacts, own, shares } from "./exposures.js";
import { asLines } from "./holdings-text.js";
import { others } from "./others.js";
import { busy, factor, facts, failure, notice, paragraphs, section, table, toned, warnings } from "./parts.js";
import { distance, placesOf } from "./decision-sentences.js";
import { drift, episodes, hedge, whatIf } from "./portfolio-questions.js";
import { bounds, headline, heldRisk, isSignificant, lead } from "./sentences.js";
import { MARKET } from "./stock.js";
import { pointFactors, stressPanel } from "./stress-panel.js";

const FALL = { MKT: -0.1 }; // what is shown first

/**
 * Fill a place with the answers to `asked`, {question, worth, results, forms, scenario}: those it has, and the rest as they
 * arrive; the betas before all others. worth: what it is worth as the reader says; forms: what was typed and answered below
 * each question; scenario: of the stress. Rejects where there are no betas.
 */
export async function answers(place, asked, { heatmap = null, signal }) {
  const { question, results, forms } = asked;
  const pictures = (asked.width ??= widthFor(place)); // of those that are there already
  const ask = async (name, more = {}) => {
    results[name] ??= post(`portfolio/${name}`, { ...question, ...more }, { signal });
    try {
      return await results[name];
    } catch (error) {
      delete results[name];
      throw error;
    }
  };
  const low = ["hedge", "whatif", "past", "drift"];
  const parts = Object.fromEntries([["exposures", "What it moves with"], ["holdings", "Risk by holding"],
    ["risk", "What its risk is made of"], ["return", "Where its return came from"], ["stress", "What if"],
    ["past", "What happened before"], ["hedge", "Hedge"], ["whatif", "What if I trade"], ["drift", "Has it changed?"],
    ["quality", "Data quality"]].map(([id, title]) => [id, section(title, id, low.includes(id) ? "low" : "high")]));
  const head = h("div", { class: "waiting head" });
  replace(place, head, Object.values(parts).map((one) => one.element));
  let beta;
  try {
    beta = await ask("betas", { pictures });
  } catch (error) {
    if (!signal.aborted) replace(place);
    throw error;
  }
  const body = { ...question };
  delete body.benchmark; // which means nothing for the others
  const { currency = CURRENCY, value } = beta.portfolio;
  const keyNumbers = () => facts([...worthFact(value ?? asked.worth, currency), ...keyFacts(beta, null)]);
  const worth = () => (isNumber(value) ? null : asked.worth);
  head.className = "head";
  replace(head, beta.cache.stale ? notice(`Old numbers: computed at ${beta.cache.computed_at}.`) : null,
    h("p", { class: "headline" }, headline(beta, MARKET)), h("p", { class: "actions" }, report(body, signal)));
  const told = h("div", {}, keyNumbers());
  parts.exposures.fill(told, ...exposures(beta, heatmap ? others(heatmap, null) : null, beta.pictures?.exposures),
    ...active(beta));
  parts.holdings.fill(...holdings(beta));
  parts.quality.fill(warnings(beta));
  const form = (name) => (forms[name] ??= {});
  const given = (name) => ({ kept: form(name), worth, pictures, seen: beta.warnings, signal });
  parts.past.fill(episodes(body, given("past")));
  parts.hedge.fill(hedge(body, { ...given("hedge"), valued: isNumber(value) }));
  parts.whatif.fill(whatIf(question, { ...given("trades"), keptTo: form("to"), held: asLines(question.holdings),
    example: example(beta) }));
  parts.drift.fill(drift(body, given("drift")));
  const stress = async () => {
    const found = await ask("stress", { shocks: shocks(beta), benchmark: undefined });
    const valued = isNumber(found.value) || !isNumber(asked.worth) ? found : { ...found, value: asked.worth, currency };
    parts.stress.fill(h("p", {}, "Move a factor: the answer is computed here while you do."), stressPanel(valued, {
      points: await pointFactors(found, signal), down: beta.market_model.down?.estimate ?? null,
      holdings: beta.portfolio.holdings, scenario: asked.scenario,
      changed: (scenario) => { asked.scenario = scenario; } }));
  };
  asked.valued = () => { // it is worth something else, which changes amounts alone
    replace(told, keyNumbers());
    return stress();
  };
  await Promise.all([
    ask("decompose", { pictures }).then((found) => {
      head.querySelector(".headline").after(...paragraphs(lead(beta, found, null), { class: "lead" }));
      parts.risk.fill(...shares(found, found.pictures?.shares));
      parts.return.fill(...attribution(found, found.pictures?.attribution));
    }, (error) => failed([parts.risk, parts.return], error)),
    stress().catch((error) => failed([parts.stress], error)),
  ]);
}

const shocks = (beta) => ("MKT" in beta.betas ? FALL : { [Object.keys(beta.betas)[0]]: -0.1 });

function failed(places, error) {
  if (error.name !== "AbortError") for (const one of places) one.fill(failure(error));
}

const worthFact = (value, currency) => (isNumber(value) ? [["Worth", money(value, currency)]] : []);

function active({ active: found }) {
  if (!found) return [];
  const share = (code) => percent(found.contributions[code], 1, true);
  const row = (name, one, part) => [name, toned(number(one.estimate, placesOf(one)), one.estimate, isSignificant(one.p_value)),
    bounds(one, placesOf(one)), pValue(one.p_value), part];
  const rows = [row("the market", found.market_beta, ""),
    ...Object.entries(found.betas).map(([code, one]) => row(factor(code), one, share(code))),
    [own(), "", "", "", share("idiosyncratic")]];
  return [h("h3", {}, `Against ${found.benchmark}`), ...paragraphs(distance(found)),
    ...(found.tracking_error === 0 ? [] : [table(`Exposures beyond those of ${found.benchmark}`, [
      { title: "factor", left: true },
      { title: "beta", term: "active beta: of the portfolio's return minus the benchmark's" }, { title: "95% interval" },
      { title: "p", term: "probability of a difference so far from zero if there is none" },
      { title: "share of the distance", term: "of the variance of the active return" }], rows, { rules: [0, rows.length - 2] })])];
}

function holdings(beta) {
  const { portfolio } = beta;
  const held = portfolio.holdings.toSorted((a, b) => (b.risk_contribution ?? 0) - (a.risk_contribution ?? 0));
  const codes = Object.keys(beta.betas);
  const quantities = held.some((one) => isNumber(one.quantity));
  const name = (one) => h("a", { href: address(["stock", one.ticker]) }, one.ticker);
  const rows = held.map((one) => [name(one), one.name ?? "",
    ...(quantities ? [one.quantity?.toLocaleString("en-IN").replace("-", "−") ?? ""] : []),
    percent(one.weight), percent(one.risk_contribution),
    percent(-one.incremental_risk, 1, true), number(one.market_beta),
    ...codes.map((code) => number(one.beta_contributions[code], code === "VOL" ? 3 : 2)), percent(one.return, 1, true)]);
  const empty = quantities ? [""] : [];
  if (portfolio.cash) {
    rows.push(["cash", "", ...empty, percent(portfolio.cash), "0.0%", "", "", ...codes.map(() => ""), ""]);
  }
  rows.push(["total", "", ...empty, "100.0%", percent(sum(held.map((one) => one.risk_contribution))), "",
    number(beta.market_model.beta), ...codes.map((code) => number(beta.betas[code].beta, code === "VOL" ? 3 : 2)), ""]);
  const columns = [{ title: "holding", left: true }, { title: "name", left: true },
    ...(quantities ? [{ title: "shares" }] : []), { title: "weight" },
    { title: "risk", term: "share of the variance of the portfolio" },
    { title: "if sold", term: "change of the annual volatility if the holding were cash" },
    { title: "market", term: "its own beta of the one-factor market model; of the total, the portfolio's" },
    ...codes.map((code) => ({ title: code, term: `${factorWord(code)}: contribution to the portfolio's beta, weight times beta` })),
    { title: "return", term: "of the stock's price over the window" }];
  return [...paragraphs(heldRisk(portfolio, beta.volatility)), figure(beta.pictures?.holdings),
    table("Holdings, the largest part of the risk first", columns, rows, { rules: [rows.length - 2] })];
}

const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);

function report(body, signal) {
  const place = h("span", {});
  const ask = button("Report as a file", () => busy(ask, place, async () =>
    download("portfolio.html", await post("portfolio/report", body, { signal, as: "blob" }))));
  return [ask, " ", place];
}

const example = (beta) => symbol(beta.portfolio.holdings[0]?.ticker ?? "RELIANCE");
