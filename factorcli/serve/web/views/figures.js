// Small pictures beside the numbers of a table, which say the same: estimates with their intervals, bars, paths. They are
// hidden from readers of the screen, which have the table; a path has a text of its own.

import { h, s } from "../dom.js";
import { number } from "../format.js";
import { digits, known } from "./sentences.js";

const MOST_POINTS = 400; // of a line that is 300 px wide
const [WIDE, HIGH] = [300, 90];

/** Where values stand between the smallest and the largest, zero among them, in per cent of the width. */
export function scaleOf(values) {
  const found = [...values.filter(known), 0];
  const [low, high] = [Math.min(...found), Math.max(...found)];
  const room = (high - low || 1) * 0.03;
  const [start, width] = [low - room, high - low + 2 * room || 1];
  return (value) => (100 * (Math.min(Math.max(value, low), high) - start)) / width;
}

/** An estimate and its interval on a line; behind it the range of other stocks, and a tick for their middle. */
export function track(at, { estimate, low, high, faded = false, range = null, middle = null }) {
  const parts = [mark("zero", at(0))];
  if (range) parts.unshift(span("range", at, range));
  if (known(middle)) parts.push(mark("middle", at(middle)));
  if (known(low) && known(high)) parts.push(span("interval", at, [low, high]));
  if (known(estimate)) parts.push(mark("point", at(estimate)));
  return h("div", { class: `track${faded ? " faded" : ""}`, "aria-hidden": "true" }, parts);
}

/** A bar from one value to another; with: blue, against: orange and hatched, so that it shows without colour. */
export function bar(at, from, to, kind = to < from ? "against" : "with") {
  return h("div", { class: "track", "aria-hidden": "true" }, span(`bar ${kind}`, at, [from, to]), mark("zero", at(0)));
}

function span(name, at, [from, to]) {
  const part = h("i", { class: name });
  part.style.left = `${Math.min(at(from), at(to))}%`;
  part.style.width = `${Math.abs(at(to) - at(from))}%`;
  return part;
}

function mark(name, place) {
  const part = h("i", { class: name });
  part.style.left = `${place}%`;
  return part;
}

/** How an estimate has moved: a line through {dates, values, low, high}, with its interval as a band. */
export function path(title, { dates, values, low, high }) {
  const step = Math.max(1, Math.ceil(values.length / MOST_POINTS));
  const rows = values.map((_, i) => i).filter((i) => (values.length - 1 - i) % step === 0 && known(values[i]));
  if (rows.length < 2) return h("figure", { class: "path" }, h("figcaption", {}, `${title}: no path`));
  const shown = [low, high, values].filter(Boolean).flatMap((some) => rows.map((i) => some[i])).filter(known);
  const [least, most] = [Math.min(0, ...shown), Math.max(0, ...shown)];
  const x = (i) => (WIDE * i) / (values.length - 1);
  const y = (value) => HIGH - 3 - ((HIGH - 6) * (value - least)) / (most - least || 1);
  const points = (list) => list.map(([i, value]) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const banded = low && high ? rows.filter((i) => known(low[i]) && known(high[i])) : [];
  const places = digits(...rows.map((i) => values[i]));
  const write = (value) => number(value, places);
  const [first, last] = [rows[0], rows.at(-1)];
  const found = rows.map((i) => values[i]);
  const text = `${title}: ${write(values[first])} on ${dates[first]}, ${write(values[last])} on ${dates[last]}; ` +
    `between ${write(Math.min(...found))} and ${write(Math.max(...found))}`;
  const picture = s("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img", "aria-label": text },
    banded.length ? s("polygon", { class: "band",
      points: points([...banded.map((i) => [i, low[i]]), ...banded.toReversed().map((i) => [i, high[i]])]) }) : null,
    s("line", { class: "zero", x1: 0, x2: WIDE, y1: y(0), y2: y(0) }),
    s("polyline", { class: "line", points: points(rows.map((i) => [i, values[i]])) }));
  return h("figure", { class: "path" },
    h("figcaption", {}, h("strong", {}, title), ` ${write(values[last])} now; ${write(least)} to ${write(most)} shown`),
    picture,
    h("div", { class: "ends quiet", "aria-hidden": "true" }, h("span", {}, dates[first]), h("span", {}, dates[last])));
}
