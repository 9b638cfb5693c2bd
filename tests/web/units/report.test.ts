/* The document and the ways through it: document/report.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readDocument } from "../../../web/src/document/read_document.ts";
import { decodeBase64, Report } from "../../../web/src/document/report.ts";
import { isFrame } from "../../../web/src/document/sane.ts";
import { base64, connection, document, talk } from "./made.ts";

function twoConnections(): Report {
  const segments = talk(`
    0   > S 0
    0   > S 0
    0.1 < SA 0 ack=1
    0.2 < SA 0 ack=1
    0.3 > A 1 ack=1`);
  for (const place of [1, 3]) {
    const one = segments[place];
    if (one) one.connection = 7;
  }
  return new Report(document({
    segments, connections: [connection(), connection({ number: 7, first_frame: 2 })],
    streams: [{ connection: 7, pieces: [] }],
  }));
}

test("a segment is found by its frame, and its place among its connection's", () => {
  const report = twoConnections();
  assert.deepEqual(report.segments(1).map((s) => s.frame), [1, 3, 5]);
  assert.deepEqual(report.segments(7).map((s) => s.frame), [2, 4]);
  assert.deepEqual([1, 2, 3, 4, 5].map((frame) => report.place(frame)), [0, 0, 1, 1, 2]);
  assert.equal(report.segment(4)?.connection, 7);
  assert.equal(report.connection(7)?.first_frame, 2);
  assert.equal(report.stream(7)?.connection, 7);
});

test("a frame's number leads to its segment, not to the copy that the cable made of it", () => {
  const segments = talk(`
    0 > A 1 len=5 sent=0 delivered=0.1
    0 > A 1 len=5 sent=0 delivered=0.2 copy_of=1
    1 < A 1 ack=6 sent=1 delivered=1.1`);
  const [, copy, ack] = segments;
  assert(copy && ack);
  copy.frame = 1;
  ack.frame = 2;
  const report = new Report(document({ segments, connections: [connection()] }));
  assert.equal(report.segment(1), segments[0]);
  assert.deepEqual([report.place(1), report.place(2)], [0, 2]);
  assert.equal(report.segments(1).length, 3);
});

test("what the document does not have", () => {
  const report = twoConnections();
  assert.equal(report.place(99), -1);
  assert.equal(report.segment(99), undefined);
  assert.equal(report.connection(2), undefined);
  assert.equal(report.stream(1), undefined);
  assert.equal(report.detail(1), null);
  assert.deepEqual(report.segments(2), []);
  assert.deepEqual(report.timed(2), []);
});

test("times are reckoned once, in the order of the segments", () => {
  const report = twoConnections();
  assert.deepEqual(report.timed(7).map((one) => one.segment.frame), [2, 4]);
  assert.equal(report.timed(7), report.timed(7));
});

const PACKED = document({
  texts: ["", "Transmission Control Protocol", "short", "1234", "a port", "why"],
  field_kinds: [{ name: "tcp.source_port", title: "Source port", defined: "RFC 9293" }],
  fields: [[0, 1, 0, 2, 0, 16, 3, 4, 5]],
  frames: [{
    frame: 3, length: 60, captured: 60, bytes: base64([0xde, 0xad, 0x00, 0xff]),
    layers: [
      { name: "tcp", title: 1, summary: 2, at: 2, length: 2,
        fields: [0, [0, 2, 1, 1, 3, 4, 3]] },
      { name: "wiretale", title: 0, summary: 0, length: 1, bytes: base64([7]), fields: [[9]] },
    ],
  }],
});

test("a packed frame is unpacked: shared fields, texts by place, bytes", () => {
  const detail = new Report(PACKED).detail(3);
  assert(detail);
  assert.deepEqual([...detail.bytes], [0xde, 0xad, 0x00, 0xff]);
  const [tcp] = detail.layers;
  assert(tcp);
  assert.deepEqual([tcp.title, tcp.summary, tcp.at, tcp.length, tcp.bytes],
    ["Transmission Control Protocol", "short", 2, 2, null]);
  assert.deepEqual(tcp.fields[0], {
    kind: PACKED.field_kinds[0], level: 1, offset: 0, bytes: 2, firstBit: 0, bits: 16,
    value: "1234", meaning: "a port", explained: "why",
  });
  assert.deepEqual(tcp.fields[1], { /* its own, and without what may be left out */
    kind: PACKED.field_kinds[0], level: 2, offset: 1, bytes: 1, firstBit: 3, bits: 4,
    value: "1234", meaning: "", explained: "",
  });
});

test("places that lead nowhere give an empty field, not an error", () => {
  const layer = new Report(PACKED).detail(3)?.layers[1];
  assert.deepEqual([layer?.at, [...layer?.bytes ?? []]], [null, [7]]);
  assert.deepEqual(layer?.fields, [{
    kind: { name: "", title: "?" }, level: 0, offset: 0, bytes: 0, firstBit: 0, bits: 0,
    value: "", meaning: "", explained: "",
  }]);
});

test("a frame that was edited into something else is not in the page", () => {
  const [frame] = PACKED.frames;
  assert(frame);
  const layer = frame.layers[0];
  const wrong: unknown[] = [
    { ...frame, bytes: "not base64" }, { ...frame, bytes: 5 }, { ...frame, length: "60" },
    { ...frame, layers: [null] }, { ...frame, layers: [{ ...layer, name: 7 }] },
    { ...frame, layers: [{ ...layer, bytes: "%" }] },
    { ...frame, layers: [{ ...layer, fields: [["x"]] }] },
  ];
  for (const one of wrong)
    assert.equal(isFrame(JSON.parse(JSON.stringify(one))), false, JSON.stringify(one));
  assert(isFrame(frame));
});

test("base64", () => {
  const all = Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual([...decodeBase64(base64(all))], all);
  assert.deepEqual([...decodeBase64("")], []);
  assert.deepEqual([...decodeBase64("/w==")], [255]);
});

test("a document that cannot be read gives a sentence", () => {
  assert.match(String(readDocument('{"type":')), /damaged/);
  assert.match(String(readDocument("null")), /empty template/);
  assert.match(String(readDocument('{"type":"report","version":2}')), /version 1/);
  assert.match(String(readDocument('{"type":"connection","version":1}')), /version 1/);
  assert.match(String(readDocument("[]")), /version 1/);
  assert.match(String(readDocument("7")), /version 1/);
  const read = readDocument(JSON.stringify(document({ title: "t" })));
  assert(typeof read === "object");
  assert.equal(read.document.title, "t");
});

/* As wiretale lays it out: each object in a line of its own. */
function laidOut(frames: readonly string[]): string {
  const whole = JSON.stringify({ ...PACKED, frames: [] });
  return whole.replace('"texts":', '\n"texts":')
    .replace('"frames":[]', `\n"frames":[${frames.map((frame) => `\n${frame}`).join(",")}]`)
    .replace('"streams":', '\n"streams":');
}

test("frames in lines of their own are read when they are asked for", () => {
  const [packed] = PACKED.frames;
  assert(packed);
  const lines = [[3, 60], [12, 61], [400, 62]].map(([frame, length]) =>
    JSON.stringify({ ...packed, frame, length }));
  const report = readDocument(laidOut(lines));
  assert(typeof report === "object");
  assert.equal(report.document.frames.length, 0);
  assert.deepEqual([3, 12, 400].map((frame) => report.detail(frame)?.packed.length), [60, 61, 62]);
  assert.deepEqual([1, 4, 40].map((frame) => report.detail(frame)), [null, null, null]);
  assert.deepEqual(report.detail(3), new Report(PACKED).detail(3));
});

test("a line that was spoilt is no frame, and spoils no other", () => {
  const good = JSON.stringify(PACKED.frames[0]);
  const report = readDocument(laidOut(['{"frame":1,"layers":', '{"frame":2,"layers":7}', good,
    "7", '{"frame":"x"}', '{"frame":4e999,"layers":[]}']));
  assert(typeof report === "object");
  assert.deepEqual([1, 2, 4].map((frame) => report.detail(frame)), [null, null, null]);
  assert.equal(report.detail(3)?.packed.length, 60);
});

test("a document in other lines has its frames too", () => {
  const report = readDocument(JSON.stringify(PACKED, null, 1));
  assert(typeof report === "object");
  assert.equal(report.detail(3)?.packed.length, 60);
});
