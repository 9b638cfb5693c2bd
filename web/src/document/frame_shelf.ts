/*
 * Frames taken apart are most of a long document, and a reader looks at a few of them: here they
 * stay text until they are asked for. Wiretale writes each in a line of its own.
 */

import { isFrame } from "./sane.ts";
import type { PackedFrame } from "./types.ts";

const BEGINNING = "\n\"frames\":[";
const END = "],\n\"";
const FRAME = "{\"frame\":";

export class FrameShelf {
  private readonly read = new Map<number, PackedFrame>();
  private readonly lines = new Map<number, number>(); /* where in `text` a frame's line begins */

  constructor(private readonly text: string, frames: readonly PackedFrame[] = []) {
    for (const frame of frames) this.read.set(frame.frame, frame);
    for (let at = 0; at < text.length; at = this.endOf(at) + 1) {
      const number = text.startsWith(FRAME, at) && parseInt(text.slice(at + FRAME.length, at + 32));
      if (typeof number === "number" && number >= 0) this.lines.set(number, at);
    }
  }

  private endOf(line: number): number {
    const end = this.text.indexOf("\n", line);
    return end < 0 ? this.text.length : end;
  }

  get(frame: number): PackedFrame | undefined {
    const line = this.lines.get(frame);
    if (this.read.has(frame) || line === undefined) return this.read.get(frame);
    const packed = parseFrame(this.text.slice(line, this.endOf(line)).replace(/,$/, ""));
    if (packed) this.read.set(frame, packed);
    return packed;
  }
}

function parseFrame(text: string): PackedFrame | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    return isFrame(frame) ? frame : undefined;
  } catch {
    return undefined; /* the page was edited: this frame is not in it */
  }
}

/* The document without its frames, and these; of a document in other lines all of it, and none. */
export function withoutFrames(text: string): [rest: string, frames: string] {
  const beginning = text.indexOf(BEGINNING) + BEGINNING.length;
  const end = text.indexOf(END, beginning);
  if (beginning < BEGINNING.length || end < 0 || text[beginning] !== "\n") return [text, ""];
  return [text.slice(0, beginning) + text.slice(end), text.slice(beginning + 1, end)];
}
