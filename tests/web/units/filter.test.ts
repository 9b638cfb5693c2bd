/* The filter above the table of connections: overview/filter.ts; and finding_kinds.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectionObject, Finding } from "../../../web/src/document/types.ts";
import { holds, parseFilter, unknownKeys, valuesAt } from "../../../web/src/overview/filter.ts";
import { sortedFindings, worstFinding } from "../../../web/src/overview/finding_kinds.ts";
import { makeRowWords } from "../../../web/src/overview/row_words.ts";
import { connection, direction } from "./made.ts";

function finding(kind: string, confidence: Finding["confidence"] = "sure"): Finding {
  return { kind, frames: [], confidence, text: "" };
}

const ONE = connection({
  number: 1, server: "10.0.0.2:80", duration: 2.5,
  opening: { kind: "handshake", rtt: 0.02, frames: [1, 2, 3],
    agreed: { window_scale: true, sack: false, timestamps: true, ecn: false } },
  closing: { kind: "reset", first: "server" },
  labels: { retransmission: 2 },
  findings: [finding("zero-window"), finding("reset-linger", "likely")],
  from_client: direction({ bytes: 500 }),
});
const TWO = connection({
  number: 2, server: "10.0.0.3:443", duration: 0.1,
  opening: { kind: "midstream" }, closing: { kind: "open" }, protocol: "tls",
});
const ALL = [ONE, TWO];

/* The numbers of the connections that are left. */
function left(text: string): number[] {
  const { terms } = parseFilter(text);
  const words = makeRowWords();
  const stays = (c: ConnectionObject): boolean => terms.every((term) => holds(term, c, words));
  return ALL.filter(stays).map((c) => c.number);
}

test("a filter is words and comparisons, parted by blanks", () => {
  assert.deepEqual(parseFilter("  Reset duration>1.5\tlabels.retransmission!=0 "), {
    terms: [
      { kind: "word", word: "reset" },
      { kind: "comparison", key: "duration", operator: ">", value: "1.5" },
      { kind: "comparison", key: "labels.retransmission", operator: "!=", value: "0" },
    ],
    unfinished: [],
  });
  assert.deepEqual(parseFilter(""), { terms: [], unfinished: [] });
});

test("quotes keep blanks together and are taken off, even when they do not end", () => {
  assert.deepEqual(parseFilter('"two words" name="TIME request"').terms, [
    { kind: "word", word: "two words" },
    { kind: "comparison", key: "name", operator: "=", value: "TIME request" },
  ]);
  assert.deepEqual(parseFilter('"half open').terms, [{ kind: "word", word: "half open" }]);
});

test("what is still being typed hides nothing", () => {
  assert.deepEqual(parseFilter("duration> closing.kind="),
    { terms: [], unfinished: ["duration", "closing.kind"] });
  assert.deepEqual(left("duration>"), [1, 2]);
  assert.deepEqual(left(""), [1, 2]);
});

test("what looks like no key is a word", () => {
  assert.deepEqual(parseFilter("=5 10.0.0.2:80 A=b a..b=1").terms.map((term) => term.kind),
    ["word", "word", "word", "word"]);
  assert.deepEqual(parseFilter("key=a=b").terms,
    [{ kind: "comparison", key: "key", operator: "=", value: "a=b" }]);
});

test("= and != compare texts as they are, numbers as numbers", () => {
  assert.deepEqual(left("closing.kind=reset"), [1]);
  assert.deepEqual(left("closing.kind=Reset"), []);
  assert.deepEqual(left("closing.kind!=reset"), [2]);
  assert.deepEqual(left("duration=2.50"), [1]);
  assert.deepEqual(left("number!=1"), [2]);
  assert.deepEqual(left("opening.agreed.window_scale=true"), [1]);
  assert.deepEqual(left("opening.agreed.sack=false"), [1]);
});

test("< and > compare numbers, and nothing else", () => {
  assert.deepEqual(left("duration>0.1"), [1]);
  assert.deepEqual(left("duration<2.5"), [2]);
  assert.deepEqual(left("duration<0.1 "), []);
  assert.deepEqual(left("closing.kind>a"), []);
  assert.deepEqual(left("duration>soon"), []);
});

test("all terms must hold", () => {
  assert.deepEqual(left("closing.kind=reset duration>1"), [1]);
  assert.deepEqual(left("closing.kind=reset duration<1"), []);
});

test("a path goes into objects, and into each of an array", () => {
  assert.deepEqual(valuesAt(ONE, "findings.kind"), ["zero-window", "reset-linger"]);
  assert.deepEqual(valuesAt(ONE, "opening.frames"), [1, 2, 3]);
  assert.deepEqual(valuesAt(ONE, "from_client.bytes"), [500]);
  assert.deepEqual(valuesAt(ONE, "findings"), []);
  assert.deepEqual(valuesAt(ONE, "opening"), []);
  assert.deepEqual(valuesAt(ONE, "duration.more"), []);
});

test("of several values one that is equal is enough; != wants that none is", () => {
  assert.deepEqual(left("findings.kind=reset-linger"), [1]);
  assert.deepEqual(left("findings.kind!=reset-linger"), [2]);
  assert.deepEqual(left("findings.kind!=limit"), [1, 2]);
  assert.deepEqual(left("opening.frames>2"), [1]);
});

test("counts that are left out are 0; what else is absent is unequal to everything", () => {
  assert.deepEqual(left("labels.retransmission=0"), [2]);
  assert.deepEqual(left("labels.retransmission<1"), [2]);
  assert.deepEqual(left("labels.never-heard-of=0"), [1, 2]);
  assert.deepEqual(left("from_client.rtt.samples=0"), [1, 2]);
  assert.deepEqual(left("opening.rtt=0"), []);
  assert.deepEqual(left("opening.rtt!=0"), [1, 2]);
  assert.deepEqual(left("opening.rtt<1"), [1]);
});

test("names that every object inherits are no keys", () => {
  for (const key of ["constructor.name", "__proto__.x", "labels.constructor.name"])
    assert.deepEqual(valuesAt(ONE, key).filter((value) => value !== 0), [], key);
  assert.deepEqual(left("constructor.name=Object"), []);
});

test("keys that no connection has are told, once", () => {
  const unknown = (text: string): string[] => unknownKeys(parseFilter(text), ALL);
  assert.deepEqual(unknown("durration>1 durration<5 closing.knd=reset"),
    ["durration", "closing.knd"]);
  assert.deepEqual(unknown("duration>1 protocol=x labels.x=1 word"), []);
});

test("words are looked for in all that a row says, whatever the case", () => {
  assert.deepEqual(left("RESET"), [1]);
  assert.deepEqual(left("10.0.0.3:443"), [2]);
  assert.deepEqual(left("tls"), [2]);
  assert.deepEqual(left("zero-window"), [1]);
  assert.deepEqual(left('"three-way handshake"'), [1]);
  assert.deepEqual(left("nowhere"), []);
});

test("the heaviest finding is shown; how it ended is none", () => {
  assert.equal(worstFinding(ONE)?.kind, "reset-linger");
  assert.equal(worstFinding(TWO), undefined);
  const ended = connection({ findings: [finding("time-wait"), finding("limit")] });
  assert.equal(worstFinding(ended), undefined);
  /* Where the card reckons the checksums nothing is wrong. */
  const harmless = connection({ findings: [finding("checksum-offloaded"), finding("keep-alive")] });
  assert.equal(worstFinding(harmless)?.kind, "keep-alive");
  const sorted = sortedFindings([
    finding("limit"), finding("refused", "unsure"), finding("ecn", "likely"), finding("urgent"),
    finding("reset-linger"),
  ]);
  assert.deepEqual(sorted.map((one) => one.kind),
    ["reset-linger", "urgent", "limit", "ecn", "refused"]);
});
