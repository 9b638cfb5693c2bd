/*
 * Bytes in flight: sent and not yet acknowledged, beside what would have been allowed, by the
 * receiver's window and, in a lab, by the kernel's congestion window.
 */

import type { DirectionSeries, KernelPoint, Steps } from "./series.ts";
import { stepsOf } from "./series.ts";

export interface Flight {
  flight: Steps;
  window: Steps; /* as the receiver said it last: from the acknowledged on */
  congestion: Steps; /* the kernel's, in bytes */
  threshold: Steps;
}

interface Point {
  time: number;
  value: number;
}

function flightOf(series: DirectionSeries): Steps {
  const points: Point[] = [];
  let high: number | null = null;
  let acked: number | null = null;
  let next = 0;
  const note = (time: number): void => {
    if (high !== null) points.push({ time, value: Math.max(0, high - (acked ?? high)) });
  };
  const send = (until: number): void => {
    for (; next < series.sent.length; next++) {
      const sent = series.sent[next];
      if (!sent || sent.time > until) return;
      if (sent.kind === "probe" || sent.high <= sent.low) continue;
      acked ??= sent.low;
      high = Math.max(high ?? sent.high, sent.high);
      note(sent.time);
    }
  };
  for (const answer of series.answers) {
    send(answer.time);
    if (acked !== null && answer.ack <= acked) continue;
    acked = answer.ack;
    note(answer.time);
  }
  send(Infinity);
  return stepsOf(points);
}

function windowOf(series: DirectionSeries): Steps {
  const points: Point[] = [];
  let highest = -Infinity;
  for (const answer of series.answers) {
    if (answer.ack < highest || answer.edge === null) continue;
    highest = answer.ack;
    points.push({ time: answer.time, value: answer.edge - answer.ack });
  }
  return stepsOf(points);
}

function inBytes(
  points: readonly KernelPoint[], mss: number, of: "cwnd" | "ssthresh"): Steps {
  return stepsOf(points.flatMap(({ time, info }) => {
    const value = info[of];
    return value === undefined ? [] : [{ time, value: value * mss }];
  }));
}

/* `mss`: bytes that a full segment of this direction carries; 0: not known. */
export function flightOfDirection(
  series: DirectionSeries, points: readonly KernelPoint[], mss: number): Flight {
  return {
    flight: flightOf(series),
    window: windowOf(series),
    congestion: inBytes(mss > 0 ? points : [], mss, "cwnd"),
    threshold: inBytes(mss > 0 ? points : [], mss, "ssthresh"),
  };
}
