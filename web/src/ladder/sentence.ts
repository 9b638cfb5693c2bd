/* All of an arrow in a sentence: its accessible name, and the line below the ladder. */

import type { TimedSegment } from "../document/timing.ts";
import type { SegmentObject } from "../document/types.ts";
import { cableWords } from "../text/cable_words.ts";
import { language } from "../text/language.ts";
import { count, duration, moment } from "../text/numbers.ts";
import { causeName, labelName, sideName } from "../text/terms.ts";
import { visibleLine } from "../text/visible.ts";
import { endOf, flagNames } from "./look.ts";
import { differs, other, teller, toldBy } from "./states.ts";
import { t } from "./texts.ts";

function numbers(segment: SegmentObject): string[] {
  const { seq, ack } = segment.former
    ? { seq: segment.seq_raw, ack: segment.ack_raw } : segment;
  const list = [flagNames(segment.flags), t("saysSequence", { seq })];
  if (ack !== undefined) list.push(t("saysAck", { ack }));
  list.push(segment.length > 0 ? t("saysBytes", { n: count(segment.length) }) : t("saysNoData"));
  list.push(t("saysWindow", { window: segment.window ?? segment.window_raw }));
  const sack = segment.options.sack;
  if (sack) {
    const blocks = sack.map(([left, right]) => `${left}-${right}`).join(", ");
    list.push(t("saysSack", { blocks }));
  }
  const carried = (segment.carries ?? []).map((m) => m.detail ? `${m.name} (${m.detail})` : m.name);
  if (carried.length > 0) list.push(t("saysCarries", { what: carried.join(", ") }));
  return list;
}

function times(timed: TimedSegment): string[] {
  const segment = timed.segment;
  if (!timed.known) return [t("saysSeen", { time: moment(segment.time + timed.origin) })];
  const list = [t("saysSent", { time: moment(timed.sent + timed.origin) })];
  const end = endOf(timed);
  if (end === "arrived")
    list.push(t("saysArrives", { time: duration((timed.delivered ?? 0) - timed.sent) }));
  return list;
}

function fate(timed: TimedSegment): string[] {
  const segment = timed.segment;
  const list: string[] = [];
  if (segment.lost !== undefined) list.push(t("lostBy", { by: cableWords(segment.lost) }));
  else if (timed.delivered === null) list.push(t("unknownEnd"));
  if (segment.forged) list.push(t("forged"));
  if (segment.changed) list.push(t("changed"));
  if (segment.copy_of !== undefined) list.push(t("copy"));
  if (segment.overtaken_by !== undefined)
    list.push(t("overtaken", { frame: segment.overtaken_by }));
  if (segment.cable) list.push(cableWords(segment.cable));
  if (segment.former) list.push(t("former"));
  list.push(...segment.labels.map(labelName));
  if (segment.cause !== undefined) list.push(causeName(segment.cause));
  return list;
}

function states(timed: TimedSegment): string[] {
  const segment = timed.segment;
  const list = [t("saysStates", { client: segment.client_state, server: segment.server_state })];
  for (const moment of ["sent", "delivered"] as const) {
    const told = toldBy(timed, moment);
    if (!differs(told)) continue;
    list.push(t("saysDiffers", {
      side: sideName(teller(segment, moment)), wire: told.wire, kernel: told.state,
    }));
  }
  return list;
}

export function sentenceOf(timed: TimedSegment): string {
  const segment = timed.segment;
  const zh = language() === "zh";
  const all = [
    t("saysFrame", { frame: segment.frame, from: sideName(segment.from),
      to: sideName(other(segment.from)) }),
    ...numbers(segment), ...times(timed), ...fate(timed), ...states(timed),
  ];
  return visibleLine(all.join(zh ? "，" : ", ") + (zh ? "。" : "."));
}
