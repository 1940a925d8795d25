// What the stocks of a heatmap are like, to compare one with, and to search in. Pure functions.

import { quantile } from "../heat.js";

const LEAST_MATES = 5;

/** The middle of all stocks, and where eight in ten of a sector's lie (10th to 90th percentile), by factor code. */
export function others(heatmap, sector) {
  const mates = sector ? heatmap.stocks.filter((stock) => stock.sector === sector) : [];
  const hasSector = mates.length >= LEAST_MATES;
  const middle = {};
  const range = {};
  for (const [code, values] of betas(heatmap.stocks)) middle[code] = quantile(values, 0.5);
  for (const [code, values] of betas(hasSector ? mates : [])) range[code] = [quantile(values, 0.1), quantile(values, 0.9)];
  return {
    asOf: heatmap.as_of,
    stocks: heatmap.stocks.length,
    total: heatmap.total,
    sector: hasSector ? sector : null,
    mates: hasSector ? mates.length : 0,
    median: middle,
    range,
  };
}

/** Whether a heatmap is of the same factors, basis, window and source as a result. */
export const comparable = (heatmap, result) =>
  heatmap.window === result.window && heatmap.source === result.data.source &&
  ["id", "basis", "estimator"].every((name) => heatmap.model[name] === result.model[name]) &&
  (heatmap.frequency ?? null) === (result.frequency ?? null);

// The ascending betas of each factor that at least two stocks have.
function betas(stocks) {
  const found = new Map();
  for (const stock of stocks) {
    for (const [code, beta] of Object.entries({ market: stock.market_beta, down: stock.down_beta, ...stock.betas })) {
      if (!Number.isFinite(beta)) continue;
      if (!found.has(code)) found.set(code, []);
      found.get(code).push(beta);
    }
  }
  return [...found].filter(([, values]) => values.length > 1).map(([code, values]) => [code, values.sort((a, b) => a - b)]);
}

/**
 * Stocks whose ticker or name has every word of a text, the best match first: the ticker itself, one that begins with
 * it, a name of which a word begins with it, then the rest.
 */
export function matching(stocks, text, most = 8) {
  const asked = plain(text);
  if (!asked) return [];
  const words = asked.split(/\s+/);
  const rank = (stock) => {
    const [ticker, name] = [plain(stock.ticker), plain(stock.name ?? "")];
    if (ticker === asked || ticker.replace(/\.[a-z]+$/, "") === asked) return 0;
    if (ticker.startsWith(asked)) return 1;
    if (name.startsWith(asked)) return 2;
    if (words.every((one) => name.split(/[^\p{L}\p{N}&]+/u).some((part) => part.startsWith(one)))) return 3;
    if (words.every((one) => ticker.includes(one) || name.includes(one))) return 4;
    return 9;
  };
  return stocks.map((stock) => [rank(stock), stock]).filter(([place]) => place < 9)
    .sort(([a, one], [b, two]) => a - b || one.ticker.localeCompare(two.ticker))
    .slice(0, most).map(([, stock]) => stock);
}

const plain = (text) => text.trim().toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
