// Small pictures beside numbers that change while somebody looks: an estimate with its interval, bars.
// They are hidden from readers of the screen, which have the numbers.

import { h } from "../dom.js";
import { isNumber } from "../format.js";

/** Where values stand between the smallest and the largest, zero among them, in per cent of the width. */
export function scaleOf(values) {
  const found = [...values.filter(isNumber), 0];
  const [low, high] = [Math.min(...found), Math.max(...found)];
  const room = (high - low || 1) * 0.03;
  const [start, width] = [low - room, high - low + 2 * room || 1];
  return (value) => (100 * (Math.min(Math.max(value, low), high) - start)) / width;
}

/** An estimate and its interval on a line. */
export function track(at, { estimate, low, high }) {
  const parts = [mark("zero", at(0))];
  if (isNumber(low) && isNumber(high)) parts.push(span("interval", at, [low, high]));
  if (isNumber(estimate)) parts.push(mark("point", at(estimate)));
  return h("div", { class: "track", "aria-hidden": "true" }, parts);
}

/** A bar from zero to a value; below zero it is orange and hatched, so that it shows without colour. */
export function bar(at, value) {
  return h("div", { class: "track", "aria-hidden": "true" }, span(value < 0 ? "bar against" : "bar", at, [0, value]),
    mark("zero", at(0)));
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
