/* Hostile text made visible: text/visible.ts, and the translator beside it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setLanguage, translator } from "../../../web/src/text/language.ts";
import { visible } from "../../../web/src/text/visible.ts";

const from = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

test("C0 controls and DEL become their pictures; line ends and tabs stay", () => {
  assert.equal(visible("a\0\x1b[31m\x7f"), "a␀␛[31m␡");
  assert.equal(visible("one\ttwo\nthree"), "one\ttwo\nthree");
  for (const code of from(0, 0x1f).filter((c) => c !== 9 && c !== 10))
    assert.equal(visible(String.fromCharCode(code)), String.fromCharCode(0x2400 + code));
});

test("C1 controls become their numbers", () => {
  for (const code of from(0x80, 0x9f)) {
    const number = code.toString(16).toUpperCase().padStart(4, "0");
    assert.equal(visible(String.fromCharCode(code)), `<U+${number}>`);
  }
});

/* Unicode, Bidi_Control: the whole list. */
const BIDI = [0x061c, 0x200e, 0x200f, ...from(0x202a, 0x202e), ...from(0x2066, 0x2069)];

test("nothing turns the text around it", () => {
  for (const code of BIDI) {
    const number = code.toString(16).toUpperCase().padStart(4, "0");
    assert.equal(visible(`a${String.fromCharCode(code)}b`), `a<U+${number}>b`);
  }
});

test("nothing hides, and nothing but a newline ends a line", () => {
  for (const code of [0xad, 0x200b, 0x200c, 0x200d, 0x2028, 0x2029, 0x2060, 0x206f, 0xfeff]) {
    const number = code.toString(16).toUpperCase().padStart(4, "0");
    assert.equal(visible(String.fromCharCode(code)), `<U+${number}>`);
  }
});

test("all other text stays as it is", () => {
  for (const text of ["", "plain", "<script>alert(1)</script>", "中文，报文段", "é ü ß", "👍"])
    assert.equal(visible(text), text);
});

const t = translator({
  en: { hello: "Hello {name}, {name}", odd: "{unknown} {0}" },
  zh: { hello: "{name}，你好", odd: "" },
});

test("a text is filled with its parameters, in the chosen language", () => {
  try {
    assert.equal(t("hello", { name: "Ann" }), "Hello Ann, Ann");
    assert.equal(t("hello", { name: "{name} $& $1" }), "Hello {name} $& $1, {name} $& $1");
    assert.equal(t("odd", { 0: 7 }), "{unknown} 7");
    setLanguage("zh");
    assert.equal(t("hello", { name: "Ann" }), "Ann，你好");
  } finally {
    setLanguage("en");
  }
});
