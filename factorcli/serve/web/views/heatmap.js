// Every stock of the universe: a summary by sector above one table that sorts.

import { h } from "../dom.js";

export async function show(main) {
  main.append(h("h1", { "data-title": "Heatmap" }, "What each stock moves with"));
}
