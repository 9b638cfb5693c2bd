/* The document, with the ways through it that every part needs. */

import type {
  ConnectionObject, FieldKind, PackedField, PackedFrame, ReportDocument, SegmentObject,
  StreamObject,
} from "./types.ts";
import { FrameShelf } from "./frame_shelf.ts";
import { timed, type TimedSegment } from "./timing.ts";

export interface Field {
  kind: FieldKind;
  level: number;
  offset: number; /* in its layer */
  bytes: number; /* 0: it stands nowhere */
  firstBit: number;
  bits: number;
  value: string;
  meaning: string;
  explained: string; /* what this value says here; "" */
}

export interface Layer {
  name: string;
  title: string;
  summary: string;
  at: number | null; /* in the frame */
  length: number;
  bytes: Uint8Array | null; /* its own, where it cannot be found in the frame */
  fields: Field[];
}

export interface Detail {
  packed: PackedFrame;
  bytes: Uint8Array;
  layers: Layer[];
}

export class Report {
  readonly document: ReportDocument;
  private readonly byNumber = new Map<number, ConnectionObject>();
  private readonly byConnection = new Map<number, SegmentObject[]>();
  private readonly byFrame = new Map<number, SegmentObject>();
  private readonly places = new Map<number, number>(); /* of a frame, among its connection's */
  private readonly streams = new Map<number, StreamObject>();
  private readonly timings = new Map<number, TimedSegment[]>();

  constructor(
    document: ReportDocument, private readonly frames = new FrameShelf("", document.frames)) {
    this.document = document;
    for (const connection of document.connections) this.byNumber.set(connection.number, connection);
    for (const segment of document.segments) {
      const list = this.byConnection.get(segment.connection);
      if (!this.byFrame.has(segment.frame)) {
        this.byFrame.set(segment.frame, segment);
        this.places.set(segment.frame, list?.length ?? 0);
      }
      if (list) list.push(segment);
      else this.byConnection.set(segment.connection, [segment]);
    }
    this.takeProvenCauses();
    for (const stream of document.streams) this.streams.set(stream.connection, stream);
  }

  /*
   * A segment's own cause is what could be told when it came; a finding was made when all was
   * known. Where a finding names the frame, it is the one to believe.
   */
  private takeProvenCauses(): void {
    for (const { findings } of this.document.connections) {
      for (const { kind, cause, confidence, frames } of findings ?? []) {
        if (kind !== "retransmission" || cause === undefined || confidence !== "sure") continue;
        for (const frame of frames) {
          const segment = this.byFrame.get(frame);
          if (segment?.cause !== undefined) segment.cause = cause;
        }
      }
    }
  }

  connection(number: number): ConnectionObject | undefined {
    return this.byNumber.get(number);
  }

  segments(connection: number): readonly SegmentObject[] {
    return this.byConnection.get(connection) ?? [];
  }

  /* The same, in the same order, with when each left and arrived. */
  timed(number: number): readonly TimedSegment[] {
    let list = this.timings.get(number);
    const connection = this.byNumber.get(number);
    if (!list) {
      list = connection ? timed(connection, this.segments(number)) : [];
      this.timings.set(number, list);
    }
    return list;
  }

  /*
   * Seconds to add to the times of a connection (a TimedSegment's, a turn's, a message's) where
   * they are shown: so all parts count from the run's beginning in a lab, as its steps do. Of
   * captures it is nothing: they count from the connection's first frame.
   */
  clock(number: number): number {
    return this.timed(number)[0]?.origin ?? 0;
  }

  /* The original, where there are copies of it. */
  segment(frame: number): SegmentObject | undefined {
    return this.byFrame.get(frame);
  }

  /* Its place in segments() of its connection; -1: the document has no such segment. */
  place(frame: number): number {
    return this.places.get(frame) ?? -1;
  }

  stream(connection: number): StreamObject | undefined {
    return this.streams.get(connection);
  }

  /* Null: the page has no bytes of it. */
  detail(frame: number): Detail | null {
    const packed = this.frames.get(frame);
    return packed ? unpack(packed, this.document) : null;
  }
}

export function decodeBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

const UNKNOWN_KIND: FieldKind = { name: "", title: "?" };

function sharedField(place: PackedField | number, document: ReportDocument): PackedField {
  return typeof place === "number" ? document.fields?.[place] ?? [] : place;
}

function unpack(packed: PackedFrame, document: ReportDocument): Detail {
  const text = (place: number | undefined): string => document.texts[place ?? 0] ?? "";
  return {
    packed,
    bytes: decodeBase64(packed.bytes),
    layers: packed.layers.map((layer) => ({
      name: layer.name,
      title: text(layer.title),
      summary: text(layer.summary),
      at: layer.at ?? null,
      length: layer.length,
      bytes: layer.bytes === undefined ? null : decodeBase64(layer.bytes),
      fields: layer.fields.map((place) => sharedField(place, document)).map((field) => ({
        kind: document.field_kinds[field[0] ?? -1] ?? UNKNOWN_KIND,
        level: field[1] ?? 0,
        offset: field[2] ?? 0,
        bytes: field[3] ?? 0,
        firstBit: field[4] ?? 0,
        bits: field[5] ?? 0,
        value: text(field[6]),
        meaning: text(field[7]),
        explained: text(field[8]),
      })),
    })),
  };
}
