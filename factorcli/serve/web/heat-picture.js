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
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const width = 2 * MARGIN + TICKER + NAME + columns.length * CELL;
  const canvas = document.createElement("canvas");
  const draw = canvas.getContext("2d");
  draw.font = `400 12px ${FONT}`;
  const lines = [title, ...texts.flatMap((one) => wrapped(one, width - 2 * MARGIN, (part) => draw.measureText(part).width))];
  const top = MARGIN + lines.length * LINE + 44;
  const foot = top + stocks.length * ROW + MARGIN;
  const height = foot + (1 + NOTES.length) * LINE + MARGIN;
  const scale = Math.min(2, TALLEST / height, Math.sqrt(LARGEST / (width * height)));
  [canvas.width, canvas.height] = [Math.floor(width * scale), Math.floor(height * scale)];
  draw.scale(scale, scale);
  draw.fillStyle = colour("paper");
  draw.fillRect(0, 0, width, height);
  draw.textBaseline = "middle";
  const text = (said, x, y, { ink = "ink", size = 12, weight = 400, align = "left", room = 0 } = {}) => {
    draw.font = `${weight} ${size}px ${FONT}`;
    draw.fillStyle = colour(ink);
    draw.textAlign = align;
    draw.fillText(room ? fitted(draw, said, room) : said, x, y);
  };
  lines.forEach((line, place) => text(line, MARGIN, MARGIN + 8 + place * LINE,
    place ? { ink: "muted", room: width - 2 * MARGIN } : { size: 16, weight: 600, room: width - 2 * MARGIN }));
  const left = MARGIN + TICKER + NAME;
  columns.forEach((column, place) => {
    const middle = left + place * CELL + CELL / 2;
    text(column.word, middle, top - 28, { align: "center", size: 11, weight: 600, room: CELL - 4 });
    text(column.code, middle, top - 12, { align: "center", size: 11, ink: "muted" });
  });
  stocks.forEach((stock, line) => {
    const y = top + line * ROW;
    text(symbol(stock.ticker), MARGIN, y + ROW / 2, { weight: 600, room: TICKER - 8 });
    text(stock.name ?? "", MARGIN + TICKER, y + ROW / 2, { ink: "muted", room: NAME - 10 });
    columns.forEach((column, place) => {
      const value = column.read(stock);
      const step = level(value, column.limit);
      const faded = column.factor ? isFaded(stock, column.factor) : false;
      const x = left + place * CELL;
      if (step !== null) {
        draw.fillStyle = colour(`l${step}`);
        draw.fillRect(x, faded ? y + ROW - 5 : y, CELL - 1, faded ? 4 : ROW - 1);
      }
      const sure = column.factor && isSure(stock, column.factor);
      const ink = step !== null && !faded && colour(`t${step}`) ? `t${step}` : "ink";
      text(`${column.text(value)}${sure ? "*" : ""}`, x + CELL / 2, y + ROW / 2 - (faded ? 2 : 0), { align: "center", ink });
    });
  });
  const [low, high] = ["far below zero", "far above it, each column on its own scale"];
  text(low, MARGIN, foot, { ink: "muted" });
  const ramp = MARGIN + draw.measureText(low).width + 8;
  for (let step = 0; step < LEVELS; step += 1) {
    draw.fillStyle = colour(`l${step}`);
    draw.fillRect(ramp + step * SWATCH, foot - SWATCH / 2, SWATCH, SWATCH);
  }
  text(high, ramp + LEVELS * SWATCH + 8, foot, { ink: "muted" });
  NOTES.forEach((note, place) => text(note, MARGIN, foot + (place + 1) * LINE, { ink: "muted", room: width - 2 * MARGIN }));
  return new Promise((resolve, reject) => {
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Error("The picture is too large for this browser."))), "image/png");
  });
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
