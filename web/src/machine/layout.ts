/*
 * Where the states of the figure stand and how its edges run, in units of the drawing: three
 * columns, seven rows, and lanes between the columns. Labels stand beside their edge.
 */

import type { State } from "../document/types.ts";
import { stateAt, type Spot, type TransitionName } from "./figure.ts";

export type Point = readonly [x: number, y: number];

/* Of the drawing, with room for the ring around the box of the moment. */
export const VIEW_BOX = "-3 0 318 494";
export const BOX_WIDTH = 88;
export const BOX_HEIGHT = 24;

const LEFT = 46;
const MIDDLE = 154;
const RIGHT = 262;

/* The middles of the boxes. */
export const CENTERS: Record<Spot, Point> = {
  CLOSED: [MIDDLE, 18],
  LISTEN: [MIDDLE, 82],
  SYN_RECV: [LEFT, 154],
  SYN_SENT: [RIGHT, 154],
  ESTABLISHED: [MIDDLE, 230],
  FIN_WAIT1: [LEFT, 304],
  CLOSE_WAIT: [RIGHT, 304],
  FIN_WAIT2: [LEFT, 380],
  CLOSING: [MIDDLE, 380],
  LAST_ACK: [RIGHT, 380],
  TIME_WAIT: [MIDDLE, 452],
  END: [RIGHT, 452],
};

export interface Label {
  x: number;
  y: number; /* of the first line */
  anchor: "start" | "middle" | "end";
  below?: number; /* where the action stands, if not on the next line */
}

export interface Route {
  points: readonly Point[];
  label: Label;
}

function start(x: number, y: number): Label {
  return { x, y, anchor: "start" };
}

function end(x: number, y: number): Label {
  return { x, y, anchor: "end" };
}

export const ROUTES: Record<TransitionName, Route> = {
  passiveOpen: { points: [[142, 30], [142, 70]], label: end(137, 47) },
  activeOpen: { points: [[198, 12], [296, 12], [296, 142]], label: end(292, 42) },
  listenClose: { points: [[166, 70], [166, 30]], label: start(171, 47) },
  listenSend: { points: [[198, 82], [226, 82], [226, 142]], label: end(222, 104) },
  listenSyn: { points: [[110, 82], [62, 82], [62, 142]], label: start(67, 104) },
  synSentClose: { points: [[242, 142], [242, 24], [198, 24]], label: start(246, 104) },
  synSentSyn: {
    points: [[218, 154], [90, 154]], label: { x: 154, y: 149, anchor: "middle", below: 166 },
  },
  synSentSynAck: { points: [[242, 166], [242, 224], [198, 224]], label: end(238, 186) },
  synRecvAck: { points: [[66, 166], [66, 224], [110, 224]], label: start(71, 186) },
  synRecvRst: { points: [[30, 142], [30, 72], [110, 72]], label: start(35, 67) },
  synRecvClose: { points: [[22, 166], [22, 292]], label: start(27, 242) },
  close: { points: [[110, 236], [70, 236], [70, 292]], label: start(75, 260) },
  fin: { points: [[198, 236], [238, 236], [238, 292]], label: start(243, 260) },
  finWait1Ack: { points: [[22, 316], [22, 368]], label: start(27, 338) },
  finWait1Fin: { points: [[90, 299], [142, 299], [142, 368]], label: start(147, 334) },
  finWait1FinAck: { points: [[90, 309], [100, 309], [100, 446], [110, 446]],
    label: start(104, 408) },
  finWait2Fin: { points: [[22, 392], [22, 458], [110, 458]], label: start(27, 418) },
  closingAck: { points: [[166, 392], [166, 440]], label: start(170, 408) },
  closeWaitClose: { points: [[286, 316], [286, 368]], label: end(281, 338) },
  lastAckAck: { points: [[286, 392], [286, 440]], label: end(281, 408) },
  timeout: { points: [[198, 452], [218, 452]], label: { x: 208, y: 477, anchor: "middle" } },
};

/* From the middle or the left column down the lane before the right one. */
function toEnd(y: number): Point[] {
  return [[210, y], [210, 428], [230, 428], [230, 440]];
}

/* To CLOSED at once, which the figure leaves out (its note 3). */
const ABORTS: Partial<Record<State, Route>> = {
  LISTEN: ROUTES.listenClose,
  SYN_SENT: ROUTES.synSentClose,
  SYN_RECV: { points: [[14, 142], [14, 14], [110, 14]], label: start(19, 28) },
  ESTABLISHED: { points: [[198, 230], ...toEnd(230)], label: end(205, 359) },
  FIN_WAIT1: { points: [[90, 304], ...toEnd(304)], label: end(205, 359) },
  FIN_WAIT2: { points: [[90, 386], [96, 386], [96, 428], [230, 428], [230, 440]],
    label: start(205, 424) },
  CLOSING: { points: [[198, 380], ...toEnd(380)], label: start(214, 425) },
  CLOSE_WAIT: { points: [[306, 304], [311, 304], [311, 452], [306, 452]], label: end(307, 346) },
  LAST_ACK: ROUTES.lastAckAck,
  TIME_WAIT: ROUTES.timeout,
};

/* The border of a box, on the way from its middle to `towards`. */
function border(center: Point, towards: Point): Point {
  const dx = towards[0] - center[0];
  const dy = towards[1] - center[1];
  const scale = Math.min(BOX_WIDTH / 2 / Math.max(Math.abs(dx), 1e-9),
    BOX_HEIGHT / 2 / Math.max(Math.abs(dy), 1e-9));
  return [center[0] + dx * scale, center[1] + dy * scale];
}

/* For a step that is no edge of the figure. */
export function extraRoute(from: Spot, to: Spot): Route {
  const abort = stateAt(to) === "CLOSED" ? ABORTS[stateAt(from)] : undefined;
  if (abort) return abort;
  const first = border(CENTERS[from], CENTERS[to]);
  const last = border(CENTERS[to], CENTERS[from]);
  return { points: [first, last],
    label: start((first[0] + last[0]) / 2 + 5, (first[1] + last[1]) / 2) };
}

const ROUND = 6;

function towards(from: Point, to: Point, by: number): Point {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const part = Math.min(by, length / 2) / length;
  return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
}

const put = (point: Point): string => `${point[0].toFixed(1)} ${point[1].toFixed(1)}`;

/* As the `d` of an SVG path, with round corners; it ends where the arrow's head begins. */
export function pathData(points: readonly Point[]): string {
  return points.map((point, i) => {
    const before = points[i - 1];
    const after = points[i + 1];
    if (!before) return `M${put(point)}`;
    if (!after) return `L${put(towards(point, before, 4))}`;
    const turned = towards(point, after, ROUND);
    return `L${put(towards(point, before, ROUND))}Q${put(point)} ${put(turned)}`;
  }).join("");
}

/* The arrow's head, at the end of the way. */
export function headData(points: readonly Point[]): string {
  const tip = points[points.length - 1] ?? [0, 0];
  const before = points[points.length - 2] ?? tip;
  const angle = Math.atan2(tip[1] - before[1], tip[0] - before[0]);
  const corner = (side: number): Point => [
    tip[0] - 7 * Math.cos(angle) + side * 3.5 * Math.sin(angle),
    tip[1] - 7 * Math.sin(angle) - side * 3.5 * Math.cos(angle),
  ];
  return `M${put(tip)}L${put(corner(1))}L${put(corner(-1))}Z`;
}
