/* The path of an end as a list: for those who do not see the drawing, and for paper. */

import type { TimedSegment } from "../document/timing.ts";
import { make } from "../dom/make.ts";
import { moment } from "../text/numbers.ts";
import { sideName } from "../text/terms.ts";
import { accountOf } from "./account.ts";
import { stateAt } from "./figure.ts";
import type { Path, Step } from "./states.ts";
import { t } from "./texts.ts";
import { chip, ruleText, whyText } from "./words.ts";

const STEPS_LISTED = 100;

function stepItem(
  step: Step, timed: readonly TimedSegment[], clock: number,
  go: (place: number) => void): HTMLElement | null {
  const segment = timed[step.place]?.segment;
  if (!segment) return null;
  const account = accountOf(step, segment);
  const rule = ruleText(account);
  const to = stateAt(step.to);
  return make("li", {}, chip(to), " ",
    rule ? make("code", { class: "machine-rule" }, rule) : null, " ",
    make("button", { type: "button", class: "quiet machine-go", onclick: () => go(step.place) },
      t("goTo", { place: step.place + 1 })),
    /* Paper has no buttons. */
    make("span", { class: "machine-paper", "aria-hidden": "true" },
      t("goTo", { place: step.place + 1 })),
    make("span", { class: "machine-at" }, ` ${moment(step.at + clock)} s`),
    make("div", { class: "machine-why" }, whyText(account, to)));
}

export function pathList(
  path: Path, timed: readonly TimedSegment[], clock: number,
  go: (place: number) => void): HTMLElement {
  const heading = make("h3", {}, t("pathOf", { side: sideName(path.side) }));
  if (path.silent) return make("div", { class: "machine-path" }, heading, t("silent"));
  const left = path.steps.length - STEPS_LISTED;
  return make("div", { class: "machine-path" },
    heading,
    make("ol", {},
      make("li", {}, t(path.midstream ? "startsMidstream" : "starts", { state: path.start })),
      ...path.steps.slice(0, STEPS_LISTED).map((step) => stepItem(step, timed, clock, go))),
    path.steps.length === 0 ? make("p", {}, t("noSteps")) : null,
    left > 0 ? make("p", {}, t("moreSteps", { n: left })) : null);
}
