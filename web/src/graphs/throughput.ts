/* Bytes a second, in bins as wide as the range that is looked at asks for. */

import type { DirectionSeries, Steps } from "./series.ts";
import { firstAt } from "./series.ts";

/* Running sums: a bin is the difference of two. */
export interface Sums {
  sent: Steps; /* every byte that left, repeats included */
  acked: Steps; /* what was acknowledged: what really got through */
  duration: number;
}

export interface Bins {
  width: number; /* seconds */
  starts: number[];
  sent: number[]; /* bytes a second */
  acked: number[];
}

export function sumsOf(series: DirectionSeries): Sums {
  const sums: Sums = {
    sent: { times: [], values: [] }, acked: { times: [], values: [] }, duration: series.duration,
  };
  let total = 0;
  for (const sent of series.sent) {
    if (sent.data === 0) continue;
    total += sent.data;
    sums.sent.times.push(sent.time);
    sums.sent.values.push(total);
  }
  const first = series.sent.find((sent) => sent.data > 0);
  const base = first ? first.low + (first.mark.includes("S") ? 1 : 0) : 0;
  const end = series.sent.reduce((high, sent) =>
    sent.data > 0 ? Math.max(high, sent.low + sent.data) : high, base);
  for (let i = 0; i < series.acked.times.length; i++) {
    const value = Math.min(end, series.acked.values[i] ?? 0) - base; /* a FIN is no byte */
    if (value <= 0) continue;
    sums.acked.times.push(series.acked.times[i] ?? 0);
    sums.acked.values.push(value);
  }
  return sums;
}

/* 1, 2 or 5 times a power of ten: not less than `value`. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = value / power;
  return power * (digit <= 1.0001 ? 1 : digit <= 2.0001 ? 2 : digit <= 5.0001 ? 5 : 10);
}

const BINS = 60; /* in what is seen */
/* Of the whole: in a finer bin there is one segment, and its height says nothing. */
const FINEST = 2000;

export function binsOf(sums: Sums, from: number, to: number): Bins {
  const width = roundUp(Math.max((to - from) / BINS, sums.duration / FINEST, 1e-6));
  const bins: Bins = { width, starts: [], sent: [], acked: [] };
  const last = Math.min(to, sums.duration);
  const before = (steps: Steps, time: number): number =>
    steps.values[firstAt(steps.times, time) - 1] ?? 0;
  for (let n = Math.max(0, Math.floor(from / width)); n * width <= last; n++) {
    const start = n * width;
    const end = start + width;
    bins.starts.push(start);
    bins.sent.push((before(sums.sent, end) - before(sums.sent, start)) / width);
    bins.acked.push((before(sums.acked, end) - before(sums.acked, start)) / width);
  }
  return bins;
}
