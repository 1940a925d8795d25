// A field that finds a stock by ticker or name, with suggestions; it costs no request where the heatmap is known.

import { already, ApiError, get } from "./api.js";
import { h, replace } from "./dom.js";
import { symbol } from "./format.js";
import { address, go } from "./router.js";

const HEATMAP = "heatmap?window=252";
const MOST = 8;
const TYPING_MS = 150;

// The stocks whose ticker or name has every word of a text, best first: the ticker itself, tickers that begin with it,
// names that begin with it, then the rest.
export function matches(stocks, text, most = MOST) {
  const wanted = text.trim().toLowerCase();
  const words = wanted.split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const rank = ({ ticker, name }) => {
    const [short, whole, called] = [symbol(ticker).toLowerCase(), ticker.toLowerCase(), (name ?? "").toLowerCase()];
    if (wanted === short || wanted === whole) return 0;
    if (whole.startsWith(wanted)) return 1;
    if (called.startsWith(wanted)) return 2;
    return words.every((word) => `${whole} ${called}`.includes(word)) ? 3 : 9;
  };
  return stocks.map((stock) => [rank(stock), stock]).filter(([place]) => place < 9).sort(([a], [b]) => a - b)
    .slice(0, most).map(([, stock]) => stock);
}

// The element: a combobox with its list. chosen: what to do with a ticker; else its page is opened.
export function finder(chosen = (ticker) => go(address(["stock", ticker])), id = "find") {
  const list = h("ul", { class: "found", id: `${id}-list`, role: "listbox", "aria-label": "Stocks", hidden: true });
  const field = h("input", { type: "search", id: `${id}-text`, role: "combobox", placeholder: "Find a stock", autocomplete: "off",
    spellcheck: "false", "aria-label": "Find a stock", "aria-expanded": "false", "aria-autocomplete": "list",
    "aria-controls": list.id });
  const said = h("span", { class: "unseen", role: "status" });
  let found = [];
  let at = -1;
  let typing = 0;

  const close = () => {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    at = -1;
  };
  const take = (stock) => {
    field.value = "";
    close();
    chosen(stock.ticker);
  };
  const mark = (place) => {
    at = place;
    [...list.children].forEach((one, number) => one.setAttribute("aria-selected", String(number === at)));
    if (at >= 0) field.setAttribute("aria-activedescendant", list.children[at].id);
    else field.removeAttribute("aria-activedescendant");
  };
  const open = (stocks) => {
    found = stocks;
    replace(list, stocks.map((stock, number) => h("li", { role: "option", id: `${id}-${number}`, "aria-selected": "false",
      on: { mousedown: (event) => event.preventDefault(), click: () => take(stock) } },
    h("strong", {}, symbol(stock.ticker)), h("small", {}, [stock.name, stock.sector].filter(Boolean).join(" · ")))));
    list.hidden = !stocks.length;
    field.setAttribute("aria-expanded", String(stocks.length > 0));
    said.textContent = field.value.trim() ? (stocks.length ? `${stocks.length} found` : "No stock found") : "";
    mark(-1);
  };
  const look = async () => {
    const text = field.value;
    if (!text.trim()) {
      open([]);
      return;
    }
    const stocks = await suggested(text);
    if (text === field.value) open(stocks);
  };

  field.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(look, already(HEATMAP) ? 0 : TYPING_MS);
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && found.length) {
      event.preventDefault();
      list.hidden = false;
      field.setAttribute("aria-expanded", "true");
      mark((at + steps[event.key] + found.length + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) % found.length);
    } else if (event.key === "Enter" && field.value.trim()) {
      event.preventDefault();
      clearTimeout(typing);
      if (at >= 0) take(found[at]);
      else enter();
    } else if (event.key === "Escape") {
      close();
    }
  });

  // Enter without a choice: the best match, or what was written where it can be a ticker.
  async function enter() {
    const text = field.value.trim();
    const [best] = await suggested(text);
    if (best) take(best);
    else if (/^\^?[A-Za-z0-9][A-Za-z0-9.&=_^:-]{0,31}$/.test(text)) take({ ticker: text.toUpperCase() });
    else said.textContent = "No stock found";
  }

  return h("div", { class: "finder" }, field, list, said);
}

// From the heatmap where there is one, else from the server's search.
async function suggested(text) {
  try {
    return matches((already(HEATMAP) ?? (await get(HEATMAP))).stocks, text);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return get(`stocks/search?limit=${MOST}&q=${encodeURIComponent(text.trim())}`).catch(() => []);
  }
}
