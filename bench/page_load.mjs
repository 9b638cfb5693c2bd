/*
 * Measures the page of `--report` in the browser: node bench/page_load.mjs ROUNDS prints a line of
 * JSON for each figure. WIRETALE: the program; WIRETALE_CHROMIUM: the browser. page_run.py runs it.
 */

import { stopBrowser, withPage } from "../tests/web/support/browser.mjs";
import {
  barePage, loadAndStep, loadBare, longPage, scrollFrame, SHOWN, stepBack,
} from "../tests/web/support/long_page.mjs";

const FRAMES = 60;
const STEPS = 40;

function tell(round, scenario, contestant, figures) {
  console.log(JSON.stringify({ round, scenario, contestant, figures }));
}

const { file, document } = await longPage();
const bare = await barePage();
const last = document.segments[SHOWN - 1].frame;

for (let round = 1; round <= Number(process.argv[2]); round++) {
  tell(round, "load", "bare", await loadBare(bare));
  tell(round, "load", "page", await loadAndStep(file));
  await withPage(file, {}, async (page) => {
    tell(round, "scroll", "page", await scrollFrame(page, 700, FRAMES));
    tell(round, "step", "page", await stepBack(page, last, STEPS));
  });
}
await stopBrowser();
