/* Frame numbers in texts become links, and nothing else does: overview/frame_links.ts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../../web/src/document/report.ts";
import { frameList, linkFrames } from "../../../web/src/overview/frame_links.ts";
import type { Store } from "../../../web/src/shell/store.ts";
import { FakeNode, inPage } from "./elements.ts";
import { connection, document, talk } from "./made.ts";

const chosen: [number, string][] = [];
const STORE = {
  report: new Report(document({
    connections: [connection()],
    segments: talk(Array.from({ length: 12 }, (_, i) => `${i} > A 1`).join("\n")),
  })),
  selectFrame: (frame: number, by: string) => { chosen.push([frame, by]); },
} as unknown as Store;

function linked(text: string): FakeNode {
  const box = new FakeNode("p");
  box.append(...linkFrames(STORE, text, "story") as unknown as (FakeNode | string)[]);
  return box;
}

const addresses = (box: FakeNode): (string | undefined)[] =>
  box.all("a").map((link) => link.attributes.get("href"));

test("numbers in brackets are links; the text stays what it was", inPage(() => {
  const text = "It opens [1 2 3], speaks [4], goes on [5-7] and closes.";
  const box = linked(text);
  assert.equal(box.textContent, text);
  assert.deepEqual(addresses(box),
    [1, 2, 3, 4, 5, 7].map((frame) => `#connection=1&frame=${frame}`));
}));

test("a frame that the page does not have stays plain digits", inPage(() => {
  const box = linked("here [12 13]");
  assert.equal(box.textContent, "here [12 13]");
  assert.deepEqual(addresses(box), ["#connection=1&frame=12"]);
}));

test("other brackets stay text", inPage(() => {
  for (const text of ["[]", "[1,2]", "[ 1]", "[1 ]", "[a]", "[1 2", "[1-]", "[-1]", "[1  2]",
    "[1-2-3]", "[1234567890123456]", "(1)"]) {
    const box = linked(text);
    assert.equal(box.textContent, text);
    assert.deepEqual(addresses(box), [], text);
  }
}));

test("what hides or turns in the text is made visible, tags stay text", inPage(() => {
  const box = linked("\x1b<b>[1]</b>\u202e");
  assert.equal(box.textContent, "␛<b>[1]</b><U+202E>");
  assert.deepEqual(box.all("b"), []);
}));

test("a click chooses the frame; for another tab it is left to the browser", inPage(() => {
  const [link] = linked("[4]").all("a");
  const click = link?.listeners.get("click");
  assert(click);
  let prevented = 0;
  const event = { ctrlKey: false, metaKey: false, shiftKey: false,
    preventDefault: () => { prevented++; } };
  chosen.length = 0;
  for (const key of ["ctrlKey", "metaKey", "shiftKey"]) click({ ...event, [key]: true });
  assert.deepEqual([prevented, chosen], [0, []]);
  click(event);
  assert.deepEqual([prevented, chosen], [1, [[4, "story"]]]);
}));

test("a list of frames; none is nothing", inPage(() => {
  const list = frameList(STORE, [1, 99], "findings") as unknown as FakeNode;
  assert.equal(list.textContent, "[1 99]");
  assert.deepEqual(addresses(list), ["#connection=1&frame=1"]);
  assert.equal(frameList(STORE, [], "findings"), null);
}));
