/*
 * One direction of a connection as its sender saw it: what left and when, and what the other
 * side's segments said of it when they came back. Pure; one pass over the segments.
 *
 * Where both ends are known (a lab, two captures), data stands at its sending and an
 * acknowledgement at its arrival. One capture knows a single moment of each, and that is taken.
 */

import type { TimedSegment } from "../document/timing.ts";
import type { KernelInfo, SegmentObject, Side } from "../document/types.ts";

export type SentKind = "first" | "again" | "needless" | "late" | "probe";

/* What takes up sequence numbers, or resets. */
export interface Sent {
  time: number;
  low: number;
  high: number;
  data: number; /* bytes; without SYN and FIN */
  kind: SentKind;
  lost: boolean;
  mark: string; /* letters of the flags worth one: "S", "F", "R" */
  segment: SegmentObject;
}

export interface Answer {
  time: number;
  ack: number;
  edge: number | null; /* the window's; null: its scale is not known */
  zero: boolean;
  sacks: readonly (readonly [number, number])[];
  segment: SegmentObject;
}

/* A value that holds until the next. Ascending by time. */
export interface Steps {
  times: number[];
  values: number[];
}

export interface DirectionSeries {
  from: Side;
  duration: number; /* of the connection: the same for both directions */
  sent: Sent[]; /* ascending by time, as `answers` */
  answers: Answer[];
  acked: Steps; /* the highest acknowledged so far */
  edge: Steps;
  bytes: number; /* of data, repeats included */
  stream: number; /* the same, each byte once */
  again: number;
  lost: number;
  zeros: number; /* times that the window closed */
  stray: number; /* segments whose numbers lie too far away to be shown */
  known: boolean; /* the times of both ends */
  clock: number; /* what is added to a time where it is shown */
}

export interface KernelPoint {
  time: number;
  info: KernelInfo;
}

const FAR = 2 ** 30; /* no window is larger: such a number belongs to another connection */

export function kindOf(segment: SegmentObject): SentKind {
  const has = (label: string): boolean => segment.labels.includes(label);
  if (has("keep-alive") || has("zero-window-probe")) return "probe";
  if (has("spurious-retransmission") || segment.cause === "needless") return "needless";
  if (has("retransmission") || has("fast-retransmission") || segment.cause !== undefined)
    return "again";
  return has("out-of-order") ? "late" : "first";
}

/* When its sender's side of the line saw it: null where it never did. */
export function momentAt(timed: TimedSegment, side: Side): number | null {
  if (!timed.known) return timed.segment.time;
  return timed.segment.from === side ? timed.sent : timed.delivered;
}

function letters(flags: string): string {
  return (flags.includes("S") ? "S" : "") + (flags.includes("F") ? "F" : "") +
    (flags.includes("R") ? "R" : "");
}

function sentOf(segment: SegmentObject, time: number): Sent | null {
  if (segment.former) return null;
  const mark = letters(segment.flags);
  const space = segment.length + (mark.includes("S") ? 1 : 0) + (mark.includes("F") ? 1 : 0);
  if (space === 0 && mark === "" && kindOf(segment) !== "probe") return null;
  return {
    time, mark, segment,
    low: segment.seq, high: segment.seq + space, data: segment.length,
    kind: kindOf(segment), lost: segment.lost !== undefined,
  };
}

function answerOf(segment: SegmentObject, time: number): Answer | null {
  if (segment.ack === undefined || segment.flags.includes("R") || segment.former) return null;
  return {
    time, segment,
    ack: segment.ack,
    edge: segment.window === undefined ? null : segment.ack + segment.window,
    zero: segment.window === 0,
    sacks: segment.options.sack ?? [],
  };
}

/* The acknowledged line and the window's edge; old acknowledgements change neither. */
function follow(series: DirectionSeries): void {
  let highest = -Infinity;
  let closed = false;
  for (const answer of series.answers) {
    if (answer.zero && !closed) series.zeros++;
    closed = answer.zero;
    if (answer.ack < highest) continue;
    if (answer.ack > highest) {
      highest = answer.ack;
      series.acked.times.push(answer.time);
      series.acked.values.push(highest);
    }
    if (answer.edge === null || answer.edge === series.edge.values[series.edge.values.length - 1])
      continue;
    series.edge.times.push(answer.time);
    series.edge.values.push(answer.edge);
  }
}

/* How many bytes of the stream were sent, however often. Probes carry none of it. */
function bytesOnce(all: readonly Sent[]): number {
  const ranges: [low: number, high: number][] = [];
  for (const { low, data, mark, kind } of all) {
    const first = low + (mark.includes("S") ? 1 : 0);
    if (data > 0 && kind !== "probe") ranges.push([first, first + data]);
  }
  ranges.sort((a, b) => a[0] - b[0]);
  let told = -Infinity;
  let total = 0;
  for (const [low, high] of ranges) {
    total += Math.max(0, high - Math.max(low, told));
    told = Math.max(told, high);
  }
  return total;
}

export function seriesOf(
  all: readonly TimedSegment[], from: Side, clock = 0): DirectionSeries {
  const series: DirectionSeries = {
    from, clock, duration: 0, sent: [], answers: [], bytes: 0, stream: 0, again: 0, lost: 0,
    zeros: 0, stray: 0, known: true,
    acked: { times: [], values: [] }, edge: { times: [], values: [] },
  };
  let near = 0;
  for (const timed of all) {
    const { segment } = timed;
    series.known &&= timed.known;
    series.duration = Math.max(series.duration, timed.known ? timed.sent : segment.time,
      timed.known ? timed.delivered ?? 0 : 0);
    const time = momentAt(timed, from);
    if (time === null) continue;
    if (segment.from === from) {
      if (segment.copy_of !== undefined || segment.forged) continue; /* the cable sent it */
      const sent = sentOf(segment, time);
      if (!sent) continue;
      if (Math.abs(sent.low - near) > FAR) {
        series.stray++;
        continue;
      }
      if (sent.kind !== "probe") near = Math.max(near, sent.high);
      series.sent.push(sent);
      series.bytes += sent.data;
      if (sent.kind === "again" || sent.kind === "needless") series.again++;
      if (sent.lost) series.lost++;
    } else {
      const answer = answerOf(segment, time);
      if (!answer) continue;
      if (Math.abs(answer.ack - near) > FAR) series.stray++;
      else series.answers.push(answer);
    }
  }
  series.sent.sort((a, b) => a.time - b.time);
  series.answers.sort((a, b) => a.time - b.time);
  series.stream = bytesOnce(series.sent);
  follow(series);
  return series;
}

/* What the sender's kernel said of itself, in the order of time. */
export function kernelPoints(all: readonly TimedSegment[], side: Side): KernelPoint[] {
  const points: KernelPoint[] = [];
  for (const { segment, sent, delivered } of all) {
    const atSending = segment.kernel?.sent_info?.[side];
    const atArrival = segment.kernel?.delivered_info?.[side];
    if (atSending) points.push({ time: sent, info: atSending });
    if (atArrival && delivered !== null) points.push({ time: delivered, info: atArrival });
  }
  return points.sort((a, b) => a.time - b.time);
}

/* The first place in `times` that is not before `time`. */
export function firstAt(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* The value that holds at `time`; null before the first. */
export function valueAt(steps: Steps, time: number): number | null {
  const after = firstAt(steps.times, time);
  const place = steps.times[after] === time ? after : after - 1;
  return steps.values[place] ?? null;
}

/* Between which values it is from `from` to `to`; null: it has none by then. */
export function extentOf(
  steps: Steps, from: number, to: number): { low: number; high: number } | null {
  const before = valueAt(steps, from);
  let low = before ?? Infinity;
  let high = before ?? -Infinity;
  for (let i = firstAt(steps.times, from); i < steps.times.length; i++) {
    if ((steps.times[i] ?? 0) > to) break;
    low = Math.min(low, steps.values[i] ?? 0);
    high = Math.max(high, steps.values[i] ?? 0);
  }
  return low <= high ? { low, high } : null;
}

export function stepsOf(points: readonly { time: number; value: number }[]): Steps {
  const steps: Steps = { times: [], values: [] };
  for (const { time, value } of points) {
    if (value === steps.values[steps.values.length - 1]) continue;
    steps.times.push(time);
    steps.values.push(value);
  }
  return steps;
}

export function timesOf(points: readonly { time: number }[]): number[] {
  return points.map((point) => point.time);
}
