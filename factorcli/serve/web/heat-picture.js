// The stocks that are shown as a PNG: the table drawn on a canvas, in the colours of the page.

import { isFaded, isSure, level } from "./heat.js";
import { symbol } from "./format.js";

const ROW = 22;
const MARGIN = 24;
const TICKER = 120;
const NAME = 250;
const CELL = 84;
const TALLEST = 16_000;  // px of a canvas
const FONT = '"Inter Factor", Inter, system-ui, sans-serif';

// A Blob of the picture. lines: the title, then what is below it; notes: what stands at the end.
export async function picture(stocks, columns, lines, notes) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const top = MARGIN + lines.length * 20 + 44;
  const width = 2 * MARGIN + TICKER + NAME + columns.length * CELL;
  const height = top + stocks.length * ROW + notes.length * 18 + 2 * MARGIN;
  const scale = Math.min(2, TALLEST / height);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.ceil(width * scale), Math.ceil(height * scale)];
  const draw = canvas.getContext("2d");
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
  lines.forEach((line, place) => text(line, MARGIN, MARGIN + 8 + place * 20,
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
  notes.forEach((note, place) => text(note, MARGIN, top + stocks.length * ROW + MARGIN + place * 18,
    { ink: "muted", size: 11, room: width - 2 * MARGIN }));
  return new Promise((resolve, reject) => {
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Error("The picture is too large for this browser."))), "image/png");
  });
}

// A text that fits, shortened at its end.
function fitted(draw, said, room) {
  if (draw.measureText(said).width <= room) return said;
  let length = said.length;
  while (length > 1 && draw.measureText(`${said.slice(0, length)}…`).width > room) length -= 1;
  return `${said.slice(0, length)}…`;
}
