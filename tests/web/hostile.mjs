/* What came from a wire, a program or a file's name is shown, and is nothing but text. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { withPage } from "./support/browser.mjs";
import { Capture } from "./support/capture.mjs";
import { editedPage, hasLab, ownLabPage, tracePage, tryPage } from "./support/pages.mjs";

const SCRIPT = "<script>window.hit=1</script>";
const IMAGE = "<img src=x onerror=window.hit=1>";
const PAYLOADS = [
  SCRIPT, `</script>${IMAGE}`, "<!--<script>", "]]>--><svg onload=window.hit=1>",
  "\x1b[31mred\x1b[0m\x1b]0;title\x07\x00\x08\x7f", "\u2028\u2029line ends",
  "\u202egnp.exe\u2066\u2069", "\u0085\u009b31m", "&lt;b&gt;&#x3c;", "{title} ${1+1} {{x}}",
  "'\"`><a href=javascript:window.hit=1>click</a>",
].map((text) => Buffer.from(text));
PAYLOADS.push(
  Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80]),
  Buffer.from([0xc3]), Buffer.from([0xa9, 0x0a]), /* a character in two segments */
);

function hostileCapture() {
  const connection = new Capture().connect().open();
  for (const [i, payload] of PAYLOADS.entries()) {
    const side = i % 2 ? "server" : "client";
    connection.send(side, payload).send(side, "\r\n");
  }
  return connection.close().capture.bytes();
}

async function assertOnlyText(page) {
  const found = await page.evaluate(() => ({
    hit: window.hit,
    made: [...document.querySelectorAll(
      "img, iframe, object, embed, form, base, link, script:not([type=module]), #page script, " +
      "#page style, [onload], [onerror], [onclick], a[href^='javascript' i]")]
      .map((element) => element.outerHTML.slice(0, 200)),
    controls: document.body.textContent.match(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g),
    overrides: document.body.textContent.match(/[\u202a-\u202e\u2066-\u2069]/g),
    title: document.title,
  }));
  assert.deepEqual(found.made, []);
  assert.equal(found.hit, undefined);
  assert.equal(found.controls, null);
  assert.equal(found.overrides, null);
  return found;
}

/* The empty template has one; a part that shows it all goes through every segment. */
async function goThrough(page, segments) {
  await page.locator("#ladder [role=listbox]").focus();
  for (let i = 0; i < segments; i++) {
    await page.keyboard.press("ArrowDown");
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

for (const locale of ["en-US", "zh-CN"]) {
  test(`payloads and a file's name stay text: ${locale}`, async () => {
    const name = `${IMAGE}.pcap`;
    const { file, document } = await tracePage(name, hostileCapture());
    assert.equal(document.title, name);
    await withPage(file, { locale }, async (page) => {
      assert.equal(await page.locator("h1").textContent(), name);
      await goThrough(page, document.segments.length);
      await assertOnlyText(page);
      const said = await page.locator("#conversation").innerText();
      assert.ok(said.includes(SCRIPT), said.slice(0, 500));
      assert.ok(said.includes(IMAGE));
      assert.ok(said.includes("␛[31mred␛[0m"), "escape sequences are pictures");
    });
  });
}

test("the document's text cannot end its element", async () => {
  const { file } = await tracePage(`${IMAGE}.pcap`, hostileCapture());
  await withPage(file, {}, async (page) => {
    const scripts = await page.evaluate(() => document.scripts.length);
    assert.equal(scripts, 1);
  });
});

const EDITED = {
  "nothing but its type": () => ({ type: "report", version: 1 }),
  "no time of making": ({ created, ...rest }) => rest,
  "a segment without bytes": (all) => ({ ...all, frames: all.frames.map((frame) =>
    ({ ...frame, bytes: IMAGE })) }),
  "a text that every object has": (all) => ({ ...all, texts: all.texts.map(() => "constructor") }),
  "no document": () => [null],
};

for (const [what, edit] of Object.entries(EDITED)) {
  test(`a document edited by hand never makes an empty page: ${what}`, async () => {
    const { document } = await tracePage("edited.pcap", hostileCapture());
    const file = await editedPage("edited.pcap", edit(structuredClone(document)));
    await withPage(file, { locale: "zh-CN" }, async (page) => {
      const ladder = page.locator("#ladder [role=listbox]");
      if (await ladder.count() > 0) await goThrough(page, 2);
      await assertOnlyText(page);
      assert.notEqual((await page.locator("#page").innerText()).trim(), "");
    });
  });
}

const OWN = `title ${SCRIPT} </title><!-- \u202e
question
  Does ${IMAGE} stay text?

server.</script> run exec printf '${SCRIPT.replaceAll("/", "\\057")}\\033[31mred\\033]0;x\\007\\n'
server.x run exec printf '%s\\n' '${IMAGE}' '\\<!--'
server.x exits 0

explain
  ${SCRIPT}
`;

test("an experiment's text and what its programs print stay text", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file, document } = await ownLabPage("hostile", OWN.replace("</script> run", "s run"));
  assert.ok(document.title.includes(SCRIPT), document.title);
  assert.ok(document.experiment.programs.some((p) => p.output.includes(SCRIPT)));
  for (const locale of ["en-US", "zh-CN"]) {
    await withPage(file, { locale }, async (page) => {
      await assertOnlyText(page);
      const said = await page.locator("main").innerText();
      for (const text of [SCRIPT, IMAGE, "␛[31mred"]) assert.ok(said.includes(text), text);
    });
  }
});

test("the commands of a trial stay text", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file } = await tryPage("hostile", `wiretale socket listen 7000; : '${IMAGE}'`,
    `echo '${SCRIPT}' | wiretale socket connect 10.77.0.2:7000 --quit-after 1`);
  await withPage(file, {}, async (page) => {
    await assertOnlyText(page);
    assert.ok((await page.locator("main").innerText()).includes(IMAGE));
  });
});
