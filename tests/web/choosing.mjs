/* What is chosen is chosen everywhere: by keys, the slider, the mouse, or the page's address. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { address, withPage } from "./support/browser.mjs";
import { Capture } from "./support/capture.mjs";
import { twoConnections } from "./support/captures.mjs";
import { tracePage } from "./support/pages.mjs";

const LIST = "#ladder [role=listbox]";
const twoPage = () => tracePage("two.pcap", twoConnections());

function segmentsOf(document, connection) {
  return document.segments.filter((segment) => segment.connection === connection);
}

/* Ladder, states, header and slider all stand at this segment. */
async function assertShown(page, segments, place) {
  const segment = segments[place];
  await page.locator(".inspector-frame", { hasText: new RegExp(`\\b${segment.frame}$`) }).waitFor();
  const chosen = page.locator("#ladder [role=option][aria-selected=true]");
  assert.equal(await chosen.count(), 1);
  assert.equal(await chosen.getAttribute("data-place"), String(place));
  assert.equal(await page.locator(LIST).getAttribute("aria-activedescendant"),
    await chosen.getAttribute("id"));
  for (const side of ["client", "server"]) {
    assert.equal(await page.locator(`.machine-${side} .machine-state`).innerText(),
      segment[`${side}_state`], `${side}, frame ${segment.frame}`);
  }
  assert.equal(await page.locator("#stepper").inputValue(), String(place + 1));
  assert.match(await page.locator("#stepper").getAttribute("aria-valuetext"),
    new RegExp(`\\b${segment.frame}\\b`));
}

/* And so does the address. */
async function assertAt(page, segments, place) {
  await assertShown(page, segments, place);
  const { connection, frame } = segments[place];
  assert.deepEqual(await address(page), { connection, frame });
}

test("keys in the workbench go through ladder, states and header together", async () => {
  const { file, document } = await twoPage();
  const segments = segmentsOf(document, 1);
  const last = segments.length - 1;
  await withPage(file, {}, async (page) => {
    await page.locator(LIST).focus();
    const steps = [
      ["ArrowDown", 1], ["ArrowDown", 2], ["ArrowRight", 3], ["ArrowUp", 2], ["ArrowLeft", 1],
      ["End", last], ["ArrowDown", last], ["Home", 0], ["ArrowUp", 0],
      ["PageDown", Math.min(10, last)], ["PageUp", Math.max(0, Math.min(10, last) - 10)],
    ];
    for (const [key, place] of steps) {
      await page.keyboard.press(key);
      await assertAt(page, segments, place);
    }
  });
});

test("so do arrows where nothing has the focus, or where an empty place was clicked", async () => {
  const { file, document } = await twoPage();
  const segments = segmentsOf(document, 1);
  const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("role"));
  await withPage(file, {}, async (page) => {
    await page.keyboard.press("ArrowDown");
    await assertAt(page, segments, 1);
    assert.equal(await focused(page), "listbox", "and what is said of the list is heard");
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowUp");
    await assertAt(page, segments, segments.length - 2);
    for (const place of [".machine-client svg", ".ladder-ends"]) {
      await page.keyboard.press("Home");
      await page.locator(place).first().click({ position: { x: 4, y: 4 } });
      await page.keyboard.press("ArrowRight");
      await assertAt(page, segments, 1);
    }
    await page.locator(".ladder-ends").click({ position: { x: 4, y: 4 } });
    assert.equal(await focused(page), "listbox");
  });
});

test("but not where the focus is on what has keys of its own", async () => {
  const { file, document } = await twoPage();
  const segments = segmentsOf(document, 1);
  await withPage(file, {}, async (page) => {
    await page.locator("#language").focus();
    await page.keyboard.press("ArrowDown");
    await page.locator("#conversation input[type=search]").focus();
    await page.keyboard.press("ArrowLeft");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("Control+ArrowRight");
    await assertShown(page, segments, 0);
  });
});

test("so do the slider and the buttons beside it", async () => {
  const { file, document } = await twoPage();
  const segments = segmentsOf(document, 1);
  await withPage(file, {}, async (page) => {
    await page.locator("#stepper").focus();
    await page.keyboard.press("ArrowRight");
    await assertAt(page, segments, 1);
    await page.keyboard.press("End");
    await assertAt(page, segments, segments.length - 1);
    await page.locator("#stepper").fill("4");
    await assertAt(page, segments, 3);
    await page.locator(".stepper button").first().click();
    await assertAt(page, segments, 2);
    await page.locator(".stepper button").nth(1).click();
    await assertAt(page, segments, 3);
  });
});

test("a click on an arrow of the ladder chooses it", async () => {
  const { file, document } = await twoPage();
  const segments = segmentsOf(document, 1);
  await withPage(file, { height: 1600 }, async (page) => {
    await page.locator("#ladder-segment-4 .ladder-hit, #ladder-segment-4 text").first()
      .click({ force: true });
    await assertAt(page, segments, 4);
  });
});

test("another connection is chosen from the table by mouse and keys", async () => {
  const { file, document } = await twoPage();
  await withPage(file, {}, async (page) => {
    await page.locator("#overview-row-2").click();
    await assertAt(page, segmentsOf(document, 2), 0);
    await page.locator("#overview-grid").focus();
    await page.keyboard.press("ArrowUp");
    await assertAt(page, segmentsOf(document, 1), 0);
  });
});

test("the address names what is chosen, and chooses", async () => {
  const { file, document } = await twoPage();
  const [first, second] = [1, 2].map((number) => segmentsOf(document, number));
  const frame = second[2].frame;
  await withPage(file, { hash: `connection=2&frame=${frame}` }, async (page) => {
    await assertAt(page, second, 2);
    await page.evaluate((to) => { location.hash = `frame=${to}`; }, first[1].frame);
    await assertAt(page, first, 1);
    await page.evaluate(() => { location.hash = "connection=2"; });
    await assertAt(page, second, 0);
  });
});

const note = (page) => page.locator(".address-note[role=status]").innerText();
const topOf = (page, selector) => page.locator(selector)
  .evaluate((element) => element.getBoundingClientRect().top);

test("an address that names a frame opens the page there", async () => {
  const { file, document } = await twoPage();
  const second = segmentsOf(document, 2);
  await withPage(file, { hash: "connection=2", height: 500 }, async (page) => {
    assert.equal(await page.evaluate(() => scrollY), 0, "without a frame at its top");
    assert.ok(await topOf(page, ".workbench") > 500);
    await page.evaluate((to) => { location.hash = `frame=${to}`; }, second[1].frame);
    await page.waitForFunction(() => scrollY > 0);
    await assertAt(page, second, 1);
  });
  await withPage(file, { hash: `frame=${second[1].frame}`, height: 500 }, async (page) => {
    const top = await topOf(page, "#ladder [aria-selected=true]");
    assert.ok(top > 0 && top < 500, `${top}`);
    assert.equal(await note(page), "");
  });
});

test("an address that names what is not there is told and put right", async () => {
  const { file, document } = await twoPage();
  const first = segmentsOf(document, 1);
  await withPage(file, { hash: "connection=1&frame=999" }, async (page) => {
    assert.match(await note(page), /frame 999\b.* not in this page/);
    await assertAt(page, first, 0);
    await page.keyboard.press("ArrowDown");
    await assertAt(page, first, 1);
    assert.equal(await note(page), "", "until something is chosen");
    await page.evaluate(() => { location.hash = "connection=<b>%1b"; });
    await page.waitForFunction(() => document.querySelector(".address-note").textContent !== "");
    assert.match(await note(page), /connection <b>␛/);
    await assertAt(page, first, 1);
  });
});

test("an address that names nothing chooses nothing", async () => {
  const { file, document } = await twoPage();
  const first = segmentsOf(document, 1);
  await withPage(file, { hash: "connection=77&frame=9999" }, async (page) => {
    await assertShown(page, first, 0);
    for (const hash of ["frame=-1", "frame=1e9", "frame=%00<b>", "%", "=", "connection=NaN"]) {
      await page.evaluate((to) => { location.hash = to; }, hash);
      await assertShown(page, first, 0);
    }
  });
});

test("the browser's language is the page's, until another is chosen", async () => {
  const { file } = await twoPage();
  for (const [locale, lang] of [["en-US", "en"], ["zh-CN", "zh-Hans"], ["fr-FR", "en"]]) {
    await withPage(file, { locale }, async (page) => {
      const root = page.locator("html");
      assert.equal(await root.getAttribute("lang"), lang);
      const heading = page.locator("#ladder-h");
      const before = await heading.innerText();
      assert.equal(/[\u4e00-\u9fff]/.test(before), lang !== "en");
      await page.locator(LIST).focus();
      await page.keyboard.press("ArrowDown");
      const chosen = await address(page);
      await page.locator("#language").click();
      assert.notEqual(await heading.innerText(), before);
      assert.notEqual(await root.getAttribute("lang"), lang);
      assert.deepEqual(await address(page), chosen, "and what was chosen still is");
      assert.equal(await page.locator("#language:focus").count(), 1, "nor is the focus lost");
      await page.reload();
      assert.notEqual(await heading.innerText(), before, "it is remembered");
    });
  }
});

test("no English heading or button is left in the Chinese page", async () => {
  const { file } = await twoPage();
  await withPage(file, { locale: "zh-CN" }, async (page) => {
    const words = await page.locator("h2, h3, th, dt, label, button").allInnerTexts();
    /* Names of TCP's own, states, addresses and what the wire said are the same in both. */
    const known = /^(?:[A-Z][A-Z_0-9 -]*|English|TCP|IPv4|IPv6|MSS|.*\d.*|)$/;
    const english = words.map((word) => word.trim())
      .filter((word) => /[a-z]{3}/.test(word) && !/[\u4e00-\u9fff]/.test(word) &&
        !known.test(word));
    assert.deepEqual(english, []);
  });
});

test("light and dark follow the system, until one is chosen", async () => {
  const { file } = await twoPage();
  const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await withPage(file, { dark: true }, async (page) => {
    const dark = await ground(page);
    await page.emulateMedia({ colorScheme: "light" });
    await page.locator("html[data-theme=light]").waitFor();
    const light = await ground(page);
    assert.notEqual(dark, light);
    await page.locator("#theme").click();
    assert.equal(await ground(page), dark);
    await page.emulateMedia({ colorScheme: "light" });
    assert.equal(await ground(page), dark, "what was chosen stays");
  });
});

test("a file without any connection says so", async () => {
  const { file } = await tracePage("empty.pcap", new Capture().bytes());
  await withPage(file, {}, async (page) => {
    assert.equal(await page.locator("main .nothing").first().isVisible(), true);
    assert.match(await page.locator("main").innerText(), /No TCP connection/);
  });
});
