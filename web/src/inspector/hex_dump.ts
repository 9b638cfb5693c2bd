/*
 * Bytes as a dump: offsets, hex, characters; three columns of plain text, so that a large frame
 * costs nothing. What is lit lies behind the text, placed by the width of a character.
 */

import { make } from "../dom/make.ts";
import type { ByteRange } from "./layers.ts";
import { t } from "./texts.ts";

const SHOWN_MAX = 2048; /* bytes, until somebody asks for all of them */

export interface DumpMarks {
  lit: readonly ByteRange[];
  pinned: ByteRange | null;
  layer: ByteRange | null; /* the header that is shown */
}

export interface Dump {
  element: HTMLElement;
  mark(marks: DumpMarks): void;
  setWidth(pixels: number): void;
  reveal(range: ByteRange): void;
}

export interface DumpEvents {
  over(byte: number | null): void;
  pick(byte: number): void;
}

/* Where the keys have gone to: the same byte of the next segment. */
let cursor = -1;

const NARROW_UNDER = 540; /* pixels: 8 bytes a line */

function hexLine(bytes: Uint8Array, from: number, per: number): string {
  let line = "";
  for (let i = from; i < Math.min(from + per, bytes.length); i++)
    line += (i === from ? "" : i - from === 8 ? "  " : " ") +
      (bytes[i] ?? 0).toString(16).padStart(2, "0");
  return line;
}

function characterLine(bytes: Uint8Array, from: number, per: number): string {
  let line = "";
  for (let i = from; i < Math.min(from + per, bytes.length); i++) {
    const byte = bytes[i] ?? 0;
    line += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
  }
  return line;
}

/* Columns of text from which a byte of a line begins. */
function hexColumn(place: number): number {
  return place * 3 + (place >= 8 ? 1 : 0);
}

class HexDump implements Dump {
  readonly element: HTMLElement;
  private readonly offsets = make("pre", { class: "inspector-offsets" });
  private readonly hex = make("pre", { class: "inspector-hex" });
  private readonly characters = make("pre", { class: "inspector-characters" });
  private readonly lines: HTMLElement;
  private readonly more: HTMLElement;
  private per = 16;
  private shown: number;
  private marks: DumpMarks = { lit: [], pinned: null, layer: null };

  constructor(private readonly bytes: Uint8Array, title: string,
    private readonly events: DumpEvents) {
    this.shown = Math.min(bytes.length, SHOWN_MAX);
    this.lines = make("div", { class: "inspector-lines", tabindex: 0, role: "group",
      "aria-label": `${title}. ${t("dumpKeys")}`, "data-own-keys": true },
      this.offsets, this.hex, this.characters);
    this.more = make("button", { type: "button", class: "quiet",
      onclick: () => this.showAll() }, t("showAll", { n: bytes.length }));
    this.element = make("div", { class: "inspector-dump" },
      make("h3", {}, title), this.lines,
      this.shown < bytes.length && this.more);
    this.listen();
    this.write();
  }

  setWidth(pixels: number): void {
    const per = pixels < NARROW_UNDER ? 8 : 16;
    if (per === this.per) return;
    this.per = per;
    this.write();
    this.mark(this.marks);
  }

  mark(marks: DumpMarks): void {
    this.marks = marks;
    for (const column of [this.hex, this.characters])
      while (column.firstChild instanceof HTMLElement) column.firstChild.remove();
    if (cursor >= 0 && document.activeElement === this.lines)
      this.draw({ first: cursor, end: cursor + 1 }, "is-cursor");
    if (marks.pinned) this.draw(marks.pinned, "is-pinned");
    /* flags that share a byte need not lie one on the other */
    marks.lit.forEach((range, index) => {
      const before = marks.lit[index - 1];
      if (range.first !== before?.first || range.end !== before.end) this.draw(range, "is-lit");
    });
    if (marks.layer) this.draw(marks.layer, "is-layer");
  }

  /* Where the dump is higher than its box. */
  reveal(range: ByteRange): void {
    const { lines, per } = this;
    if (this.shown <= 8 * per || range.end <= 0) return;
    const height = this.hex.offsetHeight / Math.ceil(this.shown / per);
    const top = Math.floor(Math.max(0, range.first) / per) * height;
    if (top >= lines.scrollTop && top + height <= lines.scrollTop + lines.clientHeight) return;
    lines.scrollTop = top - lines.clientHeight / 3;
  }

  private showAll(): void {
    this.shown = this.bytes.length;
    this.more.remove();
    this.write();
    this.mark(this.marks);
    this.lines.focus();
  }

  private write(): void {
    const { per } = this;
    const bytes = this.bytes.subarray(0, this.shown);
    const digits = bytes.length > 0x10000 ? 6 : 4;
    const offsets: string[] = [];
    const hex: string[] = [];
    const characters: string[] = [];
    for (let from = 0; from < bytes.length; from += per) {
      offsets.push(from.toString(16).padStart(digits, "0"));
      hex.push(hexLine(bytes, from, per));
      characters.push(characterLine(bytes, from, per));
    }
    this.offsets.textContent = offsets.join("\n");
    this.hex.textContent = hex.join("\n");
    this.characters.textContent = characters.join("\n");
    this.hex.style.minWidth = `${hexColumn(per) - 1}ch`;
    this.characters.style.minWidth = `${per}ch`;
  }

  /* Up to three boxes: the first line's end, whole lines, the last line's beginning. */
  private draw(range: ByteRange, name: string): void {
    const { per } = this;
    const first = Math.max(0, range.first);
    const end = Math.min(this.shown, range.end);
    let at = first;
    while (at < end) {
      const place = at % per;
      const whole = place === 0 ? Math.floor((end - at) / per) : 0;
      const lines = Math.max(1, whole);
      const width = whole > 0 ? per : Math.min(per - place, end - at);
      this.box(name, Math.floor(at / per), lines, place, width);
      at += whole > 0 ? whole * per : width;
    }
  }

  private box(name: string, line: number, lines: number, place: number, width: number): void {
    const left = hexColumn(place);
    const columns: [HTMLElement, number, number][] = [
      [this.hex, left, hexColumn(place + width - 1) + 2 - left],
      [this.characters, place, width],
    ];
    for (const [column, from, wide] of columns) {
      const mark = make("span", { class: `inspector-mark ${name}`, "aria-hidden": "true" });
      mark.style.left = `${from}ch`;
      mark.style.width = `${wide}ch`;
      mark.style.top = `calc(${line} * var(--dump-line))`;
      mark.style.height = `calc(${lines} * var(--dump-line))`;
      column.prepend(mark);
    }
  }

  /* The byte under the pointer; -1. */
  private byteAt(event: MouseEvent): number {
    const column = event.target instanceof Element &&
      event.target.closest<HTMLElement>(".inspector-hex, .inspector-characters");
    if (!column) return -1;
    const box = column.getBoundingClientRect();
    const isHex = column === this.hex;
    const columns = isHex ? hexColumn(this.per) - 1 : this.per;
    const x = Math.floor((event.clientX - box.left) / (box.width / columns));
    const lines = Math.ceil(this.shown / this.per);
    const y = Math.floor((event.clientY - box.top) / (box.height / Math.max(1, lines)));
    const place = isHex ? Math.floor((x >= 24 ? x - 1 : x) / 3) : x;
    const byte = y * this.per + place;
    return place >= 0 && place < this.per && byte >= 0 && byte < this.shown ? byte : -1;
  }

  private listen(): void {
    let last = -1;
    this.lines.addEventListener("pointermove", (event) => {
      const byte = this.byteAt(event);
      if (byte === last) return;
      last = byte;
      this.events.over(byte < 0 ? null : byte);
    });
    this.lines.addEventListener("pointerleave", () => {
      last = -1;
      this.events.over(null);
    });
    this.lines.addEventListener("click", (event) => {
      const byte = this.byteAt(event);
      if (byte < 0) return;
      cursor = byte;
      this.events.pick(byte);
    });
    this.lines.addEventListener("keydown", (event) => this.onKey(event));
    this.lines.addEventListener("focus", () => {
      if (cursor >= 0 && cursor < this.shown) this.events.over(cursor);
    });
    this.lines.addEventListener("blur", () => this.events.over(null));
  }

  private onKey(event: KeyboardEvent): void {
    const moves: Record<string, number> = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.per, ArrowDown: this.per,
      Home: -Infinity, End: Infinity,
    };
    const move = moves[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (move !== undefined) {
      const from = cursor < 0 ? -move : cursor;
      cursor = Math.max(0, Math.min(this.shown - 1, from + move));
      this.events.over(cursor);
      this.reveal({ first: cursor, end: cursor + 1 });
    } else if ((event.key === "Enter" || event.key === " ") && cursor >= 0) {
      this.events.pick(cursor);
    } else {
      return;
    }
    event.preventDefault();
  }
}

export function makeHexDump(bytes: Uint8Array, title: string, events: DumpEvents): Dump {
  return new HexDump(bytes, title, events);
}
