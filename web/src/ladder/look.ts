/* How a segment fared, which is how its arrow looks: a line, a mark, a word. */

import type { SegmentObject } from "../document/types.ts";
import type { TimedSegment } from "../document/timing.ts";

export type Look = "plain" | "again" | "late" | "needless" | "forged" | "copy" | "changed";
export type End = "arrived" | "lost" | "unknown";

/* Before its word on the arrow, and in the legend: nothing is told by colour alone. */
export const MARKS: Record<Look | "lost" | "unknown", string> = {
  plain: "",
  again: "↻",
  late: "↷",
  needless: "∅",
  forged: "!",
  copy: "×2",
  changed: "~",
  lost: "✕",
  unknown: "?",
};

const AGAIN = new Set(["retransmission", "fast-retransmission", "spurious-retransmission"]);

export function isNeedless(segment: SegmentObject): boolean {
  return segment.cause === "needless" || segment.labels.includes("spurious-retransmission");
}

export function isAgain(segment: SegmentObject): boolean {
  return segment.cause !== undefined || segment.labels.some((label) => AGAIN.has(label));
}

export function isLate(segment: SegmentObject): boolean {
  return segment.overtaken_by !== undefined || segment.labels.includes("out-of-order");
}

/* The one that says most, where several hold. All are told in words. */
export function lookOf(segment: SegmentObject): Look {
  if (segment.forged) return "forged";
  if (segment.copy_of !== undefined) return "copy";
  if (isNeedless(segment)) return "needless";
  if (isAgain(segment)) return "again";
  if (isLate(segment)) return "late";
  return segment.changed ? "changed" : "plain";
}

export function endOf(timed: TimedSegment): End {
  if (timed.segment.lost !== undefined) return "lost";
  return timed.delivered === null ? "unknown" : "arrived";
}

/* Made by the cable, on the cable: no end has sent it. */
export function fromCable(segment: SegmentObject): boolean {
  return segment.forged === true || segment.copy_of !== undefined;
}

/* Acknowledges and does nothing else. */
export function isBareAck(timed: TimedSegment): boolean {
  const segment = timed.segment;
  return segment.flags === "A" && segment.length === 0 && segment.labels.length === 0 &&
    !segment.former &&
    segment.options.sack === undefined && lookOf(segment) === "plain" &&
    endOf(timed) === "arrived";
}

const FLAGS: Record<string, string> = {
  F: "FIN", S: "SYN", R: "RST", P: "PSH", A: "ACK", U: "URG", E: "ECE", C: "CWR", N: "NS",
};

/* "SYN, ACK" */
export function flagNames(flags: string): string {
  return [...flags].map((letter) => FLAGS[letter] ?? letter).join(", ");
}
