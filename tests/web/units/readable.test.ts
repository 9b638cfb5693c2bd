/* Bytes as text: conversation/readable.ts, and the streams cut into pieces: transcript.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  hexRows, invalidText, looksLikeText, readable, readPiece, splitInvalid,
} from "../../../web/src/conversation/readable.ts";
import { MOST_HITS, Transcript } from "../../../web/src/conversation/transcript.ts";
import type { Side, StreamObject, StreamPiece } from "../../../web/src/document/types.ts";
import { base64, talk } from "./made.ts";

const NOTHING = new Uint8Array(0);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
/* As the view shows it. */
const told = (text: string): string => splitInvalid(text)
  .map((part, i) => (i % 2 === 0 ? part : invalidText(part))).join("");
const whole = (bytes: Uint8Array | number[]): string =>
  told(readPiece(NOTHING, Uint8Array.from(bytes), false));

/* One side's bytes, cut at these places. */
function cutStream(bytes: Uint8Array, cuts: readonly number[]): StreamObject {
  const ends = [...cuts, bytes.length];
  const pieces = ends.map((end, i): StreamPiece => {
    const offset = i === 0 ? 0 : ends[i - 1] ?? 0;
    return { from: "client", frame: i + 1, time: i, offset,
      data: base64([...bytes.subarray(offset, end)]) };
  });
  return { connection: 1, pieces };
}

function readAll(stream: StreamObject): string {
  const transcript = new Transcript(stream);
  return transcript.pieces.map((piece) => transcript.text(piece)).join("");
}

/* Two, three and four bytes a character; the first and last of each length; at the end too. */
const MIXED = "aé中\u{1f44d}z\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}ü";

test("a character cut in two by a segment's end is read whole, wherever it is cut", () => {
  const bytes = utf8(MIXED);
  const text = readable(MIXED);
  assert.equal(readAll(cutStream(bytes, [])), text);
  for (let at = 1; at < bytes.length; at++) {
    assert.equal(readAll(cutStream(bytes, [at])), text, `at ${at}`);
    for (let next = at + 1; next < bytes.length; next++)
      assert.equal(readAll(cutStream(bytes, [at, next])), text, `at ${at}, ${next}`);
  }
  const single = Array.from({ length: bytes.length - 1 }, (_, i) => i + 1);
  assert.equal(readAll(cutStream(bytes, single)), text, "byte by byte");
});

test("it stands where it ends", () => {
  const transcript = new Transcript(cutStream(utf8("a中b"), [2, 3]));
  assert.deepEqual(transcript.pieces.map((piece) => transcript.text(piece)), ["a", "", "中b"]);
});

test("bytes that are no UTF-8 are told one by one", () => {
  const cases: [number[], string][] = [
    [[0xff], "\\xff"],
    [[0x61, 0x80, 0x62], "a\\x80b"],
    [[0xc3], "\\xc3"], /* cut short, and nothing follows */
    [[0xe4, 0xb8, 0x41], "\\xe4\\xb8A"],
    [[0xf0, 0x9f, 0x91], "\\xf0\\x9f\\x91"],
    [[0xc0, 0xaf], "\\xc0\\xaf"], /* longer than it need be */
    [[0xe0, 0x80, 0xaf], "\\xe0\\x80\\xaf"],
    [[0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"], /* a surrogate */
    [[0xf4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"], /* past the last character */
    [[0xf5, 0x80], "\\xf5\\x80"],
    [[0xff, 0xe4, 0xb8, 0xad, 0xf0, 0x9f, 0x91, 0x8d], "\\xff中\u{1f44d}"],
  ];
  for (const [bytes, text] of cases) assert.equal(whole(bytes), text);
});

test("a backslash that was written is not taken for a byte that is no UTF-8", () => {
  const [written, byte] = [utf8("a\\xffb"), Uint8Array.from([0x61, 0xff, 0x62])];
  assert.deepEqual(splitInvalid(readPiece(NOTHING, written, false)), ["a\\xffb"]);
  const parts = splitInvalid(readPiece(NOTHING, byte, false));
  assert.deepEqual([parts.length, parts[0], parts[2]], [3, "a", "b"]);
  assert.equal(invalidText(parts[1] ?? ""), "\\xff");
  /* The second half of a character beyond U+FFFF is none. */
  assert.equal(splitInvalid(readable("\u{1f4ff}\u{1f480}")).length, 1);
});

test("both are found by the same words", () => {
  const found = (bytes: Uint8Array, wanted: string): number =>
    new Transcript(cutStream(bytes, [])).search(wanted).length;
  assert.equal(found(utf8("a\\xffb"), "\\xFF"), 1);
  assert.equal(found(Uint8Array.from([0x61, 0xff, 0x62]), "a\\xff"), 1);
  assert.equal(found(Uint8Array.from([0x61, 0xfe, 0x62]), "\\xff"), 0);
  assert.equal(found(utf8("\u{1f4ff}"), "\\xff"), 0);
});

test("invalid bytes read the same wherever they are cut", () => {
  const bytes = Uint8Array.from([
    0x41, 0xe4, 0xb8, 0xff, 0xf0, 0x9f, 0x91, 0x41, 0xc3, 0xc3, 0xa9, 0xed, 0xa0, 0x80, 0xe4, 0xb8,
  ]);
  const text = "A\\xe4\\xb8\\xff\\xf0\\x9f\\x91A\\xc3é\\xed\\xa0\\x80\\xe4\\xb8";
  assert.equal(whole(bytes), text);
  for (let at = 1; at < bytes.length; at++)
    for (let next = at + 1; next < bytes.length; next++)
      assert.equal(told(readAll(cutStream(bytes, [at, next]))), text, `at ${at}, ${next}`);
});

test("behind a gap nothing is carried over", () => {
  const [first, last] = [utf8("中").subarray(0, 2), utf8("中").subarray(2)];
  const transcript = new Transcript({ connection: 1, pieces: [
    { from: "client", frame: 1, time: 0, offset: 0, data: base64([...first]) },
    { from: "client", frame: 2, time: 1, offset: 2, missing: 10 },
    { from: "client", frame: 3, time: 2, offset: 12, data: base64([...last]) },
  ] });
  assert.deepEqual(transcript.pieces.map((piece) => told(transcript.text(piece))),
    ["\\xe4\\xb8", "", "\\xad"]);
});

test("control characters become pictures, hidden and turning ones their numbers", () => {
  assert.equal(readable("\x1b[31m\0\t\r\x7f"), "␛[31m␀␉␍␡");
  assert.equal(readable("one\ntwo"), "one␊\ntwo");
  for (const code of [0x80, 0x9f, 0xad, 0x61c, 0x200b, 0x200e, 0x202e, 0x2028, 0x2029, 0x2066,
    0xfeff, 0xe0041])
    assert.equal(readable(`a${String.fromCodePoint(code)}b`), `a\\u{${code.toString(16)}}b`);
  assert.equal(whole([0xef, 0xbb, 0xbf, 0x41]), "\\u{feff}A"); /* a byte order mark is seen */
  assert.equal(readable("<script>é中\u{1f44d}"), "<script>é中\u{1f44d}");
});

test("very many bytes", () => {
  const bytes = new Uint8Array(100_000).fill(0x61);
  bytes[50_000] = 0xff;
  const text = whole(bytes);
  assert.equal(text.length, 100_003);
  assert.equal(text.slice(49_999, 50_005), "a\\xffa");
});

test("text or bytes?", () => {
  assert.equal(looksLikeText(utf8("GET / HTTP/1.1\r\n\r\n")), true);
  assert.equal(looksLikeText(utf8("中文").subarray(0, 5)), true); /* cut in a character */
  assert.equal(looksLikeText(Uint8Array.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])), false);
  assert.equal(looksLikeText(Uint8Array.from([0x61, 0x62, 0xff, 0x63])), false);
  assert.equal(looksLikeText(NOTHING), true);
});

test("rows of hexadecimal digits", () => {
  const bytes = Uint8Array.from(Array.from({ length: 18 }, (_, i) => i + 0x38));
  assert.equal(hexRows(bytes, 0x10, 16, 4),
    "0010  38 39 3a 3b 3c 3d 3e 3f  40 41 42 43 44 45 46 47  89:;<=>?@ABCDEFG\n" +
    "0020  48 49                                             HI");
  assert.equal(hexRows(Uint8Array.from([0, 0x1f, 0x7f, 0x20]), 0, 4, 4),
    "0000  00 1f 7f 20  ··· ");
  assert.equal(hexRows(NOTHING, 0, 16, 4), "");
});

function piece(from: Side, frame: number, offset: number, text: string): StreamPiece {
  return { from, frame, time: frame / 10, offset, data: base64(text) };
}

const SPOKEN = new Transcript({ connection: 1, pieces: [
  piece("client", 4, 0, "hel"), piece("client", 5, 3, "lo"), piece("server", 6, 0, "Hello"),
  { from: "server", frame: 8, time: 0.8, offset: 5, missing: 20 },
  piece("client", 9, 5, "a.b"),
] });

test("pieces of one side that follow each other are a turn", () => {
  assert.deepEqual(SPOKEN.turns.map(({ from, first, last, bytes, missing, start, end }) =>
    [from, first, last, bytes, missing, start, end]), [
    ["client", 0, 1, 5, 0, 0.4, 0.5], ["server", 2, 3, 5, 20, 0.6, 0.8],
    ["client", 4, 4, 3, 0, 0.9, 0.9],
  ]);
  assert.deepEqual(SPOKEN.pieces.map((one) => SPOKEN.startInTurn(one)), [0, 3, 0, 5, 0]);
  assert.equal(SPOKEN.offsetDigits, 4);
  for (const side of ["client", "server"] as const) {
    const far = new Transcript({ connection: 1, pieces: [piece(side, 1, 0xfffff, "ab")] });
    assert.equal(far.offsetDigits, 6, side);
  }
});

test("a segment's pieces: by its frame, or by its numbers where it repeats others", () => {
  const [own, again, both, bare, other] = talk(`
    0 > A 1 len=3
    0 > A 4 len=2
    0 > A 1 len=5
    0 > A 1
    0 < A 6 len=20`);
  assert(own && again && both && bare && other);
  own.frame = 4;
  for (const segment of [again, both, bare, other]) segment.frame += 100;
  assert.deepEqual(SPOKEN.piecesOf(own), [0]);
  assert.deepEqual(SPOKEN.piecesOf(again), [1]);
  assert.deepEqual(SPOKEN.piecesOf(both), [0, 1]);
  assert.deepEqual(SPOKEN.piecesOf(bare), []);
  assert.deepEqual(SPOKEN.piecesOf(other), [3]);
});

test("the search finds across pieces, whatever the case, and takes signs as they are", () => {
  assert.deepEqual(SPOKEN.search("HELLO"), [
    { turn: 0, start: 0, end: 5, piece: 0 }, { turn: 1, start: 0, end: 5, piece: 2 },
  ]);
  assert.deepEqual(SPOKEN.search("lo").map((hit) => [hit.turn, hit.start, hit.piece]),
    [[0, 3, 1], [1, 3, 2]]);
  assert.deepEqual(SPOKEN.search("a.b").length, 1);
  assert.deepEqual(SPOKEN.search("."), [{ turn: 2, start: 1, end: 2, piece: 4 }]);
  assert.deepEqual(SPOKEN.search(""), []);
  assert.deepEqual(SPOKEN.search("(["), []);
  const many = new Transcript({ connection: 1, pieces: [piece("client", 1, 0, "a".repeat(9000))] });
  assert.equal(many.search("a").length, MOST_HITS);
});

test("a stream without pieces, and one that was cut", () => {
  const empty = new Transcript({ connection: 1, pieces: [] });
  assert.deepEqual([empty.turns.length, empty.offsetDigits, empty.search("a").length], [0, 4, 0]);
  assert.deepEqual(empty.leftOut, { client: 0, server: 0 });
  const cut = new Transcript({ connection: 1, pieces: [], left_out: { client: 7, server: 0 } });
  assert.equal(cut.leftOut.client, 7);
});
