/* The segment in short: who sent it, its numbers, when, what was remarkable about it. */

import { make, type Child } from "../dom/make.ts";
import type { Detail } from "../document/report.ts";
import type { CarriedMessage, ConnectionObject, SegmentObject } from "../document/types.ts";
import type { Store } from "../shell/store.ts";
import { language } from "../text/language.ts";
import { count, duration, moment } from "../text/numbers.ts";
import { cableWords } from "../text/cable_words.ts";
import { causeName, labelName, sideName } from "../text/terms.ts";
import { visibleLine } from "../text/visible.ts";
import { causeSentence, flagNames, labelSentence } from "./note_texts.ts";
import { makeProse } from "./prose.ts";
import { t } from "./texts.ts";
import { wholeChinese } from "./whole_zh.ts";

const CARRIED_MAX = 6; /* the list of headers has all of them */

type Row = [string, Child, string?];

function route(segment: SegmentObject, connection: ConnectionObject | undefined): HTMLElement {
  const to = segment.from === "client" ? "server" : "client";
  const end = (side: "client" | "server"): HTMLElement =>
    make("span", { class: `inspector-end is-${side}` }, make("b", {}, sideName(side)), " ",
      make("span", { class: "mono" }, connection?.[side] ?? ""));
  const flags = flagNames(segment.flags);
  return make("p", { class: "inspector-route" },
    make("span", { class: "inspector-frame" }, t("frame", { frame: segment.frame })),
    end(segment.from), make("span", { class: "inspector-arrow" }, "→"), end(to),
    ...flags.map((flag) => make("span", { class: "inspector-flag" }, flag)));
}

function windowRow(segment: SegmentObject): Row {
  if (segment.window === undefined)
    return [t("window"), t("rawWindow", { n: count(segment.window_raw) })];
  return [t("window"), t("bytes", { n: count(segment.window) }),
    segment.window === segment.window_raw ? "" : t("raw", { n: segment.window_raw })];
}

function timeRows(segment: SegmentObject, clock: number): Row[] {
  if (segment.sent === undefined) return [[t("time"), `${moment(segment.time + clock)} s`]];
  const arrived: Row = segment.delivered === undefined
    ? [t("delivered"), segment.lost === undefined ? "?" : t("never")]
    : [t("delivered"), `${moment(segment.delivered)} s`,
      t("underway", { time: duration(segment.delivered - segment.sent) })];
  return [[t("sent"), `${moment(segment.sent)} s`], arrived];
}

function numbers(segment: SegmentObject, clock: number): HTMLElement {
  /* Of a former connection: relative to nothing that is known. */
  const relative = (number: number): string => segment.former ? "–" : count(number);
  const rows: Row[] = [
    [t("seq"), relative(segment.seq), t("raw", { n: segment.seq_raw })],
  ];
  if (segment.ack !== undefined)
    rows.push([t("ack"), relative(segment.ack), t("raw", { n: segment.ack_raw ?? "" })]);
  rows.push([t("length"), segment.length === 0 ? t("noData") :
    segment.length === 1 ? t("oneByte") : t("bytes", { n: count(segment.length) })]);
  rows.push(windowRow(segment), ...timeRows(segment, clock));
  if (segment.urgent_pointer) rows.push([t("urgent"), segment.urgent_pointer]);
  rows.push([t("states"),
    t("statesOf", { client: segment.client_state, server: segment.server_state })]);
  return make("dl", { class: "inspector-numbers" }, ...rows.map(([name, value, more]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value,
      Boolean(more) && make("span", { class: "inspector-faint" },
        t("inBrackets", { what: String(more) }))))));
}

function partOf(message: CarriedMessage): string {
  if (message.begins) return t("part_begins");
  return message.ends ? t("part_ends") : t("part_middle");
}

function carried(messages: readonly CarriedMessage[]): HTMLElement {
  const more = messages.length - CARRIED_MAX;
  return make("li", {}, make("b", {}, t("note", { name: t("carries"), sentence: "" })),
    ...messages.slice(0, CARRIED_MAX).flatMap((message, index): Child[] => [
      index > 0 && t("semicolon"),
      make("span", { class: "inspector-message" }, visibleLine(message.name)),
      message.detail ? ` ${visibleLine(message.detail)}` : null,
      message.begins && message.ends ? null : t("inBrackets", { what: partOf(message) }),
    ]), more > 0 && t("carriesMore", { n: more }));
}

function frameLink(store: Store, frame: number): HTMLElement {
  return make("button", { type: "button", class: "quiet",
    onclick: () => store.selectFrame(frame, "inspector") }, t("frame", { frame }));
}

function notes(segment: SegmentObject, store: Store): HTMLElement | null {
  const items: HTMLElement[] = segment.labels.map((label) =>
    make("li", {}, make("b", {}, t("note", { name: labelName(label), sentence: "" })),
      labelSentence(label)));
  if (segment.cause !== undefined)
    items.push(make("li", {}, make("b", {}, t("cause", { name: causeName(segment.cause) })), " ",
      causeSentence(segment.cause)));
  if (segment.lost !== undefined)
    items.push(make("li", { class: "is-lost" }, make("b", {}, "✗ "), t("lost",
      { by: visibleLine(cableWords(segment.lost)) })));
  if (segment.cable)
    items.push(make("li", {}, t("cable", { what: visibleLine(cableWords(segment.cable)) })));
  if (segment.forged) items.push(make("li", {}, t("forged")));
  if (segment.changed) items.push(make("li", {}, t("changed")));
  if (segment.copy_of !== undefined)
    items.push(make("li", {}, t("copyOf"), " ", frameLink(store, segment.copy_of)));
  if (segment.overtaken_by !== undefined)
    items.push(make("li", {}, t("overtakenBy"), " ", frameLink(store, segment.overtaken_by)));
  if (segment.carries && segment.carries.length > 0) items.push(carried(segment.carries));
  return items.length > 0 ? make("ul", { class: "inspector-notes" }, ...items) : null;
}

/* What the page lacks of it. */
function gaps(detail: Detail | null): HTMLElement[] {
  if (!detail) return [make("p", { class: "nothing" }, t("noFrame"))];
  const { packed, bytes } = detail;
  const texts = [
    packed.captured < packed.length &&
      t("cutCapture", { captured: count(packed.captured), all: count(packed.length) }),
    bytes.length < packed.captured &&
      t("cutFrame", { here: count(bytes.length), all: count(packed.captured) }),
    packed.cut && t("cutFields"),
  ];
  return texts.filter((text): text is string => Boolean(text))
    .map((text) => make("p", { class: "nothing" }, text));
}

export function makeSummary(store: Store, detail: Detail | null): HTMLElement {
  const { segment } = store;
  const element = make("div", { class: "inspector-summary" });
  if (!segment) {
    element.append(make("p", { class: "nothing" }, t("noSegment")));
    return element;
  }
  const whole = store.report.document.texts[detail?.packed.explained ?? 0] ?? "";
  element.append(route(segment, store.report.connection(segment.connection)),
    numbers(segment, store.report.clock(segment.connection)));
  const remarkable = notes(segment, store);
  if (remarkable) element.append(remarkable);
  if (whole !== "") {
    const chinese = language() === "zh" ? wholeChinese(whole) : null;
    element.append(make("div", { class: "inspector-whole" },
      makeProse(chinese ?? whole, chinese === null)));
  }
  element.append(...gaps(detail));
  return element;
}
