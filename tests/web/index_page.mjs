/* The index of several experiments: a table that leads to each one's page. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertAccessible, overflow } from "./support/accessible.mjs";
import { shownText, withPage } from "./support/browser.mjs";
import { folderOfPages, hasLab, ownFile, readDocument } from "./support/pages.mjs";

const HOSTILE = `title <script>window.hit=1</script> <b>bold</b>
question
  Is </style><img src=x onerror=window.hit=1> text?

server listen 7000
client connect 7000
expect connections=2
`;

async function makePages() {
  return folderOfPages("close-three", "refused", await ownFile("hostile.lab", HOSTILE));
}

test("the index leads to every page and says what came out", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const folder = await makePages();
  await withPage(join(folder, "index.html"), {}, async (page) => {
    const links = await page.locator("a[href]").evaluateAll((all) =>
      all.map((link) => link.getAttribute("href")));
    assert.equal(links.length, 3);
    for (const link of links) {
      const file = join(folder, decodeURI(link));
      assert.ok(existsSync(file), link);
      const { experiment } = await readDocument(file);
      const row = await shownText(page.locator("tr", { has: page.locator(`a[href="${link}"]`) }));
      assert.ok(row.includes(experiment.title), row);
      assert.equal(/passed/i.test(row), experiment.passed, row);
      await withPage(file, {}, async (view) => {
        assert.equal(await view.locator("h1").textContent(), experiment.title);
        const back = view.locator("a", { hasText: "All experiments" });
        assert.equal(await back.getAttribute("href"), "index.html");
      });
    }
  });
});

test("titles and questions stay text in it", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  await withPage(join(await makePages(), "index.html"), {}, async (page) => {
    const text = await shownText(page.locator("body"));
    assert.ok(text.includes("<script>window.hit=1</script> <b>bold</b>"), text);
    assert.ok(text.includes("</style><img src=x onerror=window.hit=1>"), text);
    assert.equal(await page.locator("img, td b").count(), 0);
    assert.equal(await page.locator("script").count(), 1); /* the page's own, for the language */
    assert.equal(await page.evaluate(() => window.hit), undefined);
  });
});

test("who reads Chinese finds experiments that have it in Chinese, there and in the page",
  async (t) => {
    if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
    const folder = await makePages();
    const { experiment } = await readDocument(join(folder, "close-three.html"));
    const chinese = experiment.translations["zh-CN"];
    await withPage(join(folder, "index.html"), { locale: "zh-CN" }, async (page) => {
      const text = await shownText(page.locator("main"));
      assert.ok(text.includes(chinese.title), text);
      assert.ok(!text.includes(experiment.title), text);
      assert.ok(text.includes("<script>window.hit=1</script> <b>bold</b>"), text);
    });
    await withPage(join(folder, "close-three.html"), { locale: "zh-CN" }, async (page) => {
      assert.equal(await page.locator("h1").textContent(), chinese.title);
      const told = await shownText(page.locator("main"));
      for (const text of [chinese.question, chinese.explanation])
        for (const paragraph of text.split("\n\n"))
          assert.ok(told.includes(paragraph.replace(/\s+/g, " ").trim()), paragraph);
    });
  });

test("its language is the browser's until somebody chooses", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const file = join(await makePages(), "index.html");
  await withPage(file, { locale: "zh-CN" }, async (page) => {
    assert.match(await page.locator("h1").innerText(), /[\u4e00-\u9fff]/);
    await page.locator("label").click();
    assert.doesNotMatch(await page.locator("h1").innerText(), /[\u4e00-\u9fff]/);
  });
  await withPage(file, { locale: "de-DE" }, async (page) =>
    assert.doesNotMatch(await page.locator("h1").innerText(), /[\u4e00-\u9fff]/));
});

test("anybody can use it: axe-core, 390 px, both languages", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const file = join(await makePages(), "index.html");
  await assertAccessible(file, { width: 1280 });
  await assertAccessible(file, { width: 390, dark: true });
  await withPage(file, { width: 390 }, async (page) => {
    assert.equal(await overflow(page), 0);
    await page.locator("label").click();
    assert.match(await page.locator("h1").innerText(), /[\u4e00-\u9fff]/);
  });
});
