// Holdings as people type them, and as lines that can be edited and sent. Pure functions.

const LONGEST = 200; // characters of a line that is a ticker and a number
const MOST_SEARCHED = 40; // lines, for a heading
const TICKER = /^\^?[A-Za-z0-9][A-Za-z0-9.&_:^-]*$/;
const PLAIN = /^\^?[A-Z0-9&]+(\.(NS|BO))?$/; // a ticker that is called nothing else, as RELIANCE-EQ is
const ISIN = /^IN[A-Z0-9]{10}$/;
const DIGITS = String.raw`(?:\d{1,3}(?:,\d{2,3})*,\d{3}|\d+)(?:\.\d*)?|\.\d+`; // with commas as in 12,50,000 or 1,250,000
// A number in a line's end: `-5 %`, `(20)`, `₹1,00,000`, `50 shares`. A sign stands at its number, as ` - ` may be a dash.
const AMOUNT = String.raw`(?<open>\()?(?<sign>[+−–-]?)(?<rupees>(?:₹|rs\.?(?![a-z])|inr)\s*)?(?<digits>${DIGITS})(?<close>\))?` +
  String.raw`\s*(?<unit>%|shares?|sh|nos?|units?|qty)?\.?`;
const NUMBERED = String.raw`^\s*(?:\d{1,4}[.)]\s+|[-*•]\s+)?`;
const LINE = new RegExp(String.raw`${NUMBERED}(?<name>\^?[A-Za-z0-9][A-Za-z0-9.&_:^-]*)(?<gap>\s*[,;=:\t]\s*|\s+(?:[x×]\s+)?)` +
  String.raw`${AMOUNT}\s*$`, "i");
const NAMED = new RegExp(String.raw`${NUMBERED}(?<name>[^,;\t]*[^,;\t\s])(?<gap>\s*[,;\t]\s*)${AMOUNT}\s*$`, "i");
const DASH = /\s[−–-]\s+[\d.]/;
const WHAT = /\b(symbol|ticker|instrument|isin|names?|scrip|stock|security|company|code|holdings?)\b/i;
const HOW_MUCH = /\b(qty|quantity|shares|units|weights?|weightage|wt|val(ue)?|valuation|allocation|amount|position)\b/i;

/**
 * What is sent of a text. Lines of a ticker or a name and a number, without a heading, get one: weights where there is a
 * sign % or every number is below 1 in size, values where there are amounts in ₹, else quantities; lines: which line of the
 * text each is; worth: the sum of values. Every other text is sent as it is, and read as a file is. Throws RangeError for a line that is neither.
 */
export function asFile(text) {
  const rows = text.split(/\r?\n/).map((line, i) => ({ line: line.trim(), at: i + 1 })).filter(({ line }) => line);
  const found = rows.map(({ line }) => parsed(line));
  if (!rows.length || isTable(rows, found)) return { text, kind: null };
  const wrong = found.indexOf(null);
  if (wrong >= 0) throw new RangeError(notALine(rows[wrong]));
  const stocks = found.filter(({ name }) => name.toUpperCase() !== "CASH");
  const inRupees = stocks.filter(({ rupees }) => rupees).length;
  if (inRupees && inRupees < stocks.length) {
    const { line, at } = rows[found.indexOf(stocks.find(({ rupees }) => !rupees))];
    throw new RangeError(`Line ${at}, “${line.slice(0, 40)}”, is not in ₹, and others are: write all amounts in ₹, or none.`);
  }
  const isWeight = found.some(({ unit }) => unit === "%") || found.every(({ digits }) => Number(digits) < 1);
  const kind = inRupees ? "value" : isWeight ? "weight" : "quantity";
  const head = found.every(({ name }) => TICKER.test(name)) ? "ticker" : "company name";
  const lines = found.map((one) => `${quoted(one.name)},${one.sign}${one.digits}${one.unit}`);
  return { text: `${head},${kind === "value" ? "market value" : kind}\n${lines.join("\n")}\n`, kind,
    lines: rows.map(({ at }) => at), worth: kind === "value" ? total(found) : null };
}

const total = (found) => found.reduce((sum, one) => sum + Number(`${one.sign}${one.digits}`), 0);

function parsed(line) {
  const { groups: found } = (line.length > LONGEST ? null : LINE.exec(line) ?? NAMED.exec(line)) ?? {};
  if (!found || Boolean(found.open) !== Boolean(found.close)) return null;
  if (found.gap === "," && found.digits.includes(",")) return null; // `A,50,240` may be 50 at a price of 240
  const isShort = found.open || (found.sign && found.sign !== "+");
  return { name: found.name, sign: isShort ? "-" : "", digits: found.digits.replaceAll(",", ""),
    unit: found.unit === "%" ? "%" : "", rupees: Boolean(found.rupees) };
}

// Whether a text has a heading: words of one in a line, or no line that is a ticker and a number.
function isTable(rows, found) {
  if (found.every(Boolean)) return false;
  const isHeading = ({ line }, i) => !found[i] && WHAT.test(line) && HOW_MUCH.test(line);
  if (rows.slice(0, MOST_SEARCHED).some(isHeading)) return true;
  if (found[0]) return false;
  const [{ line: first }] = rows;
  if (first.length > LONGEST || WHAT.test(first)) return true;
  return !found.some(Boolean) && rows.some(({ line }) => line.split(/[,;\t]/).filter((cell) => cell.trim()).length > 1) &&
    !/\d/.test(first);
}

function notALine({ line, at }) {
  const shown = `Line ${at}, “${line.slice(0, 40)}${line.length > 40 ? "…" : ""}”,`;
  if (DASH.test(line)) return `${shown} can be held or short: write RELIANCE, 50 for held and RELIANCE, -50 for short.`;
  if (/\d,\d/.test(line)) {
    return `${shown} can be read in more than one way: write a ticker and one number, such as RELIANCE, 50; a table needs its ` +
      "line of headings, such as ticker,quantity.";
  }
  return `${shown} is not a ticker and a number: write it as RELIANCE, 50 or RELIANCE, 5%.`;
}

const quoted = (name) => (/[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** A sentence of the server about the lines of a file that `asFile` gave a heading, with the lines of the text. */
export const withLines = (sentence, lines) => (lines ? sentence.replace(/\blines? \d+(?:(?:, | and )\d+)*/gi,
  (found) => found.replace(/\d+/g, (line) => String(lines[line - 2] ?? line))) : sentence);

/** Holdings as lines that `asFile` reads again. */
export function asLines(holdings) {
  return holdings.map(({ ticker, weight, quantity }) =>
    (quantity ?? null) !== null ? `${ticker}, ${plain(quantity)}` : `${ticker}, ${plain(100 * weight)}%`).join("\n");
}

/** Holdings of lines of plain tickers, each once; null where the text needs to be read as a file is. Throws as `asFile`. */
export function asHoldings(text) {
  const { text: file, kind } = asFile(text);
  if (kind !== "weight" && kind !== "quantity") return null;
  const holdings = file.split("\n").slice(1).filter(Boolean).map((line) => {
    const [ticker, amount] = line.split(",");
    const size = Number(amount.replace("%", ""));
    return { ticker: ticker.toUpperCase(), [kind]: amount.endsWith("%") ? size / 100 : size };
  });
  const plainly = holdings.every(({ ticker }) => PLAIN.test(ticker) && !ISIN.test(ticker));
  return plainly && new Set(holdings.map(({ ticker }) => ticker)).size === holdings.length ? holdings : null;
}

// A number without an exponent or the tail of a double.
const plain = (value) => String(Number(value.toPrecision(12)));
