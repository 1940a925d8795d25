// Sliders and fields, one a factor, that answer while they move: computed here from the `response` of an answer.

import { get } from "../api.js";
import { button, field, h, replace } from "../dom.js";
import { count, isNumber, money, number, percent } from "../format.js";
import { factorTerm, factorWord } from "../words.js";
import { CONDITIONAL, HORIZON, ZERO, readMove, stressed, stressedHoldings, usualMove } from "../stress-math.js";
import { bar, scaleOf, track } from "./figures.js";
import { PICTURE, factor, paragraphs, table, toned } from "./parts.js";
import { day, digits, expected, howSure, listed, period, uncertainty } from "./sentences.js";

const QUIET_MS = 500; // after the last move, the answer is read out
const MOST_HORIZON = 10_000;
const UNUSUAL = 3; // standard deviations
const MOST_HOLDINGS = 25; // rows of a table that is made anew at every move
const ALL_RETURNS = "india-5f"; // the built-in model, none of whose factors is a difference of levels

/** The codes of factors that move by points, not by per cent; of the built-in model known without a request. */
export async function pointFactors(result, signal) {
  if (result.model.id === ALL_RETURNS) return new Set();
  const model = await get("model", { signal }).catch((error) => { if (error.name === "AbortError") throw error; });
  return new Set((model?.factors ?? []).filter((one) => one.transform === "diff").map((one) => one.code));
}

/**
 * The panel of a stress result. points: codes of factors that move by points; down: its one-factor down beta; holdings:
 * [{ticker, weight, betas}]; scenario: what to show first, {shocks, others, horizon}, else that of the result; changed:
 * called with each scenario that was answered.
 */
export function stressPanel(
  result, { points = new Set(), down = null, holdings = null, scenario = null, changed = () => {} } = {},
) {
  const codes = Object.keys(result.response.betas);
  const state = {
    shocks: { ...(scenario?.shocks ?? result.shocks) },
    others: scenario?.others ?? result.others,
    horizon: scenario?.horizon ?? result.horizon,
  };
  const outcome = h("div", { class: "outcome" });
  const details = h("div", { class: "details" });
  const read = h("p", { class: "unseen", role: "status" });
  const problem = h("p", { class: "problem", role: "alert" });
  const rows = new Map(codes.map((code) => [code, row(code)]));
  let timer = 0;

  function row(code) {
    const input = h("input", { type: "text", inputmode: "decimal", id: `move-${code}`, autocomplete: "off",
      "aria-describedby": `unit-${code}` });
    const [most, unit] = [range(code), points.has(code) ? "points" : "%"];
    const slider = h("input", { type: "range", min: -most, max: most, step: most > 50 ? 1 : most > 5 ? 0.5 : "any",
      "aria-label": `${factorWord(code)}, slider in ${points.has(code) ? "points" : "per cent"}` });
    const free = button("free", () => move(code, null), { class: "plain",
      "aria-label": `${factorWord(code)}: free again`, title: "Let it move with the others again" });
    slider.addEventListener("input", () => move(code, Number(slider.value) / factorOf(code), slider));
    input.addEventListener("change", () => typed(code));
    input.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), typed(code)));
    const element = h("div", { class: "shock" },
      h("label", { for: input.id }, code), h("span", { class: "quiet", title: factorTerm(code) }, factorWord(code)),
      slider, h("span", { class: "typed" }, input, h("span", { id: `unit-${code}` }, unit)), free);
    return { element, input, slider, free };
  }

  // What a move is multiplied by where it is shown and typed.
  function factorOf(code) {
    return points.has(code) ? 1 : 100;
  }

  const written = (code, size, digits = 1) => (points.has(code) ? number(size, 2) : percent(size, digits, true));

  // A slider reaches four usual moves of a month, rounded up.
  function range(code) {
    const usual = factorOf(code) * 4 * usualMove(result.response, code, HORIZON);
    const most = [0.5, 1, 2, 5, 10, 20, 30, 50, 100, 200].find((one) => one >= usual) ?? 400;
    return points.has(code) ? most : Math.min(Math.max(most, 10), 400);
  }

  function typed(code) {
    const found = readMove(rows.get(code).input.value, code, { points: points.has(code) });
    rows.get(code).input.setAttribute("aria-invalid", String(Boolean(found.error)));
    problem.textContent = found.error ?? "";
    if (!found.error) move(code, found.empty ? null : found.value);
  }

  function move(code, value, by = null) {
    if (value === null) delete state.shocks[code];
    else state.shocks[code] = value;
    update(by);
  }

  function update(by = null) {
    problem.textContent = "";
    if (!Object.keys(state.shocks).length) {
      show(null, by);
      return;
    }
    try {
      const answer = stressed(result.response, state.shocks, { ...state, value: result.value ?? null });
      show(answer, by);
      changed({ ...state, shocks: { ...state.shocks } });
    } catch (error) {
      problem.textContent = error.message;
    }
  }

  function show(answer, by) {
    for (const [code, { element, input, slider, free }] of rows) {
      const given = code in state.shocks;
      const shown = answer?.factor_moves[code] ?? 0;
      element.classList.toggle("given", given);
      if (by !== slider) slider.value = String(factorOf(code) * shown);
      slider.setAttribute("aria-valuetext", `${written(code, shown)}${given ? "" : ", moves with the others"}`);
      input.value = given ? plain(factorOf(code) * state.shocks[code]) : "";
      input.placeholder = number(factorOf(code) * shown, 1);
      input.removeAttribute("aria-invalid");
      free.disabled = !given;
    }
    replace(outcome, answer ? summarised(answer)
      : h("p", { class: "headline" }, "Move a factor to see what would change."));
    replace(details, answer ? explained(answer) : null);
    clearTimeout(timer);
    timer = setTimeout(() => {
      read.textContent = answer ? `${expected(answer, result, points)} ${howSure(answer)}` : "";
    }, QUIET_MS);
  }

  function summarised(answer) {
    const at = scaleOf([answer.change, answer.ci_low, answer.ci_high]);
    return [
      h("p", { class: "headline", dataset: { change: answer.change } }, expected(answer, result, points)),
      h("p", {}, howSure(answer)),
      track(at, { estimate: answer.change, low: answer.ci_low, high: answer.ci_high }),
    ];
  }

  function explained(answer) {
    const beyond = Object.entries(answer.shocks)
      .map(([code, size]) => [code, Math.abs(size) / usualMove(result.response, code, answer.horizon)])
      .filter(([, times]) => times > UNUSUAL)
      .map(([code, times]) => `${code} (${number(times, 1, false)} times)`);
    const market = Object.keys(answer.shocks).join() === "MKT" && answer.shocks.MKT < 0 && isNumber(down)
      ? `By the beta of the ${day(result)}s on which the market fell, the change would be ${percent(down * answer.shocks.MKT, 1, true)}.`
      : "";
    return [
      ...paragraphs([market, beyond.length
        ? `Far beyond a usual move over ${count(answer.horizon, period(result))} (its standard deviation): ` +
          `${listed(beyond)}. The betas were not measured there.` : ""]),
      byFactor(answer),
      ...paragraphs([uncertainty(answer)], { class: "quiet" }),
      holdings ? byHolding(answer) : null,
    ];
  }

  function byFactor(answer) {
    const at = scaleOf(Object.values(answer.by_factor));
    const lines = codes.map((code) => [factor(code), written(code, answer.factor_moves[code]),
      code in answer.shocks ? "moved" : answer.others === ZERO ? "stays" : "with the others",
      number(result.response.betas[code], digits(result.response.betas[code])),
      toned(percent(answer.by_factor[code], 1, true), answer.by_factor[code]),
      bar(at, answer.by_factor[code])]);
    lines.push(["total", "", "", "", percent(answer.change, 1, true), ""]);
    const columns = [{ title: "factor", left: true }, { title: "moves" }, { title: "how", left: true, unseen: true },
      { title: "beta" }, { title: "change", term: "beta times move" }, PICTURE];
    return table("Where the change comes from", columns, lines, { rules: [codes.length - 1] });
  }

  function byHolding(answer) {
    const found = stressedHoldings(holdings, answer.factor_moves).map((one) => ({ ...one, part: one.weight * one.change }))
      .sort((a, b) => a.part - b.part);
    const amount = (part) => (isNumber(result.value) ? [money(part * result.value, result.currency)] : []);
    const shown = found.length > MOST_HOLDINGS + 1 ? found.slice(0, MOST_HOLDINGS) : found;
    const rest = found.slice(shown.length);
    const lines = shown.map((one) => [one.ticker, percent(one.weight), toned(percent(one.change, 1, true), one.change),
      toned(percent(one.part, 1, true), one.part), ...amount(one.part)]);
    if (rest.length) {
      const [weight, part] = ["weight", "part"].map((name) => rest.reduce((total, one) => total + one[name], 0));
      lines.push([`${rest.length} more`, percent(weight), "", percent(part, 1, true), ...amount(part)]);
    }
    lines.push(["total", "", "", percent(answer.change, 1, true), ...amount(answer.change)]);
    const columns = [{ title: "holding", left: true }, { title: "weight" }, { title: "own change" },
      { title: "of the portfolio", term: "weight times change" }, ...(isNumber(result.value) ? [{ title: "amount" }] : [])];
    return table("The change of each holding", columns, lines, { rules: [lines.length - 2] });
  }

  const others = h("select", {}, [[CONDITIONAL, "move as they usually do with these"], [ZERO, "stay where they are"]]
    .map(([value, text]) => h("option", { value, selected: value === state.others }, text)));
  others.addEventListener("change", () => { state.others = others.value; update(); });
  const horizon = h("input", { type: "number", min: 1, max: MOST_HORIZON, step: 1, value: String(state.horizon) });
  horizon.addEventListener("change", () => {
    const value = Number(horizon.value);
    if (!Number.isInteger(value) || value < 1 || value > MOST_HORIZON) {
      problem.textContent = `Write a whole number of ${period(result)}s, 1 to ${MOST_HORIZON.toLocaleString("en-IN")}.`;
      return;
    }
    state.horizon = value;
    update();
  });
  const ready = [["Market −10%", { MKT: -0.1 }], ["Market −20%", { MKT: -0.2 }], ["Market +10%", { MKT: 0.1 }],
    ["Market −10%, fear +50%", { MKT: -0.1, VOL: 0.5 }], ["Mid caps −15%", { SZ: -0.15 }]]
    .filter(([, shocks]) => Object.keys(shocks).every((code) => codes.includes(code)));
  const presets = h("ul", { class: "chips", "aria-label": "Ready-made moves" }, ready.map(([text, shocks]) =>
    h("li", {}, button(text, () => { state.shocks = { ...shocks }; update(); }))));

  const element = h("div", { class: "stress-panel" },
    h("div", { class: "moves" }, presets,
      h("div", { role: "group", "aria-label": "Moves of the factors, in per cent" },
        [...rows.values()].map((one) => one.element)),
      h("div", { class: "controls" }, field("The other factors", others),
        field(`Over (${period(result)}s)`, horizon)), problem),
    outcome, details, read);
  update();
  return element;
}

// A number as a person types it, without the tail of a double.
const plain = (value) => String(Number(value.toPrecision(10))).replace("-", "−");

/** A scenario from the query of an address, shock=MKT:-0.1&shock=VOL:0.3&others=zero&horizon=21, or null. */
export function scenarioOf(query, codes, points = new Set()) {
  const shocks = {};
  for (const text of query.getAll("shock")) {
    const [, code, size] = /^\s*([^:=]+)\s*[:=]\s*([^%]+?)\s*$/.exec(text) ?? [];
    const found = codes.find((one) => one.toUpperCase() === code?.toUpperCase());
    const value = Number(size);
    if (found && Number.isFinite(value) && (value > -1 || points.has(found))) shocks[found] = value;
  }
  if (!Object.keys(shocks).length) return null;
  const horizon = Number(query.get("horizon") ?? HORIZON);
  return { shocks, others: query.get("others") === ZERO ? ZERO : CONDITIONAL,
    horizon: Number.isInteger(horizon) && horizon >= 1 && horizon <= MOST_HORIZON ? horizon : HORIZON };
}

/** The query of a scenario, for an address. */
export const queryOf = ({ shocks, others, horizon }) => ({
  shock: Object.entries(shocks).map(([code, size]) => `${code}:${Number(size.toPrecision(10))}`),
  others: others === CONDITIONAL ? null : others,
  horizon: horizon === HORIZON ? null : horizon,
});
