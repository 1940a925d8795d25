// What changed between two windows: the picture, the table of each beta, and how sure that is; of a stock and a portfolio
// alike.

import { figure } from "../charts.js";
import { count, isNumber, number, pValue } from "../format.js";
import { jointTest, overlap, placesOf, surest } from "./decision-sentences.js";
import { INTERVAL, factor, paragraphs, table, toned } from "./parts.js";
import { bounds, isSignificant, period } from "./sentences.js";

/** The parts of a drift result below its sentences; picture: of the server, if there is one. */
export function changes(found, picture) {
  const untested = Object.keys(found.changes).filter((code) => !isNumber(found.changes[code].p_value));
  const all = [["the market", found.market], ...[...surest(found.changes), ...untested].map((code) =>
    [factor(code), found.changes[code]])];
  const rows = all.map(([name, one]) => {
    const places = placesOf(one, one.before, one.after);
    return [name, number(one.before, places), number(one.after, places),
      toned(number(one.estimate, places), one.estimate, isSignificant(one.p_value)),
      bounds(one, places), number(one.t_stat), pValue(one.p_value)];
  });
  const columns = [{ title: "moves with", left: true }, { title: "before" }, { title: "after" },
    { title: "change", term: "of the beta, from the earlier window to the later" }, INTERVAL,
    { title: "t", term: "change divided by its standard error" }, { title: "p", term: "p-value of the change" }];
  return [figure(picture),
    table(`${count(found.window, period(found))} to ${found.to_as_of} (after), against those to ${found.from_as_of} (before)`,
      columns, rows, { rules: [0] }),
    ...paragraphs([jointTest(found), overlap(found)], { class: "quiet" })];
}
