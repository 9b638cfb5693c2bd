/*
 * What was said, in turns: pieces of one side that follow each other. Bytes and text of a piece
 * are made when they are first asked for; a stream may hold megabytes.
 */

import { decodeBase64 } from "../document/report.ts";
import type { SegmentObject, Side, StreamObject, StreamPiece } from "../document/types.ts";
import { readPiece, searchPattern, TAIL } from "./readable.ts";

export interface Piece {
  index: number; /* in `pieces` */
  order: number; /* among its side's, by offset */
  turn: number; /* in `turns` */
  from: Side;
  frame: number;
  time: number;
  offset: number;
  length: number; /* of bytes that are here; 0 where they are missing */
  missing: number;
  source: StreamPiece;
}

export interface Turn {
  index: number;
  from: Side;
  first: number; /* of its pieces */
  last: number;
  bytes: number;
  missing: number;
  start: number;
  end: number;
}

/* A match of the search: where it begins, in characters of its turn's text. */
export interface Hit {
  turn: number;
  start: number;
  end: number;
  piece: number; /* in which it begins */
}

export const MOST_HITS = 5000;

function sizeOf(data: string | undefined): number {
  if (data === undefined || data.length === 0) return 0;
  const padding = data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0;
  return data.length / 4 * 3 - padding;
}

export class Transcript {
  readonly pieces: Piece[] = [];
  readonly turns: Turn[] = [];
  readonly leftOut: { client: number; server: number };
  private readonly byFrame = new Map<number, number[]>();
  private readonly bySide: Record<Side, Piece[]> = { client: [], server: [] };
  private readonly texts: string[] = []; /* those that were asked for */
  private starts: number[] | null = null;

  constructor(stream: StreamObject) {
    this.leftOut = stream.left_out ?? { client: 0, server: 0 };
    for (const source of stream.pieces) this.add(source);
    for (const side of Object.values(this.bySide)) {
      side.sort((a, b) => a.offset - b.offset);
      side.forEach((piece, order) => { piece.order = order; });
    }
  }

  private add(source: StreamPiece): void {
    let turn = this.turns[this.turns.length - 1];
    const index = this.pieces.length;
    if (!turn || turn.from !== source.from) {
      turn = {
        index: this.turns.length, from: source.from, first: index, last: index,
        bytes: 0, missing: 0, start: source.time, end: source.time,
      };
      this.turns.push(turn);
    }
    const piece: Piece = {
      index, order: 0, turn: turn.index, source, from: source.from, frame: source.frame,
      time: source.time, offset: source.offset, length: sizeOf(source.data),
      missing: source.missing ?? 0,
    };
    turn.last = index;
    turn.end = source.time;
    turn.bytes += piece.length;
    turn.missing += piece.missing;
    this.pieces.push(piece);
    this.bySide[piece.from].push(piece);
    const same = this.byFrame.get(piece.frame);
    if (same) same.push(index);
    else this.byFrame.set(piece.frame, [index]);
  }

  /* Hexadecimal digits that the largest offset needs. */
  get offsetDigits(): number {
    const end = (side: Side): number => {
      const last = this.bySide[side][this.bySide[side].length - 1];
      return last ? last.offset + last.length : 0;
    };
    return Math.max(4, Math.max(end("client"), end("server")).toString(16).length);
  }

  bytes(piece: Piece): Uint8Array {
    return decodeBase64(piece.source.data ?? "");
  }

  text(piece: Piece): string {
    const known = this.texts[piece.index];
    if (known !== undefined) return known;
    const text = piece.length === 0 ? "" : readPiece(
      this.tailBefore(piece), this.bytes(piece), this.neighbour(piece, 1) !== null);
    this.texts[piece.index] = text;
    return text;
  }

  /* That goes on where this one ends, or ends where it begins. */
  private neighbour(piece: Piece, step: 1 | -1): Piece | null {
    const next = this.bySide[piece.from][piece.order + step];
    if (!next || next.length === 0) return null;
    const [left, right] = step === 1 ? [piece, next] : [next, piece];
    return left.offset + left.length === right.offset ? next : null;
  }

  private tailBefore(piece: Piece): Uint8Array {
    const tail: number[] = [];
    for (let before = this.neighbour(piece, -1); before && tail.length < TAIL;
      before = this.neighbour(before, -1)) {
      const last = before.source.data?.slice(-8) ?? ""; /* four to six bytes, or all there are */
      tail.unshift(...decodeBase64(last).slice(tail.length - TAIL));
    }
    return Uint8Array.from(tail.slice(-TAIL));
  }

  /* The places of the pieces that a segment carried, or carried again. */
  piecesOf(segment: SegmentObject): number[] {
    const own = this.byFrame.get(segment.frame);
    if (own) return own;
    if (segment.length === 0 || segment.former) return [];
    const from = segment.seq - 1; /* the SYN has the number 0 */
    const to = from + segment.length;
    const side = this.bySide[segment.from];
    const places: number[] = [];
    for (let i = this.firstEndingAfter(side, from); i < side.length; i++) {
      const piece = side[i];
      if (!piece || piece.offset >= to) break;
      places.push(piece.index);
    }
    return places;
  }

  private firstEndingAfter(side: readonly Piece[], offset: number): number {
    let low = 0;
    let high = side.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const piece = side[middle];
      if (piece && piece.offset + piece.length + piece.missing <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /* Where the piece's text begins in its turn's. */
  startInTurn(piece: Piece): number {
    if (!this.starts) {
      let start = 0;
      this.starts = this.pieces.map((one, i) => {
        if (this.turns[one.turn]?.first === i) start = 0;
        const own = start;
        start += this.text(one).length;
        return own;
      });
    }
    return this.starts[piece.index] ?? 0;
  }

  search(wanted: string): Hit[] {
    const hits: Hit[] = [];
    if (wanted === "") return hits;
    const pattern = searchPattern(wanted);
    for (const turn of this.turns) {
      const pieces = this.pieces.slice(turn.first, turn.last + 1);
      const text = pieces.map((piece) => this.text(piece)).join("");
      let at = 0;
      let start = 0;
      for (const match of text.matchAll(pattern)) {
        const begin = match.index ?? 0;
        for (;;) {
          const piece = pieces[at];
          if (!piece || begin < start + this.text(piece).length) break;
          start += this.text(piece).length;
          at++;
        }
        hits.push({
          turn: turn.index, start: begin, end: begin + match[0].length,
          piece: pieces[at]?.index ?? turn.last,
        });
        if (hits.length >= MOST_HITS) return hits;
      }
    }
    return hits;
  }
}
