// The address after #: which view, of what, and what it shows.

// Where an address leads: {view, ticker, query (URLSearchParams), key (same view of the same thing)}.
export function parse(hash = location.hash) {
  const text = hash.replace(/^#/, "");
  const [path, query] = [text.split("?", 1)[0], text.slice(text.indexOf("?") + 1)];
  const [name = "", ticker = "", ...rest] = path.split("/").filter(Boolean).map(decoded);
  const params = { ticker: ticker.toUpperCase(), query: new URLSearchParams(text.includes("?") ? query : "") };
  const view = rest.length ? "unknown"
    : name === "" ? "heatmap"
      : name === "portfolio" && !ticker ? "portfolio"
        : ["stock", "stress"].includes(name) && ticker ? name : "unknown";
  return { view, ...params, key: `${view}/${params.ticker}` };
}

// Parameters of a heatmap's model that the server is given as they are.
export const MODEL = ["basis", "cov", "estimator", "half_life", "frequency", "members"];
const OF_STOCK = ["window", "as_of", "basis", "cov", "frequency"];

// Those parameters of a query that a stock has, too: its window, its day and its factors.
export const ofStock = (query) => new URLSearchParams(
  OF_STOCK.filter((name) => query.get(name)).map((name) => [name, query.get(name)]));

// The address of a path such as ["stock", "M&M.NS"], with a query (an object or URLSearchParams).
export function address(path, query = {}) {
  const kept = new URLSearchParams(query instanceof URLSearchParams ? query
    : Object.entries(query).flatMap(([name, value]) => [value].flat().filter((one) => one ?? "").map((one) => [name, one])));
  return `#/${path.map(encodeURIComponent).join("/")}${kept.size ? `?${kept}` : ""}`;
}

// Go there; replacing: without an entry in the history, as while typing.
export function go(to, { replacing = false } = {}) {
  if (to === (location.hash || "#/")) return;
  history[replacing ? "replaceState" : "pushState"](null, "", to);
  dispatchEvent(new Event("factor:address"));
}

// The title of the window.
export function title(text) {
  document.title = text ? `${text} · factorcli` : "factorcli";
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
