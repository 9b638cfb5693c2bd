/* A step, and what a segment does to an end, in words. */

import type { TimedSegment } from "../document/timing.ts";
import type { Side, State } from "../document/types.ts";
import { make, type Child } from "../dom/make.ts";
import { cableWords } from "../text/cable_words.ts";
import { sentences } from "../text/language.ts";
import { stateMeaning } from "../text/terms.ts";
import { accountOf, type Account } from "./account.ts";
import { differencesAt, type Difference, type Judgement, type JudgementOf } from "./comparison.ts";
import { stateAt } from "./figure.ts";
import { reasonText } from "./reasons.ts";
import { bothNames } from "./rfc_names.ts";
import { isCables } from "./sights.ts";
import { spotAt, type Path, type Step } from "./states.ts";
import { t } from "./texts.ts";

type Key = Parameters<typeof t>[0];

/* "rcv FIN / snd ACK"; "" where the figure has no such edge. */
export function ruleText(account: Account): string {
  if (!account.event || !account.action) return "";
  const event = t(`event_${account.event}` as Key);
  return account.action === "none" ? event : `${event} / ${t(`action_${account.action}` as Key)}`;
}

function whyKey(account: Account): Key {
  switch (account.kind) {
    case "figure":
      if (account.seenEarly) return "why_closeSeen";
      return `why_${account.transition?.name ?? "timeout"}` as Key;
    case "reset-received": return account.refused ? "why_rcvRstRefused" : "why_rcvRst";
    case "reset-sent": return "why_sndRst";
    case "gone": return "why_gone";
    case "through": return "why_through";
    case "corrected": return "why_corrected";
  }
}

export function whyText(account: Account, to: State): string {
  return t(whyKey(account), { states: account.through.join(", "), to });
}

/* The small label of a step that is no edge of the figure, or not for the figure's reason. */
export function extraLabel(account: Account): string {
  if (account.kind === "reset-received") return t("small_rcvRst");
  if (account.kind === "gone") return t("small_gone");
  return account.kind === "reset-sent" ? t("small_sndRst") : "";
}

export function chip(state: State): HTMLElement {
  return make("span", { class: `machine-chip machine-s-${state}`, title: bothNames(state) },
    state);
}

export function flagsText(flags: string): string {
  const names: Record<string, string> = { F: "FIN", S: "SYN", R: "RST", P: "PSH", A: "ACK",
    U: "URG", E: "ECE", C: "CWR", N: "AE" };
  const all = [...flags].map((letter) => names[letter] ?? letter);
  return all.length > 0 ? all.join(" ") : "-";
}

function headline(timed: TimedSegment, place: number, side: Side): string {
  const { segment, delivered } = timed;
  const told = { place: place + 1, flags: flagsText(segment.flags) };
  if (segment.from === side) return t(isCables(timed) ? "cables" : "sends", told);
  if (delivered !== null) return t("receives", told);
  if (segment.lost === undefined) return t("notReceivedUnknown", told);
  return t("notReceived", { ...told, why: cableWords(segment.lost) || t("lost") });
}

function stepWords(step: Step, timed: readonly TimedSegment[]): Child[] {
  const segment = timed[step.place]?.segment;
  if (!segment) return [];
  const account = accountOf(step, segment);
  const rule = ruleText(account);
  const to = stateAt(step.to);
  return [
    make("p", { class: "machine-step" },
      step.own ? null : make("span", { class: "machine-meanwhile" }, `${t("meanwhile")} `),
      chip(stateAt(step.from)), " → ", chip(to),
      rule ? make("code", { class: "machine-rule" }, rule) : null),
    make("p", {}, whyText(account, to)),
  ];
}

function differenceWords(difference: Difference, judgement: Judgement | undefined): HTMLElement {
  const { byWire, kernel } = difference;
  const text = judgement?.reason
    ? t("differsBecause", { wire: byWire, kernel, reason: reasonText(judgement.reason) })
    : t("differsHere", { wire: byWire, kernel });
  if (judgement?.leftOut)
    return make("p", { class: "machine-meaning" }, sentences(t("notCompared"), text));
  return make("p", { class: "machine-differs" }, `≠ ${text}`);
}

/* The place of a later segment that this end had sent, and moved by, before this one came. */
function crossedWith(path: Path, place: number, before: number): number | null {
  const step = path.steps[before - 1];
  return step && step.own && step.moment === "sent" && step.place > place ? step.place : null;
}

/* At most so many steps between two segments are told: a kernel was asked between them. */
const TOLD_STEPS = 6;

/* What the segment did to this end, for a reader. */
export function segmentWords(
  path: Path, timed: readonly TimedSegment[], place: number,
  judgementOf: JudgementOf): Child[] {
  const one = timed[place];
  if (!one) return [];
  if (path.silent) return [make("p", {}, t("silent"))];
  const taken = path.after[place] ?? 0;
  const before = Math.min(path.before[place] ?? 0, taken);
  const state = stateAt(spotAt(path, taken));
  const steps = path.steps.slice(Math.max(before, taken - TOLD_STEPS), taken);
  const crossing = steps.length > 0 ? crossedWith(path, place, before) : null;
  const last = steps[steps.length - 1];
  const segment = last && timed[last.place]?.segment;
  /* What the state means would be too early: "has sent its FIN". */
  const foretold = last && segment && accountOf(last, segment).seenEarly;
  return [
    make("p", { class: "machine-headline" }, headline(one, place, path.side)),
    crossing === null ? null : make("p", {}, t("crossed", { other: crossing + 1 })),
    ...steps.flatMap((step) => stepWords(step, timed)),
    ...(path.tooEarly.has(place) ? [make("p", {}, t("tooEarly"))] : []),
    ...(steps.length === 0 ? [make("p", {}, t("stays", { state }))] : []),
    foretold ? null : make("p", { class: "machine-meaning" }, chip(state), " ",
      stateMeaning(state)),
    ...differencesAt(one).filter((d) => d.side === path.side)
      .map((d) => differenceWords(d, judgementOf(one.segment.frame, d))),
  ];
}
