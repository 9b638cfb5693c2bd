/* All there is to say of one field: its value, where it stands, what it is for. */

import { make, type Child } from "../dom/make.ts";
import { visibleLine } from "../text/visible.ts";
import { fieldPurpose, fieldTitle, layerTitle } from "./field_texts.ts";
import {
  bitText, changedFrom, hexText, rangeInFrame, type Before, type LayerView,
} from "./layers.ts";
import { meaningOf, valueOf } from "./meaning.ts";
import { makeProse } from "./prose.ts";
import { t } from "./texts.ts";

const BITS_SHOWN_MAX = 64;
const HEX_SHOWN_MAX = 16;

function placeText(view: LayerView, first: number, last: number): string {
  const layer = layerTitle(view.layer);
  const inLayer = first === last ? t("whereByte", { layer, first })
    : t("whereBytes", { layer, first, last });
  const place = rangeInFrame(view, { first, end: last + 1 });
  if (!place || view.layer.at === 0) return inLayer;
  return inLayer + (place.end - place.first === 1 ? t("inFrame", { first: place.first })
    : t("inFrameTo", { first: place.first, last: place.end - 1 }));
}

function row(name: string, ...value: Child[]): HTMLElement {
  return make("div", {}, make("dt", {}, name), make("dd", {}, ...value));
}

function placeRows(view: LayerView, index: number): HTMLElement[] {
  const placed = view.fields[index];
  if (!placed || placed.end <= placed.first) return [];
  const rows = [row(t("where"),
    placeText(view, placed.first >> 3, ((placed.end + 7) >> 3) - 1))];
  if (!view.bytes || view.bytes.length * 8 < placed.end) return rows;
  if (placed.end - placed.first <= BITS_SHOWN_MAX)
    rows.push(row(t("bits"),
      make("code", {}, bitText(view.bytes, placed.first, placed.end))));
  const bytes = view.bytes.subarray(placed.first >> 3, (placed.end + 7) >> 3);
  if (placed.first % 8 === 0 && placed.end % 8 === 0 && bytes.length <= HEX_SHOWN_MAX)
    rows.push(row(t("hex"), make("code", {}, hexText(bytes))));
  return rows;
}

function beforeRow(view: LayerView, index: number, before: Before | null): HTMLElement | null {
  const placed = view.fields[index];
  if (!placed || !before || !before.values.has(placed.key)) return null;
  const was = changedFrom(before, placed);
  return row(t("before"), was === null ? t("same", { frame: before.frame })
    : t("beforeIn", {
      value: visibleLine(valueOf(placed.field.kind.name, was).text), frame: before.frame,
    }));
}

function makeTold(
  view: LayerView, index: number, before: Before | null, tool: Child): HTMLElement | null {
  const placed = view.fields[index];
  if (!placed) return null;
  const { field } = placed;
  const value = valueOf(field.kind.name, field.value);
  const meaning = meaningOf(field.meaning);
  const purpose = fieldPurpose(field.kind);
  return make("div", { class: "inspector-panel" },
    make("div", { class: "inspector-panel-head" },
      make("h3", {}, fieldTitle(field.kind),
        make("span", { lang: value.english ? "en" : null }, ` = ${visibleLine(value.text)}`)),
      tool),
    meaning.text !== "" &&
      make("p", { lang: meaning.english ? "en" : null }, visibleLine(meaning.text)),
    field.explained !== "" && makeProse(field.explained, true),
    make("dl", {}, beforeRow(view, index, before), ...placeRows(view, index),
      field.kind.defined ? row(t("defined"), field.kind.defined) : null),
    purpose && make("div", { class: "inspector-purpose" },
      make("h4", {}, t("purpose")), makeProse(purpose.text, purpose.english)));
}

export function makeFieldPanel(
  view: LayerView, index: number, before: Before | null, unpin: () => void): HTMLElement {
  return makeTold(view, index, before,
    make("button", { type: "button", class: "quiet", id: "inspector-unpin", onclick: unpin },
      t("unpin"))) ?? makeHint();
}

/* While the pointer is on it: always as high, so that nothing below moves. */
export function makeFieldPreview(
  view: LayerView, index: number, before: Before | null): HTMLElement {
  const panel = makeTold(view, index, before,
    make("span", { class: "inspector-faint" }, t("toPin")));
  panel?.classList.add("is-preview");
  return panel ?? makeHint();
}

export function makeHint(missing?: string): HTMLElement {
  return make("div", { class: "inspector-panel is-preview inspector-faint" },
    missing !== undefined && make("p", {}, missing === "" ? t("notHereAny")
      : t("notHere", { name: missing })),
    missing === undefined && make("p", {}, t("hint")));
}
