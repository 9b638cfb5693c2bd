/* What was expected, and where it came out otherwise; rules of the cable that met nothing. */

import { make } from "../dom/make.ts";
import type { ExperimentObject } from "../document/types.ts";
import { makeBlock, makeMark } from "./marks.ts";
import { t } from "./texts.ts";
import { visible } from "../text/visible.ts";

type Expectation = NonNullable<ExperimentObject["expectations"]>[number];

function makeExpectation(expectation: Expectation): HTMLElement {
  const judged = expectation.judged !== false;
  const words = t(!judged ? "notJudged" : expectation.held ? "met" : "notMet");
  return make("li", {},
    makeMark(!judged ? "open" : expectation.held ? "good" : "bad", words),
    make("div", {},
      make("code", { lang: "en" }, visible(expectation.text)),
      judged && expectation.held ? null :
        make("span", { class: judged ? "experiment-bad" : "experiment-faint" }, ` ${words}`),
      expectation.difference
        ? make("div", { class: "experiment-bad", lang: "en" }, visible(expectation.difference))
        : null));
}

export function makeExpectations(experiment: ExperimentObject): HTMLElement | null {
  const all = experiment.expectations ?? [];
  const unused = experiment.unused_rules ?? [];
  if (all.length + unused.length === 0) return null;
  const met = all.filter((expectation) => expectation.held && expectation.judged !== false).length;
  return makeBlock(t("expectations", { n: met, all: all.length }),
    make("ul", { class: "experiment-list" }, ...all.map(makeExpectation)),
    unused.length === 0 ? null : make("div", { class: "experiment-note" },
      make("p", {}, t("unusedRules")),
      make("ul", {}, ...unused.map((rule) =>
        make("li", {}, make("code", { lang: "en" }, visible(rule.text)),
          ` ${t("atLine", { n: rule.line })}`)))));
}
