// The stocks that are shown as a PNG: the table drawn on a canvas, in the colours of the page.

import { LEVELS, isFaded, isSure, level } from "./heat.js";
import { symbol } from "./format.js";

const ROW = 22;
const MARGIN = 24;
const TICKER = 120;
const NAME = 250;
const CELL = 84;
const LINE = 20;
const SWATCH = 16;
const TALLEST = 16_000;  // px of a canvas
const LARGEST = 16_777_216;  // px in all, as telephones have it
const FONT = '"Inter Factor", Inter, system-ui, sans-serif';

const NOTES = ["A number is how many per cent a stock has moved with 1% of the factor, the others held constant.",
  "* significant at a false discovery rate of 5% over all stocks; of what cannot be told from chance, a line has the colour."];

// A Blob of the picture. title: its first line; texts: what is below it, in as many lines as they need.
export async function picture(stocks, columns, title, texts) {
  const width = 2 * MARGIN + TICKER + NAME + columns.length * CELL;
  const canvas = document.createElement("canvas");
  const pen = new Pen(canvas.getContext("2d"));
  const lines = [title, ...texts.flatMap((one) => wrapped(one, width - 2 * MARGIN, (part) => pen.widthOf(part)))];
  const top = MARGIN + lines.length * LINE + 44;
  const foot = top + stocks.length * ROW + MARGIN;
  const height = foot + (1 + NOTES.length) * LINE + MARGIN;
  const scale = Math.min(2, TALLEST / height, Math.sqrt(LARGEST / (width * height)));
  [canvas.width, canvas.height] = [Math.floor(width * scale), Math.floor(height * scale)];
  pen.begin(scale, width, height);
  drawHead(pen, lines, columns, top, width - 2 * MARGIN);
  stocks.forEach((stock, line) => drawRow(pen, stock, columns, top + line * ROW));
  drawLegend(pen, foot, width - 2 * MARGIN);
  return new Promise((resolve, reject) => {
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Error("The picture is too large for this browser."))), "image/png");
  });
}

// A canvas that is drawn on in the colours of the page.
class Pen {
  constructor(draw) {
    this.draw = draw;
    this.style = getComputedStyle(document.documentElement);
    draw.font = `400 12px ${FONT}`;
  }

  begin(scale, width, height) {
    this.draw.scale(scale, scale);
    this.draw.textBaseline = "middle";
    this.box("paper", 0, 0, width, height);
  }

  // Empty where the page has no colour of this name.
  colour(name) {
    return this.style.getPropertyValue(`--${name}`).trim();
  }

  widthOf(text) {
    return this.draw.measureText(text).width;
  }

  box(name, x, y, width, height) {
    this.draw.fillStyle = this.colour(name);
    this.draw.fillRect(x, y, width, height);
  }

  // room: the width that the text is shortened to.
  text(said, x, y, { ink = "ink", size = 12, weight = 400, align = "left", room = 0 } = {}) {
    this.draw.font = `${weight} ${size}px ${FONT}`;
    this.draw.fillStyle = this.colour(ink);
    this.draw.textAlign = align;
    this.draw.fillText(room ? fitted(this.draw, said, room) : said, x, y);
  }
}

// The lines above the table, and the headings of its columns.
function drawHead(pen, [title, ...lines], columns, top, room) {
  pen.text(title, MARGIN, MARGIN + 8, { size: 16, weight: 600, room });
  lines.forEach((line, place) => pen.text(line, MARGIN, MARGIN + 8 + (place + 1) * LINE, { ink: "muted", room }));
  columns.forEach((column, place) => {
    const middle = MARGIN + TICKER + NAME + place * CELL + CELL / 2;
    pen.text(column.word, middle, top - 28, { align: "center", size: 11, weight: 600, room: CELL - 4 });
    pen.text(column.code, middle, top - 12, { align: "center", size: 11, ink: "muted" });
  });
}

function drawRow(pen, stock, columns, y) {
  pen.text(symbol(stock.ticker), MARGIN, y + ROW / 2, { weight: 600, room: TICKER - 8 });
  pen.text(stock.name ?? "", MARGIN + TICKER, y + ROW / 2, { ink: "muted", room: NAME - 10 });
  columns.forEach((column, place) => {
    const value = column.read(stock);
    const step = level(value, column.limit);
    const faded = column.factor ? isFaded(stock, column.factor) : false;
    const x = MARGIN + TICKER + NAME + place * CELL;
    if (step !== null) pen.box(`l${step}`, x, faded ? y + ROW - 5 : y, CELL - 1, faded ? 4 : ROW - 1);
    const sure = column.factor && isSure(stock, column.factor);
    const ink = step !== null && !faded && pen.colour(`t${step}`) ? `t${step}` : "ink";
    pen.text(`${column.text(value)}${sure ? "*" : ""}`, x + CELL / 2, y + ROW / 2 - (faded ? 2 : 0), { align: "center", ink });
  });
}

function drawLegend(pen, foot, room) {
  const [low, high] = ["far below zero", "far above it, each column on its own scale"];
  pen.text(low, MARGIN, foot, { ink: "muted" });
  const ramp = MARGIN + pen.widthOf(low) + 8;
  for (let step = 0; step < LEVELS; step += 1) {
    pen.box(`l${step}`, ramp + step * SWATCH, foot - SWATCH / 2, SWATCH, SWATCH);
  }
  pen.text(high, ramp + LEVELS * SWATCH + 8, foot, { ink: "muted" });
  NOTES.forEach((note, place) => pen.text(note, MARGIN, foot + (place + 1) * LINE, { ink: "muted", room }));
}

// The lines of a text, broken between words; a word that is wider than the room has a line of its own.
export function wrapped(text, room, widthOf) {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && widthOf(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

// A text that fits, shortened at its end.
function fitted(draw, said, room) {
  if (draw.measureText(said).width <= room) return said;
  let length = said.length;
  while (length > 1 && draw.measureText(`${said.slice(0, length)}…`).width > room) length -= 1;
  return `${said.slice(0, length)}…`;
}
