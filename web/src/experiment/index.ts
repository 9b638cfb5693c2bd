/* The experiment in two parts: its question before all else, and its run behind the ladder. */

import { make } from "../dom/make.ts";
import { experimentWords, type Words } from "../document/experiment_words.ts";
import type { ExperimentObject } from "../document/types.ts";
import type { Part } from "../shell/part.ts";
import type { Store } from "../shell/store.ts";
import { language } from "../text/language.ts";
import { count, duration } from "../text/numbers.ts";
import { makeExpectations } from "./expectations.ts";
import { makeKernel } from "./kernel.ts";
import { makeBlock, makeBox, makeMark, type Verdict } from "./marks.ts";
import { Moments } from "./moments.ts";
import { makePrograms } from "./programs.ts";
import { makeSteps, type StepTable } from "./steps.ts";
import { t } from "./texts.ts";
import { visible } from "../text/visible.ts";
import "./experiment.css";

/* Paragraphs part at empty lines; lines that are set in keep their shape, as in the file. */
function makeProse({ text, lang }: Words): HTMLElement {
  const paragraphs = text.split(/\n\s*\n/).filter((paragraph) => paragraph.trim());
  return make("div", { class: "experiment-prose", lang }, ...paragraphs.map((paragraph) =>
    /^ {2,}\S/m.test(paragraph) ? make("pre", { tabindex: 0 }, visible(paragraph.trimEnd())) :
      make("p", {}, visible(paragraph.trim().replace(/\n/g, " ")))));
}

type VerdictKey = "interrupted" | "notPassed" | "passed" | "ranThrough";

function verdictOf(experiment: ExperimentObject): [Verdict, VerdictKey] {
  if (experiment.interrupted) return ["open", "interrupted"];
  if (!experiment.passed) return ["bad", "notPassed"];
  return experiment.expectations?.length ? ["good", "passed"] : ["open", "ranThrough"];
}

function makeVerdict(experiment: ExperimentObject): HTMLElement {
  const [kind, key] = verdictOf(experiment);
  return make("div", { class: `experiment-verdict experiment-verdict-${kind}` },
    make("strong", {}, makeMark(kind, ""), " ", t(key)),
    make("code", {}, visible(experiment.name)),
    experiment.failure ? make("span", { lang: "en" }, visible(experiment.failure)) : null,
    experiment.lacks ? make("span", { lang: "en" }, visible(experiment.lacks)) : null,
    make("span", { class: "experiment-faint" }, t("run", {
      time: duration(experiment.duration), connections: count(experiment.connections),
      segments: count(experiment.segments), seed: experiment.seed,
    })));
}

/* `title` stands at the head of the page: it need not be said again. */
function makeHead(experiment: ExperimentObject, title: string): HTMLElement {
  const name = experimentWords(experiment, "title", language());
  const question = experimentWords(experiment, "question", language());
  return make("div", { class: "experiment-head" },
    experiment.title === title ? null
      : make("p", { class: "experiment-title", lang: name.lang }, visible(name.text)),
    makeVerdict(experiment),
    question.text ? makeBlock(t("question"), makeProse(question)) : null);
}

function makeTail(experiment: ExperimentObject): (HTMLElement | null)[] {
  const explanation = experimentWords(experiment, "explanation", language());
  return [
    explanation.text ? makeBlock(t("explanation"), makeProse(explanation)) : null,
    experiment.settings
      ? makeBlock(t("settings"), make("p", { lang: "en" }, visible(experiment.settings)))
      : null,
    experiment.script
      ? make("details", { class: "experiment-script" }, make("summary", {}, t("script")),
        makeBox(t("script"), "experiment-terminal",
          make("pre", { lang: "en" }, visible(experiment.script))))
      : null,
  ];
}

/* What was asked, and what came of it. */
export function makeExperiment(store: Store): Part | null {
  const experiment = store.report.document.experiment;
  if (!experiment) return null;
  return {
    element: make("div", { class: "experiment" },
      makeHead(experiment, store.report.document.title), makeExpectations(experiment)),
  };
}

/* How it ran, and why it came out so. */
export function makeRun(store: Store): Part | null {
  const experiment = store.report.document.experiment;
  if (!experiment) return null;
  const moments = new Moments(store.report);
  const steps: StepTable | null =
    experiment.steps?.length ? makeSteps(store, moments, experiment.steps) : null;
  const follow = (): void => steps?.follow(store.segment?.sent);
  const parts = [
    steps && makeBlock(t("steps"), steps.element),
    ...makePrograms(store, moments, experiment),
    makeKernel(store, experiment),
    ...makeTail(experiment),
  ].filter((part) => part !== null);

  follow();
  return {
    element: make("div", { class: "experiment" }, ...parts),
    destroy: store.subscribe(follow),
  };
}
