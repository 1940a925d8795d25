// Which view is shown: by the address, with back and forward, the title, and the focus at the view's heading.

import { back } from "./api.js";
import { h, replace } from "./dom.js";
import { address, parse, title } from "./router.js";
import { say } from "./status.js";

// Each has `show(main, params, signal)`: builds the view into main, its h1 first and at once, and may return a function
// that is given the params of a later address of the same view (same `key`) instead of building it anew.
const VIEWS = {
  heatmap: () => import("./views/heatmap.js"),
  stock: () => import("./views/stock.js"),
  portfolio: () => import("./views/portfolio.js"),
  stress: () => import("./views/stress.js"),
};
let current = null;

async function route({ first = false } = {}) {
  const params = parse();
  document.body.dataset.view = params.view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === params.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (current?.key === params.key && current.update) {
    current.update(params);
    return;
  }
  current?.stop.abort();
  const stop = new AbortController();
  const mine = (current = { key: params.key, stop, update: null });
  const main = document.getElementById("main");
  main.className = params.view;
  if (!first) scrollTo(0, 0);
  if (!VIEWS[params.view]) {
    failed(main, "There is no such page.", first);
    return;
  }
  try {
    const view = await module(params.view, stop.signal);
    if (stop.signal.aborted) return;
    main.replaceChildren();
    const shown = view.show(main, params, stop.signal);
    heading(main, first);
    const update = await shown;
    if (!stop.signal.aborted) {
      mine.update = update ?? null;
      heading(main, true);
    }
  } catch (error) {
    if (stop.signal.aborted) return;
    console.error(error);
    failed(main, error.message, first);
  }
}

// The module of a view; where the server has stopped, once it is back.
async function module(name, signal) {
  try {
    return await VIEWS[name]();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    await back(signal);
    return await VIEWS[name]();
  }
}

// Take the title from the heading, and put the focus there, so that a screen reader begins with the new view.
function heading(main, stay) {
  const found = main.querySelector("h1");
  if (!found) return;
  title(found.dataset.title ?? found.textContent);
  if (!stay) {
    found.tabIndex = -1;
    found.focus({ preventScroll: true });
  }
}

function failed(main, message, stay) {
  replace(main, h("h1", {}, "This did not work"), h("p", { class: "notice", role: "alert" }, message),
    h("p", {}, h("a", { href: address([]) }, "To the heatmap")));
  heading(main, stay);
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();  // the address after # is the view's
  document.getElementById("main").focus();
});
addEventListener("hashchange", () => route());
addEventListener("factor:address", () => route());
addEventListener("offline", () => say("network", "There is no network; what is shown stays."));
addEventListener("online", () => say("network", ""));
await route({ first: true });
// The other views, so that they open without a wait, and where the server has stopped meanwhile.
const later = window.requestIdleCallback ?? setTimeout;
later(() => Promise.allSettled(Object.values(VIEWS).map((view) => view())));
