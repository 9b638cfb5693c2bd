/*
 * What is known of one end, in its own order: after each segment that it sent or that came to it,
 * and, in a lab, whenever its kernel was asked. The wire's states are written down in the order of
 * the capture; where segments crossed, an end's own order is another.
 */

import type { TimedSegment } from "../document/timing.ts";
import type { Side, State } from "../document/types.ts";

export type Moment = "sent" | "delivered";

export interface Sight {
  place: number; /* of the segment, in the connection's list */
  moment: Moment; /* of that segment */
  at: number; /* seconds, as TimedSegment */
  own: boolean; /* by this segment at this end; false: the kernel was merely asked then */
  state: State | null; /* null: nothing is known */
  asked: boolean; /* the kernel said so */
  flags: string;
  deferred: boolean; /* what came later shows that it came later, or never */
}

/* A segment under way is taken to be this much faster where its times are estimated: otherwise the
   least trembling would turn around what follows directly. */
const TOLERANCE = 0.1;

function sight(timed: TimedSegment, place: number, moment: Moment, own: boolean): Sight {
  const { segment, sent, delivered, known } = timed;
  const arrival = delivered ?? sent;
  const at = moment === "sent" ? sent : known ? arrival : arrival - (arrival - sent) * TOLERANCE;
  return { place, moment, at, own, state: null, asked: false, flags: segment.flags,
    deferred: false };
}

/* Made by the cable: the end in whose name it goes knows nothing of it. */
export function isCables(timed: TimedSegment): boolean {
  return timed.segment.forged === true || timed.segment.copy_of !== undefined;
}

/* An end, or its kernel, at one moment of a segment. */
function look(
  timed: TimedSegment, place: number, side: Side, moment: Moment, out: Sight[]): void {
  const { segment } = timed;
  const sending = moment === "sent";
  const own = (segment.from === side) === sending && !(sending && isCables(timed));
  const truth = segment.kernel?.[moment]?.[side];
  if (!own && !truth) return;
  const one = sight(timed, place, moment, own);
  one.asked = truth !== undefined;
  one.state = truth ?? (side === "client" ? segment.client_state : segment.server_state);
  out.push(one);
}

/* One or two looks at an end, around one segment. */
function lookAround(timed: TimedSegment, place: number, side: Side, out: Sight[]): void {
  const { segment, delivered } = timed;
  look(timed, place, side, "sent", out);
  if (delivered !== null) look(timed, place, side, "delivered", out);
  const seen = segment.from === side ? !isCables(timed) : delivered !== null;
  if (!seen && !segment.kernel?.sent?.[side])
    out.push(sight(timed, place, "sent", false));
}

/*
 * The capture saw the other side's segment first, and took it for received; then this side's, which
 * shows that it had been sent before that came.
 */
function uncross(sights: Sight[], received: State, sent: State): void {
  const sending = sights.findIndex((s) => s.own && s.moment === "sent" && s.state === sent);
  const receiving = sights.findIndex((s) =>
    s.own && s.moment === "delivered" && s.state === received);
  if (receiving < 0 || sending < receiving) return;
  const between = sights.slice(receiving, sending);
  if (between.some((s) => s.own && s.state !== received)) return;
  const moved = sights.splice(sending, 1);
  for (const one of moved) one.at = sights[receiving]?.at ?? one.at;
  sights.splice(receiving, 0, ...moved);
}

/* No program can close what accept() has not given it: by then the handshake's ACK had come. */
function openFirst(sights: Sight[]): void {
  const closing = sights.findIndex((s) => s.own && s.moment === "sent" && s.state === "FIN_WAIT1");
  const open = sights.findIndex((s) => s.own && s.state === "ESTABLISHED");
  const fin = sights[closing];
  const ack = sights[open];
  if (!fin || !ack || open < closing || ack.place > fin.place) return;
  ack.at = fin.at;
  sights.splice(closing, 0, ...sights.splice(open, 1));
}

export function sightsOf(timed: readonly TimedSegment[], side: Side): Sight[] {
  const sights: Sight[] = [];
  timed.forEach((one, place) => lookAround(one, place, side, sights));
  /* Stable: at the same moment the order of the document holds. */
  sights.sort((a, b) => a.at - b.at);
  if (!sights.some((s) => s.asked)) {
    uncross(sights, "SYN_RECV", "SYN_SENT");
    uncross(sights, "CLOSE_WAIT", "FIN_WAIT1");
    openFirst(sights);
  }
  return sights;
}
