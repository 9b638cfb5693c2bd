/*
 * All tests of the page, in one process and one browser: node --test-reporter=tap run.mjs
 * WIRETALE: the program; WIRETALE_CHROMIUM: the browser.
 */

import { test } from "node:test";
import { stopBrowser } from "./support/browser.mjs";
import "./source.mjs";
import "./units.mjs";
import "./schema.mjs";
import "./shown.mjs";
import "./choosing.mjs";
import "./hostile.mjs";
import "./access.mjs";
import "./index_page.mjs";
import "./large.mjs";

test("the browser ends", stopBrowser);
