/* Round trips as the sender can measure them: graphs/round_trips.ts, after RFC 6298 and 7323. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { roundTripGraph } from "../../../web/src/graphs/round_trip_graph.ts";
import { kernelRoundTrip, samplesOf } from "../../../web/src/graphs/round_trips.ts";
import { seriesOf } from "../../../web/src/graphs/series.ts";
import { rounded, timedTalk } from "./made.ts";

/* [which frame, by which frame, how long, by what] */
function samples(text: string): [number, number, number | null, string][] {
  return samplesOf(seriesOf(timedTalk(text), "client"))
    .map(({ of, frame, value, by }) => [of, frame, rounded(value), by]);
}

test("an acknowledgement gives the round trip of the newest that it covers", () => {
  assert.deepEqual(samples(`
    0    > S 0
    0.1  < SA 0 ack=1
    0.1  > A 1 ack=1
    1    > A 1 ack=1 len=100
    1.01 > A 101 ack=1 len=100
    1.2  < A 1 ack=201
    2    > FA 201 ack=1
    2.3  < A 1 ack=202`),
  [[1, 2, 0.1, "ack"], [5, 6, 0.19, "ack"], [7, 8, 0.3, "ack"]]);
});

test("an acknowledgement of nothing new gives none", () => {
  assert.deepEqual(samples(`
    0   > A 1 len=100
    0.1 < A 1 ack=101
    0.2 < A 1 ack=101
    0.3 < A 1 ack=50`), [[1, 2, 0.1, "ack"]]);
});

test("an acknowledgement of a part gives none: the rest may still be on its way", () => {
  assert.deepEqual(samples(`
    0   > A 1 len=100
    0.1 < A 1 ack=51
    0.2 < A 1 ack=101`), [[1, 3, 0.2, "ack"]]);
});

test("Karn: what was sent again gives none", () => {
  assert.deepEqual(samples(`
    0   > A 1 len=100
    1   > A 1 len=100 label=retransmission cause=timeout
    1.1 < A 1 ack=101
    2   > A 101 len=100
    2.1 < A 1 ack=201`), [[4, 5, 0.1, "ack"]]);
});

test("Karn: nor does an acknowledgement that covers such a one beside others", () => {
  assert.deepEqual(samples(`
    0   > A 1 len=100
    0.1 > A 101 len=100
    1   > A 1 len=100 label=retransmission
    1.1 < A 1 ack=201`), []);
});

test("sent again together with more, or in other pieces: none", () => {
  assert.deepEqual(samples(`
    0   > A 1 len=100
    1   > A 1 len=200 label=retransmission
    1.1 < A 1 ack=201`), []);
  assert.deepEqual(samples(`
    0   > A 1 len=200
    1   > A 1 len=100 label=retransmission
    1.1 < A 1 ack=201`), []);
});

test("the echoed timestamp tells which sending was answered", () => {
  assert.deepEqual(samples(`
    0   > A 1 len=100 ts=500/7
    1   > A 1 len=100 ts=501/7 label=retransmission
    1.1 < A 1 ack=101 ts=8/501`), [[2, 3, 0.1, "timestamp"]]);
  assert.deepEqual(samples(`
    0   > A 1 len=100 ts=500/7
    1   > A 1 len=100 ts=501/7 label=retransmission
    1.1 < A 1 ack=101 ts=8/500`), [[1, 3, 1.1, "timestamp"]], "the first, late");
  assert.deepEqual(samples(`
    0   > A 1 len=100 ts=500/7
    1   > A 1 len=100 ts=500/7 label=retransmission
    1.1 < A 1 ack=101 ts=8/500`), [], "both carried it");
});

test("a SACK block tells what has just arrived, and only once", () => {
  assert.deepEqual(samples(`
    0   > A 1 len=100
    0.1 > A 101 len=100
    0.2 > A 201 len=100
    0.3 < A 1 ack=1 sack=101-201
    0.4 < A 1 ack=1 sack=101-301
    0.5 < A 1 ack=1 sack=101-301`), [[2, 4, 0.2, "sack"], [3, 5, 0.2, "sack"]]);
});

test("what SACK has told is not told again by the acknowledgement", () => {
  assert.deepEqual(samples(`
    0   > A 1 len=100
    0.1 > A 101 len=100
    0.3 < A 1 ack=1 sack=101-201
    1   > A 1 len=100 label=fast-retransmission
    1.2 < A 1 ack=201`), [[2, 3, 0.2, "sack"]]);
});

test("probes measure nothing", () => {
  assert.deepEqual(samples(`
    0   > A 1 len=100
    0.1 < A 1 ack=101 win=0
    1   > A 100 len=1 label=keep-alive
    1.1 < A 1 ack=101`), [[1, 2, 0.1, "ack"]]);
});

test("what the kernel made of them; 0 is none yet", () => {
  const { smoothed, rto } = kernelRoundTrip([
    { time: 0, info: { rtt: 0, rto: 1 } }, { time: 1, info: { rtt: 0.1, rto: 1 } },
    { time: 2, info: { rtt: 0.1, rto: 0.3 } }, { time: 3, info: {} },
  ]);
  assert.deepEqual(smoothed, { times: [1], values: [0.1] });
  assert.deepEqual(rto, { times: [0, 2], values: [1, 0.3] });
});

test("the scale has room for the timeout where something waited for it, and only there", () => {
  const list = timedTalk(`
    0   > PA 1 ack=1 len=10
    0.1 < A 1 ack=11
    1   > PA 11 ack=1 len=10
    2   > PA 11 ack=1 len=10 label=retransmission cause=timeout
    2.1 < A 1 ack=21`);
  const points = [
    { time: 0, info: { rtt: 0.1, rto: 1 } }, { time: 2, info: { rtt: 0.1, rto: 2 } },
  ];
  const graph = roundTripGraph(seriesOf(list, "client"), points, false);
  const rto = graph.legend.find((entry) => /timeout/.test(entry.text));
  assert(graph.range(0, 3)[1] >= 2);
  assert.equal(rto?.beyond?.(0, 3), "");
  assert(graph.range(0, 1)[1] < 0.5);
  assert.equal(rto?.beyond?.(0, 1), "1 s");
  assert(roundTripGraph(seriesOf(list, "client"), points, true).range(0, 1)[1] >= 1);
});
