/*
 * RFC 9293, figure 5: the states and what leads from one to the next. CLOSED stands in it twice,
 * as the beginning at its head and as the end at its foot. The edge from FIN_WAIT1 to TIME_WAIT
 * the figure leaves to its note 2.
 */

import type { State } from "../document/types.ts";

/* A place in the figure. END: CLOSED at its foot. */
export type Spot = State | "END";

export type EventName =
  | "passiveOpen" | "activeOpen" | "close" | "send" | "rcvSyn" | "rcvSynAck" | "rcvAckOfSyn"
  | "rcvFin" | "rcvAckOfFin" | "rcvFinAck" | "rcvRst" | "sndRst" | "timeout";
export type ActionName =
  | "createTcb" | "createTcbSndSyn" | "deleteTcb" | "sndSyn" | "sndSynAck" | "sndAck" | "sndFin"
  | "none";

export type TransitionName =
  | "passiveOpen" | "activeOpen" | "listenClose" | "listenSend" | "listenSyn" | "synSentClose"
  | "synSentSyn" | "synSentSynAck" | "synRecvAck" | "synRecvRst" | "synRecvClose" | "close"
  | "fin" | "finWait1Ack" | "finWait1Fin" | "finWait1FinAck" | "finWait2Fin" | "closingAck"
  | "closeWaitClose" | "lastAckAck" | "timeout";

export interface Transition {
  name: TransitionName;
  from: Spot;
  to: Spot;
  event: EventName;
  action: ActionName;
}

export const SPOTS: readonly Spot[] = [
  "CLOSED", "LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2",
  "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT", "END",
];

type Row = [TransitionName, Spot, Spot, EventName, ActionName];

const ROWS: Row[] = [
  ["passiveOpen", "CLOSED", "LISTEN", "passiveOpen", "createTcb"],
  ["activeOpen", "CLOSED", "SYN_SENT", "activeOpen", "createTcbSndSyn"],
  ["listenClose", "LISTEN", "CLOSED", "close", "deleteTcb"],
  ["listenSend", "LISTEN", "SYN_SENT", "send", "sndSyn"],
  ["listenSyn", "LISTEN", "SYN_RECV", "rcvSyn", "sndSynAck"],
  ["synSentClose", "SYN_SENT", "CLOSED", "close", "deleteTcb"],
  ["synSentSynAck", "SYN_SENT", "ESTABLISHED", "rcvSynAck", "sndAck"],
  ["synSentSyn", "SYN_SENT", "SYN_RECV", "rcvSyn", "sndSynAck"],
  ["synRecvAck", "SYN_RECV", "ESTABLISHED", "rcvAckOfSyn", "none"],
  ["synRecvRst", "SYN_RECV", "LISTEN", "rcvRst", "none"],
  ["synRecvClose", "SYN_RECV", "FIN_WAIT1", "close", "sndFin"],
  ["close", "ESTABLISHED", "FIN_WAIT1", "close", "sndFin"],
  ["fin", "ESTABLISHED", "CLOSE_WAIT", "rcvFin", "sndAck"],
  ["finWait1Ack", "FIN_WAIT1", "FIN_WAIT2", "rcvAckOfFin", "none"],
  ["finWait1Fin", "FIN_WAIT1", "CLOSING", "rcvFin", "sndAck"],
  ["finWait1FinAck", "FIN_WAIT1", "TIME_WAIT", "rcvFinAck", "sndAck"],
  ["finWait2Fin", "FIN_WAIT2", "TIME_WAIT", "rcvFin", "sndAck"],
  ["closingAck", "CLOSING", "TIME_WAIT", "rcvAckOfFin", "none"],
  ["closeWaitClose", "CLOSE_WAIT", "LAST_ACK", "close", "sndFin"],
  ["lastAckAck", "LAST_ACK", "END", "rcvAckOfFin", "deleteTcb"],
  ["timeout", "TIME_WAIT", "END", "timeout", "deleteTcb"],
];

export const TRANSITIONS: readonly Transition[] =
  ROWS.map(([name, from, to, event, action]) => ({ name, from, to, event, action }));

export function stateAt(spot: Spot): State {
  return spot === "END" ? "CLOSED" : spot;
}

const BEFORE_OPEN: readonly Spot[] = ["CLOSED", "LISTEN", "SYN_SENT", "SYN_RECV"];

/* Where a step to `to` arrives: CLOSED again at the head if the connection never was open. */
export function spotAfter(from: Spot, to: State): Spot {
  return to === "CLOSED" && !BEFORE_OPEN.includes(from) ? "END" : to;
}

const byEnds = new Map(TRANSITIONS.map((edge) => [`${edge.from} ${edge.to}`, edge]));

export function transitionBetween(from: Spot, to: Spot): Transition | null {
  return byEnds.get(`${from} ${to}`) ?? null;
}

/* No way through the figure goes through CLOSED: from there it would be another connection. */
function shortestWay(from: Spot, to: Spot): Spot[] | null {
  const ways: Spot[][] = [[from]];
  const seen = new Set<Spot>([from]);
  for (let way = ways.shift(); way; way = ways.shift()) {
    const last = way[way.length - 1] ?? from;
    if (last === to && way.length > 1) return way;
    if (last === "CLOSED" && way.length > 1) continue;
    for (const edge of TRANSITIONS) {
      if (edge.from !== last || seen.has(edge.to)) continue;
      seen.add(edge.to);
      ways.push([...way, edge.to]);
    }
  }
  return null;
}

const known = new Map<string, State[] | null>();

/* The states between two, on the shortest way. []: one edge. Null: there is no way. */
export function statesBetween(from: Spot, to: Spot): State[] | null {
  const key = `${from} ${to}`;
  let between = known.get(key);
  if (between === undefined) {
    between = shortestWay(from, to)?.slice(1, -1).map(stateAt) ?? null;
    known.set(key, between);
  }
  return between;
}
