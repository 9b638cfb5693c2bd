/*
 * Where everything stands, from top to bottom; computed once for a connection and a width.
 *
 * All that happens (a sending, an arrival, a loss, a program's call) is an event. Events stand in
 * the order of time, exactly, so that arrows cross where segments did. An event's distance from
 * the one before grows with the time between them, as far as the texts leave room; where nothing
 * happens for long, the ladder is folded.
 */

import type { Report } from "../document/report.ts";
import type { TimedSegment } from "../document/timing.ts";
import type { ConnectionObject, Side, State } from "../document/types.ts";
import { language } from "../text/language.ts";
import { columnsOf, type Columns } from "./columns.ts";
import { LINE_HEIGHT, lineCount, tokensOf } from "./label.ts";
import { endOf, isBareAck } from "./look.ts";
import { Cursor, type Fold } from "./cursor.ts";
import { type Call, callsOf } from "./calls.ts";
import { stateBefore, teller, toldBy } from "./states.ts";

export interface Choice {
  width: number;
  hideAcks: boolean;
  trueTime: boolean;
  calls: boolean;
}

export interface BandChange {
  y: number;
  state: State | null;
}

export interface PlacedCall extends Call {
  y: number;
}

export interface Layout {
  columns: Columns;
  height: number;
  timed: readonly TimedSegment[];
  shown: Uint32Array; /* places of those drawn, in the order of their sending */
  rank: Int32Array; /* of a place in `shown`; -1: hidden */
  sentY: Float64Array; /* by place */
  endY: Float64Array; /* of the arrival, or of where its trace ends */
  lines: Uint8Array; /* of its text */
  deepest: Float64Array; /* by rank: how far down those up to here reach */
  bands: Record<Side, BandChange[]>;
  folds: Fold[];
  calls: PlacedCall[];
}

/* How far down the cable a lost segment is drawn, and one of which no more is known. */
export const LOST_AT = 0.6;

const SAMPLES = 2000;

/* What one way usually takes. */
function usualWay(timed: readonly TimedSegment[]): number {
  const ways: number[] = [];
  for (const { sent, delivered, segment } of timed) {
    if (delivered !== null && delivered > sent && segment.lost === undefined)
      ways.push(delivered - sent);
    if (ways.length === SAMPLES) break;
  }
  ways.sort((a, b) => a - b);
  return ways[ways.length >> 1] ?? 0.01;
}

/*
 * Two events for each segment, 2 * place and 2 * place + 1, then the calls: ordered by time, those
 * of the same time by number.
 */
class Events {
  readonly times: Float64Array;
  readonly order: Uint32Array;

  constructor(timed: readonly TimedSegment[], hidden: Uint8Array, calls: Call[], way: number) {
    const n = timed.length;
    this.times = new Float64Array(2 * n + calls.length);
    const order = new Uint32Array(this.times.length);
    let count = 0;
    timed.forEach((one, place) => {
      const end = endOf(one);
      this.times[2 * place] = one.sent;
      this.times[2 * place + 1] =
        end === "arrived" ? Math.max(one.sent, one.delivered ?? 0) : one.sent + way * LOST_AT;
      if (hidden[place]) return;
      order[count++] = 2 * place;
      order[count++] = 2 * place + 1;
    });
    calls.forEach((call, i) => {
      this.times[2 * n + i] = call.time;
      order[count++] = 2 * n + i;
    });
    const times = this.times;
    this.order = order.subarray(0, count)
      .sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
  }
}

/* A bare ACK that changes a state is never hidden: a band would change without a cause. */
function hiddenOf(timed: readonly TimedSegment[], hideAcks: boolean): Uint8Array {
  const hidden = new Uint8Array(timed.length);
  if (!hideAcks) return hidden;
  const before: Record<Side, State | null> = { client: null, server: null };
  timed.forEach((one, place) => {
    let changes = false;
    for (const moment of ["sent", "delivered"] as const) {
      const told = toldBy(one, moment);
      if (!told) continue;
      const side = teller(one.segment, moment);
      changes ||= before[side] !== told.state;
      before[side] = told.state;
    }
    hidden[place] = !changes && isBareAck(one) ? 1 : 0;
  });
  return hidden;
}

class Builder {
  private readonly layout: Layout;
  private readonly cursor: Cursor;
  private readonly state: Record<Side, State | null>;
  private readonly latest: Record<Side, number> = { client: -1, server: -1 };

  constructor(layout: Layout, cursor: Cursor, connection: ConnectionObject | undefined) {
    this.layout = layout;
    this.cursor = cursor;
    const first = layout.timed[0];
    this.state = {
      client: first ? stateBefore(connection, first, "client") : null,
      server: first ? stateBefore(connection, first, "server") : null,
    };
    for (const side of ["client", "server"] as const)
      layout.bands[side].push({ y: 0, state: this.state[side] });
  }

  /* States of one capture follow each other in its order; estimated times must not undo that. */
  private overtaken(one: TimedSegment, place: number, side: Side): boolean {
    if (one.known) return false;
    if (place < this.latest[side]) return true;
    this.latest[side] = place;
    return false;
  }

  /* An event of a segment: its sending, or its end. */
  segment(place: number, isSending: boolean, time: number): void {
    const { layout, cursor } = this;
    const one = layout.timed[place];
    if (!one) return;
    const side = teller(one.segment, isSending ? "sent" : "delivered");
    const told = this.overtaken(one, place, side) ? null
      : toldBy(one, isSending ? "sent" : "delivered");
    const changes = told !== null && told.state !== this.state[side];
    const name = changes ? told.state.length : 0;
    let y: number;
    if (isSending) {
      y = cursor.sending(time, (layout.lines[place] ?? 1) * LINE_HEIGHT, side, name);
      layout.sentY[place] = y;
    } else {
      const least = (layout.sentY[place] ?? 0) + 10;
      y = endOf(one) === "arrived" ? cursor.arrival(time, least, side, name)
        : cursor.mark(time, least);
      layout.endY[place] = y;
    }
    if (changes) {
      this.state[side] = told.state;
      layout.bands[side].push({ y, state: told.state });
    }
  }
}

function reach(layout: Layout): void {
  let deepest = 0;
  layout.shown.forEach((place, rank) => {
    layout.rank[place] = rank;
    deepest = Math.max(deepest, layout.sentY[place] ?? 0, layout.endY[place] ?? 0);
    layout.deepest[rank] = deepest;
  });
}

/* The dearest step, and the same for every way to draw a connection: the last is kept. */
let counted: { timed: readonly TimedSegment[]; key: string; lines: Uint8Array } | null = null;

function linesOf(timed: readonly TimedSegment[], columns: Columns): Uint8Array {
  const key = `${columns.narrow} ${columns.room} ${language()}`;
  if (counted?.timed !== timed || counted.key !== key) {
    const lines = Uint8Array.from(timed, (one) =>
      lineCount(tokensOf(one, columns.narrow), columns.room));
    counted = { timed, key, lines };
  }
  return counted.lines;
}

function emptyLayout(timed: readonly TimedSegment[], columns: Columns): Layout {
  const n = timed.length;
  return {
    columns, height: 0, timed,
    shown: new Uint32Array(0), rank: new Int32Array(n).fill(-1),
    sentY: new Float64Array(n), endY: new Float64Array(n), lines: linesOf(timed, columns),
    deepest: new Float64Array(0), bands: { client: [], server: [] }, folds: [], calls: [],
  };
}

/* `most`: of the segments, only so many; for paper. */
export function layOut(report: Report, number: number, choice: Choice, most = Infinity): Layout {
  const all = report.timed(number);
  const timed = all.length > most ? all.slice(0, most) : all;
  let greatest = 0;
  for (const one of timed) greatest = Math.max(greatest, one.segment.frame);
  const columns = columnsOf(choice.width, greatest);
  const layout = emptyLayout(timed, columns);
  if (timed.length === 0) return layout;
  const way = usualWay(timed);
  const calls = callsOf(report.document, number, timed)
    .filter(({ look }) => choice.calls || look === "cut" || look === "whole");
  const hidden = hiddenOf(timed, choice.hideAcks);
  const events = new Events(timed, hidden, calls, way);
  const cursor = new Cursor(way, choice.trueTime, columns.narrow);
  const builder = new Builder(layout, cursor, report.connection(number));
  const shown: number[] = [];
  for (const event of events.order) {
    const time = events.times[event] ?? 0;
    const call = calls[event - 2 * timed.length];
    if (call) {
      layout.calls.push({ ...call, y: cursor.call(time) });
      continue;
    }
    if (event % 2 === 0) shown.push(event >> 1);
    builder.segment(event >> 1, event % 2 === 0, time);
  }
  layout.shown = Uint32Array.from(shown);
  layout.deepest = new Float64Array(shown.length);
  layout.folds = cursor.folds;
  layout.height = cursor.end();
  reach(layout);
  return layout;
}

/* The ranks that have something between these heights. */
export function ranksBetween(layout: Layout, top: number, bottom: number): [number, number] {
  const { shown, deepest, sentY, lines } = layout;
  let low = 0;
  let high = shown.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((deepest[middle] ?? 0) < top) low = middle + 1;
    else high = middle;
  }
  const first = low;
  high = shown.length;
  const begins = (rank: number): number => {
    const place = shown[rank] ?? 0;
    return (sentY[place] ?? 0) - (lines[place] ?? 0) * LINE_HEIGHT;
  };
  while (low < high) {
    const middle = (low + high) >> 1;
    if (begins(middle) <= bottom) low = middle + 1;
    else high = middle;
  }
  return [first, low];
}

/* Which state an end is in at this height. */
export function stateAt(changes: readonly BandChange[], y: number): State | null {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.y ?? 0) <= y) low = middle + 1;
    else high = middle;
  }
  return changes[low - 1]?.state ?? null;
}
