/* What the page's source must not say: what came from a wire never becomes markup or a request. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { load, root } from "./support/tools.mjs";

const ts = load("typescript");

const FORBIDDEN = new Set([
  /* text that is parsed */
  "innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe", "setHTML", "srcdoc",
  "createContextualFragment", "DOMParser", "parseFromString", "parseHTMLUnsafe", "writeln",
  "eval", "Function", "cssText", "insertRule",
  /* what leaves the page */
  "fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "sendBeacon",
  "RTCPeerConnection", "Worker", "SharedWorker", "serviceWorker", "importScripts",
]);
const FORBIDDEN_OF_DOCUMENT = new Set(["write", "cookie", "execCommand"]);
/* Attributes of elements: scripts, or addresses that could come from the document. */
const FORBIDDEN_ATTRIBUTE = /^(on\w+|srcdoc|src|action|formaction|style)$/;

function* wordsOf(node) {
  if (ts.isIdentifier(node)) yield [node, node.text];
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    yield [node, node.argumentExpression.text];
  if (node.kind === ts.SyntaxKind.ImportKeyword && ts.isCallExpression(node.parent))
    yield [node, "import()"];
  for (const child of node.getChildren()) yield* wordsOf(child);
}

function isOfDocument(node) {
  const { parent } = node;
  return ts.isPropertyAccessExpression(parent) && parent.expression.getText() === "document";
}

/* make("a", { onclick: "text" }): a function is a listener, text would be a script. */
function badAttribute(node) {
  const { parent } = node;
  return ts.isPropertyAssignment(parent) && parent.name === node &&
    FORBIDDEN_ATTRIBUTE.test(node.text) &&
    ts.isObjectLiteralExpression(parent.parent) &&
    ts.isCallExpression(parent.parent.parent) &&
    ["make", "draw"].includes(parent.parent.parent.expression.getText()) &&
    !(node.text.startsWith("on") && !ts.isStringLiteralLike(parent.initializer) &&
      !ts.isTemplateExpression(parent.initializer));
}

function findings(name, text) {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2021, true);
  const found = [];
  for (const [node, word] of wordsOf(file)) {
    if (!FORBIDDEN.has(word) && word !== "import()" && !badAttribute(node) &&
        !(FORBIDDEN_OF_DOCUMENT.has(word) && isOfDocument(node))) continue;
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${name}:${line + 1}: ${word}`);
  }
  return found;
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

test("no source of the page parses text as markup or asks the network", () => {
  const all = [...sources(join(root, "web", "src"))];
  assert.ok(all.length > 20, `only ${all.length} files`);
  const found = all.flatMap((path) =>
    findings(path.slice(root.length), readFileSync(path, "utf8")));
  assert.deepEqual(found, []);
});

test("what is planted is found", () => {
  const planted = [
    'element.innerHTML = text;', 'element["outerHTML"] = text;', "document.write(text);",
    "new DOMParser();", "eval(text);", 'await import(name);', "fetch(address);",
    'make("a", { onclick: "alert(1)" });', 'make("p", { style: `color:${text}` });',
    'make("img", { src: address });', "range.createContextualFragment(text);",
  ];
  for (const line of planted) assert.equal(findings("planted.ts", line).length, 1, line);
  const innocent = [
    '/* innerHTML */ const a = "innerHTML";', 'make("p", { onclick: () => next() });',
    "writer.write(text);", 'import { make } from "./make.ts";',
  ];
  for (const line of innocent) assert.deepEqual(findings("innocent.ts", line), [], line);
});
