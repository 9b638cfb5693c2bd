/* What was typed and printed: all together by time, and each program's own output as it was. */

import { make } from "../dom/make.ts";
import type { ExperimentObject, ProgramResult, TranscriptEntry } from "../document/types.ts";
import type { Store } from "../shell/store.ts";
import { sentences } from "../text/language.ts";
import { count, moment } from "../text/numbers.ts";
import { sideName } from "../text/terms.ts";
import { makeBlock, makeBox } from "./marks.ts";
import type { Moments } from "./moments.ts";
import { rove } from "./rove.ts";
import { t } from "./texts.ts";
import { visible } from "../text/visible.ts";

function nameOf(program: ProgramResult | undefined): string {
  if (!program) return t("cable");
  return program.name ?? sideName(program.host);
}

function endWords(program: ProgramResult): string {
  const by = program.ended_by_lab ? t("endedByLab") : "";
  if (program.error) return program.error;
  if (program.signal) return sentences(t("endedBySignal", { signal: program.signal }), by);
  return program.exit === null ? t("stillRuns") : sentences(t("exit", { n: program.exit }), by);
}

/* `calm`: the experiment passed, so that whatever status it ended with was no failure. */
function makeProgram(program: ProgramResult, calm: boolean): HTMLElement {
  const title = t("outputOf", { name: nameOf(program) });
  const well = program.exit === 0 || program.ended_by_lab === true || (calm && !program.error);
  return make("div", { class: `experiment-program experiment-host-${program.host}` },
    make("h4", {}, nameOf(program),
      make("span", { class: "experiment-faint" }, ` ${sideName(program.host)}`)),
    make("p", {}, make("code", { lang: "en" }, visible(program.command))),
    program.output
      ? makeBox(title, "experiment-terminal",
        make("pre", { lang: "en" }, visible(program.output)))
      : make("p", { class: "experiment-faint" }, t("printedNothing")),
    program.output_dropped
      ? make("p", { class: "experiment-faint" },
        t("outputDropped", { n: count(program.output_dropped) }))
      : null,
    make("p", { class: well ? "experiment-faint" : "experiment-end" },
      visible(calm && program.exit && !program.ended_by_lab
        ? t("exitNotZero", { n: program.exit }) : endWords(program))));
}

/* What stands in a line of the transcript, and its mark: ">" was typed. */
function makeEntryText(entry: TranscriptEntry, program: ProgramResult | undefined): HTMLElement {
  const text = visible(entry.text ?? "");
  switch (entry.kind) {
    case "printed":
      return make("span", { lang: "en" }, text);
    case "typed":
      return make("span", { class: "experiment-typed" },
        make("span", { "aria-hidden": "true" }, "› "),
        make("span", { class: "visually-hidden" }, `${t("typed")} `),
        make("span", { lang: "en" }, text));
    case "ended":
      return make("span", { class: "experiment-event" },
        program ? visible(endWords(program)) : t("ended"));
    case "left-out":
    case "dropped":
      return make("span", { class: "experiment-event" }, t("entry_dropped"), " ",
        make("span", { lang: "en" }, text));
    default:
      return make("span", { class: "experiment-event" }, t(`entry_${entry.kind}`), " ",
        make("span", { lang: "en" }, text));
  }
}

function makeEntry(
  store: Store, moments: Moments, entry: TranscriptEntry, program: ProgramResult | undefined,
): HTMLElement {
  const frame = moments.frameAt(entry.time);
  const time = `${entry.untimed ? "≤" : ""}${moment(entry.time)}`;
  return make("tr", { class: program ? `experiment-host-${program.host}` : null },
    make("td", { class: "experiment-when" }, frame === null ? time :
      make("button", { type: "button", class: "quiet experiment-time",
        title: t("showMoment", { n: frame }),
        onclick: () => store.selectFrame(frame, "experiment") }, time)),
    make("th", { scope: "row" }, visible(nameOf(program))),
    make("td", {}, makeEntryText(entry, program)));
}

function makeTranscript(
  store: Store, moments: Moments, experiment: ExperimentObject): HTMLElement | null {
  const entries = experiment.transcript ?? [];
  const programs = experiment.programs ?? [];
  const left = experiment.transcript_left_out;
  if (entries.length === 0) return null;
  const heads = [t("time"), t("who"), t("what")];
  const table = make("table", {},
    make("thead", { class: "visually-hidden" },
      make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, ...entries.map((entry) => makeEntry(store, moments, entry,
      entry.program === undefined ? undefined : programs[entry.program]))));
  rove(table, "button");
  return makeBlock(t("transcript"),
    makeBox(t("transcript"), "experiment-terminal experiment-transcript", table),
    left ? make("p", { class: "experiment-faint" }, t("transcriptLeftOut", { n: count(left) }))
      : null);
}

export function makePrograms(
  store: Store, moments: Moments, experiment: ExperimentObject): (HTMLElement | null)[] {
  const programs = experiment.programs ?? [];
  const failed = programs.filter((program) => program.exit !== 0 && !program.ended_by_lab).length;
  /* On paper once is enough: where the transcript is whole, each program's output is not. */
  const told = Boolean(experiment.transcript?.length) && !experiment.transcript_left_out;
  if (programs.length === 0) return [];
  return [
    makeTranscript(store, moments, experiment),
    makeBlock(t("programs"),
      failed === 0 || experiment.passed ? null : make("p", { class: "experiment-faint" },
        t("notAllZero", { n: failed })),
      make("div", { class: `experiment-programs${told ? " experiment-told" : ""}` },
        ...programs.map((program) => makeProgram(program, experiment.passed)))),
  ];
}
