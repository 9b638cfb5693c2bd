/* Each part shows what the document says: counts, states, who was first, labels, times, bytes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { shownText, withPage } from "./support/browser.mjs";
import { twoConnections } from "./support/captures.mjs";
import { hasLab, labPage, ownLabPage, pairPage, tracePage } from "./support/pages.mjs";

const UNITS = { "µs": 1e-6, ms: 1e-3, s: 1, min: 60 };
const SIDES = ["client", "server"];

/* "90.5 ms" -> 0.0905 */
function seconds(text) {
  const [, number, unit] = /([\d.,]+) (µs|ms|s|min)\b/.exec(text) ?? [];
  return number === undefined ? NaN : Number(number) * UNITS[unit];
}

/* As three digits of it are shown. */
function assertAbout(shown, told, what) {
  assert.ok(Math.abs(shown - told) <= 0.006 * Math.abs(told) + 1e-8,
    `${what}: ${shown} is shown, ${told} is so`);
}

const flat = (text) => text.replace(/\s+/g, " ").trim();
const numberIn = (text) => Number(text.replace(/[^\d.]/g, ""));

/* What the cells of a table's rows say. */
function rowsOf(table) {
  return table.evaluate((element) => {
    const text = (cell) => cell.innerText.replace(/\s+/g, " ").trim();
    return [...element.tBodies[0].rows].filter((row) => !row.hidden)
      .map((row) => [...row.cells].map(text));
  });
}

/* Chooses each connection in turn; of a single one there is no table. */
async function forEachConnection(page, document, action) {
  const all = document.connections;
  for (const connection of all) {
    if (all.length > 1) await page.locator(`#overview-row-${connection.number}`).click();
    await action(connection);
  }
}

function assertRow(row, connection) {
  const [number, client, server, , , , first, segments, there, back, lasted] = row;
  const { from_client, from_server } = connection;
  assert.deepEqual([number, client, server, first],
    [String(connection.number), connection.client, connection.server,
      connection.closing.first ?? ""]);
  assert.deepEqual([segments, there, back].map(numberIn),
    [from_client.segments + from_server.segments, from_client.bytes, from_server.bytes]);
  assertAbout(seconds(lasted), connection.duration, "duration");
}

async function assertLedger(page, connection) {
  const told = Object.values(connection.ledger ?? {}).filter((part) => part > 0);
  if (told.length === 0) return;
  const shown = (await rowsOf(page.locator(".overview-ledger table")))
    .map(([, time]) => seconds(time));
  assert.equal(shown.length, told.length);
  told.sort((a, b) => a - b);
  shown.sort((a, b) => a - b);
  told.forEach((part, i) => assertAbout(shown[i], part, "ledger"));
}

async function assertOverview(page, document) {
  if (document.connections.length > 1) {
    const rows = await rowsOf(page.locator("#overview-grid"));
    assert.equal(rows.length, document.connections.length);
    document.connections.forEach((connection, i) => assertRow(rows[i], connection));
  }
  await forEachConnection(page, document, async (connection) => {
    const text = await shownText(page.locator("#overview"));
    for (const finding of connection.findings) assert.ok(text.includes(flat(finding.text)));
    for (const side of SIDES) assert.ok(text.includes(connection.states[side]), side);
    for (const paragraph of connection.story.split("\n\n").slice(1))
      assert.ok(text.includes(flat(paragraph)), `${paragraph}\nis not in\n${text}`);
    await assertLedger(page, connection);
  });
}

/* The ladder's options, in order: what a screen reader says, and what is written. */
function options(page) {
  return page.locator("#ladder [role=option]").evaluateAll((all) => all.map((option) => ({
    said: option.getAttribute("aria-label"), text: option.textContent,
    place: Number(option.dataset.place), class: option.getAttribute("class"),
  })));
}

function assertOption(option, segment) {
  const { said } = option;
  const way = segment.from === "client" ? "client to server" : "server to client";
  assert.ok(said.startsWith(`Frame ${segment.frame}, ${way}`), said);
  assert.ok(said.includes(`sequence ${segment.seq.toLocaleString("en-US")}`) ||
    said.includes(`sequence ${segment.seq}`), said);
  for (const side of SIDES) assert.ok(said.includes(segment[`${side}_state`]), said);
  if (segment.length > 0) assert.match(said, new RegExp(`\\b${segment.length}\\b`));
  assert.equal(segment.lost !== undefined, option.class.includes("ladder-lost"), said);
  if (segment.lost) assert.ok(said.includes(segment.lost), said);
  for (const message of segment.carries ?? []) assert.ok(option.text.includes(message.name));
}

async function assertLadder(page, document) {
  await forEachConnection(page, document, async (connection) => {
    const segments = document.segments.filter((s) => s.connection === connection.number);
    const shown = await options(page);
    for (const option of shown) assertOption(option, segments[option.place]);
    assert.ok(shown.length >= Math.min(segments.length, 8), `${shown.length} are drawn`);
  });
}

test("overview and ladder of a capture", async () => {
  const { file, document } = await tracePage("two.pcap", twoConnections());
  assert.deepEqual(document.connections.map((c) => [c.opening.kind, c.closing.first]),
    [["handshake", "server"], ["midstream", "client"]]);
  await withPage(file, { height: 2000 }, async (page) => {
    await assertOverview(page, document);
    await assertLadder(page, document);
  });
});

for (const name of ["relay-send", "loss-timeout", "close-simultaneous", "refused"]) {
  test(`overview and ladder of an experiment: ${name}`, async (t) => {
    if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
    const { file, document } = await labPage(name);
    await withPage(file, { height: 3000 }, async (page) => {
      await assertOverview(page, document);
      await assertLadder(page, document);
    });
  });
}

test("labels and causes are named where they are", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file, document } = await labPage("loss-timeout");
  const again = document.segments.find((s) => s.cause === "timeout");
  assert.ok(again.labels.includes("retransmission"));
  assert.ok(document.segments.some((s) => s.lost));
  await withPage(file, { hash: `frame=${again.frame}` }, async (page) => {
    const option = page.locator("#ladder [role=option][aria-selected=true]");
    assert.match(await option.getAttribute("aria-label"), /retransmission/i);
    assert.match(await option.getAttribute("aria-label"), /time-?out/i);
    assert.match(await page.locator("#inspector").innerText(), /retransmission/i);
  });
});

async function goTo(page, frame) {
  await page.evaluate((to) => { location.hash = `frame=${to}`; }, frame);
  await page.locator(".inspector-frame", { hasText: new RegExp(`\\b${frame}$`) }).waitFor();
}

/* The sender's right after sending, the receiver's right after delivery. */
function truth(segment) {
  if (!segment.kernel) return { client: segment.client_state, server: segment.server_state };
  const moment = (side) => side === segment.from ? "sent" : "delivered";
  return Object.fromEntries(SIDES.map((side) => [side, segment.kernel[moment(side)]?.[side]]));
}

async function assertStates(page, document) {
  for (const segment of document.segments) {
    await goTo(page, segment.frame);
    for (const side of SIDES) {
      const shown = await page.locator(`.machine-${side} .machine-state`).innerText();
      const told = truth(segment)[side];
      if (told) assert.equal(shown, told, `${side}, frame ${segment.frame}`);
    }
  }
}

test("the state machines show the state of each end, segment by segment", async () => {
  const { file, document } = await tracePage("two.pcap", twoConnections());
  await withPage(file, {}, (page) => assertStates(page, document));
});

test("in a lab they show what the kernels say", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file, document } = await labPage("close-simultaneous");
  assert.ok(document.segments.some((s) => s.kernel?.delivered?.client === "CLOSING"));
  await withPage(file, {}, (page) => assertStates(page, document));
});

/* The bytes of a frame in hexadecimal, as one word. */
function hexOf(packed) {
  return Buffer.from(packed.bytes, "base64").toString("hex");
}

test("the inspector shows the frame's bytes, fields and what they mean", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file, document } = await labPage("handshake");
  const kinds = document.field_kinds;
  await withPage(file, {}, async (page) => {
    for (const packed of document.frames.slice(0, 4)) {
      const segment = document.segments.find((s) => s.frame === packed.frame);
      await goTo(page, packed.frame);
      const inspector = page.locator("#inspector");
      const dump = (await inspector.locator(".inspector-hex").innerText()).replace(/\s/g, "");
      assert.equal(dump, hexOf(packed));
      const text = await shownText(inspector);
      assert.ok(text.includes(String(segment.seq_raw)), "the sequence number as it is carried");
      const tcp = packed.layers.find((layer) => layer.name === "tcp");
      for (const field of tcp.fields) {
        const [kind, , , , , , value] = Array.isArray(field) ? field : document.fields[field];
        assert.ok(text.includes(flat(document.texts[value])), kinds[kind].title);
      }
    }
  });
});

test("the field under the pointer is told of below the picture, nothing moves", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file, document } = await labPage("handshake");
  const [segment] = document.segments;
  await withPage(file, {}, async (page) => {
    await goTo(page, segment.frame);
    const part = page.locator("#inspector");
    const top = (selector) => part.locator(selector).first()
      .evaluate((element) => element.getBoundingClientRect().top + scrollY);
    const order = [".inspector-picture", ".inspector-panel", ".inspector-dump",
      ".inspector-checksum", ".inspector-tree"];
    const tops = await Promise.all(order.map(top));
    assert.deepEqual(tops, [...tops].sort((a, b) => a - b), "in this order");
    const panel = part.locator(".inspector-panel");
    const cell = part.locator(".inspector-cell", { hasText: "Sequence number" });
    await cell.hover();
    const text = await shownText(panel);
    assert.ok(text.includes(`Sequence number = ${segment.seq_raw}`), text);
    assert.ok(text.includes(segment.seq_raw.toString(16).padStart(8, "0").match(/../g).join(" ")));
    assert.deepEqual(await Promise.all(order.map(top)), tops, "as before");
    await page.mouse.move(1, 1);
    assert.ok(!(await shownText(panel)).includes("Sequence number"), "gone with the pointer");
    await cell.click();
    await page.mouse.move(1, 1);
    assert.ok((await shownText(panel)).includes("Sequence number"), "pinned, it stays");
  });
});

/* What one side said, as it is in the document. */
function saidBy(document, connection, side) {
  const stream = document.streams.find((s) => s.connection === connection);
  return Buffer.concat(stream.pieces.filter((piece) => piece.from === side && piece.data)
    .map((piece) => Buffer.from(piece.data, "base64"))).toString();
}

test("the conversation shows what was said, in order", async () => {
  const { file, document } = await tracePage("two.pcap", twoConnections());
  assert.equal(saidBy(document, 1, "client"), "hello there");
  assert.equal(saidBy(document, 1, "server"), "and to you\r\n");
  await withPage(file, {}, async (page) => {
    const text = await shownText(page.locator("#conversation"));
    assert.ok(text.indexOf("hello there") >= 0, text);
    assert.ok(text.indexOf("and to you") > text.indexOf("hello there"), text);
    assert.ok(!text.includes("less"), "the other connection's");
    await page.locator("#overview-row-2").click();
    assert.ok((await shownText(page.locator("#conversation"))).includes("less"));
  });
});

test("the relay's messages are named in the conversation", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file, document } = await labPage("relay-send");
  await withPage(file, {}, (page) => forEachConnection(page, document, async ({ messages }) => {
    const text = await shownText(page.locator("#conversation"));
    let at = 0;
    for (const message of messages) {
      at = text.indexOf(flat(message.name), at);
      assert.ok(at >= 0, `${message.name} in ${text}`);
    }
  }));
});

const FAILING = `title It cannot be so
question
  Does the page say that it was not so?

server listen 7000
client connect 7000
client close
wait until quiet

expect connections=1
expect closing.first=server
`;

test("an experiment's expectations are met or not, and its programs' output is there",
  async (t) => {
    if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
    const pages = [await labPage("relay-send"), await ownLabPage("failing", FAILING)];
    assert.deepEqual(pages.map(({ document }) => document.experiment.passed), [true, false]);
    for (const { file, document: { experiment } } of pages) {
      await withPage(file, {}, async (page) => {
        const text = `${await shownText(page.locator("#experiment"))} ` +
          await shownText(page.locator("#run"));
        const met = experiment.expectations.filter((e) => e.held).length;
        assert.ok(text.includes(`${met} of ${experiment.expectations.length}`), text);
        assert.equal(await page.locator("h1").textContent(), experiment.title);
        assert.ok(text.includes(flat(experiment.question)), experiment.question);
        for (const { text: words } of experiment.expectations) assert.ok(text.includes(words));
        for (const { output } of experiment.programs ?? [])
          for (const line of output.trim().split("\n")) assert.ok(text.includes(flat(line)), line);
        const verdict = await page.locator(".experiment-verdict").innerText();
        assert.equal(/passed/i.test(verdict), experiment.passed, verdict);
      });
    }
  });

test("a browser whose language is none shows the page", async () => {
  const { file } = await tracePage("two.pcap", twoConnections());
  await withPage(file, { later: true }, async (page, { url }) => {
    await page.addInitScript(() =>
      Object.defineProperty(Navigator.prototype, "language", { get: () => "C" }));
    await page.goto(url);
    assert.ok(await page.locator("#graphs canvas").count() >= 3);
  });
});

test("the graphs name what they draw, and a table has it", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file } = await labPage("slow-start");
  await withPage(file, {}, async (page) => {
    const graphs = page.locator("#graphs");
    assert.ok(await graphs.locator("canvas").count() >= 3);
    const inked = await graphs.locator("canvas").first().evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i] > 0) count++;
      return count;
    });
    assert.ok(inked > 500, `${inked} pixels drawn`);
    const text = await graphs.innerText();
    for (const word of [/sequence/i, /in flight/i, /throughput/i, /round/i])
      assert.match(text, word);
  });
});

test("a timeout that was waited for is drawn; what is above the scale is told", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file, document } = await labPage("loss-timeout");
  const [connection] = document.connections;
  const sent = document.segments.filter((s) => s.from === "client" && s.length > 0);
  const all = sent.reduce((sum, s) => sum + s.length, 0);
  assert.ok(all > connection.from_client.bytes || sent.length > 1, "it was sent again");
  await withPage(file, {}, async (page) => {
    const graphs = page.locator("#graphs");
    await graphs.scrollIntoViewIfNeeded();
    const roundTrip = await shownText(graphs.locator(".graphs-roundTrip .graphs-legend"));
    assert.match(roundTrip, /retransmission timeout/);
    assert.doesNotMatch(roundTrip, /beyond/);
    assert.match(await shownText(graphs.locator(".graphs-flight .graphs-legend")),
      /congestion window \(kernel\) \(beyond the scale: /);
    assert.ok((await shownText(graphs.locator(".graphs-sequence .graphs-summary")))
      .startsWith(`${all} B on the wire, repeats included; `));
    await page.locator("#graphs-full").check();
    assert.doesNotMatch(await graphs.innerText(), /beyond the scale/);
  });
});

test("the states are counted as the lab counts them", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file, document } = await labPage("relay-send");
  const { compared, agreed, left_out: leftOut } = document.experiment.states;
  const sums = { right: 0, all: 0, left: 0 };
  await withPage(file, {}, async (page) => {
    await forEachConnection(page, document, async () => {
      const text = await shownText(page.locator("#machine .machine-truth"));
      const [, right, all] = /right in ([\d,]+) of ([\d,]+) moments/.exec(text) ?? [];
      sums.right += numberIn(right);
      sums.all += numberIn(all);
      sums.left += numberIn(/Not compared.*?\(moments: ([\d,]+)\)/.exec(text)?.[1] ?? "0");
    });
    assert.deepEqual(sums, { right: agreed, all: compared, left: leftOut.length });
    const run = await shownText(page.locator("#run"));
    assert.ok(run.includes(`right in ${agreed} of ${compared} moments`), run);
  });
});

test("two captures: what died between them is lost in the ladder", async (t) => {
  if (!await hasLab()) return t.skip("this machine lets nobody make a lab");
  const { file, document } = await pairPage("loss-timeout");
  assert.ok(document.segments.some((s) => s.lost));
  await withPage(file, { height: 3000 }, async (page) => {
    await assertLadder(page, document);
    assert.ok(await page.locator("#ladder .ladder-lost").count() > 0);
  });
});
