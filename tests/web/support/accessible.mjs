/* axe-core's rules of WCAG 2.1, levels A and AA, asked of a page. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { withPage } from "./browser.mjs";
import { load } from "./tools.mjs";

const AXE = readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");
const RULES = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] };

export async function violations(page, rules = RULES) {
  await page.evaluate(AXE);
  const { violations: found } = await page.evaluate((asked) => window.axe.run(asked), rules);
  return found.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) =>
    `${id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`));
}

export async function assertAccessible(file, settings) {
  await withPage(file, { ...settings, forCheck: true }, async (page) => {
    assert.deepEqual(await violations(page), [], JSON.stringify(settings));
  });
}

/* How many pixels wider than the window the page is. */
export function overflow(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}
