/* The wire's inference beside what the kernels said. */

import type { Report } from "../document/report.ts";
import type { TimedSegment } from "../document/timing.ts";
import type { Side, State, StateDifference } from "../document/types.ts";
import { isCables, type Moment } from "./sights.ts";

export interface Difference {
  side: Side;
  moment: Moment;
  byWire: State;
  kernel: State;
}

/* Where the wire's inference was not what the kernel said, at this segment. */
export function differencesAt(timed: TimedSegment): Difference[] {
  const { segment, delivered } = timed;
  const receiver: Side = segment.from === "client" ? "server" : "client";
  const all: [Side, Moment][] = isCables(timed) ? [] : [[segment.from, "sent"]];
  if (delivered !== null) all.push([receiver, "delivered"]);
  const found: Difference[] = [];
  for (const [side, moment] of all) {
    const kernel = segment.kernel?.[moment]?.[side];
    const byWire = side === "client" ? segment.client_state : segment.server_state;
    if (kernel && kernel !== byWire) found.push({ side, moment, byWire, kernel });
  }
  return found;
}

/* What the lab made of a difference: it compares only what the wire could have told. */
export interface Judgement {
  leftOut: boolean;
  reason?: string;
}

export type JudgementOf = (frame: number, difference: Difference) => Judgement | undefined;

/* As the lab counts them; of one connection. */
export interface Comparison {
  compared: number; /* moments */
  differed: number;
  notCompared: number;
  differing: number[]; /* places of segments */
  leftOut: number[];
}

export function comparisonOf(
  timed: readonly TimedSegment[], judgementOf: JudgementOf): Comparison {
  const comparison: Comparison =
    { compared: 0, differed: 0, notCompared: 0, differing: [], leftOut: [] };
  timed.forEach((one, place) => {
    const { segment, delivered } = one;
    const receiver: Side = segment.from === "client" ? "server" : "client";
    if (segment.kernel?.sent?.[segment.from] && !isCables(one)) comparison.compared++;
    if (delivered !== null && segment.kernel?.delivered?.[receiver]) comparison.compared++;
    const differences = differencesAt(one);
    const left = differences.filter((d) => judgementOf(segment.frame, d)?.leftOut).length;
    comparison.notCompared += left;
    comparison.differed += differences.length - left;
    if (left > 0) comparison.leftOut.push(place);
    if (left < differences.length) comparison.differing.push(place);
  });
  comparison.compared -= comparison.notCompared;
  return comparison;
}

/* The lab speaks of hosts, the page of the parts that they play. */
export function judgementsOf(report: Report): JudgementOf {
  const states = report.document.experiment?.states;
  const judgements = new Map<string, Judgement>();
  const take = (known: StateDifference, leftOut: boolean): void => {
    const hosts = report.connection(known.connection)?.hosts;
    const side: Side = hosts?.server === known.host ? "server"
      : hosts?.client === known.host ? "client" : known.host;
    judgements.set(`${known.frame} ${side} ${known.moment}`,
      known.reason ? { leftOut, reason: known.reason } : { leftOut });
  };
  for (const known of states?.differences ?? []) take(known, false);
  for (const known of states?.left_out ?? []) take(known, true);
  return (frame, { side, moment }) => judgements.get(`${frame} ${side} ${moment}`);
}
