/* When a segment left and arrived: document/timing.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimedSegment } from "../../../web/src/document/timing.ts";
import { connection, direction, rounded, talk, timedTalk } from "./made.ts";

type Row = [sent: number | null, delivered: number | null];

function rows(list: readonly TimedSegment[]): Row[] {
  return list.map(({ sent, delivered }) => [rounded(sent), rounded(delivered)]);
}

/* A round trip of 20 ms, and 1 ms of thought before the data: one connection, three places. */
const SHAKE = { opening: { kind: "handshake" as const, rtt: 0.02, frames: [1, 2, 3] } };
const TRUE_TIMES: Row[] = [[0, 0.01], [0.01, 0.02], [0.02, 0.03], [0.021, 0.031], [0.031, 0.041]];

function seenAt(times: readonly number[]): TimedSegment[] {
  const [syn, synAck, ack, data, dataAck] = times;
  return timedTalk(`
    ${syn} > S 0
    ${synAck} < SA 0 ack=1
    ${ack} > A 1 ack=1
    ${data} > PA 1 ack=1 len=5
    ${dataAck} < A 1 ack=6`, SHAKE);
}

test("a capture at the client, at the server, between them: the same slants", () => {
  assert.deepEqual(rows(seenAt([0, 0.02, 0.02, 0.021, 0.041])), TRUE_TIMES, "client");
  assert.deepEqual(rows(seenAt([0, 0, 0.02, 0.021, 0.021])), TRUE_TIMES, "server");
  assert.deepEqual(rows(seenAt([0, 0.01, 0.02, 0.021, 0.031])), TRUE_TIMES, "halfway");
  assert.deepEqual(rows(seenAt([0, 0.014, 0.02, 0.021, 0.035])), TRUE_TIMES, "further on");
  assert.equal(seenAt([0, 0.02, 0.02, 0.021, 0.041]).some((one) => one.known), false);
});

test("of SYNs sent again, the one that was answered tells the distance", () => {
  const list = timedTalk(`
    0    > S 0
    1    > S 0
    1.02 < SA 0 ack=1
    1.02 > A 1 ack=1`, { opening: { kind: "handshake", rtt: 0.02, frames: [2, 3, 4] } });
  assert.deepEqual(rows(list), [[0, 0.01], [1, 1.01], [1.01, 1.02], [1.02, 1.03]]);
});

test("nor does a SYN that came again after the answer hide the first ACK", () => {
  const list = timedTalk(`
    0    > S 0
    0    < SA 0 ack=1
    0.01 > S 0
    0.02 > A 1 ack=1`, { opening: { kind: "handshake", rtt: 0.02, frames: [1, 2, 4] } });
  assert.deepEqual(rows(list)[1], [0.01, 0.02]);
});

test("the shortest round trip counts, where the handshake's was slow for once", () => {
  const list = timedTalk(`
    0    > S 0
    0.08 < SA 0 ack=1
    0.08 > A 1 ack=1
    0.09 > PA 1 ack=1 len=5
    0.11 < A 1 ack=6`, {
    opening: { kind: "handshake", rtt: 0.08, frames: [1, 2, 3] },
    from_client: direction({ rtt: { min: 0.02, mean: 0.05, max: 0.08, samples: 2 } }),
  });
  assert.deepEqual(rows(list)[3], [0.09, 0.1]);
  assert.deepEqual(rows(list)[4], [0.1, 0.11]);
});

test("without a handshake, the shortest time from data to their acknowledgement", () => {
  const list = timedTalk(`
    0    > A 100 ack=1 len=10
    0.04 < A 1 ack=110
    0.05 > A 110 ack=1 len=10
    0.07 < A 1 ack=120`, { opening: { kind: "midstream" } });
  assert.deepEqual(rows(list), [[0, 0.01], [0.03, 0.04], [0.05, 0.06], [0.06, 0.07]]);
});

test("nothing to go by: each stands where it was seen", () => {
  const list = timedTalk(`
    0 > A 100 len=10
    1 > A 110 len=10`, { opening: { kind: "midstream" } });
  assert.deepEqual(rows(list), [[0, 0], [1, 1]]);
});

test("an acknowledgement never leaves before what it acknowledges has come", () => {
  /* Seen in the middle with 40 ms around, but this ACK followed after only 10. */
  const list = timedTalk(`
    0    > S 0
    0.02 < SA 0 ack=1
    0.04 > A 1 ack=1
    1    > PA 1 ack=1 len=5
    1.01 < A 1 ack=6`, { opening: { kind: "handshake", rtt: 0.04, frames: [1, 2, 3] } });
  const [data, ack] = list.slice(3);
  assert(data?.delivered !== undefined && data.delivered !== null && ack);
  assert.equal(data.delivered <= ack.sent + 1e-12, true, `${data.delivered} ${ack.sent}`);
  /* They meet between the moments at which the capture saw them. */
  assert.equal(ack.sent <= 1.01 + 0.01 + 1e-12 && data.delivered >= 1.01 - 1e-12, true);
  assert.equal(data.sent < data.delivered, true);
});

test("the order of each side's segments is the capture's", () => {
  const list = timedTalk(`
    0     > S 0
    0.02  < SA 0 ack=1
    0.04  > A 1 ack=1
    1     > A 1 ack=1 len=5
    1.001 > A 6 ack=1 len=5
    1.002 < A 1 ack=11
    1.003 < A 1 ack=11 len=3
    1.003 > A 11 ack=4`, { opening: { kind: "handshake", rtt: 0.04, frames: [1, 2, 3] } });
  for (const side of ["client", "server"]) {
    const sent = list.filter((one) => one.segment.from === side).map((one) => one.sent);
    assert.deepEqual(sent, [...sent].sort((a, b) => a - b), side);
  }
});

test("acknowledgements that go around 2^32 are met too", () => {
  const list = timedTalk(`
    0    > A 4294967290 ack=1 len=10
    0.04 < A 1 ack=4294967300`, { opening: { kind: "midstream" } });
  assert.deepEqual(rows(list), [[0, 0.02], [0.02, 0.04]]);
});

test("a lab's own times stay; what was lost never arrives", () => {
  const list = timedTalk(`
    0    > S 0          sent=5    delivered=5.01
    0.02 < SA 0 ack=1   sent=5.02 lost=rule-1
    1    < SA 0 ack=1   sent=6    delivered=6.03`);
  assert.deepEqual(rows(list), [[0, 0.01], [0.02, null], [1, 1.03]]);
  assert.equal(list.every((one) => one.known), true);
});

test("two clocks that disagree: nothing arrives before it was sent", () => {
  const list = timedTalk(`
    0    > S 0        sent=0    delivered=0.03
    0.01 < SA 0 ack=1 sent=0.03 delivered=0.02`);
  const synAck = list[1];
  assert(synAck?.delivered !== undefined && synAck.delivered !== null);
  assert.equal(synAck.delivered > synAck.sent, true);
  assert.equal(rounded(synAck.sent), 0.03);
});

test("what only one capture of a pair has", () => {
  const list = timedTalk(`
    0    > S 0        sent=1    delivered=1.01
    0.02 < SA 0 ack=1 sent=1.02 delivered=1.04
    0.05 > A 1 ack=1  delivered=1.05
    0.06 > A 1 ack=1 len=9 sent=1.06
    0.07 > A 10 ack=1 len=9`);
  const [, , received, unknown, neither] = list;
  assert.deepEqual([rounded(neither?.sent ?? null), neither?.delivered, neither?.known],
    [0.07, null, false]);
  assert.deepEqual([rounded(received?.sent ?? null), rounded(received?.delivered ?? null),
    received?.known], [0.04, 0.05, false]); /* 10 ms: the way's shortest */
  assert.deepEqual([rounded(unknown?.sent ?? null), unknown?.delivered, unknown?.known],
    [0.06, null, true]);
});

test("time begins with what was sent first, not with what was captured first", () => {
  const list = timedTalk(`
    0     < A 1 ack=1 len=4 sent=2.01 delivered=2.02
    0.001 > A 1 ack=1 len=4 sent=2    delivered=2.01`);
  assert.deepEqual(rows(list), [[0.01, 0.02], [0, 0.01]]);
});

test("a connection without segments has no times", () => {
  assert.deepEqual(timedTalk("", { opening: { kind: "handshake", rtt: 1 } }), []);
  assert.deepEqual(talk(""), []);
  assert.equal(connection().number, 1);
});
