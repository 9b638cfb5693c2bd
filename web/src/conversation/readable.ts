/*
 * Bytes as text that can be shown: UTF-8 where it is, control characters as their pictures, and
 * what would turn or hide the text around it by its number. A byte that is no UTF-8 stands as a
 * lone surrogate, U+DC00 and its value, for no text can hold that: the view shows it as \xNN in an
 * element of its own, so that a backslash that somebody wrote is never taken for it. Hostile bytes.
 */

const INVALID_BASE = 0xdc00;

/* One by one, with the text between them: text, byte, text, byte, ..., text. */
export function splitInvalid(text: string): string[] {
  return text.split(/([\udc80-\udcff])/u);
}

/* "\xff" */
export function invalidText(mark: string): string {
  return `\\x${(mark.charCodeAt(0) - INVALID_BASE).toString(16)}`;
}

/* What was typed to be looked for; \xff finds such a byte, and those four characters. */
export function searchPattern(wanted: string): RegExp {
  const plain = wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(plain.replace(/\\\\x([89a-f][0-9a-f])/gi, (typed, digits: string) =>
    `(?:${typed}|(?<![\\ud800-\\udbff])\\udc${digits})`), "gi");
}

const PICTURES = 0x2400; /* U+2400 is the picture of NUL, and so on */

/* Control characters, what is not seen, and what changes the direction or the place of the rest. */
const NOT_SHOWN = new RegExp("[" + [
  "\\u0000-\\u001f\\u007f-\\u009f", /* control characters */
  "\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u3164\\uffa0", /* drawn as nothing */
  "\\u061c\\u200b-\\u200f\\u2028-\\u202f\\u2060-\\u206f\\ufeff", /* direction, joining, lines */
  "\\ufff0-\\ufffb\\u{e0000}-\\u{e0fff}", /* annotations and tags */
].join("") + "]", "gu");

function shown(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x0a) return "\u240a\n";
  if (code < 0x20) return String.fromCharCode(PICTURES + code);
  if (code === 0x7f) return "\u2421";
  return `\\u{${code.toString(16)}}`;
}

export function readable(text: string): string {
  return text.replace(NOT_SHOWN, shown);
}

/* How many bytes the character that begins with `byte` has; 0: none begins with it. */
function sequenceLength(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

function secondFits(first: number, second: number): boolean {
  switch (first) {
    case 0xe0: return second >= 0xa0; /* else shorter ones would do */
    case 0xed: return second < 0xa0; /* else surrogates */
    case 0xf0: return second >= 0x90;
    case 0xf4: return second < 0x90; /* else past the last character */
    default: return true;
  }
}

/* How many of the bytes from `at` on belong to one character: all of it, or what is there of it. */
function fitting(bytes: Uint8Array, at: number, length: number): number {
  let n = 1;
  for (; n < length && at + n < bytes.length; n++) {
    const next = bytes[at + n] ?? 0;
    if ((next & 0xc0) !== 0x80) break;
    if (n === 1 && !secondFits(bytes[at] ?? 0, next)) break;
  }
  return n;
}

/* The bytes at the end that may be the beginning of a character: at most three. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const at = bytes.length - back;
    const length = sequenceLength(bytes[at] ?? 0);
    if (length > back && fitting(bytes, at, length) === back) return back;
    if ((bytes[at] ?? 0) < 0x80 || length > 0) return 0;
  }
  return 0;
}

function codePoint(bytes: Uint8Array, at: number, length: number): number {
  const first = bytes[at] ?? 0;
  let code = length === 1 ? first : first & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) code = (code << 6) | ((bytes[at + i] ?? 0) & 0x3f);
  return code;
}

const CHUNK = 8192; /* arguments of a call */

/* Text in which some bytes are invalid. At most one unit for a byte. */
function mixed(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length);
  let n = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at] ?? 0);
    if (length === 0 || fitting(bytes, at, length) < length) {
      units[n++] = INVALID_BASE + (bytes[at++] ?? 0);
      continue;
    }
    const code = codePoint(bytes, at, length);
    at += length;
    if (code < 0x10000) units[n++] = code;
    else {
      units[n++] = 0xd800 + ((code - 0x10000) >> 10);
      units[n++] = 0xdc00 + ((code - 0x10000) & 0x3ff);
    }
  }
  let text = "";
  for (let at = 0; at < n; at += CHUNK)
    text += String.fromCharCode(...units.subarray(at, Math.min(n, at + CHUNK)));
  return readable(text);
}

/* The end of what came before that a piece's first character may begin in: three bytes at most. */
export const TAIL = 3;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/*
 * One piece of a stream: a character may be cut in two by a segment's end, and then stands where
 * it ends. `before`: the last bytes before it, TAIL of them if there are so many. `goesOn`: the
 * next byte of the stream is known too.
 */
export function readPiece(before: Uint8Array, bytes: Uint8Array, goesOn: boolean): string {
  const carried = before.subarray(before.length - unfinished(before));
  const all = new Uint8Array(carried.length + bytes.length);
  all.set(carried);
  all.set(bytes, carried.length);
  const whole = goesOn ? all.subarray(0, all.length - unfinished(all)) : all;
  try {
    return readable(strict.decode(whole));
  } catch {
    return mixed(whole);
  }
}

function invalid(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes.subarray(0, bytes.length - unfinished(bytes)));
    return false;
  } catch {
    return true;
  }
}

/* Is it more likely to be read as text, or as bytes? */
export function looksLikeText(bytes: Uint8Array): boolean {
  let strange = 0;
  const some = bytes.subarray(0, 4096);
  for (const byte of some)
    if (byte < 0x20 ? byte !== 9 && byte !== 10 && byte !== 13 : byte === 0x7f) strange++;
  return strange * 10 <= some.length && !invalid(some);
}

/* Rows of offset, bytes, characters; the offset in so many digits. */
export function hexRows(
  bytes: Uint8Array, offset: number, columns: number, digits: number): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += columns) {
    let left = "";
    let right = "";
    for (let i = 0; i < columns; i++) {
      const byte = bytes[at + i];
      if (i % 8 === 0 && i > 0) left += " ";
      left += byte === undefined ? "   " : ` ${byte.toString(16).padStart(2, "0")}`;
      if (byte !== undefined)
        right += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
    }
    rows.push(`${(offset + at).toString(16).padStart(digits, "0")} ${left}  ${right}`);
  }
  return rows.join("\n");
}
