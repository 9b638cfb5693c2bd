/*
 * What two captures of the same connections tell together: what was lost, delayed and changed
 * between them, each direction beside the other; and how far their clocks agree.
 */

import { make } from "../dom/make.ts";
import type { ConnectionObject, ReportDocument } from "../document/types.ts";
import { count, duration } from "../text/numbers.ts";
import { visible } from "../text/visible.ts";
import { t } from "./texts.ts";

/* A direction in a line of type "pair". Counts that are 0 are left out. */
interface Path {
  sent?: number;
  arrived?: number;
  delay?: { least: number; median: number; p95: number; most: number };
  hops?: [number, number];
  changed?: string[];
  [more: string]: unknown;
}

interface PairLine {
  type: "pair";
  first?: { connection: number };
  second?: { connection: number };
  from_client?: Path;
  from_server?: Path;
}

interface CapturesLine {
  type: "captures";
  first?: { name: string; packets: number; only_there: number };
  second?: { name: string; packets: number; only_there: number };
  turned?: boolean;
  clock?: { kind: string; offset?: number; within?: number };
  problems?: string[];
}

/* In the order of the table; those that are 0 in both directions are left out of it. */
const COUNTS = [
  "lost", "lost_bytes", "overtaken", "copies", "damaged", "congested", "in_pieces", "made",
  "missed", "unsure", "resends", "needless", "needless_ack_lost", "needless_ack_late",
] as const;
const ALWAYS: readonly string[] = ["lost"];

function captures(document: ReportDocument): CapturesLine | undefined {
  return document.pair?.find((line) => line.type === "captures") as CapturesLine | undefined;
}

/* The page counts by the capture nearer to the client: the second one where they were turned. */
function lineOf(document: ReportDocument, connection: ConnectionObject): PairLine | undefined {
  const side = captures(document)?.turned ? "second" : "first";
  const lines = (document.pair ?? []).filter((line) => line.type === "pair") as PairLine[];
  return lines.find((line) => line[side]?.connection === connection.number);
}

function number(path: Path, name: string): number {
  const value = path[name];
  return typeof value === "number" ? value : 0;
}

function hopWords(path: Path): string {
  if (!path.hops) return "";
  const [least, most] = path.hops;
  return least === most ? String(least) : `${least}–${most}`;
}

type Row = [name: string, toServer: string, toClient: string];

function rowsOf(up: Path, down: Path): Row[] {
  const rows: Row[] = [];
  const add = (name: string, show: (path: Path) => string): void => {
    const row: Row = [name, show(up), show(down)];
    if (row[1] || row[2]) rows.push(row);
  };
  add(t("pair_sent"), (path) => count(path.sent ?? 0));
  add(t("pair_arrived"), (path) => count(path.arrived ?? 0));
  for (const name of COUNTS) {
    if (ALWAYS.includes(name) || number(up, name) + number(down, name) > 0)
      add(t(`pair_${name}`), (path) => count(number(path, name)));
  }
  add(t("pair_least"), (path) => (path.delay ? duration(path.delay.least) : ""));
  add(t("pair_median"), (path) => (path.delay ? duration(path.delay.median) : ""));
  add(t("pair_p95"), (path) => (path.delay ? duration(path.delay.p95) : ""));
  add(t("pair_most"), (path) => (path.delay ? duration(path.delay.most) : ""));
  add(t("pair_hops"), hopWords);
  add(t("pair_changed"), (path) => visible((path.changed ?? []).join(", ")));
  return rows;
}

/* Null: the page is not of two captures, or only one has this connection. */
export function makePair(
  document: ReportDocument, connection: ConnectionObject): HTMLElement | null {
  const line = lineOf(document, connection);
  if (!line?.from_client || !line.from_server) return null;
  const heads = [t("pair_what"), t("toServer"), t("toClient")];
  return make("div", { class: "overview-sideways", tabindex: 0, role: "region",
    "aria-label": t("pair") },
  make("table", { class: "overview-small overview-pair" },
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, ...rowsOf(line.from_client, line.from_server).map(([name, up, down]) =>
      make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, up),
        make("td", {}, down))))));
}

function clockWords(line: CapturesLine): string {
  const clock = line.clock;
  if (clock?.kind === "known" && clock.offset !== undefined)
    return t(clock.offset < 0 ? "clock_behind" : "clock_ahead", {
      offset: duration(Math.abs(clock.offset)), within: duration(clock.within ?? 0),
    });
  if (clock?.kind === "one-way") return t("clock_one_way");
  return t(clock?.kind === "unsteady" ? "clock_unsteady" : "clock_none");
}

function captureWords(line: CapturesLine): string[] {
  return [line.first, line.second].filter((capture) => capture !== undefined).map((capture) =>
    t(capture.only_there > 0 ? "captureOnly" : "capture", {
      name: visible(capture.name), packets: count(capture.packets),
      n: count(capture.only_there),
    }));
}

/* Of the document as a whole: the captures, their clocks, and what is wrong with the files. */
export function makeFileNotes(document: ReportDocument): HTMLElement | null {
  const line = captures(document);
  const problems = [...(document.file?.problems ?? []), ...(line?.problems ?? [])];
  if (!line && problems.length === 0) return null;
  return make("div", { class: "overview-notes" },
    line ? make("p", {}, captureWords(line).join(" "), " ", clockWords(line)) : null,
    problems.length > 0
      ? make("ul", { class: "left-out", "aria-label": t("problems") },
        ...problems.map((problem) => make("li", { lang: "en" }, visible(problem))))
      : null);
}
