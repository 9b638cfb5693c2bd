/* Marks on a canvas. All of one look go into one path: thousands cost as little as ten. */

import type { Steps } from "./series.ts";
import { firstAt } from "./series.ts";

export interface Brush {
  context: CanvasRenderingContext2D;
  x(time: number): number;
  y(value: number): number;
  from: number; /* the range of time that is seen */
  to: number;
  unit: number; /* canvas pixels of one pixel of the page */
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Look {
  colour: string;
  width: number;
  dash?: number[];
}

function begin(brush: Brush, look: Look): void {
  const { context, unit } = brush;
  context.strokeStyle = look.colour;
  context.fillStyle = look.colour;
  context.lineWidth = look.width * unit;
  context.setLineDash((look.dash ?? []).map((length) => length * unit));
  context.beginPath();
}

export interface Bar {
  time: number;
  low: number;
  high: number;
}

/* Vertical, with a cap at each end where there is room for it. */
export function paintBars(brush: Brush, bars: readonly Bar[], look: Look): void {
  const { context, unit } = brush;
  const cap = 2.5 * unit;
  const drawn = { x: NaN, low: 0, high: 0 }; /* small ones that touch become one */
  const flush = (): void => {
    if (Number.isNaN(drawn.x)) return;
    context.moveTo(drawn.x, drawn.low);
    context.lineTo(drawn.x, drawn.high);
  };
  begin(brush, look);
  for (const bar of bars) {
    const x = brush.x(bar.time);
    const low = brush.y(bar.low);
    const high = Math.min(brush.y(bar.high), low - unit); /* none is too small to be seen */
    const small = low - high < 4 * cap;
    if (small && Math.abs(x - drawn.x) < unit / 2 && high <= drawn.low + unit &&
        low >= drawn.high - unit) {
      drawn.low = Math.max(drawn.low, low);
      drawn.high = Math.min(drawn.high, high);
      continue;
    }
    flush();
    Object.assign(drawn, { x, low, high });
    if (small) continue;
    context.moveTo(x - cap, low);
    context.lineTo(x + cap, low);
    context.moveTo(x - cap, high);
    context.lineTo(x + cap, high);
  }
  flush();
  context.stroke();
}

const DENSE = 1500; /* steps: so many leave no room for dashes, and dashes cost the most */

/* Of many points in one column of pixels only the first, the last and the extremes are drawn. */
export function paintSteps(brush: Brush, steps: Steps, until: number, look: Look): void {
  const { times, values } = steps;
  const { context } = brush;
  const first = Math.max(0, firstAt(times, brush.from) - 1);
  if (first >= times.length) return;
  const dense = firstAt(times, brush.to) - first > DENSE;
  begin(brush, dense ? { colour: look.colour, width: 1 } : look);
  let y = brush.y(values[first] ?? 0);
  let column = brush.x(Math.max(times[first] ?? 0, brush.from));
  context.moveTo(column, y);
  let low = y;
  let high = y;
  const flush = (): void => {
    if (low !== high) {
      context.lineTo(column, low);
      context.lineTo(column, high);
    }
    context.lineTo(column, y);
  };
  for (let i = first + 1; i < times.length; i++) {
    const time = times[i] ?? 0;
    if (time > brush.to) break;
    const x = brush.x(time);
    if (x - column >= brush.unit / 2) {
      flush();
      context.lineTo(x, y);
      column = x;
      low = high = y;
    }
    y = brush.y(values[i] ?? 0);
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  flush();
  context.lineTo(brush.x(Math.min(until, brush.to)), y);
  context.stroke();
}

export type Shape = "cross" | "dot" | "ring" | "diamond" | "triangle";

export function paintShape(
  brush: Brush, shape: Shape, points: readonly { x: number; y: number }[], look: Look,
  size = 4): void {
  const { context, unit } = brush;
  const r = size * unit;
  begin(brush, look);
  let last: { x: number; y: number } | null = null;
  for (const point of points) {
    if (last && Math.abs(point.x - last.x) < unit && Math.abs(point.y - last.y) < unit) continue;
    trace(context, shape, point.x, point.y, r);
    last = point;
  }
  if (shape === "cross" || shape === "ring") context.stroke();
  else context.fill();
}

function trace(
  context: CanvasRenderingContext2D, shape: Shape, x: number, y: number, r: number): void {
  switch (shape) {
    case "cross":
      context.moveTo(x - r, y - r);
      context.lineTo(x + r, y + r);
      context.moveTo(x + r, y - r);
      context.lineTo(x - r, y + r);
      break;
    case "dot":
    case "ring":
      context.moveTo(x + r, y);
      context.arc(x, y, r, 0, 2 * Math.PI);
      break;
    case "diamond":
      context.moveTo(x, y - r);
      context.lineTo(x + r, y);
      context.lineTo(x, y + r);
      context.lineTo(x - r, y);
      context.closePath();
      break;
    case "triangle":
      context.moveTo(x, y - r);
      context.lineTo(x + r, y + r);
      context.lineTo(x - r, y + r);
      context.closePath();
      break;
  }
}

export function paintLetter(brush: Brush, letter: string, x: number, y: number,
  colour: string): void {
  const { context, unit } = brush;
  context.font = `bold ${11 * unit}px system-ui, sans-serif`;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.fillStyle = colour;
  context.fillText(letter, x + 3 * unit, y - 2 * unit);
}

/* A filled outline over bins of one width. */
export function paintBins(
  brush: Brush, starts: readonly number[], values: readonly number[], width: number,
  look: Look): void {
  const { context } = brush;
  const ground = brush.y(0);
  begin(brush, look);
  for (let i = 0; i < starts.length; i++) {
    const left = brush.x(starts[i] ?? 0);
    const right = brush.x((starts[i] ?? 0) + width);
    const top = brush.y(values[i] ?? 0);
    if (top < ground) context.rect(left, top, Math.max(brush.unit, right - left), ground - top);
  }
  context.globalAlpha = 0.28;
  context.fill();
  context.globalAlpha = 1;
  context.stroke();
}
