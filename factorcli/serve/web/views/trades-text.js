// Lots, amounts of money and trades, as people type them. Pure functions.

const LONGEST = 200; // characters of a line
const HEADING = /^"?(ticker|symbol|instrument)\b/i;
const RUPEES = /^\s*(₹|rs\.?|inr)\s*/i;
const NUMBER = /^(\d+|\d{1,3}(,\d{2,3})*,\d{3})(\.\d*)?$|^\.\d+$/; // with commas as in 12,50,000 or 1,250,000
const YES_NO = { yes: true, y: true, true: true, no: false, n: false, false: false };
const MONEY = /^\s*((?:₹|rs\.?|inr)?\s*[\d.,]+)\s*(lakhs?|lacs?|l|crores?|cr)?\.?\s*$/i;
const TIMES = { lakh: 1e5, lakhs: 1e5, lac: 1e5, lacs: 1e5, l: 1e5, crore: 1e7, crores: 1e7, cr: 1e7 };
const MOST_MONEY = 1e14;
const TRADE = /^(\^?[A-Za-z0-9][A-Za-z0-9.&_:^-]*)\s*[\s=:]\s*([+−–-]?\s*(?:\d+\.?\d*|\.\d+))\s*(%|sh|shares?)?$/i;

/** Contracts [{ticker, lot, price, short}] of lines such as `^NSEI, 75`; none of an empty text. Throws RangeError. */
export function readLots(text) {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line && !HEADING.test(line));
  const lots = lines.map((line) => {
    const wrong = (what) => new RangeError(`“${line.slice(0, 40)}” ${what}, such as ^NSEI, 75.`);
    if (line.length > LONGEST) throw wrong("is too long: write a ticker and the units in one contract");
    const [ticker, size, ...rest] = line.split(/[\t;]/.test(line) ? /\s*[\t;]\s*/ : /\s/.test(line) ? /\s*,\s+|\s+/ : ",");
    const short = YES_NO[rest.at(-1)?.toLowerCase()];
    const [price = "", ...more] = short === undefined ? rest : rest.slice(0, -1);
    const [lot, unit] = [amountOf(size ?? ""), price === "" ? null : amountOf(price)];
    if (!(lot > 0)) throw wrong("has no lot: write the ticker and the units in one contract");
    if (unit !== null && !(unit > 0)) throw wrong("has a price that is no number above 0: write ticker, lot and price");
    if (more.some(Boolean)) throw wrong("has too much in it: write ticker, lot and price");
    return { ticker: ticker.toUpperCase(), lot, ...(unit === null ? {} : { price: unit }),
      ...(short === undefined ? {} : { short }) };
  });
  const twice = lots.find(({ ticker }, i) => lots.findIndex((one) => one.ticker === ticker) !== i);
  if (twice) throw new RangeError(`${twice.ticker} has two lots: write it once.`);
  return lots;
}

/** An amount of money as people write it: 12,50,000, ₹10 lakh or 1.5 crore; null of an empty text. Throws RangeError. */
export function readMoney(text) {
  if (!text.trim()) return null;
  const [, digits, unit = ""] = MONEY.exec(text) ?? [];
  const amount = amountOf(digits ?? "") * (TIMES[unit.toLowerCase()] ?? 1);
  if (!(amount > 0 && amount < MOST_MONEY)) {
    throw new RangeError(`“${text.trim().slice(0, 40)}” is not an amount: write what the portfolio is worth, such as ` +
      "12,50,000 or 12.5 lakh.");
  }
  return amount;
}

// A number with or without its commas and the sign of rupees; NaN of anything else.
function amountOf(text) {
  const digits = text.replace(RUPEES, "").trim();
  return NUMBER.test(digits) ? Number(digits.replaceAll(",", "")) : NaN;
}

/** Trades {ticker: "-5%"} from texts such as `RELIANCE -5%, CASH +5`; a bare number is per cent. Throws RangeError. */
export function readTrades(text) {
  const trades = {};
  for (const part of text.split(/[\n;,]+/).map((one) => one.trim()).filter(Boolean)) {
    const found = part.length > LONGEST ? null : TRADE.exec(part);
    if (!found) {
      throw new RangeError(`“${part.slice(0, 40)}” is not a trade: write a ticker and per cent, such as RELIANCE -5%.`);
    }
    const [, ticker, amount, unit] = found;
    const name = ticker.toUpperCase();
    if (name in trades) throw new RangeError(`${name} is traded twice: write it once.`);
    trades[name] = `${amount.replace(/[−–]/, "-").replace(/\s/g, "")}${unit ? unit.toLowerCase() : "%"}`;
  }
  if (!Object.keys(trades).length) throw new RangeError("Write at least one trade, such as RELIANCE -5%.");
  return trades;
}
