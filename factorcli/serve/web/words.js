// What things are called: a plain word, and the statistical term for who points at it.

// What the model's factors are called by their codes, such as Nifty 50, as the server has written it into the page.
const NAMES = typeof document === "undefined" ? {} : JSON.parse(document.documentElement.dataset.factors);

// Factors by code: [word, what stands after its name].
const FACTORS = {
  MKT: ["Market", "with the other factors held constant"],
  VAL: ["Value", "stocks that are cheap by earnings, book value and dividends"],
  MOM: ["Momentum", "stocks that have risen most over 6 and 12 months"],
  SZ: ["Size", "smaller companies than the market's"],
  VOL: ["Volatility", "the volatility that option prices expect"],
};

const WORDS = {
  market: ["With market", "beta of the one-factor market model"],
  down: ["In falls", "beta to the market on days on which the market falls"],
  alpha: ["Extra a year", "annual return that the factors do not explain (alpha of the regression)"],
  r_squared: ["Explained", "R²: share of the variance that the factors explain"],
  observations: ["Days", "number of returns in the regression"],
  q_value: ["sure", "q-value: p-value adjusted for the number of stocks (false discovery rate, Benjamini–Hochberg)"],
  t_stat: ["t", "estimate divided by its standard error"],
  spread: ["spread", "interquartile range: the distance between the first and the third quarter of the stocks"],
  median: ["middle", "median of the stocks"],
  volatility: ["Ups and downs a year", "annualised standard deviation of returns"],
  residual_volatility: ["Own ups and downs a year", "annualised standard deviation of the residual"],
  interval: ["range", "95 % confidence interval"],
  expected_shortfall: ["Average of the bad days", "expected shortfall: the mean loss of the worst 5 % of days"],
  tracking_error: ["Distance from the benchmark", "tracking error: annualised standard deviation of the active return"],
};

// Codes of failures.
const SITUATIONS = {
  pending: "not computed yet",
  insufficient_history: "too few prices",
  no_prices: "no prices",
  stale_series: "prices that ended long ago",
  unknown_ticker: "unknown to the source",
  delisted: "delisted",
  malformed_prices: "prices that cannot be read",
  foreign_listing: "listed elsewhere",
  rate_limited: "the source asked to wait",
  ...Object.fromEntries(["upstream", "unreachable", "connection_lost", "timed_out", "timeout", "server_failed", "refused",
    "bad_answer"].map((code) => [code, "the source did not answer"])),
};

export const factorWord = (code) => FACTORS[code]?.[0] ?? code;
export const factorName = (code) => NAMES[code] ?? code;
export const factorTerm = (code) => [`beta to ${factorName(code)}`, FACTORS[code]?.[1]].filter(Boolean).join(", ");
export const word = (name) => WORDS[name]?.[0] ?? name;
export const term = (name) => WORDS[name]?.[1] ?? "";
export const situation = (code) => SITUATIONS[code] ?? code.replaceAll("_", " ");

const WINDOWS = new Map([["daily", [126, 252, 504]], ["weekly", [104]], ["monthly", [60]]]);
const USUAL_DAYS = 252;

// The windows that a list offers, and the one that is meant where none is named, in days, weeks or months.
export const windowsOf = (frequency = null) => WINDOWS.get(frequency) ?? WINDOWS.get("daily");
export function usualWindow(frequency = null) {
  const lengths = windowsOf(frequency);
  return lengths.includes(USUAL_DAYS) ? USUAL_DAYS : lengths[0];
}

// 126 → "6 months (126 days)"; with a frequency, of its weeks or months: "104 weeks".
export function windowName(length, frequency = null) {
  if (!/^\d+$/.test(length)) return String(length);
  const names = { 126: "6 months", 252: "1 year", 504: "2 years" };
  const units = { weekly: "weeks", monthly: "months" };
  if (units[frequency]) return `${length} ${units[frequency]}`;
  return names[length] ? `${names[length]} (${length} days)` : `${length} days`;
}
