/* A document that somebody edited: what is no segment is left out, the rest stays as it is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { sane } from "../../../web/src/document/sane.ts";
import type { ReportDocument } from "../../../web/src/document/types.ts";

const SEGMENT = {
  type: "segment", frame: 1, connection: 1, time: 0, from: "client", flags: "S", seq: 0,
  seq_raw: 7, window_raw: 1, length: 0, options: {}, labels: ["retransmission"],
  client_state: "SYN_SENT", server_state: "SYN_RECV",
};
const DIRECTION = { segments: 1, bytes: 0, retransmissions: 0 };
const CONNECTION = {
  type: "connection", number: 1, client: "a:1", server: "b:2", first_frame: 1, last_frame: 1,
  start: 1e9, duration: 1, opening: { kind: "half" }, closing: { kind: "open" },
  states: { client: "SYN_SENT", server: "SYN_RECV" }, from_client: DIRECTION,
  from_server: DIRECTION, labels: { retransmission: 1 }, findings: [], story: "x",
};

function documentOf(segments: unknown[], connections: unknown[] = [CONNECTION]): ReportDocument {
  return structuredClone({
    type: "report", version: 1, program: "p", created: "c", title: "t", source: "trace",
    connections, segments, field_kinds: [], texts: ["", "a"], frames: [], streams: [], left_out: {},
  }) as unknown as ReportDocument;
}

test("a document as wiretale writes it stays as it is", () => {
  const document = documentOf([SEGMENT]);
  assert.deepEqual(sane(documentOf([SEGMENT])), document);
});

test("what is no segment is left out", () => {
  const bad: unknown[] = [null, 7, "x", [], { ...SEGMENT, from: "__proto__" },
    { ...SEGMENT, seq: 1e308 }, { ...SEGMENT, time: "0" }, { ...SEGMENT, sent: "1" },
    { ...SEGMENT, flags: 3 }, { ...SEGMENT, cause: "toString" },
    { ...SEGMENT, client_state: "constructor" }];
  for (const segment of bad)
    assert.deepEqual(sane(documentOf([segment])).segments, [], JSON.stringify(segment));
  assert.equal(sane(documentOf([...bad, SEGMENT])).segments.length, 1);
});

test("labels that every object has by nature are none", () => {
  const labels = ["constructor", "retransmission", 5, "hasOwnProperty"];
  const document = sane(documentOf([{ ...SEGMENT, labels }]));
  assert.deepEqual(document.segments[0]?.labels, ["retransmission"]);
});

test("what is no connection is left out, and findings have an end", () => {
  const frames = Array.from({ length: 5000 }, (_, i) => i);
  const finding = { kind: "reset", frames, confidence: "sure", text: "x" };
  const proto = JSON.parse('{"kind":"__proto__","frames":[],"text":"x"}') as unknown;
  const document = sane(documentOf([], [
    { ...CONNECTION, findings: [finding, proto, null] }, { ...CONNECTION, opening: null }, 3]));
  assert.equal(document.connections.length, 1);
  assert.deepEqual(document.connections[0]?.findings.map(({ kind }) => kind), ["reset"]);
  assert.equal(document.connections[0]?.findings[0]?.frames.length, 1000);
});

test("a title that is no text becomes one, and lists that are none are empty", () => {
  const document = { ...documentOf([]), title: 5, texts: 7, frames: { a: 1 }, left_out: null };
  const read = sane(document as unknown as ReportDocument);
  assert.deepEqual([read.title, read.texts, read.frames, read.left_out], ["5", [], [], {}]);
});

const EXPERIMENT = {
  type: "experiment", name: "n", title: "t", passed: true, seed: 1, duration: 2, connections: 1,
  segments: 3, expectations: [{ text: "connections=1", held: true, line: 9 }], unused_rules: [],
  states: { compared: 1, agreed: 1, left_out: [], differences: [] },
  programs: [{ host: "client", command: "c", exit: 0, signal: null, output: "o" }],
  transcript: [{ time: 0, kind: "printed", program: 0, text: "o" }], settings: "s", question: "q",
  steps: [{ line: 1, text: "wait 1s", kind: "clock", began: 0, ended: 1, done: true, held: true }],
};

function saneExperiment(experiment: unknown): ReportDocument["experiment"] {
  return sane({ ...documentOf([]), experiment } as unknown as ReportDocument).experiment;
}

test("an experiment as wiretale writes it stays as it is", () => {
  assert.deepEqual(saneExperiment(structuredClone(EXPERIMENT)), EXPERIMENT);
});

test("what is no experiment is none, and a part of one that is wrong goes alone", () => {
  for (const none of [null, "x", 7, []]) assert.equal(saneExperiment(none), undefined);
  const [program] = EXPERIMENT.programs;
  const [entry] = EXPERIMENT.transcript;
  const [step] = EXPERIMENT.steps;
  const read = saneExperiment({
    ...EXPERIMENT, title: 5, duration: "2", question: 7, settings: {}, states: { compared: 1 },
    expectations: [null, { text: 3 }, ...EXPERIMENT.expectations], unused_rules: "x",
    programs: [program, { ...program, name: 5 }, { ...program, command: null }],
    transcript: [
      { ...entry, program: 2 }, { ...entry, time: "0" }, { ...entry, text: 1 }, entry,
    ],
    steps: [{ ...step, text: 1 }, { ...step, began: null, result: 4 }],
  });
  const expected: Record<string, unknown> = {
    ...EXPERIMENT, title: "5", duration: 0, programs: [program, program],
    steps: [{ line: 1, text: "wait 1s", kind: "clock", ended: 1, done: true, held: true }],
  };
  for (const gone of ["states", "question", "settings"]) delete expected[gone];
  assert.deepEqual(read, expected);
});

test("a message that a segment carries has a name", () => {
  const named = { name: "x", begins: true, ends: true };
  const read = sane(documentOf([{ ...SEGMENT, carries: ["x", null, { begins: true }, named] }]));
  assert.deepEqual(read.segments[0]?.carries, [named]);
});

test("when and by what it was made is text, and only numbers are frames", () => {
  const document = documentOf([], [
    { ...CONNECTION, opening: { kind: "half", frames: {} }, ledger: { idle: "1" },
      messages: [null, { name: "x" }], closing: { kind: "open", frames: ["x", 4] } },
  ]) as unknown as Record<string, unknown>;
  delete document["created"];
  document["program"] = null;
  const read = sane(document as unknown as ReportDocument);
  assert.deepEqual([read.created, read.program], ["", ""]);
  assert.equal(read.connections[0]?.ledger, undefined);
  assert.deepEqual(read.connections[0]?.messages, []);
  assert.deepEqual(read.connections[0]?.opening.frames, []);
  assert.deepEqual(read.connections[0]?.closing.frames, [4]);
});
