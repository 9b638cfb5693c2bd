/* Pages that real commands wrote, each made once, and the documents in them. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, run, wiretale, wiretaleSays } from "./tools.mjs";

const made = new Map();
let folder = null;
let edited = 0;
const DOCUMENT = /(<script type="application\/json" id="wiretale-document">)([^]*?)<\/script>/;
const MORE = /<\/script>\n<script type="application\/json" class="wiretale-document-more">/g;

function once(key, make) {
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
}

function pathOf(name) {
  folder ??= makeFolder();
  return join(folder, name);
}

/* The document of a page, as its own script would read it. */
export async function readDocument(file) {
  const text = await readFile(file, "utf8");
  return JSON.parse(DOCUMENT.exec(text.replace(MORE, ""))[2]);
}

/* The page of that capture, which tracePage() has made, with another document in it. */
export async function editedPage(name, document) {
  const { file } = await made.get(`trace ${name}`);
  const text = await readFile(file, "utf8");
  const json = JSON.stringify(document).replaceAll("<", "\\u003c");
  return ownFile(`edited-${edited++}.html`,
    text.replace(MORE, "").replace(DOCUMENT, (whole, begin) => `${begin}${json}</script>`));
}

async function withDocument(file) {
  return { file, document: await readDocument(file) };
}

/* An experiment that passes; `extra`: more options. */
export function labPage(name, extra = []) {
  return once(`lab ${name} ${extra.join(" ")}`, async () => {
    const file = pathOf(`${name.replace(/\W+/g, "-")}-${made.size}.html`);
    await wiretaleSays(["lab", "run", ...extra, "--report", file, name]);
    return withDocument(file);
  });
}

/* An experiment of the test's own. */
export function ownLabPage(name, text) {
  return once(`own ${name}`, async () => {
    const script = await ownFile(`${name}.lab`, text);
    const file = pathOf(`${name}.html`);
    await wiretaleSays(["lab", "run", "--report", file, script], [0, 1]);
    return withDocument(file);
  });
}

/* A folder with a page of each, and index.html. */
export function folderOfPages(...experiments) {
  return once(`folder ${experiments.join(" ")}`, async () => {
    const pages = join(makeFolder(), "pages");
    await wiretaleSays(["lab", "run", "--report", pages, ...experiments], [0, 1]);
    return pages;
  });
}

/* A file of the test's own, for a command to read. */
export async function ownFile(name, text) {
  const path = pathOf(name);
  await writeFile(path, text);
  return path;
}

export function tryPage(name, server, client) {
  return once(`try ${name}`, async () => {
    const file = pathOf(`try-${name}.html`);
    await wiretaleSays(["lab", "try", "--report", file, "--time-limit", "5s",
      "--server", server, "--client", client], [0, 1]);
    return withDocument(file);
  });
}

/* `capture`: the bytes of a capture file, which is given that name. */
export function tracePage(name, capture, extra = []) {
  return once(`trace ${name}`, async () => {
    const input = pathOf(name);
    const file = pathOf(`trace-${made.size}.html`);
    await writeFile(input, capture);
    const said = await wiretaleSays(["trace", input, "--report", file, ...extra]);
    return { ...await withDocument(file), input, said };
  });
}

const LIVE = (file) => `title A page of what is heard live
question
  What does a program on the server's host hear?

server.t run exec wiretale trace -i any --count 7 --report ${file}
server.t prints "istening"
server listen 7000
client connect 7000
server accept
client send "hello"
server receive 5 bytes
client close
server close
server.t exits 0
`;

/* The page of what was heard on an interface, in a lab. */
export function livePage() {
  return once("live", async () => {
    const file = pathOf("live.html");
    await wiretaleSays(["lab", "run", "--brief", await ownFile("live.lab", LIVE(file))]);
    return withDocument(file);
  });
}

/* What both ends of an experiment saw, beside each other. */
export function pairPage(name) {
  return once(`pair ${name}`, async () => {
    const captures = makeFolder();
    const file = pathOf(`pair-${name}.html`);
    await wiretaleSays(["lab", "run", "--brief", "--save", captures, name]);
    const ends = ["client", "server"].map((end) => join(captures, `${name}-${end}.pcapng`));
    await wiretaleSays(["trace", ...ends, "--report", file]);
    return withDocument(file);
  });
}

/* Whether this machine lets anybody make a lab. */
let lab = null;
export function hasLab() {
  lab ??= run(wiretale, ["lab", "run", "--brief", "handshake"]).then((said) => said.status !== 3);
  return lab;
}
