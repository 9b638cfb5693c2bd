/* Where everything stands in the ladder: ladder/layout.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../../web/src/document/report.ts";
import type {
  ConnectionObject, ExperimentObject, ExperimentStep, SegmentObject,
} from "../../../web/src/document/types.ts";
import {
  layOut, ranksBetween, stateAt, type Choice, type Layout,
} from "../../../web/src/ladder/layout.ts";
import { shownTime } from "../../../web/src/ladder/label.ts";
import { sentenceOf } from "../../../web/src/ladder/sentence.ts";
import { inPage } from "./elements.ts";
import { connection, document, talk } from "./made.ts";

const CHOICE: Choice = { width: 800, hideAcks: false, trueTime: false, calls: false };

function reportOf(segments: SegmentObject[], more: Partial<ConnectionObject> = {}): Report {
  return new Report(document({ segments, connections: [connection(more)] }));
}

function laidOut(text: string, choice: Partial<Choice> = {},
  more: Partial<ConnectionObject> = {}): Layout {
  return layOut(reportOf(talk(text), more), 1, { ...CHOICE, ...choice });
}

/* All sendings and arrivals, from top to bottom: "1>" left, ">1" arrived. */
function order(layout: Layout): string[] {
  const events = [...layout.shown].flatMap((place) => [
    { y: layout.sentY[place] ?? 0, text: `${place + 1}>` },
    { y: layout.endY[place] ?? 0, text: `>${place + 1}` },
  ]);
  return events.sort((a, b) => a.y - b.y).map((event) => event.text);
}

const LAB = `
  0     > S 0        sent=0     delivered=0.01  | SYN_SENT SYN_RECV
  0.01  < SA 0 ack=1 sent=0.01  delivered=0.02  | ESTABLISHED SYN_RECV
  0.02  > A 1 ack=1  sent=0.02  delivered=0.03  | ESTABLISHED ESTABLISHED
  0.021 > PA 1 ack=1 len=5 sent=0.021 delivered=0.031
  0.022 < PA 1 ack=1 len=7 sent=0.022 delivered=0.032
  0.031 < A 8 ack=6  sent=0.031 delivered=0.041`;

test("events stand in the order of time, so that arrows cross where segments did", inPage(() => {
  for (const choice of [{}, { trueTime: true }, { width: 360 }])
    assert.deepEqual(order(laidOut(LAB, choice)), ["1>", ">1", "2>", ">2", "3>", "4>", "5>", ">3",
      ">4", "6>", ">5", ">6"]);
}));

test("every arrow goes down, and the ladder is as high as what stands in it", inPage(() => {
  const layout = laidOut(LAB);
  for (const place of layout.shown)
    assert.equal((layout.endY[place] ?? 0) > (layout.sentY[place] ?? 0), true, String(place));
  assert.equal(layout.height > Math.max(...layout.endY), true);
}));

test("a lost segment ends on the way, before the usual arrival", inPage(() => {
  const layout = laidOut(`
    0     > A 1 len=5 sent=0     delivered=0.01
    0.1   > A 6 len=5 sent=0.1   lost=rule-1
    0.109 > A 6 len=5 sent=0.109 delivered=0.119`);
  assert.deepEqual(order(layout), ["1>", ">1", "2>", ">2", "3>", ">3"]);
}));

test("bare acknowledgements can be hidden, if they do nothing else", inPage(() => {
  const text = `
    0    > S 0        sent=0    delivered=0.01 | SYN_SENT SYN_RECV
    0.01 < SA 0 ack=1 sent=0.01 delivered=0.02 | ESTABLISHED SYN_RECV
    0.02 > A 1 ack=1  sent=0.02 delivered=0.03 | ESTABLISHED ESTABLISHED
    0.03 > PA 1 ack=1 len=5 sent=0.03 delivered=0.04
    0.04 < A 1 ack=6  sent=0.04 delivered=0.05
    0.05 < A 1 ack=6  sent=0.05 delivered=0.06 label=duplicate-ack
    0.06 < A 1 ack=6  sent=0.06 delivered=0.07 sack=11-16
    0.07 < A 1 ack=6  sent=0.07 lost=rule-1`;
  const layout = laidOut(text, { hideAcks: true });
  assert.deepEqual([...layout.shown].map((place) => place + 1), [1, 2, 3, 4, 6, 7, 8]);
  assert.deepEqual([...layout.rank], [0, 1, 2, 3, -1, 4, 5, 6]);
  assert.equal(laidOut(text).shown.length, 8);
}));

test("the states of both ends, from the height at which each began", inPage(() => {
  const layout = laidOut(LAB);
  const told = (side: "client" | "server"): (string | null)[] =>
    layout.bands[side].map((change) => change.state);
  assert.deepEqual(told("client"), ["CLOSED", "SYN_SENT", "ESTABLISHED"]);
  assert.deepEqual(told("server"), ["LISTEN", "SYN_RECV", "ESTABLISHED"]);
  assert.equal(stateAt(layout.bands.client, 0), "CLOSED");
  assert.equal(stateAt(layout.bands.client, layout.sentY[0] ?? NaN), "SYN_SENT");
  assert.equal(stateAt(layout.bands.client, (layout.endY[1] ?? NaN) - 0.01), "SYN_SENT");
  assert.equal(stateAt(layout.bands.client, layout.endY[1] ?? NaN), "ESTABLISHED");
  assert.equal(stateAt(layout.bands.server, layout.height), "ESTABLISHED");
  assert.equal(stateAt([], 5), null);
}));

test("long silence is folded, whatever its length; a short one is not", inPage(() => {
  const waiting = (seconds: number): Layout => laidOut(`
    0 > A 1 len=5 sent=0 delivered=0.01
    ${seconds} > A 6 len=5 sent=${seconds} delivered=${seconds + 0.01}`);
  const [minute, day] = [waiting(60), waiting(86_400)];
  assert.deepEqual(minute.folds.map((fold) => Math.round(fold.seconds)), [60]);
  assert.equal(Math.round(minute.height), Math.round(day.height));
  const [fold] = minute.folds;
  assert(fold);
  assert.equal(fold.y > (minute.endY[0] ?? NaN) && fold.y < (minute.sentY[1] ?? NaN), true);
  assert.deepEqual(waiting(0.012).folds, []);
}));

test("in true time equal times are equal heights", inPage(() => {
  const layout = laidOut(`
    0    > A 1 len=5  sent=0    delivered=0.1
    0.2  > A 6 len=5  sent=0.2  delivered=0.3
    0.4  > A 11 len=5 sent=0.4  delivered=0.5`, { trueTime: true });
  const y = layout.sentY;
  const first = (y[1] ?? NaN) - (y[0] ?? NaN);
  const second = (y[2] ?? NaN) - (y[1] ?? NaN);
  assert.equal(Math.abs(first - second) < 1e-6, true, `${first} ${second}`);
  assert.equal(Math.abs((layout.endY[0] ?? NaN) - (y[0] ?? NaN) - first / 2) < 1e-6, true);
}));

test("what lies between two heights is found, and nothing is missed", inPage(() => {
  const lines = Array.from({ length: 300 }, (_, i) => {
    const arrival = i % 7 === 3 ? i / 100 + 0.2 : i / 100 + 0.02; /* some are overtaken */
    return `${i / 100} ${i % 3 ? ">" : "<"} A ${i} len=1 sent=${i / 100} delivered=${arrival}`;
  });
  const layout = laidOut(lines.join("\n"));
  for (let top = 0; top < layout.height; top += layout.height / 40) {
    const bottom = top + 200;
    const [first, end] = ranksBetween(layout, top, bottom);
    layout.shown.forEach((place, rank) => {
      const reaches = (layout.endY[place] ?? 0) >= top && (layout.sentY[place] ?? 0) <= bottom;
      if (reaches) assert.equal(rank >= first && rank < end, true, `${place} at ${top}`);
    });
    assert.equal(end - first < 150, true, `${first} ${end}`);
  }
  assert.deepEqual(ranksBetween(layout, layout.height + 100, layout.height + 200), [300, 300]);
}));

test("only so many for paper; none for a connection without segments", inPage(() => {
  const report = reportOf(talk(LAB));
  assert.equal(layOut(report, 1, CHOICE, 4).shown.length, 4);
  const empty = layOut(reportOf([]), 1, CHOICE);
  assert.deepEqual([empty.shown.length, empty.height, ranksBetween(empty, 0, 100)],
    [0, 0, [0, 0]]);
  assert.equal(layOut(report, 99, CHOICE).shown.length, 0);
}));

type Told = Partial<ExperimentStep> & Pick<ExperimentStep, "text">;

/* A run of these steps; `more`: of its connection, or its others. */
function runOf(steps: Told[], text = LAB, ...connections: ConnectionObject[]): Report {
  const experiment: ExperimentObject = {
    type: "experiment", name: "x", title: "", passed: true, seed: 1, duration: 1, connections: 1,
    segments: 6,
    steps: steps.map((step, i) => ({ line: i, kind: "socket", done: true, held: true, ...step })),
  };
  return new Report(document({ segments: talk(text), source: "lab", experiment,
    connections: connections.length > 0 ? connections : [connection()] }));
}

function callsOf(report: Report, calls = true): [string | null, string][] {
  return layOut(report, 1, { ...CHOICE, calls }).calls.map(({ side, text }) => [side, text]);
}

test("what the programs did stands between the segments, at the end that did it", inPage(() => {
  const report = runOf([
    { text: "client.c connect", host: "client", began: 0 },
    { text: "after 1ms: server.c send 7", host: "server", began: 0.0215 },
    { text: "client.c never", host: "client", done: false, held: false },
  ], LAB, connection({ hosts: { client: "server", server: "client" } }));
  assert.deepEqual(callsOf(report, false), []);
  /* The hosts have changed their parts. */
  assert.deepEqual(callsOf(report), [["server", "c: connect"], ["client", "c: send 7"]]);
  const { calls, sentY } = layOut(report, 1, { ...CHOICE, calls: true });
  const y = calls[1]?.y ?? NaN;
  assert.equal(y > (sentY[3] ?? NaN) && y < (sentY[4] ?? NaN), true);
}));

test("a call that waits stands where it ended, others where they began", inPage(() => {
  const step = (text: string): Told =>
    ({ text, host: "client", began: 0.011, ended: 0.0305, connection: 1 });
  const layout = layOut(runOf([
    step("client receive 5 bytes"), step("client.c accept"), step("client.p prints \"x\""),
    { ...step("client.p exits 0"), result: "ended with status 0" },
    step("client send 5 bytes"), step("client close"), step("client connect 7"),
    { ...step("client receive end"), done: false, held: false },
    { ...step("client.q exits 0"), done: false, held: false },
  ]), 1, { ...CHOICE, calls: true });
  const [early, late] = [[], []] as [string[], string[]];
  const middle = layout.sentY[4] ?? NaN; /* 0.022 */
  for (const { y, text } of layout.calls) (y < middle ? early : late).push(text);
  assert.deepEqual(early, ["send 5 bytes", "close", "connect 7", "receive end …"]);
  assert.deepEqual(late,
    ["receive 5 bytes", "c: accept", "p: prints \"x\"", "p: ended with status 0"]);
  const arrival = layout.endY[2] ?? NaN; /* 0.03: what it waited for */
  assert.equal(layout.calls.filter(({ y }) => y > arrival).length, 4);
}));

test("what was done to the cable stands at no end; a cut always", inPage(() => {
  const report = runOf([
    { text: "cable delay 10ms", kind: "cable", began: 0 },
    { text: "both sysctl net.ipv4.tcp_sack 0", kind: "sysctl", began: 0 },
    { text: "cable cut", kind: "cable", began: 0.0212 },
    { text: "wait 1s", kind: "clock", began: 0.0213 },
    { text: "cable restore", kind: "cable", began: 0.035 },
    { text: "cable corrupt", kind: "cable" },
  ]);
  const cut: [null, string][] = [[null, "the cable is cut"], [null, "the cable is whole again"]];
  assert.deepEqual(callsOf(report, false), cut);
  assert.deepEqual(callsOf(report),
    [[null, "cable delay 10ms"], [null, "both sysctl net.ipv4.tcp_sack 0"], ...cut]);
  const { calls, sentY, endY } = layOut(report, 1, { ...CHOICE, calls: true });
  const y = calls.map((call) => call.y);
  assert.equal((y[1] ?? NaN) < (sentY[1] ?? NaN), true);
  assert.equal((y[2] ?? NaN) > (sentY[3] ?? NaN) && (y[2] ?? NaN) < (sentY[4] ?? NaN), true);
  assert.equal((y[3] ?? NaN) > (endY[4] ?? NaN) && (y[3] ?? NaN) < (endY[5] ?? NaN), true);
}));

test("of several connections each has what is its own, or may be", inPage(() => {
  const late = LAB.replace(/(sent|delivered)=([\d.]+)/g,
    (_, name: string, time: string) => `${name}=${Number(time) + 5}`);
  const report = runOf([
    { text: "cable delay 10ms", kind: "cable", began: 0 },
    { text: "server listen 2312", host: "server", began: 0.1 },
    { text: "server listen 9", host: "server", began: 0.1 },
    { text: "cable cut", kind: "cable", began: 1 },
    { text: "cable restore", kind: "cable", began: 2 },
    { text: "client.a connect 2312", host: "client", began: 4.9, connection: 1 },
    { text: "client.b send 1", host: "client", began: 5.01, connection: 2 },
    { text: "client.p type \"x\"", host: "client", began: 5.02, kind: "program" },
    { text: "client.p type \"y\"", host: "client", began: 4.95, kind: "program" },
    { text: "cable cut", kind: "cable", began: 7 },
    { text: "client.a close", host: "client", began: 9, connection: 1 },
  ], late, connection(), connection({ number: 2 }));
  assert.deepEqual(callsOf(report), [[null, "cable delay 10ms"], ["server", "listen 2312"],
    ["client", "a: connect 2312"], ["client", "p: type \"x\""], ["client", "a: close"]]);
  const { calls, folds, sentY } = layOut(report, 1, { ...CHOICE, calls: true });
  assert.deepEqual(calls.map(({ look }) => look), ["note", "call", "call", "vague", "call"]);
  assert.equal((calls[2]?.y ?? NaN) < (sentY[0] ?? NaN), true);
  /* What was long before does not make the ladder long. */
  assert.deepEqual(folds.map(({ seconds }) => Math.round(seconds * 10)), [1, 40]);
}));

test("times count from the run's beginning in a lab, else from the connection's", inPage(() => {
  const lab = runOf([], LAB.replace(/sent=([\d.]+)/g, (_, t: string) => `sent=${Number(t) + 3}`)
    .replace(/delivered=([\d.]+)/g, (_, t: string) => `delivered=${Number(t) + 3}`));
  assert.equal(lab.clock(1), 3);
  const timed = lab.timed(1)[1];
  assert(timed);
  assert.equal(shownTime(timed, "sent"), 3.01);
  assert.match(sentenceOf(timed), /sent at 3\.010000 s/);
  const trace = reportOf(talk("0.5 > S 0\n0.6 < SA 0 ack=1"));
  assert.equal(trace.clock(1), 0);
  assert.equal(trace.clock(7), 0);
}));

test("of two programs without steps the lines that they printed stand in", inPage(() => {
  const experiment: ExperimentObject = {
    type: "experiment", name: "x", title: "", passed: true, seed: 1, duration: 1, connections: 1,
    segments: 6, programs: [{ host: "server", command: "s", exit: 0, signal: null, output: "" }],
    transcript: [
      { time: 0, kind: "started", program: 0, text: "serve" },
      { time: 0.001, kind: "printed", program: 0, text: "one" },
      { time: 0.002, kind: "printed", program: 0, text: "two" },
      { time: 0.02, kind: "typed", program: 0, text: "three\u0007" },
      { time: 0.021, kind: "cable", text: "cut" },
      { time: 0.03, kind: "printed", program: 9, text: "nobody's" },
    ],
  };
  const report = new Report(document({ segments: talk(LAB), source: "try", experiment,
    connections: [connection()] }));
  assert.deepEqual(callsOf(report), [["server", "runs serve"], ["server", "prints \"one\" …"],
    ["server", "types \"three␇\""], [null, "the cable is cut"]]);
}));
