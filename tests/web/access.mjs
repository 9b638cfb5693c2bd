/*
 * Whoever reads the page, and however: axe-core's rules of WCAG 2.1 AA, narrow screens, paper,
 * both languages, light and dark.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible, overflow, violations } from "./support/accessible.mjs";
import { open, withPage } from "./support/browser.mjs";
import { twoConnections } from "./support/captures.mjs";
import { hasLab, labPage, tracePage } from "./support/pages.mjs";

const PARTS = ["overview", "ladder", "machine", "inspector", "graphs", "conversation"];

/* Each two settings meet at least once. */
const SETTINGS = [
  { width: 1280, dark: false, locale: "en-US" }, { width: 1280, dark: true, locale: "zh-CN" },
  { width: 390, dark: false, locale: "zh-CN" }, { width: 390, dark: true, locale: "en-US" },
];

for (const settings of SETTINGS) {
  const { width, dark, locale } = settings;
  test(`axe-core finds nothing: ${width} px, ${dark ? "dark" : "light"}, ${locale}`, async (t) => {
    if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
    await assertAccessible((await labPage("loss-timeout")).file, settings);
  });
}

test("axe-core finds nothing in other pages", async (t) => {
  const trace = await tracePage("two.pcap", twoConnections());
  await assertAccessible(trace.file, SETTINGS[0]);
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  await assertAccessible((await labPage("relay-send")).file, SETTINGS[3]);
});

test("what is planted is found by axe-core", async () => {
  const { file } = await tracePage("two.pcap", twoConnections());
  const { page } = await open(file, { forCheck: true });
  await page.evaluate(() => {
    const button = document.createElement("button");
    button.style.cssText = "color: #ccc; background: #ddd";
    document.querySelector("main").append(button);
  });
  const found = await violations(page, { runOnly: ["button-name"] });
  assert.match(found.join(), /button-name/);
  await page.context().close();
});

for (const locale of ["en-US", "zh-CN"]) {
  test(`at 390 px the page itself does not scroll sideways: ${locale}`, async (t) => {
    if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
    const { file } = await labPage("relay-send");
    await withPage(file, { width: 390, height: 844, locale }, async (page) => {
      assert.equal(await overflow(page), 0);
    });
  });
}

/* What nobody can use on paper. */
const TOOLS = [
  ".stepper", ".head-tools", ".head-parts", ".skip", ".inspector-layers", ".inspector-panel",
  ".ladder-switches", ".graphs-tools", ".conversation-tools", "details:not([open]) > summary",
];

/* Elements that take room, of those that fit the selector; a message unfolds, but is one itself. */
async function shownOf(page, selector) {
  return page.locator(selector).evaluateAll((all) => all.filter((element) =>
    !element.closest(".conversation-message") && element.getClientRects().length > 0).length);
}

test("on paper every part is there, in black on white, without its tools", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file, document } = await labPage("relay-send");
  await withPage(file, { dark: true }, async (page) => {
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    for (const name of ["experiment", "run", ...PARTS]) {
      const box = await page.locator(`#${name}`).boundingBox();
      assert.ok(box && box.height > 40, `${name}: ${JSON.stringify(box)}`);
    }
    for (const tool of TOOLS) assert.equal(await shownOf(page, tool), 0, tool);
    assert.match(await page.locator(".head-paper").innerText(),
      /^wiretale .* UTC\s+Name:\s+Date:$/);
    assert.equal(await shownOf(page, ".inspector-other"), 1, "the IP header beside the TCP header");
    assert.equal(await shownOf(page, "#inspector .inspector-dump"), 1, "its bytes once");
    assert.equal(await page.locator("html").getAttribute("data-theme"), "light");
    const text = await page.locator("#ladder").innerText();
    const frames = document.segments.filter((s) => s.connection === 1).map((s) => s.frame);
    for (const frame of frames) assert.match(text, new RegExp(`\\b${frame}\\b`));
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
    const pdf = await page.pdf({ format: "A4" });
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  });
});

test("a short experiment is five sheets of A4, nothing lies over another", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file } = await labPage("loss-timeout");
  await withPage(file, { width: 703 }, async (page) => {
    const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
    assert.ok(pdf.match(/\/Type \/Page\b/g).length <= 5, "sheets");
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    /* Grids that go over a page let their rows overlap what follows. */
    const displays = await page.locator("main, .graphs, .graphs-body, .graphs-grid, .conversation")
      .evaluateAll((all) => all.map((element) => getComputedStyle(element).display));
    assert.deepEqual([...new Set(displays)], ["block"]);
    const figures = await page.locator(".graphs-figure").evaluateAll((all) => all.map((element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return { left, right, top, bottom, inside: element.scrollWidth <= element.clientWidth };
    }));
    assert.equal(figures.length, 4);
    assert.ok(figures.every((figure) => figure.inside), "no graph wider than its frame");
    assert.equal(figures[0].top, figures[1].top, "two beside each other");
    assert.ok(figures[0].right <= figures[1].left && figures[0].bottom <= figures[2].top);
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  });
});
