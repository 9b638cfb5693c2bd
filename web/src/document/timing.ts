/*
 * When each segment left one end and reached the other. A lab and a pair of captures know; one
 * capture knows a single moment, somewhere between the ends: where, the handshake tells, and half
 * a round trip is what each way is taken to need. What an end acknowledges it has received before:
 * a picture drawn with these times does not show otherwise.
 */

import type { ConnectionObject, SegmentObject, Side } from "./types.ts";

export interface TimedSegment {
  segment: SegmentObject;
  /* since the earliest sending of the connection: mostly, not always, its first segment's */
  sent: number;
  delivered: number | null; /* null: it never arrived, or that is not known; else >= sent */
  known: boolean; /* false: by half the round trip, or without one */
  origin: number; /* what to add for the clock of the document: see Report.clock() */
}

/* From where the capture was: to the server and back, to the client and back. */
interface Distances {
  toServer: number;
  toClient: number;
}

const SIDES: readonly Side[] = ["client", "server"];

/* Sequence numbers go around. */
function precedes(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

function endOf(segment: SegmentObject): number {
  let end = segment.seq + segment.length;
  if (segment.flags.includes("S")) end++;
  if (segment.flags.includes("F")) end++;
  return end;
}

/*
 * Who acknowledges what: `meet(data, ack)` for each place of a segment that takes up sequence space
 * for the first time, and the place of the other side's first segment that covers it.
 */
function acknowledged(
  segments: readonly SegmentObject[], meet: (data: number, ack: number) => void): void {
  const waiting: Record<Side, number[]> = { client: [], server: [] };
  const head: Record<Side, number> = { client: 0, server: 0 };
  const top: Partial<Record<Side, number>> = {};
  segments.forEach((segment, place) => {
    if (segment.former) return;
    const { from } = segment;
    const other: Side = from === "client" ? "server" : "client";
    if (segment.ack !== undefined) {
      const queue = waiting[other];
      for (let data = queue[head[other]]; data !== undefined; data = queue[head[other]]) {
        const sent = segments[data];
        if (!sent || precedes(segment.ack, endOf(sent))) break;
        head[other]++;
        meet(data, place);
      }
    }
    const end = endOf(segment);
    const before = top[from];
    if (end !== segment.seq && (before === undefined || precedes(before, end))) {
      top[from] = end;
      waiting[from].push(place);
    }
  });
}

/* The shortest time between data and its acknowledgement, each way; the capture's own view. */
function shortest(segments: readonly SegmentObject[]): Partial<Distances> {
  const found: Partial<Distances> = {};
  acknowledged(segments, (data, ack) => {
    const sent = segments[data];
    const answer = segments[ack];
    if (!sent || !answer || answer.time < sent.time) return;
    const way = sent.from === "client" ? "toServer" : "toClient";
    found[way] = Math.min(found[way] ?? Infinity, answer.time - sent.time);
  });
  return found;
}

/*
 * SYN to SYN-ACK: from the capture to the server and back; SYN-ACK to ACK: to the client and back.
 * Of those sent more than once, the ones that did it: the last SYN, the first ACK.
 */
function ofHandshake(
  connection: ConnectionObject, segments: readonly SegmentObject[]): Distances | null {
  const { kind, rtt, frames } = connection.opening;
  if (kind !== "handshake" || rtt === undefined) return null;
  const isAnswer = (s: SegmentObject): boolean => s.from === "server" && s.flags.includes("S");
  const answer = segments.find((s) => isAnswer(s) && (!frames || frames.includes(s.frame)));
  if (!answer) return null;
  const at = segments.indexOf(answer);
  const ack = segments.slice(at).find((s) => s.from === "client" && !s.flags.includes("S"));
  const syn = segments.slice(0, at).reverse()
    .find((s) => s.from === "client" && s.flags.includes("S"));
  if (!ack || !syn) return null;
  return { toServer: Math.max(0, answer.time - syn.time),
    toClient: Math.max(0, ack.time - answer.time) };
}

/*
 * The shortest round trip of all: no way can be longer than half of it, while any single one, the
 * handshake's too, may have been slow for once, or an ACK may have waited for data.
 */
function distancesOf(
  connection: ConnectionObject, segments: readonly SegmentObject[]): Distances {
  const shake = ofHandshake(connection, segments);
  const known = {
    toServer: Math.min(connection.from_client.rtt?.min ?? Infinity, shake?.toServer ?? Infinity),
    toClient: Math.min(connection.from_server.rtt?.min ?? Infinity, shake?.toClient ?? Infinity),
  };
  const seen = shake ? {} : shortest(segments);
  const or = (value: number, other: number | undefined): number =>
    value === Infinity ? other ?? 0 : value;
  return {
    toServer: or(known.toServer, seen.toServer), toClient: or(known.toClient, seen.toClient),
  };
}

/*
 * An acknowledgement leaves after what it acknowledges has come: where half a round trip is too
 * much for that, the one is drawn earlier and the other later, so that they meet between the
 * moments at which the capture saw them. Nothing of one side overtakes.
 */
function keepCausal(segments: readonly SegmentObject[], list: TimedSegment[]): void {
  const places: Record<Side, number[]> = { client: [], server: [] };
  const rank = new Int32Array(list.length); /* among those of its side */
  segments.forEach((s, place) => {
    rank[place] = places[s.from].push(place) - 1;
  });
  acknowledged(segments, (dataPlace, ackPlace) => {
    const data = list[dataPlace];
    const ack = list[ackPlace];
    if (!data || !ack || data.delivered === null || data.delivered <= ack.sent) return;
    const from = data.segment.time;
    const need = data.delivered - from + (ack.segment.time - ack.sent);
    const part = need > 0 ? (data.delivered - from) / need : 0.5;
    const meeting = from + Math.max(0, ack.segment.time - from) * part;
    ack.sent = Math.max(ack.sent, meeting);
    /* What was captured before the data of the same side came no later than it. */
    const ofSide = places[data.segment.from];
    for (let i = rank[dataPlace] ?? -1; i >= 0; i--) {
      const earlier = list[ofSide[i] ?? -1];
      if (!earlier || earlier.delivered === null || earlier.delivered <= meeting) break;
      const least = Math.max(meeting, earlier.segment.time);
      if (earlier.delivered <= least) break; /* of clocks that ran backwards: as early as it can */
      earlier.delivered = least;
    }
  });
  for (const side of SIDES) {
    let last = -Infinity;
    for (const place of places[side]) {
      const one = list[place];
      if (!one) continue;
      /* Never after it was seen: so the order of the capture is kept, not made. */
      one.sent = Math.min(Math.max(one.sent, last), one.segment.time);
      last = one.sent;
    }
  }
}

function estimated(
  connection: ConnectionObject, segments: readonly SegmentObject[]): TimedSegment[] {
  const { toServer, toClient } = distancesOf(connection, segments);
  const list = segments.map((segment) => {
    const behind = (segment.from === "client" ? toClient : toServer) / 2;
    const ahead = (segment.from === "client" ? toServer : toClient) / 2;
    return { segment, sent: segment.time - behind, delivered: segment.time + ahead, known: false,
      origin: 0 };
  });
  keepCausal(segments, list);
  return list;
}

/* How long a segment of each side was under way at least, where both moments are known. */
function shortestWays(segments: readonly SegmentObject[]): Record<Side, number> {
  const ways: Record<Side, number> = { client: Infinity, server: Infinity };
  for (const { from, sent, delivered } of segments) {
    if (sent === undefined || delivered === undefined) continue;
    ways[from] = Math.min(ways[from], Math.max(0, delivered - sent));
  }
  for (const side of SIDES) if (ways[side] === Infinity) ways[side] = 0;
  return ways;
}

/* The two clocks of a pair agree only so far: nothing arrives before it was sent, or with it. */
const LEAST_WAY = 1e-6;

function measured(segments: readonly SegmentObject[]): TimedSegment[] {
  const ways = shortestWays(segments);
  const base = segments.find((s) => s.sent !== undefined);
  const offset = base?.sent === undefined ? 0 : base.sent - base.time;
  return segments.map((segment) => {
    const { delivered } = segment;
    if (segment.sent !== undefined) {
      return { segment, sent: segment.sent, known: true, origin: 0,
        delivered: delivered === undefined ? null
          : Math.max(delivered, segment.sent + LEAST_WAY) };
    }
    /* Only the receiver's capture has it. */
    if (delivered !== undefined)
      return { segment, sent: delivered - ways[segment.from], delivered, known: false, origin: 0 };
    return { segment, sent: segment.time + offset, delivered: null, known: false, origin: 0 };
  });
}

export function timed(
  connection: ConnectionObject, segments: readonly SegmentObject[]): TimedSegment[] {
  const isMeasured = segments.some((s) => s.sent !== undefined || s.delivered !== undefined);
  const list = isMeasured ? measured(segments) : estimated(connection, segments);
  const origin = list.reduce((least, one) => Math.min(least, one.sent), Infinity);
  for (const one of list) {
    one.sent -= origin;
    if (isMeasured) one.origin = origin;
    if (one.delivered !== null) one.delivered -= origin;
  }
  return list;
}
