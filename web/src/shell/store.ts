/*
 * What is chosen: a connection and, of it, a segment. Every part shows it and may change it; the
 * address of the page names it (#connection=2&frame=14), so that it can be shared.
 */

import type { Report } from "../document/report.ts";
import type { ConnectionObject, SegmentObject } from "../document/types.ts";

export interface Selection {
  connection: number; /* 0: there is none */
  frame: number | null; /* null: none of its segments is chosen */
  place: number; /* of the segment in `segments`; -1. A copy has the frame of its original */
}

export interface Change {
  connection: boolean; /* another connection; then also `frame` */
  frame: boolean;
  by: string; /* the part that asked for it: it need not scroll to what is under the pointer */
}

/* What the address named, and the document has not. */
export interface Missing {
  what: "frame" | "connection";
  name: string; /* as it stands there */
}

/* The address was read again: what it names was chosen already, or is not there. */
const NO_CHANGE: Change = { connection: false, frame: false, by: "address" };

export type Listener = (selection: Selection, change: Change) => void;

export class Store {
  readonly report: Report;
  private chosen: Selection;
  private missing: Missing | null = null;
  private readonly listeners = new Set<Listener>();

  constructor(report: Report) {
    this.report = report;
    const first = report.document.connections[0]?.number ?? 0;
    this.chosen = this.beginningOf(first);
  }

  /* Until something else is chosen. */
  get notFound(): Missing | null {
    return this.missing;
  }

  get selection(): Selection {
    return this.chosen;
  }

  get connection(): ConnectionObject | undefined {
    return this.report.connection(this.chosen.connection);
  }

  /* Of the chosen connection, in the order of the ladder. */
  get segments(): readonly SegmentObject[] {
    return this.report.segments(this.chosen.connection);
  }

  get segment(): SegmentObject | undefined {
    return this.segments[this.chosen.place];
  }

  /* The chosen segment's place in `segments`; -1. */
  get place(): number {
    return this.chosen.place;
  }

  /* Returns what ends it. */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  selectConnection(number: number, by: string): void {
    if (number === this.chosen.connection || !this.report.connection(number)) return;
    this.change(this.beginningOf(number), by);
  }

  /* Also chooses its connection. */
  selectFrame(frame: number, by: string): void {
    const segment = this.report.segment(frame);
    if (!segment) return;
    const place = this.report.place(frame);
    this.change({ connection: segment.connection, frame, place }, by);
  }

  /* By its place in `segments`; what lies outside is the first or the last. */
  selectPlace(wanted: number, by: string): void {
    const place = Math.max(0, Math.min(this.segments.length - 1, wanted));
    const segment = this.segments[place];
    if (segment) this.change({ ...this.chosen, frame: segment.frame, place }, by);
  }

  step(by: number, who: string): void {
    this.selectPlace(Math.max(0, this.place) + by, who);
  }

  /* Whether it names a segment, which then is to be seen. */
  readAddress(hash: string): boolean {
    const wanted = new URLSearchParams(hash.replace(/^#/, ""));
    const connection = wanted.get("connection");
    const frame = wanted.get("frame");
    const before = this.chosen;
    this.missing = null;
    if (frame !== null && this.report.segment(Number(frame))) {
      this.selectFrame(Number(frame), "address");
    } else {
      if (connection !== null) this.selectConnection(Number(connection), "address");
      if (frame !== null) this.missing = { what: "frame", name: frame };
      else if (connection !== null && !this.report.connection(Number(connection)))
        this.missing = { what: "connection", name: connection };
    }
    if (this.missing || this.chosen === before) this.tell(NO_CHANGE);
    return frame !== null;
  }

  private beginningOf(connection: number): Selection {
    const frame = this.report.segments(connection)[0]?.frame;
    return { connection, frame: frame ?? null, place: frame === undefined ? -1 : 0 };
  }

  private change(to: Selection, by: string): void {
    const from = this.chosen;
    const change = {
      connection: to.connection !== from.connection,
      frame: to.connection !== from.connection || to.place !== from.place,
      by,
    };
    if (!change.frame) return;
    this.chosen = to;
    this.missing = null;
    this.tell(change);
  }

  private tell(change: Change): void {
    const { connection, frame } = this.chosen;
    const wanted = `#connection=${connection}${frame === null ? "" : `&frame=${frame}`}`;
    try {
      if (location.hash !== wanted && (change !== NO_CHANGE || this.missing))
        history.replaceState(null, "", wanted);
    } catch { /* some browsers refuse it to a file, or when it comes too often */ }
    for (const listener of [...this.listeners]) listener(this.chosen, change);
  }
}
