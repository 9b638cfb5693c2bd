/* One segment, drawn: its arrow, its text, its frame's number, the times at both ends. */

import { draw } from "../dom/make.ts";
import type { TimedSegment } from "../document/timing.ts";
import type { Side } from "../document/types.ts";
import { moment } from "../text/numbers.ts";
import type { Columns } from "./columns.ts";
import { CHIP_PADDING, LINE_HEIGHT, type Line, shownTime, tokensOf, wrap } from "./label.ts";
import { LOST_AT, type Layout } from "./layout.ts";
import { endOf, fromCable, lookOf, MARKS } from "./look.ts";
import { sentenceOf } from "./sentence.ts";
import { differs, other, toldBy } from "./states.ts";

const HEAD_LENGTH = 9;
const HEAD_HALF = 4;
const CROSS = 5;
const BASELINE = 4; /* from a line's bottom up to where its letters stand */

interface Way {
  x0: number;
  x1: number;
  dy: number;
}

function wayOf(timed: TimedSegment, columns: Columns, dy: number): Way {
  const toServer = timed.segment.from === "client";
  const from = toServer ? columns.client : columns.server;
  const to = toServer ? columns.server : columns.client;
  const x0 = fromCable(timed.segment) ? (from + to) / 2 : from;
  return { x0, x1: endOf(timed) === "arrived" ? to : from + (to - from) * LOST_AT, dy };
}

function head({ x0, x1, dy }: Way): string {
  const length = Math.hypot(x1 - x0, dy) || 1;
  const ux = (x1 - x0) / length;
  const uy = dy / length;
  const point = (along: number, across: number): string =>
    `${(x1 - along * ux - across * uy).toFixed(1)},${(dy - along * uy + across * ux).toFixed(1)}`;
  return `${point(1, 0)} ${point(HEAD_LENGTH, HEAD_HALF)} ${point(HEAD_LENGTH, -HEAD_HALF)}`;
}

function tip(timed: TimedSegment, way: Way): SVGElement {
  const { x1, dy } = way;
  switch (endOf(timed)) {
    case "arrived":
      return draw("polygon", { class: "ladder-head", points: head(way) });
    case "lost":
      return draw("path", { class: "ladder-cross", d: `M${x1 - CROSS},${dy - CROSS}l${2 * CROSS},` +
        `${2 * CROSS}m0,${-2 * CROSS}l${-2 * CROSS},${2 * CROSS}` });
    case "unknown":
      return draw("text", { class: "ladder-unknown", x: x1, y: dy + 5 }, MARKS.unknown);
  }
}

/* The sign where an arrow begins that the cable made. */
function origin(timed: TimedSegment, way: Way): SVGElement | null {
  if (!fromCable(timed.segment)) return null;
  return draw("circle", { class: "ladder-origin", cx: way.x0, cy: 0, r: 4 });
}

function drawLine(line: Line, x: number, bottom: number): SVGElement[] {
  const list: SVGElement[] = [];
  for (const token of line.tokens) {
    const left = x + token.x;
    const chip = token.kind === "carries" || token.kind.startsWith("chip");
    if (chip) {
      list.push(draw("rect", { class: `ladder-chip ladder-${token.kind}`, x: left,
        y: bottom - LINE_HEIGHT + 1.5, width: token.width, height: LINE_HEIGHT - 2.5, rx: 3 }));
    }
    list.push(draw("text", { class: `ladder-text ladder-${token.kind}`,
      x: left + (chip ? CHIP_PADDING : 0), y: bottom - BASELINE }, token.text));
  }
  return list;
}

function label(timed: TimedSegment, columns: Columns): SVGElement[] {
  const lines = wrap(tokensOf(timed, columns.narrow), columns.room);
  const width = Math.max(...lines.map((line) => line.width));
  const toRight = timed.segment.from === "server";
  const height = lines.length * LINE_HEIGHT;
  const x = toRight ? columns.server - 8 - width : columns.text;
  const list: SVGElement[] = [draw("rect", { class: "ladder-ground", x: x - 4, y: -height - 2,
    width: width + 8, height, rx: 3 })];
  lines.forEach((line, i) => {
    const left = toRight ? columns.server - 8 - line.width : x;
    list.push(...drawLine(line, left, (i + 1) * LINE_HEIGHT - height - 2));
  });
  return list;
}

function bandMiddle(columns: Columns, side: Side): number {
  return side === "client" ? columns.client - columns.band / 2
    : columns.server + columns.band / 2;
}

function atBand(
  timed: TimedSegment, columns: Columns, what: "sent" | "delivered", y: number): SVGElement[] {
  const from = timed.segment.from;
  const side = what === "sent" ? from : other(from);
  const list: SVGElement[] = [];
  const middle = bandMiddle(columns, side);
  const time = shownTime(timed, what);
  if (time !== null && !columns.narrow) {
    list.push(draw("text", { class: "ladder-time", x: middle, y: y - 3 },
      moment(time)));
  }
  if (differs(toldBy(timed, what))) {
    const x = columns.narrow ? middle
      : side === "client" ? columns.client - columns.band + 8 : columns.server + columns.band - 8;
    list.push(draw("text", { class: "ladder-differs", x, y: y - 3 }, "≠"));
  }
  return list;
}

function bands(timed: TimedSegment, columns: Columns, dy: number): SVGElement[] {
  const list = fromCable(timed.segment) ? [] : atBand(timed, columns, "sent", 0);
  if (endOf(timed) === "arrived") list.push(...atBand(timed, columns, "delivered", dy));
  return list;
}

export function arrowId(place: number): string {
  return `ladder-segment-${place}`;
}

/* An option of the list; on paper (`rank` -1) a picture. `base`: the height that is 0 in it. */
export function drawArrow(
  layout: Layout, place: number, rank: number, base = 0): SVGGElement | null {
  const timed = layout.timed[place];
  if (!timed) return null;
  const { columns } = layout;
  const y = layout.sentY[place] ?? 0;
  const dy = (layout.endY[place] ?? y) - y;
  const way = wayOf(timed, columns, dy);
  const path = `M${way.x0.toFixed(1)},0L${way.x1.toFixed(1)},${dy.toFixed(1)}`;
  const segment = timed.segment;
  const lost = endOf(timed) === "arrived" ? "" : ` ladder-${endOf(timed)}`;
  const group = draw("g", {
    class: `ladder-segment ladder-from-${segment.from} ladder-look-${lookOf(segment)}${lost}`,
    transform: `translate(0 ${(y - base).toFixed(2)})`,
  });
  if (rank >= 0) {
    for (const [name, value] of Object.entries({
      id: arrowId(place), role: "option", "aria-selected": "false", "aria-label": sentenceOf(timed),
      "aria-setsize": layout.shown.length, "aria-posinset": rank + 1, "data-place": place,
    })) group.setAttribute(name, String(value));
    group.append(draw("path", { class: "ladder-hit", d: path }));
  }
  group.append(draw("path", { class: "ladder-line", d: path }));
  group.append(...label(timed, columns), ...bands(timed, columns, dy), tip(timed, way));
  const made = origin(timed, way);
  if (made) group.append(made);
  if (!columns.narrow) {
    group.append(draw("text", { class: "ladder-frame", x: columns.frames, y: -3 }, segment.frame));
  }
  return group;
}
