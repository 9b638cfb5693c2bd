/* What an experiment says, in the language of who reads: document/experiment_words.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { experimentWords, headWords } from "../../../web/src/document/experiment_words.ts";
import type { ExperimentObject } from "../../../web/src/document/types.ts";
import { document } from "./made.ts";

function experiment(more: Partial<ExperimentObject> = {}): ExperimentObject {
  return {
    type: "experiment", name: "x", title: "Lost", passed: true, seed: 1, duration: 1,
    connections: 1, segments: 1, question: "Why?", ...more,
  };
}

test("a translation is taken by its language, whatever its region", () => {
  const told = experiment({ translations: { de: { title: "Weg" }, "zh-CN": { title: "丢失" } } });
  assert.deepEqual(experimentWords(told, "title", "zh"), { text: "丢失", lang: "zh-CN" });
  assert.deepEqual(experimentWords(told, "title", "en"), { text: "Lost", lang: "en" });
});

test("what is not translated, or is no text, stands as the file has it", () => {
  const told = experiment({
    translations: { "zh-CN": { title: 7 as unknown as string }, zho: { question: "?" } },
  });
  assert.deepEqual(experimentWords(told, "title", "zh"), { text: "Lost", lang: "en" });
  assert.deepEqual(experimentWords(told, "question", "zh"), { text: "Why?", lang: "en" });
  assert.deepEqual(experimentWords(told, "explanation", "zh"), { text: "", lang: "en" });
  assert.deepEqual(experimentWords(experiment(), "title", "zh"), { text: "Lost", lang: "en" });
});

test("the region that the page speaks is taken before another", () => {
  const taiwan = { title: "遺失" };
  const both = experiment({ translations: { "zh-TW": taiwan, "zh-cn": { title: "丢失" } } });
  assert.deepEqual(experimentWords(both, "title", "zh"), { text: "丢失", lang: "zh-cn" });
  const one = experiment({ translations: { "zh-TW": taiwan } });
  assert.deepEqual(experimentWords(one, "title", "zh"), { text: "遺失", lang: "zh-TW" });
});

test("what a file says without naming a language is marked as what it is written in", () => {
  const lang = (title: string) => experimentWords(experiment({ title }), "title", "en").lang;
  assert.equal(lang("3 × SYN, naïve"), "en");
  assert.equal(lang("两个 FIN 交错"), "zh");
  assert.equal(lang("FIN を待つ"), "ja");
  assert.equal(lang("Потеря"), "");
});

test("the head of the page is the experiment's title; a title of its own is not translated", () => {
  const told = experiment({ translations: { zh: { title: "丢失" } } });
  assert.deepEqual(headWords(document({ title: "Lost", experiment: told }), "zh"),
    { text: "丢失", lang: "zh" });
  assert.deepEqual(headWords(document({ title: "a | b", experiment: told }), "zh"),
    { text: "a | b", lang: "" });
  assert.deepEqual(headWords(document({ title: "a.pcap" }), "zh"), { text: "a.pcap", lang: "" });
});
