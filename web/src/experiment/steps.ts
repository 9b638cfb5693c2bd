/*
 * The steps as they ran: time downwards, who did it side by side. A step's time chooses the
 * segment that was last on the cable; the step at which the chosen segment left is marked.
 */

import { make } from "../dom/make.ts";
import type { ExperimentStep } from "../document/types.ts";
import type { Store } from "../shell/store.ts";
import { duration, moment } from "../text/numbers.ts";
import { sideName } from "../text/terms.ts";
import { makeBox, makeMark, type Verdict } from "./marks.ts";
import { firstAfter, type Moments } from "./moments.ts";
import { rove } from "./rove.ts";
import { t } from "./texts.ts";
import { visible } from "../text/visible.ts";

type Lane = "client" | "cable" | "server";
const LANES: Lane[] = ["client", "cable", "server"];

/* What did not begin failed nothing; an expectation that is not done was not judged. */
function verdictOf(step: ExperimentStep): Verdict {
  if (!step.done && (step.began === undefined || step.kind === "expect")) return "open";
  if (!step.held) return "bad";
  return step.done ? "good" : "open";
}

function verdictWords(step: ExperimentStep): string {
  const expected = step.kind === "expect";
  if (!step.done && step.began === undefined) return t("neverReached");
  if (!step.done && expected) return t("notJudged");
  if (!step.held) return t(expected ? "notMet" : "failed");
  if (!step.done) return t("notDone");
  return t(expected ? "met" : "done");
}

function makeTime(store: Store, moments: Moments, step: ExperimentStep): Node {
  const began = step.began;
  if (began === undefined) return document.createTextNode("–");
  const frame = moments.frameAt(began, step.connection);
  const text = moment(began);
  if (frame === null) return document.createTextNode(text);
  return make("button", { type: "button", class: "quiet experiment-time",
    title: t("showMoment", { n: frame }),
    onclick: () => store.selectFrame(frame, "experiment") }, text);
}

/* "cable", "clock", "host settings", "expectation": what is no socket and no program. */
function makeAction(step: ExperimentStep): HTMLElement {
  const lasted = step.began !== undefined && step.ended !== undefined ? step.ended - step.began : 0;
  return make("div", { class: `experiment-action experiment-kind-${step.kind}` },
    step.kind === "socket" || step.kind === "program" ? null :
      make("span", { class: "experiment-kind" }, t(`kind_${step.kind}`)),
    make("code", { lang: "en" }, visible(step.text)),
    lasted >= .001
      ? make("span", { class: "experiment-lasted" }, t("lasted", { time: duration(lasted) }))
      : null,
    step.result
      ? make("div", { class: "experiment-result", lang: "en" }, visible(step.result))
      : null);
}

function makeRow(store: Store, moments: Moments, step: ExperimentStep): HTMLElement {
  const lane: Lane = step.host ?? "cable";
  const verdict = verdictOf(step);
  return make("tr", { class: verdict === "bad" ? "experiment-failed" : null },
    make("td", { class: "experiment-line" }, step.line),
    make("td", { class: "experiment-when" }, makeTime(store, moments, step)),
    ...LANES.map((name) =>
      make("td", { class: `experiment-lane experiment-lane-${name}` },
        name === lane ? makeAction(step) : null)),
    make("td", { class: "experiment-outcome" }, makeMark(verdict, verdictWords(step)),
      verdict === "good" ? null :
        make("span", { class: `experiment-${verdict}` }, ` ${verdictWords(step)}`)));
}

export interface StepTable {
  element: HTMLElement;
  follow(sent: number | undefined): void; /* the chosen segment left then */
}

export function makeSteps(
  store: Store, moments: Moments, steps: readonly ExperimentStep[]): StepTable {
  const rows = steps.map((step) => ({ step, row: makeRow(store, moments, step) }));
  const byTime = rows.filter(({ step }) => step.began !== undefined)
    .sort((a, b) => (a.step.began ?? 0) - (b.step.began ?? 0));
  const lane = (name: Lane): string => (name === "cable" ? t("between") : sideName(name));
  let marked: HTMLElement | undefined;
  /* Of two programs on the cable there is no file, and so no line. */
  const numbered = steps.some((step) => step.line > 0);
  const table = make("table", {
    class: `experiment-steps${numbered ? "" : " experiment-unnumbered"}` },
    make("caption", { class: "visually-hidden" }, t("stepsCaption")),
    make("thead", {}, make("tr", {},
      make("th", { scope: "col", class: "experiment-line" }, t("line")),
      make("th", { scope: "col" }, t("time")),
      ...LANES.map((name) =>
        make("th", { scope: "col", class: `experiment-lane-${name}` }, lane(name))),
      make("th", { scope: "col" }, t("outcome")))),
    make("tbody", {}, ...rows.map(({ row }) => row)));
  rove(table, "button");

  return {
    element: makeBox(t("steps"), "experiment-scroll", table),
    follow(sent) {
      marked?.removeAttribute("aria-current");
      marked = sent === undefined ? undefined :
        byTime[firstAfter(byTime, sent, ({ step }) => step.began ?? 0) - 1]?.row;
      marked?.setAttribute("aria-current", "step");
    },
  };
}
