// Holdings as people type them, and as lines that can be edited and sent. Pure functions.

const LONGEST = 200; // characters of a line that is a ticker and a number
const LINE = /^\s*(\^?[A-Za-z0-9][A-Za-z0-9.&_:^-]*)\s*[\s,;=:\t]\s*([+−–-]?)\s*([0-9][0-9,]*\.?[0-9]*|\.[0-9]+)\s*(%?)\s*$/;
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
