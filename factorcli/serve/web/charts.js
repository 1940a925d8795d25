// Pictures that the server describes (`pictures=` of an answer), drawn here by Vega, whose script is loaded for the first
// of them. Numbers are in the tables below each; where a picture cannot be drawn, it says so, and these stay.

import { h, replace } from "./dom.js";

const [LEAST, MOST, STEP] = [280, 1200, 10]; // px that the server takes
const PADDING = 16; // px around a picture, which stand out of the column of texts
const NEAR = "600px"; // from the screen, where a picture is drawn
const OPTIONS = { ast: true, renderer: "svg", actions: false, defaultStyle: false, tooltip: false };
let script = null;

// The width to ask pictures of, in px, for a column of texts such as main.
export function widthFor(column) {
  const { paddingLeft, paddingRight } = getComputedStyle(column);
  const wide = column.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight) + 2 * PADDING;
  return Math.min(MOST, Math.max(LEAST, Math.floor(wide / STEP) * STEP));
}

// A picture of an answer, {title, description, height, spec}: its place at once, drawn once it is near the screen.
// Nothing where there is none.
export function figure(picture) {
  if (!picture) return null;
  const place = h("div", { class: "drawing", role: "img", "aria-label": picture.description });
  place.style.minHeight = `${picture.height}px`;
  const element = h("figure", { class: "chart" }, place);
  const near = new IntersectionObserver((entries) => {
    if (!entries.some((one) => one.isIntersecting)) return;
    near.disconnect();
    draw(place, picture).catch((error) => undrawn(element, picture, error));
  }, { rootMargin: NEAR });
  near.observe(element);
  return element;
}

async function draw(place, picture) {
  const embed = await vega();
  await embed(place, picture.spec, OPTIONS);
  const drawn = place.querySelector("svg");
  drawn.setAttribute("aria-hidden", "true"); // its place has the text for all of it
  drawn.setAttribute("focusable", "false");
}

function undrawn(element, picture, error) {
  console.warn(error);
  replace(element, h("p", { class: "quiet" }, `“${picture.title}” cannot be drawn: ${error.message} `,
    "The numbers are in the table."));
}

// vegaEmbed, from the server's own script; asked for again by a later picture where it could not be had.
function vega() {
  script ??= new Promise((resolve, reject) => {
    const element = h("script", { src: "web/vega.js", on: {
      load: () => (globalThis.vegaEmbed ? resolve(globalThis.vegaEmbed) : reject(new Error("its script does not run."))),
      error: () => reject(new Error("the server did not give the script that draws.")),
    } });
    document.head.append(element);
  }).catch((error) => {
    script = null;
    throw error;
  });
  return script;
}
