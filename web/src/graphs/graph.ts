/* What a graph is, apart from how it is shown: its words, its marks, its ranges. */

import type { DirectionSeries } from "./series.ts";
import type { Brush, Shape } from "./paint.ts";

/* A place that can be chosen: of a segment, from low to high. */
export interface Target {
  time: number;
  low: number;
  high: number;
  frame: number;
}

export type Swatch =
  | { kind: "bar" | "line" | "area" | "bracket"; dash?: string }
  | { kind: "shape"; shape: Shape }
  | { kind: "letter"; letter: string };

export interface LegendEntry {
  swatch: Swatch;
  colour: string; /* of tokens.css: "--client" */
  text: string;
  /* What to say where its line is out of sight above; "": it is all to be seen. */
  beyond?(from: number, to: number): string;
}

export interface Table {
  heads: string[];
  rows: string[][]; /* at most ROWS, evenly taken */
  of: number; /* how many there are */
}

export const ROWS = 200;

/* What an axis counts in: the largest value decides, so that all are in the same. */
type Step = [from: number, per: number, name: string];

export interface Unit {
  steps: readonly Step[]; /* descending by `from` */
  whole?: boolean; /* there are no parts of it */
}

const BYTES: Step[] = [[10e6, 1e6, " MB"], [10e3, 1e3, " kB"], [0, 1, " B"]];

export const UNITS = {
  number: { steps: [[0, 1, ""]], whole: true },
  bytes: { steps: BYTES, whole: true },
  rate: { steps: BYTES.map(([from, per, name]): Step => [from, per, `${name}/s`]) },
  time: { steps: [[1, 1, " s"], [1e-3, 1e-3, " ms"], [0, 1e-6, " µs"]] },
} satisfies Record<string, { steps: Step[]; whole?: boolean }>;

export function axisTexts(values: readonly number[], unit: Unit): string[] {
  const most = values.reduce((high, value) => Math.max(high, Math.abs(value)), 0);
  const step = unit.steps.find(([from]) => most >= from);
  const [, per, name] = step ?? [0, 1, ""];
  return values.map((value) =>
    (value / per).toLocaleString("en-US", { maximumFractionDigits: 3 }) + name);
}

export interface Graph {
  name: "sequence" | "flight" | "throughput" | "roundTrip";
  series: DirectionSeries;
  title: string;
  height: number;
  sentence: string;
  summary: string; /* for those who do not see it: extremes and counts */
  empty: string | null; /* why there is nothing to draw */
  legend: LegendEntry[];
  targets: Target[]; /* ascending by time */
  unit: Unit; /* of the axis */
  range(from: number, to: number): [number, number];
  paint(brush: Brush): void;
  note?(from: number, to: number): string; /* changes with the range */
  table(): Table;
}

/* Every so many, the last included. */
export function sampled<T>(all: readonly T[], most = ROWS): T[] {
  if (all.length <= most) return [...all];
  const picked: T[] = [];
  for (let i = 0; i < most; i++) {
    const item = all[Math.round(i * (all.length - 1) / (most - 1))];
    if (item !== undefined) picked.push(item);
  }
  return picked;
}

/* The target nearest to a point of the screen; distances by the functions given. */
export function nearest(
  targets: readonly Target[], at: number, x: (time: number) => number,
  y: (value: number) => number, pointer: { x: number; y: number }): Target | null {
  let best: Target | null = null;
  let bestDistance = Infinity;
  const look = (target: Target | undefined): boolean => {
    if (!target) return false;
    const dx = Math.abs(x(target.time) - pointer.x);
    if (dx * dx >= bestDistance) return false;
    const top = y(target.high);
    const bottom = y(target.low);
    const dy = pointer.y < top ? top - pointer.y : Math.max(0, pointer.y - bottom);
    const distance = dx * dx + dy * dy;
    if (distance < bestDistance) {
      best = target;
      bestDistance = distance;
    }
    return true;
  };
  for (let i = at; look(targets[i]); i++);
  for (let i = at - 1; look(targets[i]); i--);
  return best;
}
