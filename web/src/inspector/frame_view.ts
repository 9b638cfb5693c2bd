/*
 * The headers of one frame: a tab for each, and under it picture, bytes, what is pinned, and the
 * list of fields. What is lit in one of them is lit in all. While nothing is pinned, the panel
 * under the picture tells of what is lit.
 */

import { make } from "../dom/make.ts";
import type { Detail } from "../document/report.ts";
import { visibleLine } from "../text/visible.ts";
import { makeBitPicture, type Marked } from "./bit_picture.ts";
import { makeChecksum } from "./checksums.ts";
import { makeFieldPanel, makeFieldPreview, makeHint } from "./field_panel.ts";
import { fieldTitle, layerTitle } from "./field_texts.ts";
import { indexOf, makeFieldTree, type FieldTree } from "./field_tree.ts";
import { makeHexDump, type Dump } from "./hex_dump.ts";
import { makeLayerChoice } from "./layer_choice.ts";
import {
  changedFrom, fieldsAt, layerAt, rangeInFrame, type Before, type ByteRange, type FieldPlace,
  type LayerView,
} from "./layers.ts";
import { summaryOf, valueOf } from "./meaning.ts";
import { makePayloadText } from "./payload_text.ts";
import { t } from "./texts.ts";

export interface Shown {
  detail: Detail;
  layers: LayerView[];
  before: Before | null;
  texts: readonly string[];
  layer: number;
  pinned: FieldPlace | null;
  missing: string | null; /* title of the pinned field, if it is not here */
  printing: boolean; /* the pictures of all headers, the fields of one */
}

export interface FrameEvents {
  chooseLayer(layer: number): void;
  pin(place: FieldPlace | null): void;
  step(by: number): void;
}

export type Focus = "tree" | "dump" | "layers" | "panel";

export interface FrameView {
  element: HTMLElement;
  setWidth(pixels: number): void;
  focused(): Focus | null;
  focus(what: Focus): void;
}

const PRINTED_MAX = 3; /* pictures beside the chosen header's, on paper */
const PRINTED_BYTES_MAX = 256; /* a longer frame has no dump on paper */
const NOTHING: ReadonlySet<number> = new Set();

class View implements FrameView {
  readonly element = make("div", { class: "inspector-body" });
  private panel: HTMLElement;
  private told: { layer: number; field: number } | null = null; /* what the panel tells of */
  private readonly status = make("p", { class: "inspector-status", "aria-live": "polite" });
  private readonly choice: HTMLElement;
  private readonly tree: FieldTree;
  private readonly picture: Marked | null;
  private readonly frameDump: Dump;
  private readonly layerDump: Dump | null;

  constructor(private readonly shown: Shown, private readonly events: FrameEvents) {
    const view = this.view;
    const { layers, before, detail } = shown;
    const pinnedHere = shown.pinned?.layer === shown.layer ? shown.pinned.field : -1;
    this.choice = makeLayerChoice(layers, shown.layer, (layer) => events.chooseLayer(layer));
    this.picture = makeBitPicture(view, before);
    this.tree = makeFieldTree(view, before, {
      over: (field) => this.lightOne(field),
      pick: (field) => events.pin({ layer: shown.layer, field }),
      step: (by) => events.step(by),
    });
    this.frameDump = this.makeDump(detail.bytes, t("dumpFrame"), (byte) => {
      const layer = layerAt(layers, byte);
      return layer < 0 ? null : { layer, byte: byte - (layers[layer]?.layer.at ?? 0) };
    });
    this.layerDump = view.layer.bytes && view.layer.bytes.length > 0
      ? this.makeDump(view.layer.bytes, t("dumpLayer"), (byte) => ({ layer: shown.layer, byte }))
      : null;
    this.panel = this.makePanel();
    const isTabbed = this.choice.getAttribute("role") === "tablist";
    this.element.append(this.choice, make("div", { class: "inspector-layer",
      id: "inspector-layer", role: isTabbed ? "tabpanel" : "group",
      "aria-label": layerTitle(view.layer) },
      ...(shown.printing ? this.paperContent() : this.content())));
    this.listen();
    this.picture?.mark(NOTHING, pinnedHere);
    this.tree.mark(NOTHING, pinnedHere);
    this.markDumps([], shown.layer);
  }

  setWidth(pixels: number): void {
    this.frameDump.setWidth(pixels);
    this.layerDump?.setWidth(pixels);
    const { pinned, layer } = this.shown;
    if (pinned?.layer === layer) this.reveal(layer, pinned.field);
    else this.reveal(layer, this.view.fields.findIndex((placed) => placed.end > placed.first));
  }

  focused(): Focus | null {
    const active = document.activeElement;
    if (!active || !this.element.contains(active)) return null;
    if (this.choice.contains(active)) return "layers";
    if (this.tree.element.contains(active)) return "tree";
    return this.panel.contains(active) ? "panel" : "dump";
  }

  focus(what: Focus): void {
    if (what === "tree" || what === "panel")
      this.tree.focus(this.view.fields.findIndex((placed) => placed.key === lastKey));
    else if (what === "layers")
      this.choice.querySelector<HTMLElement>("[tabindex='0'], select")?.focus();
    else if (what === "dump")
      this.frameDump.element.querySelector<HTMLElement>("[tabindex]")?.focus();
  }

  private get view(): LayerView {
    const view = this.shown.layers[this.shown.layer];
    if (!view) throw new Error("a frame without layers");
    return view;
  }

  private content(): HTMLElement[] {
    const { view, shown } = this;
    const content: (HTMLElement | null)[] = [
      view.layer.summary === "" ? null
        : make("p", { class: "inspector-layer-summary" },
          visibleLine(summaryOf(view.layer.summary).text)),
      this.picture?.element ?? null,
      this.picture && this.changes(),
      this.panel,
      this.layerDump?.element ?? null,
      makePayloadText(view),
      this.frameDump.element,
      this.status,
      ...this.checksums(shown.layer),
      this.tree.element,
    ];
    return content.filter((element): element is HTMLElement => element !== null);
  }

  /* What the line under some cells means. */
  private changes(): HTMLElement | null {
    const { before } = this.shown;
    if (!before || !this.view.fields.some((placed) => changedFrom(before, placed) !== null))
      return null;
    return make("p", { class: "inspector-faint inspector-changes" },
      make("span", { class: "inspector-changed-sign", "aria-hidden": "true" }), " ",
      t("changedSince", { frame: before.frame }));
  }

  private checksums(layer: number): HTMLElement[] {
    const { detail, layers, texts } = this.shown;
    const view = layers[layer];
    if (!view) return [];
    return (detail.packed.checksums ?? []).filter((checksum) => checksum.layer === layer)
      .map((checksum) => makeChecksum(checksum, view, texts));
  }

  private paperContent(): HTMLElement[] {
    const { shown, view, picture } = this;
    const { bytes } = shown.detail;
    return [
      make("h3", {}, layerTitle(view.layer)),
      ...(picture ? [picture.element] : []),
      ...this.checksums(shown.layer),
      this.tree.element,
      ...this.otherPictures(),
      ...(bytes.length <= PRINTED_BYTES_MAX ? [this.frameDump.element] : []),
    ];
  }

  /* For paper: what the tabs hide. */
  private otherPictures(): HTMLElement[] {
    const { layers, before, layer } = this.shown;
    const pictures = layers.flatMap((view, index) => {
      const picture = index === layer ? null : makeBitPicture(view, before);
      return picture ? [make("div", { class: "inspector-other" },
        make("h3", {}, layerTitle(view.layer)), picture.element)] : [];
    });
    return pictures.slice(0, PRINTED_MAX);
  }

  private makePanel(): HTMLElement {
    const { pinned, layers, before, missing } = this.shown;
    const view = pinned ? layers[pinned.layer] : undefined;
    if (pinned && view)
      return makeFieldPanel(view, pinned.field, before, () => this.events.pin(null));
    return makeHint(missing ?? undefined);
  }

  private makeDump(bytes: Uint8Array, title: string,
    placeOf: (byte: number) => { layer: number; byte: number } | null): Dump {
    const owners = (byte: number): { layer: number; fields: number[] } | null => {
      const place = placeOf(byte);
      const view = place ? this.shown.layers[place.layer] : undefined;
      return place && view ? { layer: place.layer, fields: fieldsAt(view, place.byte) } : null;
    };
    return makeHexDump(bytes, title, {
      over: (byte) => {
        const found = byte === null ? null : owners(byte);
        this.light(found?.fields ?? [], found?.layer ?? this.shown.layer,
          byte === null ? null : { byte, value: bytes[byte] ?? 0 });
      },
      pick: (byte) => {
        const found = owners(byte);
        if (found) this.pinOneOf(found.layer, found.fields);
      },
    });
  }

  /* Of several that share a byte: what is set, else the first; again: the next. */
  private pinOneOf(layer: number, fields: readonly number[]): void {
    const { pinned, layers } = this.shown;
    const at = pinned?.layer === layer ? fields.indexOf(pinned.field) : -1;
    const set = fields.find((index) => layers[layer]?.fields[index]?.field.value === "set");
    const field = at >= 0 && fields.length > 1 ? fields[(at + 1) % fields.length]
      : set ?? fields[0];
    if (field !== undefined) this.events.pin({ layer, field });
  }

  private lightOne(field: number | null): void {
    this.light(field === null ? [] : [field], this.shown.layer, null);
    if (field !== null) this.reveal(this.shown.layer, field);
  }

  private light(fields: readonly number[], layer: number,
    byte: { byte: number; value: number } | null): void {
    const here = layer === this.shown.layer;
    const pinned = this.shown.pinned?.layer === this.shown.layer ? this.shown.pinned.field : -1;
    if (here && fields[0] !== undefined) lastKey = this.view.fields[fields[0]]?.key ?? "";
    this.picture?.mark(here ? new Set(fields) : NOTHING, pinned);
    this.tree.mark(here ? new Set(fields) : NOTHING, pinned);
    this.markDumps(fields, layer);
    this.tell(fields, layer, byte);
    this.preview(fields[0], layer);
  }

  /* Nothing but what is pinned stays when the pointer has left. */
  private preview(field: number | undefined, layer: number): void {
    const { layers, before, pinned } = this.shown;
    const view = layers[layer];
    if (pinned || !view) return;
    if (field === this.told?.field && (field === undefined || layer === this.told?.layer)) return;
    this.told = field === undefined ? null : { layer, field };
    const panel = field === undefined ? this.makePanel() : makeFieldPreview(view, field, before);
    this.panel.replaceWith(panel);
    this.panel = panel;
  }

  private tell(fields: readonly number[], layer: number,
    byte: { byte: number; value: number } | null): void {
    const view = this.shown.layers[layer];
    const names = fields.map((index) => {
      const field = view?.fields[index]?.field;
      if (!field) return "";
      const value = visibleLine(valueOf(field.kind.name, field.value).text);
      return `${fieldTitle(field.kind)} ${value}`;
    });
    const place = byte === null ? "" : t("byte", { n: byte.byte,
      hex: byte.value.toString(16).padStart(2, "0") });
    const title = view && names.length > 0
      ? t("fieldsTold", { layer: layerTitle(view.layer), fields: names.join(t("comma")) }) : "";
    this.status.textContent = [place, title].filter((text) => text !== "").join(" · ");
  }

  private rangeOf(layer: number, field: number): ByteRange | null {
    const placed = this.shown.layers[layer]?.fields[field];
    if (!placed || placed.end <= placed.first) return null;
    return { first: placed.first >> 3, end: (placed.end + 7) >> 3 };
  }

  private inFrame(layer: number, range: ByteRange): ByteRange | null {
    const view = this.shown.layers[layer];
    return view ? rangeInFrame(view, range) : null;
  }

  private reveal(layer: number, field: number): void {
    const range = this.rangeOf(layer, field);
    const inFrame = range && this.inFrame(layer, range);
    if (inFrame) this.frameDump.reveal(inFrame);
    if (range && layer === this.shown.layer) this.layerDump?.reveal(range);
  }

  private markDumps(fields: readonly number[], layer: number): void {
    const { pinned } = this.shown;
    const lit = fields.map((field) => this.rangeOf(layer, field))
      .filter((range): range is ByteRange => range !== null);
    const inFrame = lit.map((range) => this.inFrame(layer, range))
      .filter((range): range is ByteRange => range !== null);
    const fixed = pinned ? this.rangeOf(pinned.layer, pinned.field) : null;
    this.frameDump.mark({
      lit: inFrame,
      pinned: pinned && fixed && this.inFrame(pinned.layer, fixed),
      layer: this.inFrame(this.shown.layer, { first: 0, end: this.view.layer.length }),
    });
    this.layerDump?.mark({
      lit: layer === this.shown.layer ? lit : [],
      pinned: pinned?.layer === this.shown.layer ? fixed : null,
      layer: null,
    });
  }

  private listen(): void {
    const area = this.element;
    for (const part of [this.picture?.element, this.tree.element]) {
      part?.addEventListener("pointerover", (event) => this.lightOne(indexOf(event.target)));
      part?.addEventListener("pointerleave", () => this.light([], this.shown.layer, null));
      part?.addEventListener("click", (event) => {
        const field = indexOf(event.target);
        if (field !== null && area.contains(part))
          this.events.pin({ layer: this.shown.layer, field });
      });
    }
  }
}

/* The field that had the focus or the pointer, so that it has it again in the next segment. */
let lastKey = "";

export function makeFrameView(shown: Shown, events: FrameEvents): FrameView {
  return new View(shown, events);
}
