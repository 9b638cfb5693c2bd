/*
 * How long a page takes over its work, in seconds: `work` of its main thread's processor time,
 * `wall` by the clock. Beside it stands a bare page, which only reads the same document: what a
 * browser on this machine needs in any case.
 */

import { readFile, writeFile } from "node:fs/promises";
import { open } from "./browser.mjs";
import { longCapture } from "./capture.mjs";
import { tracePage } from "./pages.mjs";

export const SEGMENTS = 20_600;
export const SHOWN = 20_000; /* the most that a page holds */
const LIST = "#ladder [role=listbox]";
const DOCUMENT = /<script type="application\/json" [^]*<\/script>/;
const BARE = `<p id="read"></p><script>
const parts = [...document.querySelectorAll("script[type='application/json']")];
const { segments } = JSON.parse(parts.map((part) => part.textContent).join(""));
document.getElementById("read").textContent = segments.length;
</script>`;

export function longPage() {
  return tracePage("long.pcap", longCapture(SEGMENTS));
}

export async function barePage() {
  const { file } = await longPage();
  const [data] = DOCUMENT.exec(await readFile(file, "utf8"));
  const bare = file.replace(/\.html$/, "-bare.html");
  await writeFile(bare, `<!doctype html><meta charset="utf-8"><title>bare</title>${data}${BARE}`);
  return bare;
}

/* Processor time of the page's main thread so far. */
async function startClock(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return { work: metrics.find(({ name }) => name === "TaskDuration").value,
      wall: performance.now() / 1000 };
  };
}

async function spentOn(page, action, times = 1) {
  const clock = await startClock(page);
  const before = await clock();
  await action();
  const after = await clock();
  return { work: (after.work - before.work) / times, wall: (after.wall - before.wall) / times };
}

async function loadUntil(file, isUsable) {
  const view = await open(file, { later: true });
  const spent = await spentOn(view.page, async () => {
    await view.page.goto(view.url);
    await isUsable(view.page);
  });
  await view.close();
  return spent;
}

/* Until the ladder is drawn and a step was taken in it. */
export function loadAndStep(file) {
  return loadUntil(file, async (page) => {
    await page.locator("#ladder [role=option]").first().waitFor({ state: "attached" });
    await page.locator(LIST).focus();
    await page.keyboard.press("ArrowDown");
    await page.locator(".stepper-place", { hasText: /\b2\b/ }).waitFor();
  });
}

export function loadBare(file) {
  return loadUntil(file, (page) =>
    page.locator("#read", { hasText: String(SHOWN) }).waitFor({ state: "attached" }));
}

/* Of one frame, while the ladder moves by so many pixels in each. */
export function scrollFrame(page, pixels, frames) {
  return spentOn(page, () => page.locator(LIST).evaluate((box, [step, count]) =>
    new Promise((resolve) => {
      let left = count;
      const next = () => {
        if (left-- === 0) return resolve();
        box.scrollTop += step;
        requestAnimationFrame(next);
      };
      requestAnimationFrame(next);
    }), [pixels, frames]), frames);
}

/* Of one step back by the arrow key, from the page's last segment. */
export async function stepBack(page, last, steps) {
  await page.locator(LIST).focus();
  await page.keyboard.press("End");
  await page.locator(".stepper-place", { hasText: new RegExp(`\\b${last}\\b`) }).waitFor();
  return spentOn(page, async () => {
    for (let i = 0; i < steps; i++) await page.keyboard.press("ArrowUp");
  }, steps);
}
