/* One direction over time: graphs/series.ts, flight.ts, throughput.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { timed } from "../../../web/src/document/timing.ts";
import { flightOfDirection } from "../../../web/src/graphs/flight.ts";
import {
  extentOf, firstAt, kernelPoints, kindOf, momentAt, seriesOf, stepsOf, valueAt, type Steps,
} from "../../../web/src/graphs/series.ts";
import { beyondWords } from "../../../web/src/graphs/limits.ts";
import { binsOf, roundUp, sumsOf } from "../../../web/src/graphs/throughput.ts";
import { connection, rounded, talk, timedTalk } from "./made.ts";

function pairs(steps: Steps): [number | null, number][] {
  return steps.times.map((time, i) => [rounded(time), steps.values[i] ?? NaN]);
}

/* Its times are the capture's. */
const TRANSFER = timedTalk(`
  0   > S 0 win=64000
  0.1 < SA 0 ack=1 win=1000
  0.1 > A 1 ack=1 win=64000
  0.2 > A 1 ack=1 len=400
  0.2 > PA 401 ack=1 len=400
  0.3 < A 1 ack=401 win=600
  0.4 < A 1 ack=801 win=1000
  0.5 > FA 801 ack=1
  0.6 < A 1 ack=802 win=1000`);

test("what was sent, as ranges of sequence numbers; SYN and FIN take one each", () => {
  const { sent, bytes, again, lost, known } = seriesOf(TRANSFER, "client");
  assert.deepEqual(sent.map(({ time, low, high, data, mark, kind }) =>
    [time, low, high, data, mark, kind]), [
    [0, 0, 1, 0, "S", "first"], [0.2, 1, 401, 400, "", "first"],
    [0.2, 401, 801, 400, "", "first"], [0.5, 801, 802, 0, "F", "first"],
  ]);
  assert.deepEqual([bytes, again, lost, known], [800, 0, 0, false]);
});

test("what was acknowledged, and the window's edge", () => {
  const series = seriesOf(TRANSFER, "client");
  assert.deepEqual(pairs(series.acked), [[0.1, 1], [0.3, 401], [0.4, 801], [0.6, 802]]);
  /* The edge stays where a smaller window keeps it. */
  assert.deepEqual(pairs(series.edge), [[0.1, 1001], [0.4, 1801], [0.6, 1802]]);
  assert.deepEqual(series.answers.map(({ ack, edge }) => [ack, edge]),
    [[1, 1001], [401, 1001], [801, 1801], [802, 1802]]);
});

test("an acknowledgement that comes late takes nothing back", () => {
  const series = seriesOf(timedTalk(`
    0   > A 1 len=100
    0.1 > A 101 len=100
    0.2 < A 1 ack=201 win=500
    0.3 < A 1 ack=101 win=9000`), "client");
  assert.deepEqual(pairs(series.acked), [[0.2, 201]]);
  assert.deepEqual(pairs(series.edge), [[0.2, 701]]);
});

test("a window whose scale is not known has no edge; a closed one is counted once", () => {
  const series = seriesOf(timedTalk(`
    0   > A 1 len=100
    0.1 < A 1 ack=101
    0.2 < A 1 ack=101 win=0
    0.3 < A 1 ack=101 win=0 label=zero-window-probe-ack
    0.4 < A 1 ack=101 win=50
    0.5 < A 1 ack=101 win=0`), "client");
  assert.equal(series.answers[0]?.edge, null);
  assert.equal(series.zeros, 2);
  assert.deepEqual(pairs(series.edge), [[0.2, 101], [0.4, 151], [0.5, 101]]);
});

test("retransmissions, probes, late ones: each segment's kind", () => {
  const kinds: [string, string][] = [
    ["", "first"], ["label=retransmission", "again"], ["label=fast-retransmission", "again"],
    ["cause=timeout", "again"], ["cause=needless label=retransmission", "needless"],
    ["label=spurious-retransmission label=retransmission", "needless"],
    ["label=out-of-order", "late"], ["label=keep-alive", "probe"],
    ["label=zero-window-probe label=retransmission", "probe"], ["label=window-full", "first"],
  ];
  for (const [words, kind] of kinds) {
    const [segment] = talk(`0 > A 1 len=1 ${words}`);
    assert(segment);
    assert.equal(kindOf(segment), kind, words);
  }
  const series = seriesOf(timedTalk(`
    0   > A 1 len=100 sent=0 lost=rule-1
    0.5 > A 1 len=100 label=retransmission sent=0.5 delivered=0.6
    1   > A 101 len=100 sent=1 delivered=1.1
    2   > A 101 len=100 cause=needless sent=2 delivered=2.1`), "client");
  assert.deepEqual([series.bytes, series.again, series.lost], [400, 2, 1]);
});

test("SACK blocks come with their acknowledgement", () => {
  const series = seriesOf(timedTalk(`
    0   > A 1 len=300
    0.1 < A 1 ack=101 win=500 sack=201-301,401-501`), "client");
  assert.deepEqual(series.answers[0]?.sacks, [[201, 301], [401, 501]]);
});

test("relative numbers go on past 2^32", () => {
  const top = 2 ** 32;
  const lines = ["0 > S 0", "0.001 < SA 0 ack=1 win=1000000000"];
  for (let i = 0; i < 6; i++) {
    lines.push(`${i + 1} > A ${1 + i * 1e9} len=1000000000`);
    lines.push(`${i + 1.5} < A 1 ack=${1 + (i + 1) * 1e9} win=1000000000`);
  }
  const series = seriesOf(timedTalk(lines.join("\n")), "client");
  assert.equal(series.stray, 0);
  assert.equal(series.sent[6]?.high, 6e9 + 1);
  assert.equal(6e9 > top, true);
  assert.equal(series.acked.values[6], 6e9 + 1);
  assert.equal(series.edge.values[6], 7e9 + 1);
});

test("numbers that belong to another connection are counted, not drawn", () => {
  const series = seriesOf(timedTalk(`
    0   > A 1 len=100
    0.1 > R 3000000000
    0.2 < A 1 ack=3000000000 win=10
    0.3 < A 1 ack=101 win=10`), "client");
  assert.equal(series.stray, 2);
  assert.deepEqual(series.sent.map((sent) => sent.low), [1]);
  assert.deepEqual(pairs(series.acked), [[0.3, 101]]);
});

const LAB = timedTalk(`
  0    > A 1 len=100 sent=0    delivered=0.1
  0.05 > A 101 len=100 sent=0.05 lost=rule-1
  0.1  < A 1 ack=101 win=500 sent=0.1 delivered=0.2
  0.15 < A 1 ack=101 win=400 sent=0.15 lost=rule-2
  0.3  > A 101 len=100 sent=0.3 delivered=0.4 copy_of=2`);

test("both ends known: data stand at their sending, acknowledgements at their arrival", () => {
  const series = seriesOf(LAB, "client");
  assert.equal(series.known, true);
  assert.deepEqual(series.sent.map((sent) => [sent.time, sent.lost]), [[0, false], [0.05, true]]);
  assert.deepEqual(series.answers.map((answer) => answer.time), [0.2]); /* the lost one never */
  assert.equal(series.duration, 0.4);
  const [data, , ack, lost] = LAB;
  assert(data && ack && lost);
  assert.deepEqual([momentAt(data, "client"), momentAt(data, "server")], [0, 0.1]);
  assert.deepEqual([momentAt(ack, "client"), momentAt(lost, "client")], [0.2, null]);
});

test("the value that holds at a moment", () => {
  const steps = stepsOf([
    { time: 1, value: 5 }, { time: 2, value: 5 }, { time: 3, value: 7 },
  ]);
  assert.deepEqual(pairs(steps), [[1, 5], [3, 7]]);
  assert.deepEqual([0.9, 1, 2.9, 3, 99].map((time) => valueAt(steps, time)), [null, 5, 5, 7, 7]);
  assert.equal(valueAt({ times: [], values: [] }, 1), null);
  assert.deepEqual([0, 1, 2, 3, 4].map((time) => firstAt(steps.times, time)), [0, 0, 1, 1, 2]);
});

test("what a kernel said of itself, at its sendings and at what came to it", () => {
  const segments = talk(`
    0   > A 1 len=100 sent=0   delivered=0.1
    0.1 < A 1 ack=101 sent=0.1 delivered=0.2`);
  const [data, ack] = segments;
  assert(data && ack);
  data.kernel = { sent_info: { client: { cwnd: 10 } }, delivered_info: { server: { cwnd: 99 } } };
  ack.kernel = { delivered_info: { client: { cwnd: 11, ssthresh: 7 } } };
  const list = timed(connection(), segments);
  const points = kernelPoints(list, "client");
  assert.deepEqual(points.map((point) => [rounded(point.time), point.info.cwnd]),
    [[0, 10], [0.2, 11]]);
  const { congestion, threshold } = flightOfDirection(seriesOf(list, "client"), points, 1000);
  assert.deepEqual(pairs(congestion), [[0, 10_000], [0.2, 11_000]]);
  assert.deepEqual(pairs(threshold), [[0.2, 7000]]);
  const unknown = flightOfDirection(seriesOf(list, "client"), points, 0);
  assert.deepEqual(pairs(unknown.congestion), []);
});

test("in flight is what was sent and is not acknowledged", () => {
  const { flight, window } = flightOfDirection(seriesOf(TRANSFER, "client"), [], 0);
  assert.deepEqual(pairs(flight).filter(([time]) => time !== 0.2), [
    [0, 1], [0.1, 0], [0.3, 400], [0.4, 0], [0.5, 1], [0.6, 0],
  ]);
  assert.equal(valueAt(flight, 0.25), 800);
  assert.deepEqual(pairs(window), [[0.1, 1000], [0.3, 600], [0.4, 1000]]);
});

test("what is sent again is in flight once", () => {
  const { flight } = flightOfDirection(seriesOf(timedTalk(`
    0 > A 1 len=100
    1 > A 101 len=100
    2 > A 1 len=100 label=retransmission
    3 < A 1 ack=201`), "client"), [], 0);
  assert.deepEqual(pairs(flight), [[0, 100], [1, 200], [3, 0]]);
});

test("a probe is not in flight", () => {
  const { flight } = flightOfDirection(seriesOf(timedTalk(`
    0 > A 1 len=100
    1 < A 1 ack=101 win=0
    2 > A 100 len=0 label=keep-alive
    3 < A 1 ack=101 win=0
    4 > A 101 len=1 label=zero-window-probe
    5 < A 1 ack=101 win=0`), "client"), [], 0);
  assert.deepEqual(pairs(flight), [[0, 100], [1, 0]]);
});

test("sums of bytes: repeats count as sent, SYN and FIN as nothing", () => {
  const { sent, acked, duration } = sumsOf(seriesOf(TRANSFER, "client"));
  assert.deepEqual(pairs(sent), [[0.2, 400], [0.2, 800]]);
  assert.deepEqual(pairs(acked), [[0.3, 400], [0.4, 800], [0.6, 800]]);
  assert.equal(duration, 0.6);
  const again = sumsOf(seriesOf(timedTalk(`
    0 > A 1 len=100
    1 > A 1 len=100 label=retransmission
    2 < A 1 ack=101`), "client"));
  assert.deepEqual([again.sent.values, again.acked.values], [[100, 200], [100]]);
});

test("bins hold every byte once", () => {
  const sums = sumsOf(seriesOf(TRANSFER, "client"));
  for (const [from, to] of [[0, 0.6], [0.15, 0.6], [0, 60]] as const) {
    const { width, sent, acked, starts } = binsOf(sums, from, to);
    const total = (rates: number[]): number =>
      Math.round(rates.reduce((sum, rate) => sum + rate * width, 0));
    assert.deepEqual([total(sent), total(acked)], [800, 800], `${from} ${to}`);
    assert.equal(starts.every((start, i) => i === 0 || start > (starts[i - 1] ?? 0)), true);
    assert.equal((to - from) / width <= 61, true);
  }
  assert.deepEqual(binsOf(sums, 0, 0.6).width, 0.01);
});

test("the width of a bin is 1, 2 or 5 times a power of ten", () => {
  const rounds: [number, number][] =
    [[1, 1], [1.1, 2], [2, 2], [2.5, 5], [5.1, 10], [99, 100], [0.003, 0.005], [0.02, 0.02]];
  for (const [value, wanted] of rounds)
    assert.equal(Math.abs(roundUp(value) - wanted) < 1e-12, true, String(value));
});

test("of the stream each byte counts once, however often and in whatever order it was sent", () => {
  const told = (lines: string): number[] => {
    const { bytes, stream } = seriesOf(timedTalk(lines), "client");
    return [bytes, stream];
  };
  assert.deepEqual(told(`
    0 > S 0
    1 > PA 1 len=14
    2 > PA 1 len=14 label=retransmission cause=timeout
    3 > PA 1 len=14 label=retransmission cause=timeout`), [42, 14]);
  assert.deepEqual(told(`
    0 > A 101 len=50
    1 > A 1 len=60 label=out-of-order
    2 > A 41 len=80 label=retransmission`), [190, 150]);
});

test("what ends above the scale is told in the legend", () => {
  const steps: Steps = { times: [0, 1, 2, 3], values: [0.2, 0.4, 0.8, 0.2] };
  const ms = (value: number): string => `${Math.round(value * 1000)} ms`;
  assert.deepEqual(extentOf(steps, 1.5, 2.5), { low: 0.4, high: 0.8 });
  assert.equal(extentOf({ times: [5], values: [1] }, 0, 4), null);
  assert.equal(beyondWords(steps, 0, 4, 0.1, ms), "200 ms to 800 ms");
  assert.equal(beyondWords(steps, 0, 4, 0.5, ms), "up to 800 ms");
  assert.equal(beyondWords(steps, 2.2, 2.5, 0.5, ms), "800 ms");
  assert.equal(beyondWords(steps, 0, 4, 0.8, ms), "");
});
