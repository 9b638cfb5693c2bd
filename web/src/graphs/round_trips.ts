/*
 * Round-trip times as the sender of the data can measure them. After Karn: what was sent again
 * gives no sample, for nobody knows which sending was answered; there the echoed timestamp does,
 * where one sending alone carried it. With SACK, the newest block says what has just arrived.
 */

import type { Answer, DirectionSeries, KernelPoint, Sent, Steps } from "./series.ts";
import { stepsOf } from "./series.ts";

export interface Sample {
  time: number; /* of the acknowledgement's arrival */
  value: number;
  by: "ack" | "sack" | "timestamp";
  frame: number; /* of the acknowledgement */
  of: number; /* of what it acknowledges */
}

interface Waiting {
  sent: Sent;
  again: boolean;
  sacked: boolean;
}

/* First sending of each timestamp value; null where several carried it. */
function stamps(series: DirectionSeries): Map<number, Sent | null> {
  const map = new Map<number, Sent | null>();
  for (const sent of series.sent) {
    const value = sent.segment.options.timestamps?.value;
    if (value !== undefined) map.set(value, map.has(value) ? null : sent);
  }
  return map;
}

class Samples {
  readonly list: Sample[] = [];
  private readonly waiting: Waiting[] = []; /* ascending by low; from `first` on not acknowledged */
  private first = 0;
  private highest = -Infinity;
  private readonly stamps: Map<number, Sent | null>;

  constructor(series: DirectionSeries) {
    this.stamps = stamps(series);
  }

  send(sent: Sent): void {
    if (sent.high <= sent.low || sent.kind === "probe") return;
    if (sent.low >= this.highest) {
      this.highest = sent.high;
      this.waiting.push({ sent, again: sent.kind !== "first", sacked: false });
      return;
    }
    for (let i = this.placeOf(sent.low); i < this.waiting.length; i++) {
      const old = this.waiting[i];
      if (!old || old.sent.low >= sent.high) break;
      old.again = true;
    }
    if (sent.high <= this.highest) return;
    /* more than was sent before: the rest is new, and yet nothing to measure by */
    this.highest = sent.high;
    this.waiting.push({ sent, again: true, sacked: false });
  }

  answer(answer: Answer): void {
    const block = answer.sacks[0];
    if (block) this.takeSack(answer, block);
    let newest: Waiting | null = null;
    let clean = true;
    for (; this.first < this.waiting.length; this.first++) {
      const next = this.waiting[this.first];
      if (!next || next.sent.high > answer.ack) break;
      clean &&= !next.again;
      newest = next;
    }
    if (!newest) return;
    if (clean && !newest.sacked) this.add(answer, newest.sent, "ack");
    else if (!clean) this.addByStamp(answer);
  }

  /* The first that is not acknowledged and ends after `low`. */
  private placeOf(low: number): number {
    let from = this.first;
    let to = this.waiting.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.waiting[middle]?.sent.high ?? 0) <= low) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /* From the block's right end to the left, as far as it is news. */
  private takeSack(answer: Answer, [left, right]: readonly [number, number]): void {
    let newest: Waiting | null = null;
    let at = this.placeOf(right);
    if ((this.waiting[at]?.sent.high ?? Infinity) > right) at--;
    for (; at >= this.first; at--) {
      const old = this.waiting[at];
      if (!old || old.sacked || old.sent.low < left) break;
      old.sacked = true;
      newest ??= old;
    }
    if (newest && !newest.again) this.add(answer, newest.sent, "sack");
  }

  private addByStamp(answer: Answer): void {
    const echo = answer.segment.options.timestamps?.echo;
    const sent = echo === undefined ? null : this.stamps.get(echo);
    if (sent && sent.time <= answer.time) this.add(answer, sent, "timestamp");
  }

  private add(answer: Answer, sent: Sent, by: Sample["by"]): void {
    this.list.push({
      time: answer.time, value: answer.time - sent.time, by,
      frame: answer.segment.frame, of: sent.segment.frame,
    });
  }
}

export function samplesOf(series: DirectionSeries): Sample[] {
  const samples = new Samples(series);
  let next = 0;
  for (const answer of series.answers) {
    for (;;) {
      const sent = series.sent[next];
      if (!sent || sent.time > answer.time) break;
      samples.send(sent);
      next++;
    }
    samples.answer(answer);
  }
  return samples.list;
}

/* What the sender's kernel makes of them, and how long it would wait. */
export function kernelRoundTrip(points: readonly KernelPoint[]): { smoothed: Steps; rto: Steps } {
  const told = (value: number | undefined, time: number): { time: number; value: number }[] =>
    value === undefined || value <= 0 ? [] : [{ time, value }];
  return {
    smoothed: stepsOf(points.flatMap((p) => told(p.info.rtt, p.time))),
    rto: stepsOf(points.flatMap((p) => told(p.info.rto, p.time))),
  };
}
