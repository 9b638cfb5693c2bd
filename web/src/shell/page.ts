/* The page as a whole: its head, its parts one below the other, its foot. */

import { make, type Child } from "../dom/make.ts";
import { headWords } from "../document/experiment_words.ts";
import type { ReportDocument } from "../document/types.ts";
import { makeConversation } from "../conversation/index.ts";
import { makeExperiment, makeRun } from "../experiment/index.ts";
import { makeGraphs } from "../graphs/index.ts";
import { makeInspector } from "../inspector/index.ts";
import { makeLadder } from "../ladder/index.ts";
import { makeMachine } from "../machine/index.ts";
import { makeOverview } from "../overview/index.ts";
import { language, setLanguage } from "../text/language.ts";
import { count } from "../text/numbers.ts";
import { visible } from "../text/visible.ts";
import { makeAddressNote } from "./address.ts";
import { BIG_DOCUMENT_SEGMENTS, LaterParts } from "./later.ts";
import type { MakePart, Part } from "./part.ts";
import { makeStepper, stepByKeys } from "./stepper.ts";
import type { Store } from "./store.ts";
import { t } from "./texts.ts";
import { chooseTheme, theme } from "./theme.ts";

type Name =
  | "experiment" | "overview" | "ladder" | "machine" | "inspector" | "run" | "graphs"
  | "conversation";

function section(name: Name, part: Part, before: Child = null): HTMLElement {
  return make("section", { id: name, class: `part part-${name}`, "aria-labelledby": `${name}-h` },
    make("h2", { id: `${name}-h` }, t(name)), before, part.element);
}

function leftOutText(document: ReportDocument): string | null {
  const left = document.left_out;
  const all: [number | undefined, string][] = [
    [left.connections, "leftConnections"], [left.segments, "leftSegments"],
    [left.frames, "leftFrames"], [left.bytes, "leftBytes"], [left.stream_bytes, "leftStream"],
  ];
  const told = all.filter(([n]) => n).map(([n, key]) =>
    t(key as "leftBytes", { n: count(n ?? 0) }));
  return told.length > 0 ? t("leftOut", { what: told.join(", ") }) : null;
}

/* Only a file beside this one: a page that was edited must not lead elsewhere. */
function indexLink({ index }: ReportDocument): Child {
  return typeof index === "string" && /^[\w-]+\.html$/.test(index) &&
    make("a", { class: "head-index", href: index }, t("index"));
}

function makeHead(report: ReportDocument, rebuild: () => void, names: Name[]): HTMLElement {
  const dark = theme() === "dark";
  const title = headWords(report, language());
  const madeAt = report.created.replace("T", " ").replace("Z", " UTC");
  const other = language() === "en" ? "zh" : "en";
  return make("header", { class: "head" },
    make("a", { class: "skip", href: "#", onclick: ((event: Event) => {
      event.preventDefault();
      document.getElementById("ladder")?.querySelector<HTMLElement>("[tabindex]")?.focus();
    }) }, t("skip")),
    make("div", { class: "head-title" },
      make("h1", { title: visible(title.text), ...(title.lang && { lang: title.lang }) },
        visible(title.text)),
      make("p", { class: "head-source" }, t(`source_${report.source}`), indexLink(report))),
    make("p", { class: "head-paper" },
      make("span", {}, `${report.program}, ${madeAt}`),
      make("span", { class: "head-line" }, t("paperName")),
      make("span", { class: "head-line" }, t("paperDate"))),
    make("nav", { class: "head-parts", "aria-label": t("parts") }, ...names.map((name) =>
      make("button", { type: "button", class: "quiet",
        onclick: () => document.getElementById(name)?.scrollIntoView() }, t(name)))),
    make("div", { class: "head-tools" },
      make("button", { type: "button", lang: other === "zh" ? "zh-Hans" : "en",
        id: "language", onclick: () => {
          setLanguage(other);
          rebuild();
        } }, t("language")),
      make("button", { type: "button", title: t("theme"), id: "theme", onclick: () => {
        chooseTheme(dark ? "light" : "dark");
        rebuild();
      } }, t(dark ? "light" : "dark")),
      make("button", { type: "button", onclick: () => print() }, t("print"))));
}

/* Puts all parts into `root`; again when language or theme change. Returns what takes them away. */
export function showPage(root: HTMLElement, store: Store, rebuild: () => void): () => void {
  const parts: Part[] = [];
  const later = new LaterParts();
  const report = store.report.document;
  /* One that cannot show what the document has must not take the others with it. */
  const keep = (makePart: MakePart): Part | null => {
    try {
      const part = makePart(store);
      if (part) parts.push(part);
      return part;
    } catch (error) {
      console.error(error);
      return { element: make("p", { class: "nothing", role: "alert" },
        t("broken", { error: String(error) })) };
    }
  };
  const sections: Child[] = [];
  const names: Name[] = [];
  const add = (name: Name, makePart: MakePart): void => {
    const part = keep(makePart);
    if (!part) return;
    names.push(name);
    sections.push(section(name, part));
  };
  const isBig = report.segments.length > BIG_DOCUMENT_SEGMENTS;
  const addLater = (name: Name, makePart: MakePart): void => {
    if (isBig) add(name, () => later.add(() => keep(makePart)));
    else add(name, makePart);
  };
  const leftOut = leftOutText(report);

  document.documentElement.lang = language() === "zh" ? "zh-Hans" : "en";
  document.title = `${visible(headWords(report, language()).text)} - Wiretale`;
  add("experiment", makeExperiment);
  add("overview", makeOverview);
  const ladder = keep(makeLadder);
  const machine = keep(makeMachine);
  const inspector = keep(makeInspector);
  if (ladder && machine && inspector) {
    const stepper = makeStepper(store);
    const note = makeAddressNote(store);
    const workbench = make("div", { class: "workbench" }, note.element,
      section("ladder", ladder, stepper.element),
      make("div", { class: "workbench-side" },
        section("machine", machine), section("inspector", inspector)));
    parts.push(stepper, note, stepByKeys(workbench, store));
    sections.push(workbench);
    names.push("ladder", "machine", "inspector");
  }
  if (report.experiment) addLater("run", makeRun);
  addLater("graphs", makeGraphs);
  addLater("conversation", makeConversation);
  root.replaceChildren(
    makeHead(report, rebuild, names),
    make("main", {},
      leftOut && make("p", { class: "left-out", role: "note" }, leftOut),
      report.connections.length === 0 && make("p", { class: "nothing" }, t("noConnections")),
      ...(sections.filter(Boolean) as Node[])),
    make("footer", { class: "foot" }, t("madeBy", {
      program: report.program, time: report.created,
    })));
  later.start();
  return () => {
    later.end();
    parts.forEach((part) => part.destroy?.());
  };
}
