/*
 * Connections made by hand. A segment is a line:
 *
 *     0.010 < SA 0 ack=1 win=500 | ESTABLISHED SYN_RECV
 *
 * the capture's time, its way (> to the server, < to the client), flags ("-": none), sequence
 * number; then what else is known of it, and behind "|" the client's state and the server's.
 * Frames count from 1. Only what a test speaks of stands in its lines.
 */

import { timed, type TimedSegment } from "../../../web/src/document/timing.ts";
import type {
  ConnectionObject, Direction, ReportDocument, SegmentObject, State,
} from "../../../web/src/document/types.ts";

export function direction(more: Partial<Direction> = {}): Direction {
  return { segments: 0, bytes: 0, retransmissions: 0, ...more };
}

export function connection(more: Partial<ConnectionObject> = {}): ConnectionObject {
  return {
    type: "connection", number: 1, client: "10.0.0.1:40000", server: "10.0.0.2:2312",
    first_frame: 1, last_frame: 1, start: 0, duration: 0,
    opening: { kind: "handshake" }, closing: { kind: "open" },
    states: { client: "ESTABLISHED", server: "ESTABLISHED" },
    from_client: direction(), from_server: direction(),
    labels: {}, findings: [], story: "", ...more,
  };
}

/* "100-200,300-400" */
function ranges(text: string): [number, number][] {
  return text.split(",").map((range) => {
    const [left = NaN, right = NaN] = range.split("-").map(Number);
    return [left, right];
  });
}

type Change = (segment: SegmentObject, value: string) => void;

const CHANGES: Record<string, Change> = {
  ack: (s, v) => { s.ack = Number(v); },
  len: (s, v) => { s.length = Number(v); },
  win: (s, v) => { s.window = Number(v); },
  sent: (s, v) => { s.sent = Number(v); },
  delivered: (s, v) => { s.delivered = Number(v); },
  lost: (s, v) => { s.lost = v; },
  copy_of: (s, v) => { s.copy_of = Number(v); },
  forged: (s) => { s.forged = true; },
  label: (s, v) => { s.labels.push(v); },
  cause: (s, v) => { s.cause = v; },
  sack: (s, v) => { s.options.sack = ranges(v); },
  ts: (s, v) => {
    const [value = NaN, echo = NaN] = v.split("/").map(Number);
    s.options.timestamps = { value, echo };
  },
};

function change(segment: SegmentObject, word: string): void {
  const [name = "", value = ""] = word.split("=");
  const known = CHANGES[name];
  if (!known) throw new Error(`no such word: ${word}`);
  known(segment, value);
}

function segmentOf(line: string, frame: number): SegmentObject {
  const [head = "", states = ""] = line.split("|");
  const [time, way, flags = "", seq, ...words] = head.trim().split(/\s+/);
  const [client = "ESTABLISHED", server = "ESTABLISHED"] =
    states.trim().split(/\s+/).filter(Boolean);
  if (way !== ">" && way !== "<") throw new Error(`no way: ${line}`);
  const segment: SegmentObject = {
    type: "segment", frame, connection: 1, time: Number(time),
    from: way === ">" ? "client" : "server", flags: flags === "-" ? "" : flags,
    seq: Number(seq), seq_raw: Number(seq) >>> 0, window_raw: 0, length: 0, options: {},
    labels: [], client_state: client as State, server_state: server as State,
  };
  for (const word of words) change(segment, word);
  return segment;
}

export function talk(text: string): SegmentObject[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean)
    .map((line, place) => segmentOf(line, place + 1));
}

export function timedTalk(text: string, more: Partial<ConnectionObject> = {}): TimedSegment[] {
  return timed(connection(more), talk(text));
}

/* What its kernels said: the end that the segment concerns, at its sending and at its arrival. */
export function asked(segment: SegmentObject, moment: "sent" | "delivered",
  client: State, server: State): void {
  segment.kernel = { ...segment.kernel, [moment]: { client, server } };
}

export function document(more: Partial<ReportDocument> = {}): ReportDocument {
  return {
    type: "report", version: 1, program: "wiretale 0", created: "2026-11-21T18:00:00Z",
    title: "", source: "trace", connections: [], segments: [], field_kinds: [], texts: [""],
    frames: [], streams: [], left_out: {}, ...more,
  };
}

export function base64(bytes: readonly number[] | string): string {
  const all = typeof bytes === "string" ? [...new TextEncoder().encode(bytes)] : bytes;
  return btoa(String.fromCharCode(...all));
}

/* Times are sums of decimal fractions. */
export function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e9) / 1e9;
}
