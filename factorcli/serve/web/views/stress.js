// One stock under stress: what would change if factors moved. The address says which moves.

import { h } from "../dom.js";
import { address, go, ofStock } from "../router.js";
import { anew, failure, warnings } from "./parts.js";
import { asking } from "./stock.js";
import { stockSearch } from "./stock-search.js";
import { pointFactors, queryOf, scenarioOf, stressPanel } from "./stress-panel.js";

const QUIET_MS = 300; // after the last move, the address says it

export async function show(main, params, signal) {
  let update = await build(main, params, signal);
  let shown = String(ofStock(params.query));
  // Another window or day is asked for anew; another scenario of these is drawn.
  return async (later) => {
    if (String(ofStock(later.query)) === shown) {
      update?.(later);
      return;
    }
    shown = String(ofStock(later.query));
    update = await anew(main, build, later, signal);
  };
}

async function build(main, { ticker, query }, signal) {
  const kept = ofStock(query);
  let stocks = [];
  const about = h("p", { class: "about quiet" }, "\u00a0");
  const place = h("div", { class: "waiting high" });
  main.append(
    h("div", { class: "controls" }, stockSearch({ stocks: () => stocks,
      chosen: (other) => go(address(["stress", other], query)) })),
    h("h1", { dataset: { title: `${ticker} under stress` } }, `${ticker} under stress`), about, place);
  const [overview, heatmap] = await asking(ticker, kept, signal, main);
  if (signal.aborted) return undefined;
  stocks = heatmap.value?.stocks ?? [];
  place.className = "";
  if (overview.status === "rejected") {
    place.append(failure(overview.reason), h("p", {}, h("a", { href: address([]) }, "To all stocks")));
    return undefined;
  }
  const { stress, betas, errors } = overview.value;
  if (!stress) {
    place.append(failure(errors?.stress?.detail ?? "The server could not compute a stress test with these prices."));
    return undefined;
  }
  const points = await pointFactors(stress, signal);
  const codes = Object.keys(stress.response.betas);
  about.textContent = [stress.name, stress.sector, `window of ${stress.window} to ${stress.as_of}`].filter(Boolean).join(" · ");
  const down = betas?.market_model?.down?.estimate ?? null;
  let timer = 0;
  let own = "";
  const changed = (scenario) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (signal.aborted) return;
      own = address(["stress", ticker], { ...Object.fromEntries(kept), ...queryOf(scenario) });
      go(own, { replacing: true });
    }, QUIET_MS);
  };
  const draw = (params) => {
    const scenario = scenarioOf(params, codes, points);
    place.replaceChildren(
      stressPanel(stress, { points, down, scenario, changed }),
      h("h2", {}, "What this does not say"),
      h("p", {}, "The change is the sum of beta times move, without alpha. It does not allow for betas that change in a ",
        "crisis, for jumps, liquidity or margin calls."),
      warnings(stress),
      h("p", {}, h("a", { href: address(["stock", ticker], kept) }, `All about ${ticker}`)));
  };
  draw(query);
  // An address that the panel wrote itself changes nothing.
  return (later) => {
    if (address(["stress", ticker], later.query) !== own) draw(later.query);
  };
}
