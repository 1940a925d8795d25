// Holdings as people type them, and as lines that can be edited and sent. Pure functions.

const LONGEST = 200; // characters of a line that is a ticker and a number
const LINE = /^\s*(\^?[A-Za-z0-9][A-Za-z0-9.&_:^-]*)\s*[\s,;=:\t]\s*([+−–-]?)\s*([0-9][0-9,]*\.?[0-9]*|\.[0-9]+)\s*(%?)\s*$/;
const PLAIN = /^\^?[A-Z0-9&]+(\.(NS|BO))?$/; // a ticker that is called nothing else, as RELIANCE-EQ is
const ISIN = /^IN[A-Z0-9]{10}$/;
const HEADING = /^"?(ticker|symbol|instrument)\b/i;
const RUPEES = /^\s*(₹|rs\.?|inr)\s*/i;
const YES_NO = { yes: true, y: true, true: true, no: false, n: false, false: false };
const MONEY = /^\s*((?:₹|rs\.?|inr)?\s*[\d.,]+)\s*(lakhs?|lacs?|l|crores?|cr)?\.?\s*$/i;
const TIMES = Object.fromEntries([["lakh", 1e5], ["lac", 1e5], ["crore", 1e7]].flatMap(([unit, times]) =>
  [[unit, times], [`${unit}s`, times]]).concat([["l", 1e5], ["cr", 1e7]]));
const MOST_MONEY = 1e14;
const TRADE = /^(\^?[A-Za-z0-9][A-Za-z0-9.&_:^-]*)\s*[\s=:]\s*([+−–-]?\s*(?:\d+\.?\d*|\.\d+))\s*(%|sh|shares?)?$/i;

/**
 * What is sent of a text. Lines of a ticker and a number, without a heading, get one: weights where there is a sign % or
 * every number is below 1 in size, else quantities. Every other text is sent as it is, and read as a file is.
 */
export function asFile(text) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  const found = lines.map((line) => (line.length > LONGEST ? null : LINE.exec(line)));
  if (!lines.length || found.some((one) => one === null)) return { text, kind: null };
  const amounts = found.map(([, , sign, digits, unit]) => ({
    sign: sign && sign !== "+" ? "-" : "", digits: digits.replaceAll(",", ""), unit }));
  const isWeight = amounts.some((one) => one.unit) || amounts.every((one) => Number(one.digits) < 1);
  const kind = isWeight ? "weight" : "quantity";
  const rows = found.map(([, ticker], i) => `${ticker},${amounts[i].sign}${amounts[i].digits}${amounts[i].unit}`);
  return { text: `ticker,${kind}\n${rows.join("\n")}\n`, kind };
}

/** Holdings as lines that `asFile` reads again. */
export function asLines(holdings) {
  return holdings.map(({ ticker, weight, quantity }) =>
    (quantity ?? null) !== null ? `${ticker}, ${plain(quantity)}` : `${ticker}, ${plain(100 * weight)}%`).join("\n");
}

/** Holdings of lines that `asFile` gives a heading, each ticker once; null where the text needs to be read as a file is. */
export function asHoldings(text) {
  const { text: file, kind } = asFile(text);
  if (kind === null) return null;
  const holdings = file.split("\n").slice(1).filter(Boolean).map((line) => {
    const [ticker, amount] = line.split(",");
    const size = Number(amount.replace("%", ""));
    return { ticker: ticker.toUpperCase(), [kind]: amount.endsWith("%") ? size / 100 : size };
  });
  const plainly = holdings.every(({ ticker }) => PLAIN.test(ticker) && !ISIN.test(ticker));
  return plainly && new Set(holdings.map(({ ticker }) => ticker)).size === holdings.length ? holdings : null;
}

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
  return /^(\d[\d,]*\.?\d*|\.\d+)$/.test(digits) ? Number(digits.replaceAll(",", "")) : NaN;
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

// A number without an exponent or the tail of a double.
const plain = (value) => String(Number(value.toPrecision(12)));
