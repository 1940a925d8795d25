// The stocks that are shown, as files: CSV, and a picture with what it shows written above it.

import { download } from "./dom.js";
import { csv } from "./heat.js";
import { picture } from "./heat-picture.js";
import { onlyThese } from "./heat-view.js";

const DEMO = "Demo: these prices are synthetic and say nothing about any company.";

export const saveCsv = (heatmap, stocks) => download(nameOf(heatmap, "csv"), csv(heatmap, stocks), "text/csv;charset=utf-8");

// view: of heat-view; about: what the page says of the heatmap. Rejects where the browser makes no picture of this size.
export async function savePicture(heatmap, { stocks, filters, said }, columns, title, about) {
  const texts = [about, heatmap.source === "demo" && DEMO, said, onlyThese(filters)].filter(Boolean);
  const coloured = columns.filter((column) => column.limit !== null);
  download(nameOf(heatmap, "png"), await picture(stocks, coloured, title, texts));
}

const nameOf = ({ window, as_of: day }, ending) => `heatmap-${window}-${day}.${ending}`;
