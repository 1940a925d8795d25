// A combobox that suggests stocks of the heatmap; it asks the server for nothing (ARIA 1.2, list autocomplete).

import { field, h, replace } from "../dom.js";
import { count } from "../format.js";
import { matching } from "./others.js";

let made = 0;

/**
 * The field. stocks: a function that gives what is known now; chosen: called with a ticker. Enter takes the marked
 * suggestion, else the first, else what was typed: the server knows ISINs and other markets too.
 */
export function stockSearch({ label = "Find a stock", stocks, chosen }) {
  made += 1;
  const id = `stocks-${made}`;
  const list = h("ul", { id, role: "listbox", "aria-label": "Stocks", class: "suggestions", hidden: true });
  const input = h("input", {
    type: "text", role: "combobox", autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, placeholder: "Name or ticker",
  });
  const told = h("span", { class: "unseen", role: "status" });
  let found = [];
  let marked = -1;

  const close = () => {
    list.hidden = true;
    told.textContent = "";
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    marked = -1;
  };
  const take = (ticker) => {
    close();
    input.value = "";
    chosen(ticker);
  };
  const mark = (place) => {
    marked = place;
    for (const [i, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(i === place));
    if (place >= 0) {
      input.setAttribute("aria-activedescendant", `${id}-${place}`);
      list.children[place].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const suggest = () => {
    const text = input.value.trim();
    found = matching(stocks(), text);
    replace(list, found.map((stock, i) => h("li", {
      id: `${id}-${i}`, role: "option", "aria-selected": "false",
      on: { mousedown: (event) => event.preventDefault(), click: () => take(stock.ticker) },
    }, h("strong", {}, stock.ticker), ` ${stock.name ?? ""}`, h("span", { class: "quiet" }, stock.sector ?? ""))));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    mark(-1);
    told.className = found.length ? "unseen" : "none";
    told.textContent = !text ? "" : found.length ? count(found.length, "suggestion") : stocks().length
      ? "No stock of the heatmap has that name: Enter asks the server for it."
      : "There is no heatmap to search in: write the whole ticker, then Enter.";
  };

  input.addEventListener("input", suggest);
  input.addEventListener("focus", () => input.value && suggest());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (list.hidden) suggest();
      if (found.length) mark((marked + step + (marked < 0 && step < 0 ? 1 : 0) + found.length) % found.length);
    } else if (event.key === "Enter") {
      const ticker = found[marked]?.ticker ?? found[0]?.ticker ?? input.value.trim().toUpperCase();
      if (!ticker) return;
      event.preventDefault();
      take(ticker);
    } else if (event.key === "Escape") {
      if (list.hidden) input.value = "";
      close();
    }
  });
  const element = field(label, input);
  element.classList.add("search");
  element.append(list, told);
  return element;
}
