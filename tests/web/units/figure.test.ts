/* The figure of the states: machine/figure.ts says what RFC 9293 says, figure 5 and its notes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  spotAfter, SPOTS, stateAt, statesBetween, transitionBetween, TRANSITIONS,
} from "../../../web/src/machine/figure.ts";

/* Edge by edge; the CLOSED at the figure's foot is END. */
const RFC_9293 = [
  "CLOSED -> LISTEN: passiveOpen / createTcb",
  "CLOSED -> SYN_SENT: activeOpen / createTcbSndSyn",
  "LISTEN -> CLOSED: close / deleteTcb",
  "LISTEN -> SYN_RECV: rcvSyn / sndSynAck",
  "LISTEN -> SYN_SENT: send / sndSyn",
  "SYN_SENT -> CLOSED: close / deleteTcb",
  "SYN_SENT -> SYN_RECV: rcvSyn / sndSynAck",
  "SYN_SENT -> ESTABLISHED: rcvSynAck / sndAck",
  "SYN_RECV -> LISTEN: rcvRst / none", /* note 1 */
  "SYN_RECV -> ESTABLISHED: rcvAckOfSyn / none",
  "SYN_RECV -> FIN_WAIT1: close / sndFin",
  "ESTABLISHED -> FIN_WAIT1: close / sndFin",
  "ESTABLISHED -> CLOSE_WAIT: rcvFin / sndAck",
  "FIN_WAIT1 -> FIN_WAIT2: rcvAckOfFin / none",
  "FIN_WAIT1 -> CLOSING: rcvFin / sndAck",
  "FIN_WAIT1 -> TIME_WAIT: rcvFinAck / sndAck", /* note 2 */
  "FIN_WAIT2 -> TIME_WAIT: rcvFin / sndAck",
  "CLOSING -> TIME_WAIT: rcvAckOfFin / none",
  "CLOSE_WAIT -> LAST_ACK: close / sndFin",
  "LAST_ACK -> END: rcvAckOfFin / deleteTcb",
  "TIME_WAIT -> END: timeout / deleteTcb",
];

const STATES = [
  "CLOSED", "LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2",
  "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT",
];

test("all 11 states, and exactly the RFC's transitions", () => {
  assert.deepEqual([...new Set(SPOTS.map(stateAt))].sort(), [...STATES].sort());
  const drawn = TRANSITIONS.map(({ from, to, event, action }) =>
    `${from} -> ${to}: ${event} / ${action}`);
  assert.deepEqual(drawn.sort(), [...RFC_9293].sort());
});

test("each transition is found by its ends, and only those are", () => {
  for (const edge of TRANSITIONS) assert.equal(transitionBetween(edge.from, edge.to), edge);
  assert.equal(new Set(TRANSITIONS.map((edge) => edge.name)).size, TRANSITIONS.length);
  let found = 0;
  for (const from of SPOTS)
    for (const to of SPOTS) if (transitionBetween(from, to)) found++;
  assert.equal(found, TRANSITIONS.length);
});

test("a connection that was open ends at the figure's foot", () => {
  assert.equal(spotAfter("SYN_SENT", "CLOSED"), "CLOSED");
  assert.equal(spotAfter("LISTEN", "CLOSED"), "CLOSED");
  for (const from of ["ESTABLISHED", "LAST_ACK", "TIME_WAIT", "FIN_WAIT1"] as const)
    assert.equal(spotAfter(from, "CLOSED"), "END", from);
  assert.equal(spotAfter("ESTABLISHED", "FIN_WAIT1"), "FIN_WAIT1");
  assert.equal(stateAt("END"), "CLOSED");
});

test("between two states lie those of the shortest way", () => {
  assert.deepEqual(statesBetween("ESTABLISHED", "FIN_WAIT1"), []);
  assert.deepEqual(statesBetween("ESTABLISHED", "FIN_WAIT2"), ["FIN_WAIT1"]);
  assert.deepEqual(statesBetween("ESTABLISHED", "LAST_ACK"), ["CLOSE_WAIT"]);
  assert.deepEqual(statesBetween("LISTEN", "ESTABLISHED")?.length, 1);
  assert.deepEqual(statesBetween("FIN_WAIT1", "END"), ["TIME_WAIT"]);
  assert.deepEqual(statesBetween("CLOSE_WAIT", "END"), ["LAST_ACK"]);
});

test("no way leads back, nor through CLOSED into another connection", () => {
  assert.equal(statesBetween("TIME_WAIT", "ESTABLISHED"), null);
  assert.equal(statesBetween("FIN_WAIT1", "CLOSE_WAIT"), null);
  assert.equal(statesBetween("CLOSE_WAIT", "TIME_WAIT"), null);
  assert.equal(statesBetween("END", "LISTEN"), null);
  for (const to of SPOTS.filter((spot) => spot !== "END"))
    assert.equal(statesBetween("LAST_ACK", to), null, to);
});
