/* A segment's headers, and the picture of their bits: inspector/layers.ts, bit_layout.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report, type Detail, type Field } from "../../../web/src/document/report.ts";
import { layOut, ROWS_MAX, type Piece } from "../../../web/src/inspector/bit_layout.ts";
import {
  bitText, changedFrom, fieldsAt, findField, hexText, layerAt, previousOfSide, rangeInFrame,
  valuesBefore, viewLayers, type LayerView,
} from "../../../web/src/inspector/layers.ts";
import { base64, connection, document, talk } from "./made.ts";

type Row = [name: string, level: number, offset: number, bytes: number, first: number,
  bits: number, value?: string];

function field([name, level, offset, bytes, firstBit, bits, value = ""]: Row): Field {
  return { kind: { name, title: name }, level, offset, bytes, firstBit, bits, value,
    meaning: "", explained: "" };
}

/* As wiretale takes a header apart: a SYN's, with three options. */
const TCP: Row[] = [
  ["tcp.source_port", 0, 0, 2, 0, 16], ["tcp.destination_port", 0, 2, 2, 0, 16],
  ["tcp.sequence", 0, 4, 4, 0, 32], ["tcp.acknowledgment", 0, 8, 4, 0, 32],
  ["tcp.data_offset", 0, 12, 1, 0, 4], ["tcp.reserved", 0, 12, 1, 4, 3],
  ["tcp.ae", 0, 12, 1, 7, 1], ["tcp.cwr", 0, 13, 1, 0, 1], ["tcp.ece", 0, 13, 1, 1, 1],
  ["tcp.urg", 0, 13, 1, 2, 1], ["tcp.ack", 0, 13, 1, 3, 1], ["tcp.psh", 0, 13, 1, 4, 1],
  ["tcp.rst", 0, 13, 1, 5, 1], ["tcp.syn", 0, 13, 1, 6, 1], ["tcp.fin", 0, 13, 1, 7, 1],
  ["tcp.window", 0, 14, 2, 0, 16], ["tcp.checksum", 0, 16, 2, 0, 16],
  ["tcp.urgent_pointer", 0, 18, 2, 0, 16],
  ["tcp.option.mss", 0, 20, 4, 0, 32], ["tcp.option.kind", 1, 20, 1, 0, 8],
  ["tcp.option.length", 1, 21, 1, 0, 8], ["tcp.option.mss.value", 1, 22, 2, 0, 16],
  ["tcp.option.nop", 0, 24, 1, 0, 8],
  ["tcp.option.timestamps", 0, 25, 10, 0, 80], ["tcp.option.kind", 1, 25, 1, 0, 8],
  ["tcp.option.length", 1, 26, 1, 0, 8], ["tcp.option.timestamps.value", 1, 27, 4, 0, 32],
  ["tcp.option.timestamps.echo", 1, 31, 4, 0, 32], ["tcp.option.end", 0, 35, 1, 0, 8],
];

function view(name: string, rows: readonly Row[], at: number | null, length: number): LayerView {
  const detail: Detail = {
    packed: { frame: 1, length: 100, captured: 100, bytes: "", layers: [] },
    bytes: Uint8Array.from({ length: 100 }, (_, i) => i),
    layers: [{ name, title: name, summary: "", at, length, bytes: null,
      fields: rows.map(field) }],
  };
  const [only] = viewLayers(detail);
  assert(only);
  return only;
}

const HEADER = view("tcp", TCP, 20, 36);

function drawn(layer: LayerView): string[] {
  return layOut(layer.fields).pieces.map((piece: Piece) => {
    const name = layer.fields[piece.field]?.field.kind.name.replace(/^tcp\./, "") ?? "";
    return `${piece.row}:${piece.column}+${piece.columns} ${name}`;
  });
}

test("the TCP header has the RFC's rows", () => {
  assert.deepEqual(drawn(HEADER).slice(0, 18), [
    "0:0+16 source_port", "0:16+16 destination_port",
    "1:0+32 sequence",
    "2:0+32 acknowledgment",
    "3:0+4 data_offset", "3:4+3 reserved", "3:7+1 ae", "3:8+1 cwr", "3:9+1 ece", "3:10+1 urg",
    "3:11+1 ack", "3:12+1 psh", "3:13+1 rst", "3:14+1 syn", "3:15+1 fin", "3:16+16 window",
    "4:0+16 checksum", "4:16+16 urgent_pointer",
  ]);
});

test("options are drawn as their parts; what crosses a word's end, in two pieces", () => {
  assert.deepEqual(drawn(HEADER).slice(18), [
    "5:0+8 option.kind", "5:8+8 option.length", "5:16+16 option.mss.value",
    "6:0+8 option.nop", "6:8+8 option.kind", "6:16+8 option.length",
    "6:24+8 option.timestamps.value", "7:0+24 option.timestamps.value",
    "7:24+8 option.timestamps.echo", "8:0+24 option.timestamps.echo", "8:24+8 option.end",
  ]);
  const { pieces, labels, wordsLeftOut } = layOut(HEADER.fields);
  assert.deepEqual(labels, ["0", "4", "8", "12", "16", "20", "24", "28", "32"]);
  assert.equal(wordsLeftOut, 0);
  /* Name and value stand in the wider piece, once. */
  const echo = pieces.filter((p) => HEADER.fields[p.field]?.field.kind.name.endsWith("echo"));
  assert.deepEqual(echo.map((p) => p.main), [false, true]);
  const mains = new Set(pieces.filter((p) => p.main).map((p) => p.field));
  assert.equal(mains.size, pieces.filter((p) => p.main).length);
  assert.deepEqual(new Set(pieces.map((p) => p.field)), mains);
});

test("every bit is drawn once", () => {
  const bits = new Uint8Array(36 * 8);
  for (const { row, rows, column, columns } of layOut(HEADER.fields).pieces)
    for (let bit = 0; bit < rows * columns; bit++) {
      const at = row * 32 + column + bit;
      bits[at] = (bits[at] ?? 0) + 1;
    }
  assert.equal(bits.every((times) => times === 1), true);
});

test("what the parts of a field leave is the field's own", () => {
  const layer = view("x", [["x.all", 0, 0, 4, 0, 32], ["x.part", 1, 1, 1, 0, 8]], 0, 4);
  assert.deepEqual(drawn(layer), ["0:0+8 x.all", "0:8+8 x.part", "0:16+16 x.all"]);
});

test("long fields are folded, and the rows below are labelled by their bytes", () => {
  const layer = view("x", [["x.long", 0, 0, 40, 0, 320], ["x.next", 0, 40, 4, 0, 32]], 0, 44);
  const { pieces, labels } = layOut(layer.fields);
  assert.deepEqual(pieces.map(({ row, rows, folded }) => [row, rows, folded]),
    [[0, 3, 10], [3, 1, 0]]);
  assert.deepEqual(labels, ["0", "⋮", "36", "40"]);
});

test("a picture ends somewhere, and says how much it leaves out", () => {
  const rows = Array.from({ length: 200 }, (_, i): Row => [`x.${i}`, 0, i * 4, 4, 0, 32]);
  const { pieces, wordsLeftOut } = layOut(view("x", rows, 0, 800).fields);
  assert.equal(pieces.length, ROWS_MAX);
  assert.equal(wordsLeftOut, 200 - ROWS_MAX);
});

test("fields that stand nowhere, overlap or end before they begin draw nothing twice", () => {
  const layer = view("x", [
    ["x.nowhere", 0, 0, 0, 0, 0], ["x.one", 0, 0, 4, 0, 32], ["x.again", 0, 2, 2, 0, 16],
  ], 0, 4);
  assert.deepEqual(drawn(layer), ["0:0+32 x.one"]);
  assert.deepEqual(layOut([]), { pieces: [], labels: [], wordsLeftOut: 0 });
});

test("a field has a name that finds it again", () => {
  const keys = HEADER.fields.map((placed) => placed.key);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(keys[2], "tcp.0/tcp.sequence.0");
  assert.equal(keys[19], "tcp.0/tcp.option.mss.0/tcp.option.kind.0");
  assert.equal(keys[24], "tcp.0/tcp.option.timestamps.0/tcp.option.kind.0");
  for (const [index, key] of keys.entries())
    assert.deepEqual(findField([HEADER], key), { layer: 0, field: index });
  assert.equal(findField([HEADER], "tcp.0/tcp.nothing.0"), null);
  assert.equal(findField([HEADER], "udp.0/tcp.sequence.0"), null);
  assert.deepEqual(HEADER.fields[18]?.parts, [19, 20, 21]);
});

test("a byte belongs to the innermost field, or to several that share it", () => {
  const names = (byte: number): string[] =>
    fieldsAt(HEADER, byte).map((index) => HEADER.fields[index]?.field.kind.name ?? "");
  assert.deepEqual(names(5), ["tcp.sequence"]);
  assert.deepEqual(names(12), ["tcp.data_offset", "tcp.reserved", "tcp.ae"]);
  assert.deepEqual(names(22), ["tcp.option.mss.value"]);
  assert.deepEqual(names(99), []);
});

test("bytes of a layer in its frame", () => {
  assert.deepEqual(rangeInFrame(HEADER, { first: 4, end: 8 }), { first: 24, end: 28 });
  assert.deepEqual([...HEADER.bytes ?? []].slice(0, 2), [20, 21]);
  assert.deepEqual([19, 20, 55, 56].map((byte) => layerAt([HEADER], byte)), [-1, 0, 0, -1]);
  const nowhere = view("x", [], null, 4);
  assert.equal(rangeInFrame(nowhere, { first: 0, end: 1 }), null);
  assert.equal(nowhere.bytes, null);
});

test("a message that began in an earlier frame does not own the headers before it", () => {
  const detail: Detail = {
    packed: { frame: 1, length: 60, captured: 60, bytes: "", layers: [] },
    bytes: new Uint8Array(60),
    layers: [
      { name: "tcp", title: "", summary: "", at: 20, length: 20, bytes: null, fields: [] },
      { name: "wiretale", title: "", summary: "", at: 30, length: 20, fields: [],
        bytes: Uint8Array.from({ length: 20 }, (_, i) => i) },
    ],
  };
  const layers = viewLayers(detail);
  const [, message] = layers;
  assert(message);
  assert.equal(message.from, 40);
  assert.equal(rangeInFrame(message, { first: 0, end: 8 }), null);
  assert.deepEqual(rangeInFrame(message, { first: 8, end: 12 }), { first: 40, end: 42 });
  assert.deepEqual([35, 40, 49, 50].map((byte) => layerAt(layers, byte)), [0, 1, 1, -1]);
});

test("what changed since the segment that the same side sent before", () => {
  const window = (value: number): number[][] => [[0, 0, 14, 2, 0, 16, value]];
  const frame = (n: number, value: number) => ({
    frame: n, length: 40, captured: 40, bytes: base64([0]),
    layers: [{ name: "tcp", title: 0, summary: 0, at: 0, length: 20, fields: window(value) }],
  });
  const report = new Report(document({
    connections: [connection()],
    segments: talk(`
      0 > A 1
      1 < A 1
      2 > A 1
      3 > A 1`),
    field_kinds: [{ name: "tcp.window", title: "Window" }], texts: ["", "100", "200"],
    frames: [frame(1, 1), frame(2, 2), frame(3, 2), frame(4, 2)],
  }));
  const segments = report.segments(1);
  assert.deepEqual([1, 2, 3, 4].map((n) => previousOfSide(segments, n)),
    [undefined, undefined, 1, 3]);
  const change = (n: number): string | null => {
    const segment = report.segment(n);
    const detail = report.detail(n);
    assert(segment && detail);
    const placed = viewLayers(detail)[0]?.fields[0];
    assert(placed);
    return changedFrom(valuesBefore(report, segment), placed);
  };
  assert.deepEqual([1, 2, 3, 4].map(change), [null, null, "100", null]);
});

test("bits and bytes as text", () => {
  const bytes = Uint8Array.from([0xfa, 0xf0, 0x01]);
  assert.equal(bitText(bytes, 0, 16), "1111 1010 1111 0000");
  assert.equal(bitText(bytes, 4, 7), "101");
  assert.equal(bitText(bytes, 7, 12), "0 1111");
  assert.equal(bitText(bytes, 23, 24), "1");
  assert.equal(hexText(bytes), "fa f0 01");
});
