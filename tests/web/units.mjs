/*
 * The page's own reckoning, without a browser: units/*.ts and the modules of web/src that they
 * import, bundled for node. One bundle with shared pieces, as in the page: the language is chosen
 * once for all. Alone: node --test-reporter=tap units.mjs
 */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { load, makeFolder, root } from "./support/tools.mjs";

const units = fileURLToPath(new URL("units/", import.meta.url));
const entries = readdirSync(units).filter((name) => name.endsWith(".test.ts")).sort();
const folder = makeFolder();

load("esbuild").buildSync({
  entryPoints: entries.map((name) => join(units, name)),
  outdir: folder,
  bundle: true,
  splitting: true,
  format: "esm",
  outExtension: { ".js": ".mjs" },
  platform: "node",
  target: "node18",
  sourcemap: "inline",
  sourceRoot: root,
  loader: { ".css": "empty" },
  logLevel: "warning",
});

process.setSourceMapsEnabled(true);
for (const name of entries) {
  const made = join(folder, name.replace(/\.ts$/, ".mjs"));
  /* One that cannot be loaded is a failure of its own, and the others still run. */
  let failure = null;
  await import(pathToFileURL(made).href).catch((error) => {
    failure = error;
  });
  test(`${name} can be loaded`, () => assert.ifError(failure));
}
