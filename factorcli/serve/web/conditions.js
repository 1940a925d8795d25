// Conditions on the columns of a heatmap, such as `SZ > 1` and `sector = Power`: the grammar and the sentences of the
// screen, answered from the heatmap that is on the page.

const OPERATORS = {
  ">": (a, b) => a > b, ">=": (a, b) => a >= b, "<": (a, b) => a < b, "<=": (a, b) => a <= b,
  "=": (a, b) => a === b, "!=": (a, b) => a !== b,
};
const EXAMPLE = "write a column, an operator and a value, such as SZ > 1";
const SIGNS = `Operators are ${Object.keys(OPERATORS).join(" ")}.`;
const PARTS = /^\s*([^<>=!≤≥≠~]*?)\s*([<>=!≤≥≠~]+)\s*([\s\S]*?)\s*$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const MOST_SHOWN = 60;
const MOST_NAMED = 5;

// What a column holds: a number, a fraction of any size (`change`) or from 0 to 1 (`share`), or a text.
const OTHERS = {
  market: ["number", (stock) => stock.market_beta], down: ["number", (stock) => stock.down_beta],
  r_squared: ["share", (stock) => stock.r_squared], alpha: ["change", (stock) => stock.alpha_annual],
  observations: ["number", (stock) => stock.observations], sector: ["text", (stock) => stock.sector],
  ticker: ["text", (stock) => stock.ticker], name: ["text", (stock) => stock.name],
};

// The columns of a model with these factors: {name: {name, kind, read, smallestFirst}}.
export function columns(codes) {
  const found = Object.entries(OTHERS).map(([name, [kind, read]]) => ({ name, kind, read, ascending: kind === "text" }));
  for (const code of codes) {
    found.push({ name: code, kind: "number", read: (stock) => stock.betas[code], ascending: false });
    found.push({ name: `${code}.t`, kind: "number", read: (stock) => stock.t_stats[code], ascending: false });
    found.push({ name: `${code}.q`, kind: "share", read: (stock) => stock.q_values[code], ascending: true });
  }
  return new Map(found.map((column) => [column.name, column]));
}

// The column of a name, in capitals or not. Throws a RangeError with the columns that there are.
export function columnOf(name, codes) {
  const known = columns(codes);
  const found = known.get(name) ?? [...known.values()].find((one) => fold(one.name) === fold(name));
  if (found) return found;
  throw new RangeError(
    `column ${quoted(name)} is not known: it can be ${codes.join(", ")}, each also with .t or .q (such as `
    + `${codes.at(-1)}.q), ${Object.keys(OTHERS).join(", ")}.`,
  );
}

// The condition that a text says, of a heatmap: {text, meets(stock)}. Throws a RangeError with what is wrong.
export function condition(text, codes, stocks) {
  const parts = PARTS.exec(text);
  if (!parts?.[1]) throw new RangeError(`condition ${quoted(text)} is not complete: ${EXAMPLE}. ${SIGNS}`);
  const [, name, sign, written] = parts;
  const column = columnOf(name, codes);
  if (!OPERATORS[sign]) {
    throw new RangeError(`condition ${quoted(text)} has the operator ${sign}, which is not known. ${SIGNS}`);
  }
  if (!written) throw new RangeError(`condition ${quoted(text)} has no value: ${EXAMPLE}.`);
  if (column.kind === "text") {
    if (!["=", "!="].includes(sign)) {
      throw new RangeError(`${column.name} is a text, and is compared with = or != only, not with ${sign}.`);
    }
    const whole = completed(column, unquoted(written), stocks);
    const meets = (stock) => {
      const value = column.read(stock);
      return typeof value === "string" && (fold(value) === fold(whole)) === (sign === "=");
    };
    return { text: `${column.name} ${sign} ${whole}`, meets };
  }
  const value = valueOf(text, column, sign, written);
  const meets = (stock) => Number.isFinite(column.read(stock)) && OPERATORS[sign](column.read(stock), value);
  return { text: `${column.name} ${sign} ${written}`, meets };
}

function valueOf(text, column, sign, written) {
  let plain = written.replaceAll("−", "-").trim();
  const percent = plain.endsWith("%");
  if (percent) plain = plain.slice(0, -1).trimEnd();
  const value = NUMBER.test(plain) ? Number(plain) : NaN;
  if (!Number.isFinite(value)) {
    throw new RangeError(`condition ${quoted(text)}: ${quoted(written)} is not a number. Give each condition by itself.`);
  }
  const share = column.kind !== "number";
  if (percent && !share) {
    throw new RangeError(`${column.name} is not a percentage: write ${column.name} ${sign} ${short(value / 100)}.`);
  }
  if (percent) return value / 100;
  if (share && (Math.abs(value) > 1 || (column.kind === "change" && Math.abs(value) === 1))) {
    const said = `${column.name} ${sign}`;
    throw new RangeError(
      `${said} ${plain} would be ${short(100 * value)}%, as ${column.name} is a fraction: write ${said} ${plain}% or `
      + `${said} ${short(100 * value)}%.`,
    );
  }
  return value;
}

// The sector, ticker or name that a text stands for. Throws a RangeError where it is none or several.
function completed(column, text, stocks) {
  const wanted = fold(text);
  const values = [...new Set(stocks.map(column.read).filter((value) => typeof value === "string"))];
  if (column.name === "sector") values.sort();
  const equal = values.filter((value) => fold(value) === wanted);
  if (equal.length) return equal[0];
  if (column.name === "ticker") {
    const found = values.filter((value) => fold(value).split(".")[0] === wanted);
    if (found.length === 1) return found[0];
    throw new RangeError(`${quoted(text)} is no ticker of this heatmap.`);
  }
  let found = values.filter((value) => fold(value).startsWith(wanted));
  if (column.name === "sector") {
    if (!found.length) found = values.filter((value) => fold(value).includes(wanted));
    if (found.length !== 1) {
      const problem = found.length ? "means several" : "is not one";
      throw new RangeError(`sector ${quoted(text)} ${problem} of the sectors: ${(found.length ? found : values).join(", ")}.`);
    }
  }
  if (found.length > 1) {
    const more = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : "";
    throw new RangeError(`name ${quoted(text)} means several stocks: ${found.slice(0, MOST_NAMED).join(", ")}${more}.`);
  }
  return found[0] ?? text;
}

const fold = (text) => text.toLowerCase();
const short = (value) => String(Number(value.toPrecision(6)));
const unquoted = (text) => (/^(["']).*\1$/s.test(text) && text.length > 1 ? text.slice(1, -1).trim() : text);

// A text as a sentence repeats it: in one line, shortened, in the quotes that it does not have itself.
export function quoted(text) {
  const line = text.trim().split(/\s+/).join(" ");
  const mark = line.includes("'") && !line.includes('"') ? '"' : "'";
  return `${mark}${line.length <= MOST_SHOWN ? line : `${line.slice(0, MOST_SHOWN)}…`}${mark}`;
}
