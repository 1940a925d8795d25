// Pictures that the server describes (`pictures=` of an answer), drawn here by Vega, whose script is loaded for the first
// of them. Numbers are in the tables below each; where a picture cannot be drawn, it says so, and these stay.

import { button, h, replace } from "./dom.js";

const [LEAST, MOST, STEP] = [280, 1200, 10]; // px that the server takes
const PADDING = 16; // px around a picture, which stand out of the column of texts
const ANYWHERE = "100000px"; // in the page: those that are far away are drawn too, as paper has them
const OPTIONS = { ast: true, renderer: "svg", actions: false, defaultStyle: false, tooltip: point };
const FORGET_MS = 2000; // after a failure, in which the other pictures fail with it
const undrawn = new Map(); // how to draw again what could not be drawn, by figure
let script = null;
let queue = Promise.resolve();

// The width to ask pictures of, in px, for a column of texts such as main.
export function widthFor(column) {
  const wide = column.clientWidth + 2 * PADDING;
  return Math.min(MOST, Math.max(LEAST, Math.floor(wide / STEP) * STEP));
}

// A picture of an answer, {title, description, height, spec}, as a figure that keeps its place and is drawn once it is in
// the page, one after the other while nothing else is to do. Nothing where there is none.
export function figure(picture) {
  if (!picture) return null;
  const element = h("figure", { class: "chart" }, placeOf(picture));
  const there = new IntersectionObserver((entries) => {
    if (!entries.some((one) => one.isIntersecting)) return;
    there.disconnect();
    later(element, picture);
  }, { rootMargin: ANYWHERE });
  there.observe(element);
  new ResizeObserver(() => reachable(element)).observe(element);
  return element;
}

// What is wider than its place is moved by the keys, too.
function reachable(element) {
  if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
  else if (element.tabIndex === 0) element.removeAttribute("tabindex");
}

function placeOf(picture) {
  const place = h("div", { class: "drawing", role: "img", "aria-label": picture.description });
  place.style.minHeight = `${picture.height}px`;
  return place;
}

function later(element, picture) {
  queue = queue.then(idle).then(() => draw(element.firstChild, picture)).then(() => reachable(element))
    .catch((error) => failed(element, picture, error));
}

async function draw(place, picture) {
  if (!place.isConnected) return; // another view is shown by now
  const embed = await vega();
  const inside = h("div", { "aria-hidden": "true" }); // its place has the text for all of it
  place.append(inside);
  await embed(inside, picture.spec, OPTIONS);
  inside.querySelector("svg").setAttribute("focusable", "false");
}

function failed(element, picture, error) {
  console.info(error);
  undrawn.set(element, () => {
    replace(element, placeOf(picture));
    later(element, picture);
  });
  replace(element, h("p", { class: "quiet" }, `“${picture.title}” cannot be drawn: ${error.message} `,
    "The numbers are in the table. ", button("Draw again", again, { class: "plain" })));
}

// All of the view that could not be drawn, as what was missing for one was missing for all.
function again({ target }) {
  const figure = target.closest("figure");
  figure.tabIndex = -1;
  figure.focus(); // the button goes
  script = null;
  const found = [...undrawn];
  undrawn.clear();
  for (const [element, draw] of found) if (element.isConnected) draw();
}

const idle = () => new Promise((done) => {
  if (globalThis.requestIdleCallback) requestIdleCallback(done, { timeout: 1000 });
  else setTimeout(done, 20);
});

// vegaEmbed, from the server's own script; asked for anew by later pictures where it could not be had.
function vega() {
  if (script) return script;
  const asked = (script = new Promise((resolve, reject) => {
    const element = h("script", { src: "web/vega.js", on: {
      load: () => (globalThis.vegaEmbed ? resolve(globalThis.vegaEmbed) : reject(new Error("its script does not run."))),
      error: () => reject(new Error("the server did not give the script that draws.")),
    } });
    document.head.append(element);
  }));
  asked.catch(() => setTimeout(() => { if (script === asked) script = null; }, FORGET_MS));
  return asked;
}

// The values at the pointer, in a box beside it.
function point(_, event, __, value) {
  const box = (point.box ??= document.body.appendChild(h("div", { class: "at-pointer", "aria-hidden": "true", hidden: true })));
  const found = value && typeof value === "object" ? Object.entries(value) : value ? [["", String(value)]] : [];
  const rows = found.filter(([, text]) => text !== "null");
  box.hidden = !rows.length;
  if (!rows.length) return;
  replace(box, h("table", {}, h("tbody", {}, rows.map(([name, text]) => h("tr", {}, h("th", {}, name), h("td", {}, text))))));
  const room = document.documentElement.clientWidth - box.offsetWidth - 8;
  const below = event.clientY + 18 + box.offsetHeight < innerHeight;
  box.style.left = `${Math.max(4, Math.min(event.clientX + 12, room))}px`;
  box.style.top = `${below ? event.clientY + 18 : event.clientY - box.offsetHeight - 12}px`;
}
