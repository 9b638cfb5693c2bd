/*
 * One browser for all tests, and views of pages in it. A view hears of all that must never happen:
 * errors, requests, dialogs; closing it fails the test that saw one.
 */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { chromium, load } from "./tools.mjs";

const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--disable-dev-shm-usage", "--disable-extensions", "--hide-scrollbars=false",
];

let browser = null;

function startBrowser() {
  const { chromium: engine } = load("playwright-core");
  return engine.launch({ executablePath: chromium, args: ARGUMENTS });
}

/* While it is there, this process does not end. */
export async function stopBrowser() {
  await (await browser)?.close();
}

function listen(page, url, faults) {
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.stack}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("popup", (popup) => faults.push(`popup: ${popup.url()}`));
  page.on("request", (request) => {
    const to = request.url().replace(/#.*/, "");
    if (to !== url && !to.startsWith("data:")) faults.push(`request: ${to}`);
  });
}

/*
 * A view of the page in `file`. options: width, height, dark, locale, hash; forCheck: without the
 * page's own policy, for scripts that a test brings along; later: the test goes to `url` itself.
 */
export async function open(file, options = {}) {
  browser ??= startBrowser();
  const context = await (await browser).newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
    colorScheme: options.dark ? "dark" : "light",
    locale: options.locale ?? "en-US",
    reducedMotion: "reduce",
    bypassCSP: options.forCheck ?? false,
    offline: true,
  });
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  const faults = [];
  listen(page, url, faults);
  page.setDefaultTimeout(20_000);
  if (!options.later) await page.goto(url + (options.hash ? `#${options.hash}` : ""));
  return {
    page,
    url,
    faults,
    close: async () => {
      await context.close();
      assert.deepEqual(faults, []);
    },
  };
}

/* Opens, does, closes; what the page did wrong meanwhile fails it, too. */
export async function withPage(file, options, action) {
  const view = await open(file, options);
  let passed = false;
  try {
    await action(view.page, view);
    passed = true;
  } finally {
    if (passed) await view.close();
    else await view.page.context().close();
  }
}

/* What a person reads there: white space as one blank. */
export async function shownText(locator) {
  return (await locator.innerText()).replace(/\s+/g, " ").trim();
}

export async function address(page) {
  const hash = new URLSearchParams(new URL(page.url()).hash.slice(1));
  return { connection: Number(hash.get("connection")), frame: Number(hash.get("frame")) };
}
