/* Where things are: what is tested, and the packages of web/ that test it. */

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
export const wiretale = process.env.WIRETALE ?? join(root, "build", "wiretale");

/* A source tree that was not to be written to has them in the build folder. */
const beside = join(wiretale, "..", "web", "tree");
const web = existsSync(join(beside, "node_modules")) ? beside : join(root, "web");
export const load = createRequire(join(web, "package.json"));

export const chromium = process.env.WIRETALE_CHROMIUM ?? "/usr/bin/chromium";

const folders = [];

process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/* Gone when this process is. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "wiretale-page-"));
  folders.push(folder);
  return folder;
}

/* Resolves however it ends; `error` then says why. */
export function run(program, args, options = {}) {
  return new Promise((resolve) => {
    const limits = { timeout: 60_000, maxBuffer: 256 << 20, ...options };
    execFile(program, args, limits, (error, stdout, stderr) => {
      resolve({ status: error ? error.code ?? -1 : 0, error, stdout, stderr });
    });
  });
}

/* Throws unless it ends with one of `good`. */
export async function wiretaleSays(args, good = [0], options = {}) {
  const said = await run(wiretale, args, options);
  if (!good.includes(said.status)) {
    throw new Error(`wiretale ${args.join(" ")} ended with ${said.status}:\n` +
      `${said.stdout.slice(-2000)}${said.stderr.slice(-2000)}`);
  }
  return said;
}
