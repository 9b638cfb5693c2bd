/* Numbers as people read them: text/numbers.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, count, duration, hex, moment } from "../../../web/src/text/numbers.ts";

test("a duration has three digits and the unit that needs no more", () => {
  const told: [number, string][] = [
    [0, "0 s"], [81e-6, "81 µs"], [1.5e-6, "1.5 µs"], [123.4e-6, "123 µs"],
    [0.0101, "10.1 ms"], [0.25, "250 ms"], [2.35, "2.35 s"], [12.34, "12.3 s"], [1, "1 s"],
    [60, "60 s"], [600, "10 min"], [3600, "60 min"], [86_400, "1440 min"],
  ];
  for (const [seconds, text] of told) assert.equal(duration(seconds), text, String(seconds));
});

test("a duration that rounds up to the next unit is told in that unit", () => {
  const told: [number, string][] = [
    [0.9994e-3, "999 µs"], [0.9996e-3, "1 ms"], [0.9994, "999 ms"], [0.9996, "1 s"],
    [9.994e-3, "9.99 ms"], [9.996e-3, "10 ms"], [59.99, "60 s"], [99.94, "99.9 s"],
    [99.96, "100 s"], [599.4, "599 s"],
  ];
  for (const [seconds, text] of told) assert.equal(duration(seconds), text, String(seconds));
});

test("what lasted is never told as nothing", () => {
  for (const seconds of [1e-9, 4e-9, 1e-8, 0.9994e-6, 0.9996e-6])
    assert.equal(Number.parseFloat(duration(seconds)) > 0, true, duration(seconds));
  assert.equal(duration(1e-9), "1 ns");
  assert.equal(duration(0.9996e-6), "1 µs");
});

test("a negative duration keeps its sign and its digits", () => {
  assert.equal(duration(-0.0101), "-10.1 ms");
  assert.equal(duration(-0.9996), "-1 s");
});

test("a count is grouped by thousands", () => {
  assert.equal(count(0), "0");
  assert.equal(count(999), "999");
  assert.equal(count(12_345), "12,345");
  assert.equal(count(4_294_967_295), "4,294,967,295");
});

test("bytes are counted exactly while that is short", () => {
  const told: [number, string][] = [
    [0, "0 B"], [1460, "1,460 B"], [9999, "9,999 B"], [10_000, "10 kB"], [65_535, "65.5 kB"],
    [9_994_000, "9994 kB"], [10e6, "10 MB"], [123_456_789, "123 MB"],
  ];
  for (const [value, text] of told) assert.equal(bytes(value), text);
});

test("a moment has microseconds, hex its width", () => {
  assert.equal(moment(1.2345678), "1.234568");
  assert.equal(moment(0), "0.000000");
  assert.equal(hex(0x1f, 4), "001f");
  assert.equal(hex(0xfaf0, 2), "faf0");
});
