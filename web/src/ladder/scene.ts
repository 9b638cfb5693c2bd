/* Behind the arrows: the states' bands and the ends' lines; before them: pauses, calls. */

import { draw } from "../dom/make.ts";
import { type Side } from "../document/types.ts";
import { duration } from "../text/numbers.ts";
import type { Columns } from "./columns.ts";
import { FOLD_HEIGHT } from "./cursor.ts";
import { fitting, measure } from "./measure.ts";
import type { BandChange, Layout, PlacedCall } from "./layout.ts";
import { t } from "./texts.ts";

const KNOWN_STATE = /^[A-Z]+[A-Z_12]*$/;
const NAME_BELOW = 12;

/* The first of a list, ordered by height, that ends below `top`. */
function firstAt<T>(list: readonly T[], top: number, bottomOf: (at: number) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bottomOf(middle) < top) low = middle + 1;
    else high = middle;
  }
  return low;
}

function bandName(change: BandChange, columns: Columns, middle: number): SVGElement | null {
  if (!change.state) return null;
  if (!columns.narrow) {
    return draw("text", { class: "ladder-state", x: middle, y: change.y + NAME_BELOW },
      change.state);
  }
  const y = change.y + 5;
  return draw("text", { class: "ladder-state ladder-upright", x: 0, y: 4,
    transform: `translate(${middle} ${y}) rotate(90)` }, change.state);
}

function band(layout: Layout, side: Side, top: number, bottom: number): SVGElement[] {
  const { columns } = layout;
  const changes = layout.bands[side];
  const left = side === "client" ? columns.client - columns.band : columns.server;
  const endOf = (at: number): number => changes[at + 1]?.y ?? layout.height;
  const list: SVGElement[] = [];
  for (let i = firstAt(changes, top, endOf); i < changes.length; i++) {
    const change = changes[i];
    if (!change || change.y > bottom) break;
    const from = Math.max(change.y, top);
    const until = Math.min(endOf(i), bottom);
    const state = change.state && KNOWN_STATE.test(change.state) ? change.state : "none";
    list.push(draw("rect", { class: `ladder-band ladder-state-${state}`, x: left, y: from,
      width: columns.band, height: Math.max(0, until - from) }));
    if (i > 0 && change.y >= top) {
      list.push(draw("path", { class: "ladder-turn", d: `M${left},${change.y}h${columns.band}` }));
    }
    const name = bandName(change, columns, left + columns.band / 2);
    if (name && change.y + 90 > top) list.push(name);
  }
  return list;
}

/* Straight, with a zigzag where it is folded. */
function lifeline(layout: Layout, x: number, top: number, bottom: number): SVGElement {
  const { folds } = layout;
  const half = FOLD_HEIGHT / 2 - 6;
  let path = `M${x},${top}`;
  for (let i = firstAt(folds, top, (at) => (folds[at]?.y ?? 0) + half); i < folds.length; i++) {
    const fold = folds[i];
    if (!fold || fold.y - half > bottom) break;
    const y = fold.y - half;
    const step = half / 3;
    path += `V${y}l6,${step}l-12,${2 * step}l12,${2 * step}l-6,${step}`;
  }
  return draw("path", { class: "ladder-end", d: `${path}V${bottom}` });
}

function foldText(layout: Layout, y: number, seconds: number): SVGElement[] {
  const { client, server } = layout.columns;
  const middle = (client + server) / 2;
  return [
    draw("path", { class: "ladder-pause", d: `M${client + 10},${y}H${server - 10}` }),
    draw("text", { class: "ladder-pause-text", x: middle, y: y + 4 },
      t("passes", { time: duration(seconds) })),
  ];
}

/* Across both lanes: from here on nothing, or everything again, comes through. */
function cableLine(call: PlacedCall, columns: Columns): SVGElement[] {
  const { client, server } = columns;
  const mark = call.look === "cut" ? "✂ " : call.look === "whole" ? "✓ " : "";
  const text = draw("text", { class: `ladder-cable ladder-cable-${call.look}`,
    x: (client + server) / 2, y: call.y }, fitting(mark + call.text, columns.room, measure().mono));
  if (call.look === "note") return [text];
  return [draw("path", { class: `ladder-cable-line ladder-cable-${call.look}`,
    d: `M${client - columns.band},${call.y - 4}H${server + columns.band}` }), text];
}

function callText(call: PlacedCall, columns: Columns): SVGElement {
  const atClient = call.side === "client";
  const text = atClient ? `▸ ${call.text}` : `${call.text} ◂`;
  return draw("text", {
    class: `ladder-call ladder-call-${call.side} ladder-call-${call.look}`,
    x: atClient ? columns.client + 4 : columns.server - 4, y: call.y,
  }, fitting(text, columns.room, measure().mono));
}

export function drawBehind(layout: Layout, top: number, bottom: number): SVGElement[] {
  const { client, server } = layout.columns;
  return [
    ...band(layout, "client", top, bottom), ...band(layout, "server", top, bottom),
    lifeline(layout, client, top, bottom), lifeline(layout, server, top, bottom),
  ];
}

export function drawBefore(layout: Layout, top: number, bottom: number): SVGElement[] {
  const { columns, folds, calls } = layout;
  const list: SVGElement[] = [];
  const yOf = (of: readonly { y: number }[]) => (at: number): number =>
    (of[at]?.y ?? 0) + FOLD_HEIGHT;
  for (let i = firstAt(folds, top, yOf(folds)); i < folds.length; i++) {
    const fold = folds[i];
    if (!fold || fold.y - FOLD_HEIGHT > bottom) break;
    list.push(...foldText(layout, fold.y, fold.seconds));
  }
  for (let i = firstAt(calls, top, yOf(calls)); i < calls.length; i++) {
    const call = calls[i];
    if (!call || call.y - FOLD_HEIGHT > bottom) break;
    list.push(...(call.side ? [callText(call, columns)] : cableLine(call, columns)));
  }
  return list;
}
