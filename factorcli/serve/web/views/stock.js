// One stock: what happens to it when the market falls, what it is exposed to, and what its risk and return are made of.
// It is asked for in one request, with its pictures.

import { already, file, get } from "../api.js";
import { figure, widthFor } from "../charts.js";
import { download, field, h } from "../dom.js";
import { isNumber, number, pValue, percent, sourceName } from "../format.js";
import { command } from "../heat-notes.js";
import { address, go, ofStock } from "../router.js";
import { say } from "../status.js";
import { factorName, factorTerm, factorWord, usualWindow, windowName, windowsOf } from "../words.js";
import { attribution, exposures, keyFacts, shares } from "./exposures.js";
import { comparable, others } from "./others.js";
import { drifted } from "./decision-sentences.js";
import { changes } from "./drift.js";
import { anew, busy, factor, facts, failure, notice, paragraphs, section, table, warnings } from "./parts.js";
import { alike, capital, day, digits, headline, lead, listed, period } from "./sentences.js";
import { stockSearch } from "./stock-search.js";
import { pointFactors, queryOf, stressPanel } from "./stress-panel.js";

export const MARKET = `the ${factorName("MKT")}`;

// The path of a route with a query.
const route = (path, query) => `${path.map(encodeURIComponent).join("/")}${query.size ? `?${query}` : ""}`;

// The heatmap of the same window and day, not asked for again where the page has it; null where there is none.
async function heatmapOf(query, signal) {
  const kept = new URLSearchParams(query.get("frequency") ? {} : { window: "252" });
  for (const [name, value] of ofStock(query)) kept.set(name, value);
  try {
    return await get(`heatmap?${kept}`, { signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return null;
  }
}

export async function show(main, params, signal) {
  await build(main, params, signal);
  return (later) => anew(main, build, later, signal);
}

async function build(main, { ticker, query }, signal) {
  const kept = ofStock(query);
  const places = skeleton(main, ticker, kept);
  const [overview, heatmap] = await asking(ticker, kept, signal, main);
  if (signal.aborted) return;
  places.stocks = heatmap.value?.stocks ?? [];
  if (overview.status === "rejected") {
    missing(places, overview.reason, ticker, places.stocks);
    return;
  }
  fill(places, overview.value, heatmap.value ?? null, kept, signal);
}

const widths = new Map(); // of the pictures that were asked for, by the path of the overview without them

/**
 * The overview of a stock, with pictures as wide as main, and the heatmap, settled, while the page says that it waits.
 * What the page has is not asked for again, whatever the width is by now.
 */
export async function asking(ticker, kept, signal, main) {
  const key = Symbol(ticker);
  const path = ["stock", ticker, "overview"];
  const wide = (width) => route(path, new URLSearchParams([...kept, ["pictures", width]]));
  const plain = route(path, kept);
  const before = widths.get(plain);
  const width = before && already(wide(before)) ? before : widthFor(main);
  widths.set(plain, width);
  say(key, `${ticker} is being computed…`);
  try {
    return await Promise.allSettled([get(wide(width), { signal }), heatmapOf(kept, signal)]);
  } finally {
    say(key, "");
  }
}

// Headings and reserved places, at once.
function skeleton(main, ticker, kept) {
  const places = { stocks: already("heatmap?window=252")?.stocks ?? [] };
  const to = (other, query = kept) => address(["stock", other], query);
  const frequency = kept.get("frequency");
  const chosen = Number.parseInt(kept.get("window") ?? usualWindow(frequency), 10);
  const windows = [...new Set([...windowsOf(frequency), chosen])].filter((days) => days > 0)
    .sort((a, b) => a - b);
  const select = h("select", { on: { change: () => moved({ window: select.value }) } },
    windows.map((days) => h("option", { value: days, selected: days === chosen }, windowName(days, frequency))));
  const until = h("input", { type: "date", value: kept.get("as_of") ?? "", on: { change: () => moved({ as_of: until.value }) } });
  const moved = (change) => {
    const query = new URLSearchParams(kept);
    for (const [name, value] of Object.entries(change)) value ? query.set(name, value) : query.delete(name);
    go(to(ticker, query));
  };
  places.title = h("h1", { dataset: { title: ticker } }, ticker);
  places.about = h("p", { class: "about quiet" }, "\u00a0");
  places.head = h("div", { class: "waiting head" });
  places.sections = [
    ["facts", "Key numbers", "low"], ["exposures", "What it moves with", "high"], ["risk", "What its risk is made of", "high"],
    ["return", "Where its return came from", "high"], ["stress", "What if", "high"], ["peers", "Stocks like it", "high"],
    ["drift", "Has it changed?", "high"], ["path", "How it has moved over the years", "high"],
    ["quality", "Data quality", "low"],
  ].map(([id, title, height]) => [id, section(title, id, height)]);
  places.of = Object.fromEntries(places.sections);
  main.append(
    h("div", { class: "controls" },
      stockSearch({ stocks: () => places.stocks, chosen: (other) => go(to(other)) }),
      field("Window", select), field("Until (newest if empty)", until)),
    places.title, places.about, places.head, ...places.sections.map(([, one]) => one.element));
  return places;
}

function missing(places, error, ticker, stocks) {
  const near = stocks.filter((one) => one.ticker.startsWith(ticker.slice(0, 3))).slice(0, 5);
  for (const [, one] of places.sections) one.element.remove();
  places.head.className = "";
  places.head.append(failure(error), h("p", {}, near.length ? ["Stocks with such a name: ",
    near.map((one) => [h("a", { href: address(["stock", one.ticker]) }, one.ticker), " "])] : null),
  h("p", {}, h("a", { href: address([]) }, "To all stocks")));
}

function fill(places, { betas, decompose, stress, peers, drift, errors = {}, pictures = {} }, heatmap, kept, signal) {
  const { ticker } = betas;
  places.title.textContent = places.title.dataset.title = ticker;
  const compared = heatmap && comparable(heatmap, betas) ? others(heatmap, betas.sector) : null;
  places.about.textContent = [betas.name, betas.sector, `window of ${betas.window} to ${betas.as_of}`].filter(Boolean).join(" · ");
  places.head.className = "head";
  places.head.append(...notices(betas),
    h("p", { class: "headline" }, headline(betas, MARKET)),
    ...paragraphs(lead(betas, decompose, compared), { class: "lead" }),
    actions(ticker, kept, signal));
  const { of } = places;
  of.facts.fill(facts(keyFacts(betas, decompose)));
  of.exposures.fill(...exposures(betas, compared, pictures.exposures), compared ? null : h("p", { class: "quiet" },
    "Its sector and the other stocks are not shown beside it: there is no heatmap of this window and model."));
  if (decompose) {
    of.risk.fill(...shares(decompose, pictures.shares));
    of.return.fill(...attribution(decompose, pictures.attribution));
  } else for (const one of [of.risk, of.return]) none(one, errors.decompose);
  if (stress) stressed(of.stress, stress, betas, kept, signal); else none(of.stress, errors.stress);
  if (peers?.peers) of.peers.fill(...alikeTable(peers, kept));
  else if (heatmap && errors.peers?.code !== "heatmap_not_computed") none(of.peers, errors.peers);
  else of.peers.fill(...uncompared(betas, kept));
  if (drift?.changes) of.drift.fill(...paragraphs(drifted(drift)), ...changes(drift, pictures.drift)); else none(of.drift, errors.drift);
  path(of.path, pictures.path, Object.keys(betas.betas));
  of.quality.fill(...quality(betas));
}

// Peers are of the heatmap in its usual basis, whatever that of the betas is.
const uncompared = ({ window, frequency }, kept) => [
  h("p", {}, "Stocks are compared by the heatmap of this window, which has not been computed: run"),
  h("pre", { tabindex: 0 }, h("code", {}, command(new URLSearchParams({ window, ...(frequency ? { frequency } : {}),
    ...(kept.get("as_of") ? { as_of: kept.get("as_of") } : {}) }))))];

// why: the error of that part, if the server says one.
const none = (place, why = null) => place.fill(h("p", {},
  why?.detail ?? "There is no answer to this: the server could not compute it with these prices."));

function notices(beta) {
  return beta.cache.stale ? [notice("Old numbers: the source of prices did not answer, and these were computed at ",
    `${beta.cache.computed_at}.`)] : [];
}

function actions(ticker, kept, signal) {
  const place = h("span", {});
  const target = route(["stock", ticker, "report"], kept);
  const link = h("a", { href: target, download: `${ticker}.html` }, "Report as a file");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    busy(link, place, async () => download(`${ticker}.html`, await file(target, { signal })));
  });
  return h("p", { class: "actions" }, link, " ", h("a", { href: address(["stress", ticker], kept) }, "Stress test"),
    " ", h("a", { href: address([], kept) }, "All stocks"), place);
}

async function stressed(place, stress, betas, kept, signal) {
  const points = await pointFactors(stress, signal);
  const link = h("a", { href: address(["stress", stress.ticker], kept) }, "This scenario on a page of its own");
  place.fill(
    h("p", {}, "Move a factor: the answer is computed here while you do."),
    stressPanel(stress, { points, down: betas.market_model.down?.estimate ?? null, changed: (scenario) => {
      link.href = address(["stress", stress.ticker], { ...Object.fromEntries(kept), ...queryOf(scenario) });
    } }),
    h("p", {}, link));
}

function alikeTable(result, kept) {
  const codes = Object.keys(result.betas);
  const places = Object.fromEntries(codes.map((code) =>
    [code, digits(result.betas[code], ...result.peers.map((peer) => peer.betas[code]))]));
  const row = (one, name, own = false) => [name, one.name ?? "", one.sector ?? "", own ? "" : number(one.distance, 2, false),
    own ? "" : pValue(one.p_equal), own ? "" : number(one.residual_correlation), percent(one.r_squared, 0),
    ...codes.map((code) => number(one.betas[code], places[code]))];
  const columns = [{ title: "stock", left: true }, { title: "name", left: true }, { title: "sector", left: true },
    { title: "distance", term: "between the betas, in standard deviations of what lies between any two stocks" },
    { title: "p equal", term: "p-value of the test that the true betas are the same" },
    { title: "own moves", term: `correlation of the residuals: of what the factors do not explain, on the same ${day(result)}s` },
    { title: "explained", term: "R²: share of the variance that the factors explain" },
    ...codes.map((code) => ({ title: code, term: `${factorWord(code)}: beta in the basis ${result.model.basis}` }))];
  const rows = [row(result, result.ticker, true),
    ...result.peers.map((peer) => row(peer, h("a", { href: address(["stock", peer.ticker], kept) }, peer.ticker)))];
  const bases = { raw: "as they are", spread: "styles as their return above the market's",
    residual: "styles without the market" };
  return [...paragraphs(alike(result)), table("The nearest stocks", columns, rows, { rules: [0] }),
    h("p", { class: "quiet" }, `Compared with ${result.compared.toLocaleString("en-IN")} stocks; betas with the factors ` +
      `${bases[result.model.basis] ?? result.model.basis}.`)];
}

// The last window that is drawn of each year, from the rows that the picture draws; codes: of the first of its panels.
function path(place, picture, codes) {
  if (!picture) return place.fill(h("p", {}, "No path: there are fewer returns than its first window needs."));
  const panels = picture.spec.vconcat.filter((one) => one.data?.values?.[0]?.date).slice(0, codes.length);
  const of = panels.map((one) => new Map(one.data.values.map((row) => [row.date, row.value])));
  const last = new Map([...of[0].keys()].map((date) => [date.slice(0, 4), date]));
  const places = of.map((values) => digits(...[...last.values()].map((date) => values.get(date)).filter(isNumber)));
  const rows = [...last.values()].toReversed().map((date) =>
    [date, ...of.map((values, k) => number(values.get(date), places[k]))]);
  const columns = [{ title: "window to", left: true }, ...codes.map((code) => ({ title: code, term: factorTerm(code) }))];
  return place.fill(
    h("p", { class: "quiet" }, "Each point is the estimate of the window that ends there, the band its 95% interval."),
    figure(picture), table("The last window of each year that is drawn", columns, rows));
}

function quality(beta) {
  const { data } = beta;
  const rows = [
    ["Source of prices", sourceName(data.source)], ["Last price", data.last_date],
    [`${capital(period(beta))}s in the window`, data.sessions.toLocaleString("en-IN")],
    ["Without a price", data.missing.toLocaleString("en-IN")],
    ["Left out", String(data.excluded.length)], ["Corrected", String((data.corrected ?? []).length)],
    ["Returns used", beta.observations.toLocaleString("en-IN")], ["Model", `${beta.model.id}, basis ${beta.model.basis}`],
    ["Proxies", listed(Object.entries(beta.model.proxies).map(([code, proxy]) => `${code} ${proxy}`))],
  ];
  const left = (one) => [one.date, one.reason?.replaceAll("_", " ") ?? one.kind ?? "", percent(one.return, 2, true)];
  const columns = [{ title: "day", left: true }, { title: "why", left: true }, { title: "return" }];
  return [facts(rows),
    data.excluded.length ? table("Returns that the price gate left out", columns, data.excluded.map(left)) : null,
    data.corrected?.length ? table("Returns corrected for a corporate action", columns, data.corrected.map(left)) : null,
    warnings(beta)];
}
