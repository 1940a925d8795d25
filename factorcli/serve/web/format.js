// Numbers as the commands' tables print them: rounded, with a real minus, and a dash where there is none.

const SIGNS = { INR: "₹", USD: "$", EUR: "€", GBP: "£", JPY: "¥" };
export const NONE = "–";
// The market's, where the page says it.
export const CURRENCY = (typeof document === "undefined" ? null : document.documentElement.dataset.currency) ?? "INR";
export const CURRENCY_SIGN = SIGNS[CURRENCY] ?? CURRENCY;

// +1.23, −0.40; 0.00 has no sign.
export function number(value, digits = 2, signed = true) {
  if (!isNumber(value)) return NONE;
  const text = Math.abs(value).toFixed(digits);
  const sign = Number(text) === 0 ? "" : value < 0 ? "−" : signed ? "+" : "";
  return sign + text;
}

// A fraction in per cent: 12.3%.
export const percent = (value, digits = 1, signed = false) => (isNumber(value) ? `${number(100 * value, digits, signed)}%` : NONE);

// An amount in whole units; rupees in lakh and crore: ₹12,34,567.
export function money(amount, currency = "INR") {
  if (!isNumber(amount)) return NONE;
  const [size, least] = [Math.abs(amount), Math.floor(Math.abs(amount))];
  const whole = size - least === 0.5 ? least + (least % 2) : Math.round(size);  // half to even, as in the tables
  const digits = whole.toLocaleString(currency === "INR" ? "en-IN" : "en-US", { maximumFractionDigits: 0 });
  return `${amount < 0 && whole ? "−" : ""}${SIGNS[currency] ?? `${currency} `}${digits}`;
}

export const pValue = (value) => (!isNumber(value) ? NONE : value < 0.001 ? "< 0.001" : number(value, 3, false));
export const count = (amount, what) => `${amount.toLocaleString("en-IN")} ${what}${amount === 1 ? "" : "s"}`;
export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

// RELIANCE.NS as people write it: RELIANCE.
export const symbol = (ticker) => ticker.replace(/\.(NS|BO)$/, "");

// A time such as 2026-11-20T12:30:00Z on the reader's clock.
export function moment(text) {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? String(text) : at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

// Seconds as a person says them.
export function duration(seconds) {
  if (!isNumber(seconds)) return NONE;
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

// The source of prices for a reader: of a path the last part alone.
export const sourceName = (source) => source.split(/[\\/]/).filter(Boolean).at(-1) ?? source;
