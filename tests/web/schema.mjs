/* docs/report-schema.json says what types.ts says, and the pages of all commands keep to it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Capture } from "./support/capture.mjs";
import { hasLab, labPage, livePage, pairPage, tracePage, tryPage } from "./support/pages.mjs";
import { plain, typesSchema } from "./support/schema_of_types.mjs";
import { load, root } from "./support/tools.mjs";

const Ajv = load("ajv/dist/2020").default;
const schema = JSON.parse(readFileSync(join(root, "docs", "report-schema.json"), "utf8"));
const validate = new Ajv({
  allErrors: true, allowUnionTypes: true, formats: { "date-time": /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ },
}).compile(schema);

function complaints(document) {
  validate(document);
  return (validate.errors ?? []).slice(0, 10).map((error) =>
    `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
}

test("the schema names and types what types.ts does", () => {
  const [said, typed] = [plain(schema.$defs), typesSchema()];
  assert.deepEqual(Object.keys(said), Object.keys(typed));
  for (const name of Object.keys(typed)) assert.deepEqual(said[name], typed[name], name);
});

test("a document that breaks it is refused", async () => {
  const { document } = await tracePage("short.pcap", shortCapture());
  const changes = [
    (d) => { delete d.left_out; },
    (d) => { d.version = 2; },
    (d) => { d.connections[0].closing.kind = "sudden"; },
    (d) => { d.segments[0].seq = "0"; },
    (d) => { d.segments[0].client_state = "SYN-SENT"; },
    (d) => { d.frames[0].layers[0].fields[0] = [1, 2]; },
    (d) => { d.frames[0].layers[0].fields[0] = "1"; },
    (d) => { d.streams[0].pieces[0].offset = -1; },
  ];
  for (const change of changes) {
    const broken = structuredClone(document);
    change(broken);
    assert.notEqual(complaints(broken).length, 0, String(change));
  }
  const more = structuredClone(document);
  more.segments[0].added_one_day = [{}];
  assert.deepEqual(complaints(more), []);
});

function shortCapture() {
  return new Capture().connect().open().send("client", "hello").acknowledge("server")
    .send("server", "well\r\n").acknowledge("client").close("server").capture.bytes();
}

test("trace", async () => {
  const { document } = await tracePage("short.pcap", shortCapture());
  assert.equal(document.source, "trace");
  assert.deepEqual(complaints(document), []);
});

test("a capture without TCP", async () => {
  const { document } = await tracePage("empty.pcap", new Capture().bytes());
  assert.equal(document.connections.length, 0);
  assert.deepEqual(complaints(document), []);
});

const PROGRAMS = [
  "exec wiretaled --listen 0.0.0.0:2312", "exec wiretale time --server 10.77.0.2:2312",
];

test("a live interface, two captures, an experiment, two programs", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const pages = {
    live: await livePage(),
    pair: await pairPage("handshake"),
    lab: await labPage("relay-send"),
    try: await tryPage("time", ...PROGRAMS),
  };
  for (const [source, { document }] of Object.entries(pages)) {
    assert.equal(document.source, source);
    assert.deepEqual(complaints(document), [], source);
  }
});
