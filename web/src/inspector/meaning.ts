/*
 * Values and meanings come in English. What has a fixed form is said in Chinese here; the rest
 * stays English and is marked as such.
 */

import { entry } from "../text/entry.ts";
import { language } from "../text/language.ts";
import { MEANINGS, PATTERNS, VALUES } from "./meaning_zh.ts";

export interface Told {
  text: string;
  english: boolean; /* on a page that is not */
}

/* Words, as opposed to numbers, addresses and names of protocols. */
function isProse(text: string): boolean {
  return /\b[a-z]{2,} [a-z]{2,}/.test(text) || /^[a-z][a-z ]+$/.test(text);
}

export function meaningOf(text: string): Told {
  if (language() === "en" || text === "") return { text, english: false };
  const whole = entry(MEANINGS, text);
  if (whole !== undefined) return { text: whole, english: false };
  for (const [pattern, chinese] of PATTERNS)
    if (pattern.test(text)) return { text: text.replace(pattern, chinese), english: false };
  return { text, english: isProse(text) };
}

/* "bytes 9 to 16 of 40 are in this frame"; nothing that a user may have written. */
export function summaryOf(text: string): Told {
  if (language() === "en" || text.includes("\"")) return { text, english: isProse(text) };
  const told = text.replace(/\bbytes (\d+) to (\d+) of (\d+) are in this frame\b/,
    "共 $3 字节，第 $1 至 $2 字节在这一帧中")
    .replace(/\bbytes (\d+) to (\d+) are in this frame\b/, "第 $1 至 $2 字节在这一帧中")
    .replace(/\bbegins in frame (\d+)\b/, "始于帧 $1");
  return { text: told === text ? text : told.replaceAll(", ", "，"), english: false };
}

/* Only of headers: what a message of the relay says is its user's own text. */
export function valueOf(name: string, value: string): Told {
  const isHeader = /^(tcp|ipv4|ipv6|gre|vlan|frame)\./.test(name);
  const chinese = language() === "zh" && isHeader ? entry(VALUES, value) : undefined;
  return { text: chinese ?? value, english: false };
}
