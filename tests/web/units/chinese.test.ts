/*
 * What C says in English, in Chinese: inspector/meaning.ts, meaning_zh.ts, whole_zh.ts,
 * overview/findings_zh.ts, story_zh.ts. Not the words are tested, but that nothing is lost.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ClosingKind, ConnectionObject, Finding, OpeningKind,
} from "../../../web/src/document/types.ts";
import { meaningOf, summaryOf, valueOf } from "../../../web/src/inspector/meaning.ts";
import { MEANINGS, PATTERNS, VALUES } from "../../../web/src/inspector/meaning_zh.ts";
import { wholeChinese } from "../../../web/src/inspector/whole_zh.ts";
import { chineseFinding } from "../../../web/src/overview/findings_zh.ts";
import { chineseStory } from "../../../web/src/overview/story_zh.ts";
import { setLanguage } from "../../../web/src/text/language.ts";
import { connection, direction } from "./made.ts";

const HAN = /\p{Script=Han}/u;
const UNFILLED = /\$\d|\{|undefined|NaN|null/;

function inChinese<T>(body: () => T): T {
  setLanguage("zh");
  try {
    return body();
  } finally {
    setLanguage("en");
  }
}

function numbersIn(text: string): string[] {
  return (text.match(/0x[0-9a-f]+|\d+(?:,\d{3})*(?:\.\d+)?/g) ?? []).sort();
}

test("a word that every object has by nature is a word as others", () => {
  for (const word of ["constructor", "toString", "__proto__"]) {
    assert.equal(inChinese(() => meaningOf(word)).text, word);
    assert.equal(inChinese(() => valueOf("tcp.options", word)).text, word);
  }
});

test("in English everything stays as it is", () => {
  assert.deepEqual(meaningOf("asks for a connection"),
    { text: "asks for a connection", english: false });
  assert.equal(valueOf("tcp.syn", "set").text, "set");
});

test("all meanings that are known are Chinese", () => {
  inChinese(() => {
    for (const text of Object.keys(MEANINGS)) {
      const told = meaningOf(text);
      assert.match(told.text, HAN, text);
      assert.equal(told.english, false);
    }
  });
});

/* What each pattern of meaning_zh.ts is for. */
const SAID = [
  "relative 0: the initial sequence number", "relative 0, the number of its one byte",
  "relative 1; its bytes are 1 to 1460", "relative 7, which the FIN takes",
  "relative 8, expected next", "relative 101, the first that is missing again",
  "relative 5: it came twice (D-SACK)", "relative 1 to 100", "17 after its SYN's",
  "17 after the other's SYN's", "relative -1", "urgent data end before relative 4",
  "10 * 4 = 40 bytes of header: 20 and 20 of options", "4 * 4 = 16 bytes: it must be 20",
  "8 * 4 = 32 bytes, 12 of options", "64,240 bytes; in a SYN it is never scaled",
  "502 * 128 = 64,256 bytes it has room for", "60 - 20 = 40 bytes behind this header",
  "96 of them were captured", "0.011388760 s after its connection's first frame",
  "bad: 0x1a2b would be right", "left to the network card; 0x1a2b would be right",
  "probably began as 64: 1 router passed it on", "probably began as 64: 12 routers passed it on",
  "its windows count 2^7 = 128 times", "5 bytes of text", "1 byte", "1,460 bytes",
  "its length, 3, is wrong", "kind 254", "the first 4 of its 8 bytes count",
  "a field that claims 20 bytes where 3 are left", "30 seconds", "2 minutes",
  "the end of the text, and 1 byte that is ignored",
];

test("a sentence with numbers keeps every number", () => {
  inChinese(() => {
    for (const text of SAID) {
      const told = meaningOf(text);
      assert.equal(told.english, false, text);
      assert.equal(UNFILLED.test(told.text), false, told.text);
      for (const number of numbersIn(text)) assert.equal(told.text.includes(number), true, text);
    }
  });
});

test("each pattern is reached by a sentence of its own", () => {
  const reached = new Set(SAID.map((text) => PATTERNS.find(([form]) => form.test(text))));
  assert.deepEqual(PATTERNS.filter((one) => !reached.has(one)).map(([form]) => form.source), []);
});

test("what is not known stays English and is marked, unless it is no prose", () => {
  inChinese(() => {
    assert.deepEqual(meaningOf("something new was said here"),
      { text: "something new was said here", english: true });
    for (const text of ["10.77.0.2:8888", "0x0800", "IPv4", "CS0", "3", ""])
      assert.deepEqual(meaningOf(text), { text, english: false });
  });
});

test("a message's place is told in Chinese, but nothing that a user may have written", () => {
  const place = "TIME request, begins in frame 4, bytes 9 to 16 of 40 are in this frame";
  assert.equal(summaryOf(place).text, place);
  const said = inChinese(() => summaryOf(place));
  assert.match(said.text, /^TIME request，始于.*4，.* 40 .* 9 .* 16 /);
  assert.equal(said.english, false);
  const quoted = 'id 7, "begins in frame 3"';
  assert.equal(inChinese(() => summaryOf(quoted)).text, quoted);
});

test("values of headers only: a message of the relay says what its user says", () => {
  inChinese(() => {
    for (const value of Object.keys(VALUES)) assert.match(valueOf("tcp.syn", value).text, HAN);
    assert.equal(valueOf("wiretale.text", "set").text, "set");
    assert.equal(valueOf("tcp.window", "502").text, "502");
  });
});

test("a text about a segment is told in Chinese as a whole, or not at all", () => {
  const known = "The client sends 5 bytes, its first, 0.1 ms after frame 3, and acknowledges " +
    "1,460 bytes of the server: an ACK rides with data at no cost.";
  const chinese = wholeChinese(`${known}\n`);
  assert(chinese !== null);
  assert.equal(UNFILLED.test(chinese), false, chinese);
  assert.equal(/[a-z]{3}/.test(chinese), false, chinese);
  assert.match(chinese, /客户端.*5 .*服务器.*1,460 /);
  const two = wholeChinese("An acknowledgement of nothing new. It acknowledges the FIN of the " +
    "server.");
  assert(two !== null);
  assert.match(two, /服务器/);
  assert.equal(two.split("。").length, 3);
  assert.match(wholeChinese("The client sends again 14 bytes: no ACK came for it, and it is a " +
    "probe of the end, or the retransmission timer ran out: the time to the next tells, 230 ms " +
    "after the segment before.") ?? "", /^客户端重传 14 字节[^a-zA-Z]*$/);
  assert.equal(wholeChinese(`${known} Nobody has said this before.`), null);
  assert.equal(wholeChinese(""), null);
});

const FINDING: Finding = { kind: "zero-window", side: "server", count: 3, frames: [7],
  confidence: "sure", text: "" };

test("a finding names whom it is about, the other, and how often", () => {
  const text = chineseFinding(FINDING);
  assert.equal(UNFILLED.test(text), false);
  assert.equal(text.startsWith("服务器"), true);
  assert.match(text, / 3 .*客户端/);
  assert.equal(chineseFinding({ ...FINDING, side: "client" }).startsWith("客户端"), true);
  assert.equal(chineseFinding({ ...FINDING, kind: "not-known-yet" }), "");
  const { side, count, ...bare } = FINDING;
  assert.equal(side === "server" && count === 3, true);
  assert.equal(UNFILLED.test(chineseFinding(bare)), false);
  const timeout = chineseFinding({ ...FINDING, kind: "retransmission", cause: "timeout" });
  const fast = chineseFinding({ ...FINDING, kind: "retransmission", cause: "fast" });
  assert.notEqual(timeout, fast);
  assert.notEqual(chineseFinding({ ...FINDING, kind: "limit" }, "window"),
    chineseFinding({ ...FINDING, kind: "limit" }, "loss"));
});

const WHOLE = connection({
  client: "10.0.0.1:40000", server: "10.0.0.2:80",
  opening: { kind: "handshake", rtt: 0.02, frames: [1, 2, 3],
    agreed: { window_scale: true, sack: true, timestamps: false, ecn: false } },
  closing: { kind: "orderly-4", first: "server", segments: 4, time_wait: "server",
    frames: [8, 9, 10, 11] },
  from_client: direction({ bytes: 300, offer: { mss: 1460, window_scale: 7 } }),
  from_server: direction({ bytes: 20_000, offer: { mss: 1400, window_scale: 2 } }),
  turns: [
    { from: "client", bytes: 300, first_frame: 4, last_frame: 4, start: 0.02, end: 0.02 },
    { from: "server", bytes: 20_000, first_frame: 5, last_frame: 7, start: 0.35, end: 0.4,
      thought: 0.33 },
  ],
  turn_count: 2,
});

function story(more: Partial<ConnectionObject> = {}): string {
  return inChinese(() => chineseStory({ ...WHOLE, ...more }).join("\n"));
}

test("the story tells the opening, the turns and the closing, each with its frames", () => {
  const text = story();
  assert.match(text, /10\.0\.0\.1:40000.*三次握手.*10\.0\.0\.2:80.*20 ms.*\[1 2 3\]/);
  assert.match(text, /1,400 .*1,460 /); /* each takes the other's word */
  assert.match(text, /128 .*4 /);
  assert.match(text, /客户端.*300 .*\[4\]/);
  assert.match(text, /330 ms.*服务器.*20 kB.*\[5-7\]/);
  assert.match(text, /服务器首先关闭 \[8\].*\[9\].*\[10\].*\[11\].*四次挥手/);
  assert.match(text, /TIME_WAIT/);
  assert.equal(story({ closing: { ...WHOLE.closing, first: "client" } })
    .includes("客户端首先关闭"), true);
});

test("a handshake that took longer than its round trip had a SYN sent again", () => {
  const ledger = { opening: 1.02, network: 0, client: 0, server: 0, recovery: 0, window: 0,
    closing: 0, idle: 0 };
  assert.match(story({ ledger }), /1\.02 s.*20 ms/);
});

test("a pause before the first turn is told", () => {
  assert.equal(/ 之后，客户端/.test(story()), false);
  const turns = (WHOLE.turns ?? []).map((turn) => ({ ...turn, start: turn.start + 0.5 }));
  assert.match(story({ turns }), /500 ms.*客户端.*300 .*\[4\]/);
});

test("no story breaks where something is not known", () => {
  const openings: OpeningKind[] =
    ["handshake", "simultaneous", "refused", "unanswered", "half", "midstream"];
  const closings: ClosingKind[] =
    ["orderly-4", "orderly-3", "simultaneous", "reset", "half-closed", "open"];
  for (const opening of openings)
    for (const closing of closings) {
      const told = inChinese(() => chineseStory(connection({
        opening: { kind: opening }, closing: { kind: closing },
      })));
      const text = told.join("");
      assert.match(text, HAN);
      assert.equal(UNFILLED.test(text), false, text);
      assert.equal(told.includes(""), false);
      assert.equal(text.includes("[]"), false, text);
    }
});

test("three segments, a reset, both at once", () => {
  assert.match(story({ closing: { kind: "orderly-3", first: "client", frames: [8, 9, 10] } }),
    /\[8\].*\[9\].*\[10\].*三个报文段/);
  assert.match(story({ closing: { kind: "reset", first: "server", frames: [8, 12] } }),
    /\[8\].*服务器用 RST.*\[12\]/);
  assert.match(story({ closing: { kind: "simultaneous", first: "both", time_wait: "both",
    frames: [8, 9, 10, 11] } }), /\[8 9\].*\[10 11\].*双方都处于 TIME_WAIT/);
});
