/* The messages of a known protocol: conversation/messages.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { delayOf, fieldsOf, hasFields, saidOf } from "../../../web/src/conversation/messages.ts";
import { Report } from "../../../web/src/document/report.ts";
import type { Message, PackedLayer, Side } from "../../../web/src/document/types.ts";
import { base64, connection, document, talk } from "./made.ts";

function message(from: Side, frame: number, name: string, detail: string): Message {
  return { from, frame, time: frame, bytes: 20, name, detail, whole: true };
}

function answers(messages: Message[]): (number | null)[] {
  return saidOf(connection({ messages }), []).map((said) => said.answers?.index ?? null);
}

test("a response answers the request of the same name and number", () => {
  assert.deepEqual(answers([
    message("client", 4, "TIME request", "id 1"), message("client", 5, "TIME request", "id 2"),
    message("client", 6, "NAME request", "id 3"),
    message("server", 7, "TIME response", "id 2: ok"),
    message("server", 8, "NAME response", "id 3"), message("server", 9, "TIME response", "id 1"),
  ]), [null, null, null, 1, 2, 0]);
});

test("an acknowledgement answers the other side's indication, not its own", () => {
  assert.deepEqual(answers([
    message("client", 4, "MESSAGE indication", "id 1"),
    message("server", 5, "MESSAGE indication", "id 1"),
    message("client", 6, "MESSAGE acknowledgement", "id 1"),
    message("server", 7, "MESSAGE acknowledgement", "id 1"),
  ]), [null, null, 1, 0]);
});

test("each request is answered once; a number may come again", () => {
  assert.deepEqual(answers([
    message("client", 4, "TIME request", "id 1"), message("server", 5, "TIME response", "id 1"),
    message("server", 6, "TIME response", "id 1"),
    message("client", 7, "TIME request", "id 1"), message("server", 8, "TIME response", "id 1"),
    message("server", 9, "TIME response", "id 10"), message("server", 9, "text", "hello"),
  ]), [null, 0, null, null, 3, null, null]);
});

test("those that the connection does not list are read from its segments, if all are here", () => {
  const segments = talk(`
    0 > A 1 len=20
    1 < A 1 len=10
    2 < A 11 len=10`);
  const [request, begin, end] = segments;
  assert(request && begin && end);
  request.carries = [{ name: "TIME request", detail: "id 1", begins: true, ends: true }];
  begin.carries = [{ name: "TIME response", detail: "id 1", begins: true, ends: false }];
  end.carries = [{ name: "TIME response", detail: "id 1", begins: false, ends: true }];
  const listed = [message("client", 1, "TIME request", "id 1")];
  const said = saidOf(connection({ messages: listed, messages_left_out: 1 }), segments);
  assert.deepEqual(said.map((one) => [one.message.name, one.message.frame, one.message.whole,
    one.answers?.index ?? null]),
  [["TIME request", 1, true, null], ["TIME response", 2, false, 0]]);
  assert.equal(saidOf(connection({ messages: listed, messages_left_out: 5 }), segments).length, 1);
});

function layer(name: string, title: number, summary: number, field: number): PackedLayer {
  return { name, title, summary, length: 4, fields: [[field]] };
}

const REPORT = new Report(document({
  connections: [connection()],
  segments: talk(`
    0 > A 1 len=40
    1 > A 41 len=10
    2 < A 1 ack=51
    3 > A 51 len=10`),
  texts: ["", "Wiretale: TIME request", "id 1", "id 12", "Wiretale: TEXT", "anything"],
  field_kinds: [0, 1, 2, 3, 4].map((n) => ({ name: `f${n}`, title: "" })),
  frames: [
    { frame: 1, length: 9, captured: 9, bytes: base64("x"), layers: [
      layer("tcp", 1, 2, 0), layer("wiretale", 1, 3, 1), layer("wiretale", 1, 2, 2),
      layer("wiretale", 4, 5, 3), layer("wiretale", 4, 5, 4),
    ] },
    { frame: 4, length: 9, captured: 9, bytes: base64("x"), layers: [layer("wiretale", 4, 5, 0)] },
  ],
}));

test("a message's fields: by its number, else by its place in the frame", () => {
  const said = saidOf(connection({ messages: [
    message("client", 1, "TIME request", "id 12"), message("client", 1, "TIME request", "id 1"),
    message("client", 1, "TEXT", ""), message("client", 1, "TEXT", ""),
    message("client", 2, "TEXT", ""), message("server", 3, "TEXT", ""),
  ] }), []);
  const names = said.map((one) => fieldsOf(REPORT, said, one)?.[0]?.kind.name ?? null);
  const alike = saidOf(connection({
    messages: [message("client", 1, "TEXT", ""), message("client", 1, "TEXT", "")],
  }), []);
  assert.deepEqual(alike.map((one) => fieldsOf(REPORT, alike, one)?.[0]?.kind.name),
    ["f3", "f4"]);
  assert.deepEqual(names, ["f1", "f2", "f3", "f4",
    "f0", /* it began in frame 2, and was whole, and taken apart, in frame 4 */
    null]);
});

test("which protocols have fields", () => {
  assert.deepEqual(["wiretale", "classic", "http", "text"]
    .map((protocol) => hasFields(connection({ protocol }))), [true, true, false, false]);
  assert.equal(hasFields(connection()), false);
});

/* The delay of the answer in frame 2 to the request in frame 1. */
function delay(lines: string): ReturnType<typeof delayOf> {
  const segments = talk(lines);
  const messages = segments.slice(0, 2).map((segment) => ({
    ...message(segment.from, segment.frame,
      segment.from === "client" ? "TIME request" : "TIME response", "id 1"),
    time: segment.time,
  }));
  const one = connection({ messages });
  const report = new Report(document({ connections: [one], segments }));
  const [, answer] = saidOf(one, segments);
  assert(answer);
  return delayOf(report, answer);
}

test("how long an answer took: of a lab from its sending to the answer's arrival", () => {
  const told = delay(`
    0   > PA 1 len=16       sent=0.1 delivered=0.13
    0.5 < PA 1 ack=17 len=8 sent=0.6 delivered=0.63`);
  assert.equal(told?.where, "ends");
  assert(Math.abs((told?.time ?? 0) - 0.53) < 1e-9);
});

test("an answer that was lost took until it came again", () => {
  const told = delay(`
    0   > PA 1 len=16       sent=0.1 delivered=0.13
    0.5 < PA 1 ack=17 len=8 sent=0.6 lost=rule-1
    0.9 < PA 1 ack=17 len=8 sent=1.0 delivered=1.03`);
  assert(Math.abs((told?.time ?? 0) - 0.93) < 1e-9);
  assert.equal(delay(`
    0   > PA 1 len=16       sent=0.1 delivered=0.13
    0.5 < PA 1 ack=17 len=8 sent=0.6 lost=rule-1`), null);
});

test("of one capture: as captured", () => {
  assert.deepEqual(delay(`
    0   > PA 1 len=16
    0.5 < PA 1 ack=17 len=8`), { time: 0.5, where: "capture" });
});
