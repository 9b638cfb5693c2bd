/* The messages of a known protocol: which answers which, and the fields of the relay's own. */

import type { Field, Report } from "../document/report.ts";
import type { ConnectionObject, Message, SegmentObject, Side } from "../document/types.ts";

export interface Said {
  message: Message;
  index: number;
  answers: Said | null;
}

const RELAY = ["wiretale", "classic"];
const NEXT_FRAMES = 4; /* in which the end of a message that was cut may be taken apart */

function other(side: Side): Side {
  return side === "client" ? "server" : "client";
}

/* "TIME request", "id 7" of the client's: "client TIME 7"; "" where it asks for nothing. */
function keyOf(message: Message, asks: boolean): string {
  const id = /^id (\d+)/.exec(message.detail)?.[1];
  const name = /^(.*) (request|indication|response|acknowledgement)$/.exec(message.name);
  if (id === undefined || !name) return "";
  const asking = name[2] === "request" || name[2] === "indication";
  if (asking !== asks) return "";
  const asker = asks ? message.from : other(message.from);
  return `${asker} ${name[1]} ${id}`;
}

/*
 * The object of a connection lists only its first messages; what its segments carry tells of the
 * others, if they are all here.
 */
function unlisted(connection: ConnectionObject, segments: readonly SegmentObject[]): Message[] {
  const left = connection.messages_left_out ?? 0;
  if (left === 0) return [];
  const all: Message[] = [];
  for (const { from, frame, time, carries } of segments) {
    for (const { name, detail = "", begins, ends } of carries ?? [])
      if (begins) all.push({ from, frame, time, name, detail, bytes: 0, whole: ends });
  }
  const listed = connection.messages?.length ?? 0;
  return all.length === listed + left ? all.slice(listed) : [];
}

export function saidOf(
  connection: ConnectionObject, segments: readonly SegmentObject[]): Said[] {
  const asked = new Map<string, Said>();
  const messages = [...connection.messages ?? [], ...unlisted(connection, segments)];
  return messages.map((message, index) => {
    const answered = keyOf(message, false);
    const said: Said = {
      message, index, answers: answered === "" ? null : asked.get(answered) ?? null,
    };
    if (said.answers) asked.delete(answered);
    const asking = keyOf(message, true);
    if (asking !== "") asked.set(asking, said);
    return said;
  });
}

export interface Delay {
  time: number;
  where: "ends" | "capture"; /* from the asking end's sending to its receiving; as captured */
}

const LATER = 2000; /* segments, in which what was lost may come again */

/* When what stands in that frame, or was sent again for it, arrived. */
function arrivalOf(report: Report, message: Message): number | null {
  const first = report.segment(message.frame ?? -1);
  if (!first) return null;
  const timed = report.timed(first.connection);
  const place = report.place(first.frame);
  for (const { segment, known, delivered } of timed.slice(place, place + LATER)) {
    const same = segment.from === first.from && segment.seq <= first.seq &&
      segment.seq + segment.length >= first.seq + first.length;
    if (same && known && delivered !== null) return delivered;
  }
  return null;
}

/* How long an answer took; null: that cannot be told. */
export function delayOf(report: Report, said: Said): Delay | null {
  const asked = said.answers?.message;
  if (!asked) return null;
  const asking = report.segment(asked.frame ?? -1);
  const sent = asking && report.timed(asking.connection)[report.place(asking.frame)];
  if (!sent?.known) return { time: said.message.time - asked.time, where: "capture" };
  const arrived = arrivalOf(report, said.message);
  return arrived === null ? null : { time: arrived - sent.sent, where: "ends" };
}

export function hasFields(connection: ConnectionObject): boolean {
  return RELAY.includes(connection.protocol ?? "");
}

/* Null: the page has them not. Of several alike in one frame, the same in number is taken. */
export function fieldsOf(report: Report, said: readonly Said[], one: Said): Field[] | null {
  const { message } = one;
  if (message.frame === undefined) return null;
  const id = /^id \d+/.exec(message.detail)?.[0];
  let before = 0;
  for (let i = one.index - 1; i >= 0; i--) {
    const earlier = said[i]?.message;
    if (!earlier || earlier.frame !== message.frame) break;
    if (earlier.name === message.name) before++;
  }
  const fitting = (frame: number): Field[][] => (report.detail(frame)?.layers ?? [])
    .filter((layer) => RELAY.includes(layer.name) && layer.title.endsWith(message.name))
    .filter((layer) => id === undefined || new RegExp(`^${id}\\b`).test(layer.summary))
    .map((layer) => layer.fields);
  const here = fitting(message.frame);
  const found = here[id === undefined ? before : 0] ?? here[0];
  if (found) return found;
  return inNextFrames(report, message, fitting);
}

function inNextFrames(
  report: Report, message: Message, fitting: (frame: number) => Field[][]): Field[] | null {
  const segment = report.segment(message.frame ?? -1);
  if (!segment) return null;
  const all = report.segments(segment.connection);
  let tried = 0;
  for (let i = all.indexOf(segment) + 1; i < all.length && tried < NEXT_FRAMES; i++) {
    const next = all[i];
    if (!next || next.from !== message.from || next.length === 0) continue;
    tried++;
    const fields = fitting(next.frame)[0];
    if (fields) return fields;
  }
  return null;
}
