/* The way of each end through the states: states.ts, sights.ts, account.ts, comparison.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { timed, type TimedSegment } from "../../../web/src/document/timing.ts";
import type { ConnectionObject, Side, State } from "../../../web/src/document/types.ts";
import { accountOf } from "../../../web/src/machine/account.ts";
import { comparisonOf, differencesAt } from "../../../web/src/machine/comparison.ts";
import { stateAt } from "../../../web/src/machine/figure.ts";
import { bothNames } from "../../../web/src/machine/rfc_names.ts";
import { pathOf, spotAt, type Path } from "../../../web/src/machine/states.ts";
import { asked, connection, talk, timedTalk } from "./made.ts";

function states(path: Path): State[] {
  return [path.start, ...path.steps.map((step) => stateAt(step.to))];
}

function ways(list: readonly TimedSegment[], more: Partial<ConnectionObject> = {}): string[] {
  const sides: Side[] = ["client", "server"];
  return sides.map((side) => states(pathOf(connection(more), list, side)).join(" "));
}

/* How each step came about, as "figure:fin". */
function accounts(path: Path, list: readonly TimedSegment[]): string[] {
  return path.steps.map((step) => {
    const segment = list[step.place]?.segment;
    assert(segment);
    const account = accountOf(step, segment);
    return account.transition ? `${account.kind}:${account.transition.name}` : account.kind;
  });
}

const NOT_JUDGED = (): undefined => undefined;
const OPENED: Partial<ConnectionObject> = {
  opening: { kind: "handshake", rtt: 0.02, frames: [1, 2, 3] },
};

/* Seen at the client, 20 ms from the server. */
const HANDSHAKE = `
  0    > S 0        | SYN_SENT SYN_RECV
  0.02 < SA 0 ack=1 | ESTABLISHED SYN_RECV
  0.02 > A 1 ack=1  | ESTABLISHED ESTABLISHED`;

const CLOSE_FOUR = `${HANDSHAKE}
  0.1  > FA 1 ack=1 | FIN_WAIT1 CLOSE_WAIT
  0.12 < A 1 ack=2  | FIN_WAIT2 CLOSE_WAIT
  0.5  < FA 1 ack=2 | TIME_WAIT LAST_ACK
  0.5  > A 2 ack=2  | TIME_WAIT CLOSED`;

test("closed with four segments", () => {
  const list = timedTalk(CLOSE_FOUR, OPENED);
  assert.deepEqual(ways(list, OPENED), [
    "CLOSED SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT",
    "LISTEN SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED",
  ]);
  assert.deepEqual(accounts(pathOf(connection(OPENED), list, "client"), list), [
    "figure:activeOpen", "figure:synSentSynAck", "figure:close", "figure:finWait1Ack",
    "figure:finWait2Fin",
  ]);
  assert.deepEqual(accounts(pathOf(connection(OPENED), list, "server"), list), [
    "figure:listenSyn", "figure:synRecvAck", "figure:fin", "figure:closeWaitClose",
    "figure:lastAckAck",
  ]);
  const closing = pathOf(connection(OPENED), list, "client").steps[2];
  const fin = list[3]?.segment;
  assert(closing && fin);
  assert.deepEqual([accountOf(closing, fin).seenEarly, accountOf(closing, fin).refused],
    [false, false]);
});

test("after each segment it is known where each end is", () => {
  const list = timedTalk(CLOSE_FOUR, OPENED);
  const after = (side: Side): string[] => {
    const path = pathOf(connection(OPENED), list, side);
    return [...path.after].map((taken) => spotAt(path, taken));
  };
  assert.deepEqual(after("client"), ["SYN_SENT", "ESTABLISHED", "ESTABLISHED", "FIN_WAIT1",
    "FIN_WAIT2", "TIME_WAIT", "TIME_WAIT"]);
  assert.deepEqual(after("server"), ["SYN_RECV", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT",
    "CLOSE_WAIT", "LAST_ACK", "END"]);
  const path = pathOf(connection(OPENED), list, "client");
  assert.deepEqual([...path.before], [0, 1, 2, 2, 3, 4, 5]);
});

test("closed with three segments", () => {
  const list = timedTalk(`${HANDSHAKE}
    0.1  > FA 1 ack=1 | FIN_WAIT1 CLOSE_WAIT
    0.12 < FA 1 ack=2 | TIME_WAIT LAST_ACK
    0.12 > A 2 ack=2  | TIME_WAIT CLOSED`, OPENED);
  assert.deepEqual(ways(list, OPENED), [
    "CLOSED SYN_SENT ESTABLISHED FIN_WAIT1 TIME_WAIT",
    "LISTEN SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED",
  ]);
  const path = pathOf(connection(OPENED), list, "client");
  assert.equal(accounts(path, list).pop(), "figure:finWait1FinAck");
});

test("closed by both at once, wherever it was captured", () => {
  /* The capture sees one FIN first and takes it for received: the other end had sent its own. */
  const places = {
    client: `${HANDSHAKE}
      0.1  > FA 1 ack=1 | FIN_WAIT1 CLOSE_WAIT
      0.12 < FA 1 ack=1 | CLOSING FIN_WAIT1
      0.12 > A 2 ack=2  | CLOSING TIME_WAIT
      0.14 < A 2 ack=2  | TIME_WAIT TIME_WAIT`,
    server: `
      0    > S 0        | SYN_SENT SYN_RECV
      0    < SA 0 ack=1 | ESTABLISHED SYN_RECV
      0.02 > A 1 ack=1  | ESTABLISHED ESTABLISHED
      0.1  < FA 1 ack=1 | CLOSE_WAIT FIN_WAIT1
      0.12 > FA 1 ack=1 | FIN_WAIT1 CLOSING
      0.12 < A 2 ack=2  | TIME_WAIT CLOSING
      0.14 > A 2 ack=2  | TIME_WAIT TIME_WAIT`,
  };
  for (const [place, text] of Object.entries(places)) {
    assert.deepEqual(ways(timedTalk(text, OPENED), OPENED), [
      "CLOSED SYN_SENT ESTABLISHED FIN_WAIT1 CLOSING TIME_WAIT",
      "LISTEN SYN_RECV ESTABLISHED FIN_WAIT1 CLOSING TIME_WAIT",
    ], place);
  }
});

test("of FINs that crossed, each end sent its own before the other's came", () => {
  const list = timedTalk(`${HANDSHAKE}
    0.1   > FA 1 ack=1 | FIN_WAIT1 CLOSE_WAIT
    0.125 < FA 1 ack=1 | CLOSING FIN_WAIT1
    0.125 > A 2 ack=2  | CLOSING TIME_WAIT
    0.14  < A 2 ack=2  | TIME_WAIT TIME_WAIT`, OPENED);
  const path = pathOf(connection(OPENED), list, "server");
  assert.deepEqual(path.steps.slice(2).map(({ place, moment, to }) => [place, moment, to]), [
    [4, "sent", "FIN_WAIT1"], [3, "delivered", "CLOSING"],
    [5, "delivered", "TIME_WAIT"], /* not when it sent its own ACK, as the capture has it */
  ]);
  assert.equal(path.tooEarly.size, 0);
});

test("a server that closes at once had the handshake's ACK before: accept() gave it that", () => {
  const list = timedTalk(`
    0     > S 0         | SYN_SENT SYN_RECV
    0.02  < SA 0 ack=1  | ESTABLISHED SYN_RECV
    0.02  > A 1 ack=1   | ESTABLISHED ESTABLISHED
    0.035 < FA 1 ack=1  | CLOSE_WAIT FIN_WAIT1`, OPENED);
  assert.deepEqual(ways(list, OPENED)[1], "LISTEN SYN_RECV ESTABLISHED FIN_WAIT1");
});

test("a SYN-ACK sent again shows that the ACK before it was lost", () => {
  const list = timedTalk(`${HANDSHAKE}
    1.02 < SA 0 ack=1 label=retransmission | ESTABLISHED SYN_RECV
    1.02 > A 1 ack=1  | ESTABLISHED ESTABLISHED
    1.04 < PA 1 ack=1 len=5`, OPENED);
  const path = pathOf(connection(OPENED), list, "server");
  assert.deepEqual(states(path), ["LISTEN", "SYN_RECV", "ESTABLISHED"]);
  assert.equal(path.steps[1]?.place, 4);
  assert.deepEqual([...path.tooEarly], [2]);
  assert.equal(spotAt(path, path.after[3] ?? 0), "SYN_RECV");
});

test("a FIN that the capture has seen has not come while that end says so", () => {
  const list = timedTalk(`${HANDSHAKE}
    0.05  > PA 1 ack=1 len=16
    0.051 > FA 17 ack=1 | FIN_WAIT1 CLOSE_WAIT
    0.08  < A 1 ack=17  | FIN_WAIT1 ESTABLISHED
    0.12  < A 1 ack=18  | FIN_WAIT2 CLOSE_WAIT`, OPENED);
  const path = pathOf(connection(OPENED), list, "server");
  assert.deepEqual(states(path), ["LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT"]);
  assert.deepEqual([...path.tooEarly], [4]);
  assert.equal(spotAt(path, path.after[5] ?? 0), "ESTABLISHED");
  assert.equal(spotAt(path, path.after[6] ?? 0), "CLOSE_WAIT");
});

test("opened by both at once", () => {
  const more: Partial<ConnectionObject> = {
    opening: { kind: "simultaneous", rtt: 0.02, frames: [1, 2, 5] },
  };
  const list = timedTalk(`
    0      > S 0        | SYN_SENT SYN_RECV
    0.0001 < S 0        | SYN_RECV SYN_SENT
    0.01   < SA 0 ack=1 | ESTABLISHED SYN_RECV
    0.0101 > SA 0 ack=1 | SYN_RECV ESTABLISHED
    0.02   > A 1 ack=1  | SYN_RECV ESTABLISHED
    0.0201 < A 1 ack=1  | ESTABLISHED ESTABLISHED`, more);
  assert.deepEqual(ways(list, more), [
    "CLOSED SYN_SENT SYN_RECV ESTABLISHED", "CLOSED SYN_SENT SYN_RECV ESTABLISHED",
  ]);
});

test("refused: the server never left CLOSED", () => {
  const more: Partial<ConnectionObject> = { opening: { kind: "refused", frames: [1, 2] } };
  const list = timedTalk(`
    0    > S 0        | SYN_SENT SYN_RECV
    0.02 < RA 0 ack=1 | CLOSED CLOSED`, more);
  assert.deepEqual(ways(list, more), ["CLOSED SYN_SENT CLOSED", "CLOSED"]);
  const path = pathOf(connection(more), list, "client");
  const last = path.steps[path.steps.length - 1];
  const answer = list[1]?.segment;
  assert(last && answer);
  assert.equal(last.to, "CLOSED"); /* at the head: it never was open */
  assert.equal(accountOf(last, answer).kind, "reset-received");
  assert.equal(accountOf(last, answer).refused, true);
});

test("unanswered: nothing is known of the server", () => {
  const more: Partial<ConnectionObject> = { opening: { kind: "unanswered" } };
  const list = timedTalk(`
    0 > S 0 | SYN_SENT SYN_RECV
    1 > S 0 label=retransmission | SYN_SENT SYN_RECV`, more);
  assert.deepEqual(ways(list, more), ["CLOSED SYN_SENT", "LISTEN"]);
  assert.equal(pathOf(connection(more), list, "server").silent, true);
  assert.equal(pathOf(connection(more), list, "client").silent, false);
});

test("reset: who sent it and who received it both go to CLOSED", () => {
  const list = timedTalk(`${HANDSHAKE}
    0.1 > RA 1 ack=1 | CLOSED CLOSED`, OPENED);
  assert.deepEqual(ways(list, OPENED), [
    "CLOSED SYN_SENT ESTABLISHED CLOSED", "LISTEN SYN_RECV ESTABLISHED CLOSED",
  ]);
  const [client, server] = (["client", "server"] as const)
    .map((side) => pathOf(connection(OPENED), list, side));
  assert(client && server);
  assert.equal(accounts(client, list).pop(), "reset-sent");
  assert.equal(accounts(server, list).pop(), "reset-received");
  assert.equal(client.steps[client.steps.length - 1]?.to, "END");
});

test("half open: an end that was there no longer answers with a reset", () => {
  const segments = talk(`
    0    > S 0        sent=0    delivered=0.01 | SYN_SENT SYN_RECV
    0.01 < SA 0 ack=1 sent=0.01 delivered=0.02 | ESTABLISHED SYN_RECV
    0.02 > A 1 ack=1  sent=0.02 delivered=0.03 | ESTABLISHED ESTABLISHED
    1    < PA 1 ack=1 len=8 sent=1 delivered=1.02 | ESTABLISHED ESTABLISHED
    1.02 > R 1        sent=1.02 delivered=1.04 | CLOSED CLOSED`);
  const [syn, synAck, ack, data, reset] = segments;
  assert(syn && synAck && ack && data && reset);
  asked(syn, "sent", "SYN_SENT", "LISTEN");
  asked(syn, "delivered", "SYN_SENT", "SYN_RECV");
  asked(synAck, "delivered", "ESTABLISHED", "SYN_RECV");
  asked(ack, "delivered", "ESTABLISHED", "ESTABLISHED");
  asked(data, "sent", "CLOSED", "ESTABLISHED");
  asked(data, "delivered", "CLOSED", "ESTABLISHED");
  asked(reset, "sent", "CLOSED", "ESTABLISHED");
  asked(reset, "delivered", "CLOSED", "CLOSED");
  const list = timed(connection(OPENED), segments);
  const path = pathOf(connection(OPENED), list, "client");
  assert.equal(path.truth, true);
  assert.deepEqual(states(path), ["CLOSED", "SYN_SENT", "ESTABLISHED", "CLOSED"]);
  assert.equal(accounts(path, list).pop(), "gone");
  /* It was gone when the data were sent: by no segment of its own. */
  const gone = path.steps[path.steps.length - 1];
  assert.deepEqual([gone?.place, gone?.own, gone?.to], [3, false, "END"]);
  /* The wire learns of it only from the reset. */
  assert.deepEqual(comparisonOf(list, NOT_JUDGED).differing, [3]);
  assert.deepEqual(differencesAt(list[3] as TimedSegment),
    [{ side: "client", moment: "delivered", byWire: "ESTABLISHED", kernel: "CLOSED" }]);
});

test("a lost FIN does not reach the other end", () => {
  const list = timedTalk(`
    0    > S 0        sent=0    delivered=0.01 | SYN_SENT SYN_RECV
    0.01 < SA 0 ack=1 sent=0.01 delivered=0.02 | ESTABLISHED SYN_RECV
    0.02 > A 1 ack=1  sent=0.02 delivered=0.03 | ESTABLISHED ESTABLISHED
    0.1  > FA 1 ack=1 sent=0.1  lost=rule-1    | FIN_WAIT1 ESTABLISHED
    0.3  > FA 1 ack=1 sent=0.3  delivered=0.31 | FIN_WAIT1 CLOSE_WAIT`, OPENED);
  const server = pathOf(connection(OPENED), list, "server");
  assert.deepEqual(states(server), ["LISTEN", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT"]);
  assert.equal(server.steps[2]?.place, 4);
  assert.equal(spotAt(server, server.after[3] ?? 0), "ESTABLISHED");
});

test("what the cable forged or copied is nothing that its sender did", () => {
  const list = timedTalk(`${HANDSHAKE}
    0.1 > RA 1 ack=1 forged | ESTABLISHED CLOSED`, OPENED);
  assert.deepEqual(ways(list, OPENED), [
    "CLOSED SYN_SENT ESTABLISHED", "LISTEN SYN_RECV ESTABLISHED CLOSED",
  ]);
  /* Nor can its sender's kernel be wrong about it. */
  const forged = list[3];
  assert(forged);
  asked(forged.segment, "sent", "CLOSED", "ESTABLISHED");
  assert.deepEqual(differencesAt(forged), []);
  assert.deepEqual(comparisonOf(list, NOT_JUDGED),
    { compared: 0, differed: 0, notCompared: 0, differing: [], leftOut: [] });
});

test("begun before the capture: the path begins where the wire found it", () => {
  const more: Partial<ConnectionObject> = { opening: { kind: "midstream" } };
  const list = timedTalk(`
    0    > PA 100 ack=50 len=5
    0.02 < A 50 ack=105
    0.1  < FA 50 ack=105 | CLOSE_WAIT FIN_WAIT1`, more);
  assert.deepEqual(ways(list, more), ["ESTABLISHED CLOSE_WAIT", "ESTABLISHED FIN_WAIT1"]);
  assert.equal(pathOf(connection(more), list, "client").midstream, true);
});

test("the kernel's word goes before the wire's, and where they differ is told", () => {
  const segments = talk(`
    0    > S 0        sent=0    delivered=0.01 | SYN_SENT SYN_RECV
    0.01 < SA 0 ack=1 sent=0.01 delivered=0.02 | ESTABLISHED SYN_RECV
    0.02 > A 1 ack=1  sent=0.02 delivered=0.03 | ESTABLISHED ESTABLISHED
    0.1  > PA 1 ack=1 len=4 sent=0.1 delivered=0.11 | ESTABLISHED ESTABLISHED
    0.1  > FA 5 ack=1 sent=0.101 delivered=0.111 | FIN_WAIT1 CLOSE_WAIT`);
  const [syn, synAck, ack, data, fin] = segments;
  assert(syn && synAck && ack && data && fin);
  asked(syn, "sent", "SYN_SENT", "LISTEN");
  asked(syn, "delivered", "SYN_SENT", "SYN_RECV");
  asked(synAck, "sent", "SYN_SENT", "SYN_RECV");
  asked(synAck, "delivered", "ESTABLISHED", "SYN_RECV");
  asked(ack, "sent", "ESTABLISHED", "SYN_RECV");
  asked(ack, "delivered", "ESTABLISHED", "ESTABLISHED");
  asked(data, "sent", "FIN_WAIT1", "ESTABLISHED"); /* closed: its FIN waits behind the data */
  asked(data, "delivered", "FIN_WAIT1", "ESTABLISHED");
  asked(fin, "sent", "FIN_WAIT1", "ESTABLISHED");
  asked(fin, "delivered", "FIN_WAIT1", "CLOSE_WAIT");
  const list = timed(connection(OPENED), segments);
  const client = pathOf(connection(OPENED), list, "client");
  assert.deepEqual(states(client), ["CLOSED", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1"]);
  const closing = client.steps[2];
  assert(closing);
  assert.equal(closing.place, 3);
  assert.equal(accountOf(closing, data).seenEarly, true);
  assert.deepEqual(comparisonOf(list, NOT_JUDGED),
    { compared: 10, differed: 1, notCompared: 0, differing: [3], leftOut: [] });
  /* The lab leaves out what no segment could have told: then it is no difference. */
  assert.deepEqual(comparisonOf(list, (frame, { side, moment }) =>
    frame === list[3]?.segment.frame && side === "client" && moment === "sent"
      ? { leftOut: true, reason: "it was closed" } : undefined),
  { compared: 9, differed: 0, notCompared: 1, differing: [], leftOut: [3] });
  assert.deepEqual(differencesAt(list[3] as TimedSegment),
    [{ side: "client", moment: "sent", byWire: "ESTABLISHED", kernel: "FIN_WAIT1" }]);
  assert.deepEqual(differencesAt(list[4] as TimedSegment), []);
});

test("the wire was too early: the FIN it saw had not come when that end spoke again", () => {
  /* At the server: its last ACK leaves after the capture has seen the client's FIN go by. */
  const list = timedTalk(`
    0     > S 0         | SYN_SENT SYN_RECV
    0     < SA 0 ack=1  | ESTABLISHED SYN_RECV
    0.024 > A 1 ack=1   | ESTABLISHED ESTABLISHED
    0.035 > FA 1 ack=1  | FIN_WAIT1 CLOSE_WAIT
    0.084 < A 1 ack=2   | FIN_WAIT2 CLOSE_WAIT
    0.114 < PA 1 ack=2 len=13 | FIN_WAIT2 CLOSE_WAIT
    0.124 < FA 14 ack=2 | TIME_WAIT LAST_ACK
    0.134 > A 2 ack=14  | FIN_WAIT2 LAST_ACK
    0.144 > A 2 ack=15  | TIME_WAIT CLOSED`, OPENED);
  const path = pathOf(connection(OPENED), list, "client");
  assert.deepEqual(states(path),
    ["CLOSED", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"]);
});

test("a state that the RFC calls otherwise has both names", () => {
  assert.equal(bothNames("SYN_RECV"), "SYN_RECV (RFC 9293: SYN-RECEIVED)");
  assert.equal(bothNames("FIN_WAIT1"), "FIN_WAIT1 (RFC 9293: FIN-WAIT-1)");
  assert.equal(bothNames("ESTABLISHED"), "ESTABLISHED");
});
