/*
 * In which state each end is, and from when. In a lab the kernel said it; else it is what the wire
 * lets one infer.
 */

import type { TimedSegment } from "../document/timing.ts";
import type { ConnectionObject, SegmentObject, Side, State } from "../document/types.ts";
import { fromCable } from "./look.ts";

export type Moment = "sent" | "delivered";

export interface Told {
  state: State;
  wire: State;
  kernel: boolean; /* the kernel said so */
}

export const other = (side: Side): Side => (side === "client" ? "server" : "client");

/* Whose state the moment tells. */
export function teller(segment: SegmentObject, moment: Moment): Side {
  return moment === "sent" ? segment.from : other(segment.from);
}

/* Null: nobody is in another state by it (the cable made the segment, or it never arrived). */
export function toldBy(timed: TimedSegment, moment: Moment): Told | null {
  const segment = timed.segment;
  if (moment === "sent" && fromCable(segment)) return null;
  if (moment === "delivered" && (timed.delivered === null || segment.lost !== undefined))
    return null;
  const side = teller(segment, moment);
  const wire = side === "client" ? segment.client_state : segment.server_state;
  const kernel = segment.kernel?.[moment]?.[side];
  return { state: kernel ?? wire, wire, kernel: kernel !== undefined };
}

export function differs(told: Told | null): told is Told {
  return told !== null && told.kernel && told.wire !== told.state;
}

/* Before the first segment; null: nothing is known of it. */
export function stateBefore(
  connection: ConnectionObject | undefined, first: TimedSegment, side: Side): State | null {
  const segment = first.segment;
  const kernel = segment.kernel?.sent?.[side];
  if (kernel && side !== segment.from) return kernel;
  if (!segment.flags.includes("S") || segment.flags.includes("A")) {
    return side === "client" ? segment.client_state : segment.server_state;
  }
  if (side === segment.from || connection?.opening.kind === "simultaneous") return "CLOSED";
  if (connection?.opening.kind === "refused") return "CLOSED";
  return connection?.opening.kind === "unanswered" ? null : "LISTEN";
}
