/* What stands on an arrow: words and chips, broken into lines that fit between the two ends. */

import type { TimedSegment } from "../document/timing.ts";
import type { SegmentObject } from "../document/types.ts";
import { cableWords } from "../text/cable_words.ts";
import { moment } from "../text/numbers.ts";
import { causeName, labelName } from "../text/terms.ts";
import { visibleLine } from "../text/visible.ts";
import { endOf, flagNames, isNeedless, MARKS } from "./look.ts";
import { fitting, measure } from "./measure.ts";
import { t } from "./texts.ts";

export type TokenKind =
  | "place" | "flags" | "number" | "option" | "carries" | "chip" | "chip-lost" | "chip-again"
  | "chip-late" | "chip-needless" | "chip-bad";

export interface Token {
  kind: TokenKind;
  text: string;
}

export interface PlacedToken extends Token {
  x: number; /* from the line's beginning */
  width: number;
}

export interface Line {
  tokens: PlacedToken[];
  width: number;
}

export const LINE_HEIGHT = 16;
const GAP = 7;
export const CHIP_PADDING = 4;
const MOST_LINES = 4;
const MOST_MESSAGES = 4;
const WINDOW_LABELS = ["zero-window", "window-update"];
const LABEL_CHIPS: Record<string, TokenKind> = {
  retransmission: "chip-again",
  "fast-retransmission": "chip-again",
  "spurious-retransmission": "chip-needless",
  "out-of-order": "chip-late",
  "zero-window": "chip-bad",
  "window-full": "chip-bad",
  "lost-segment": "chip-bad",
  "ack-lost-segment": "chip-bad",
};

/* The causes that a label has told already. */
const SAID_BY: Record<string, string> = {
  fast: "fast-retransmission", needless: "spurious-retransmission",
};

/* What a capture has seen, or a lab knows; nothing that is estimated. */
export function shownTime(timed: TimedSegment, what: "sent" | "delivered"): number | null {
  const { segment } = timed;
  const time = timed.known || (what === "delivered" && segment.delivered !== undefined)
    ? timed[what]
    : what === "sent" && segment.delivered === undefined ? segment.time : null;
  return time === null ? null : Math.max(0, time + timed.origin);
}

function hasWindow(segment: SegmentObject): boolean {
  return segment.flags.includes("S") ||
    segment.labels.some((label) => WINDOW_LABELS.includes(label));
}

function numbers(segment: SegmentObject): Token[] {
  /* Of a former connection: relative to nothing that is known. */
  const { seq, ack } = segment.former
    ? { seq: segment.seq_raw, ack: segment.ack_raw } : segment;
  const list = [`seq=${seq}`];
  if (ack !== undefined) list.push(`ack=${ack}`);
  if (segment.length > 0) list.push(`len=${segment.length}`);
  if (hasWindow(segment)) list.push(`win=${segment.window ?? segment.window_raw}`);
  return list.map((text) => ({ kind: "number", text }));
}

/* Timestamps are in nearly every segment: only where they are agreed upon. */
function options(segment: SegmentObject): Token[] {
  const { mss, window_scale, sack_permitted, timestamps, sack } = segment.options;
  const list: string[] = [];
  if (mss !== undefined) list.push(`MSS=${mss}`);
  if (window_scale !== undefined) list.push(`WS=${2 ** window_scale}`);
  if (sack_permitted) list.push("SACK");
  if (timestamps && segment.flags.includes("S")) list.push("TS");
  if (sack) list.push(`SACK=${sack.map(([left, right]) => `${left}-${right}`).join(",")}`);
  return list.map((text) => ({ kind: "option", text }));
}

/* The messages in it: "TIME request", "… MESSAGE" (its end), "text ×18". */
function carried(segment: SegmentObject): Token[] {
  const list: { text: string; times: number }[] = [];
  for (const { name, begins, ends } of segment.carries ?? []) {
    const text = `${begins ? "" : "… "}${name}${ends ? "" : " …"}`;
    const last = list[list.length - 1];
    if (last?.text === text) last.times++;
    else list.push({ text, times: 1 });
  }
  const tokens: Token[] = list.slice(0, MOST_MESSAGES).map(({ text, times }) =>
    ({ kind: "carries", text: times > 1 ? `${text} ×${times}` : text }));
  const left = list.length - tokens.length;
  if (left > 0) tokens.push({ kind: "number", text: `+${left}` });
  return tokens;
}

/* What the trace says of it, and what it takes to have been the cause. */
function judgements(segment: SegmentObject): Token[] {
  const list: Token[] = segment.labels.map((label) => {
    const kind = LABEL_CHIPS[label] ?? "chip";
    const mark = kind === "chip-again" ? MARKS.again : kind === "chip-late" ? MARKS.late
      : kind === "chip-needless" ? MARKS.needless : "";
    return { kind, text: mark ? `${mark} ${labelName(label)}` : labelName(label) };
  });
  if (segment.former) list.push({ kind: "chip", text: t("former") });
  const { cause } = segment;
  if (cause !== undefined && !segment.labels.includes(SAID_BY[cause] ?? "")) {
    const needless = isNeedless(segment);
    list.push({ kind: needless ? "chip-needless" : "chip-again",
      text: `${needless ? MARKS.needless : MARKS.again} ${causeName(cause)}` });
  }
  return list;
}

/* What the cable did. */
function fate(timed: TimedSegment): Token[] {
  const segment = timed.segment;
  const list: Token[] = [];
  const end = endOf(timed);
  const add = (kind: TokenKind, mark: string, text: string): void => {
    list.push({ kind, text: `${mark} ${text}` });
  };
  if (end === "lost")
    add("chip-lost", MARKS.lost, t("lostBy", { by: cableWords(segment.lost ?? "") }));
  if (end === "unknown") add("chip", MARKS.unknown, t("unknownEnd"));
  if (segment.forged) add("chip-bad", MARKS.forged, t("forged"));
  if (segment.copy_of !== undefined) add("chip-late", MARKS.copy, t("copy"));
  if (segment.changed) add("chip-bad", MARKS.changed, t("changed"));
  if (segment.overtaken_by !== undefined)
    add("chip-late", MARKS.late, t("overtaken", { frame: segment.overtaken_by }));
  if (segment.cable) list.push({ kind: "chip", text: cableWords(segment.cable) });
  return list;
}

export function tokensOf(timed: TimedSegment, narrow: boolean): Token[] {
  const segment = timed.segment;
  const list: Token[] = [];
  if (narrow) {
    const time = shownTime(timed, "sent") ?? segment.time + timed.origin;
    list.push({ kind: "place", text: `${segment.frame}: ${moment(time)}` });
  }
  list.push({ kind: "flags", text: `[${flagNames(segment.flags)}]` });
  list.push(...numbers(segment), ...options(segment));
  list.push(...fate(timed), ...judgements(segment), ...carried(segment));
  return list;
}

function isChip(kind: TokenKind): boolean {
  return kind === "carries" || kind.startsWith("chip");
}

function widthOf(token: Token): number {
  const { plain, bold } = measure();
  const width = token.kind === "flags" || token.kind === "carries" ? bold(token.text)
    : plain(token.text);
  return width + (isChip(token.kind) ? 2 * CHIP_PADDING : 0);
}

/* At most MOST_LINES; what does not fit is told by the accessible name and the line below. */
export function wrap(tokens: readonly Token[], room: number): Line[] {
  const lines: Line[] = [];
  let line: Line = { tokens: [], width: 0 };
  for (const token of tokens) {
    let text = visibleLine(token.text);
    let width = widthOf(token);
    const x = line.tokens.length > 0 ? line.width + GAP : 0;
    const newLine = line.tokens.length > 0 && x + width > room;
    if (newLine) {
      lines.push(line);
      if (lines.length === MOST_LINES) return lines;
      line = { tokens: [], width: 0 };
    }
    if (width > room) {
      text = fitting(text, room - 2 * CHIP_PADDING, (s) => widthOf({ kind: token.kind, text: s }));
      width = room;
    }
    const at = newLine ? 0 : x;
    line.tokens.push({ kind: token.kind, text, x: at, width });
    line.width = at + width;
  }
  lines.push(line);
  return lines;
}

/* As wrap(), but only how many: for all segments at once. */
export function lineCount(tokens: readonly Token[], room: number): number {
  let lines = 1;
  let used = 0;
  for (const token of tokens) {
    const width = Math.min(room, widthOf(token));
    const x = used > 0 ? used + GAP : 0;
    if (used > 0 && x + width > room) {
      lines++;
      used = width;
    } else {
      used = x + width;
    }
  }
  return Math.min(lines, MOST_LINES);
}
