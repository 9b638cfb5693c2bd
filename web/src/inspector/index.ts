/*
 * The inspector: the chosen segment with its headers as bit pictures, its bytes and its fields. A
 * field that is pinned stays so, by its name, when the selection goes on to the next segment.
 */

import "./inspector.css";
import { make } from "../dom/make.ts";
import type { Detail } from "../document/report.ts";
import { isPrinting } from "../shell/paper.ts";
import type { Part } from "../shell/part.ts";
import type { Store } from "../shell/store.ts";
import { fieldTitle } from "./field_texts.ts";
import { makeFrameView, type FrameView } from "./frame_view.ts";
import { findField, valuesBefore, viewLayers, type FieldPlace, type LayerView } from "./layers.ts";
import { makeSummary } from "./summary.ts";

/* What outlives the part: it is made anew when the language or the theme changes. */
const memory = { layer: "tcp.0", pinned: null as string | null, title: "" };

class Inspector implements Part {
  private frame: FrameView | null = null;
  private readonly end: (() => void)[] = [];
  /* The inspector's own height changes with its width: to observe it would be a loop. */
  private readonly ruler = make("div", { class: "ruler" });
  readonly element = make("div", { class: "inspector" }, this.ruler);
  private readonly observer = new ResizeObserver((entries) => {
    this.width = entries[0]?.contentRect.width ?? this.width;
    this.frame?.setWidth(this.width);
  });
  private width = 600;
  private printing = isPrinting();

  constructor(private readonly store: Store) {
    this.end.push(store.subscribe((_, change) => {
      if (change.frame) this.show();
    }));
    this.listen("beforeprint", () => this.print(true));
    this.listen("afterprint", () => this.print(false));
    this.observer.observe(this.ruler);
    this.show();
  }

  destroy(): void {
    this.end.forEach((end) => end());
    this.observer.disconnect();
  }

  private listen(name: "beforeprint" | "afterprint", act: () => void): void {
    addEventListener(name, act);
    this.end.push(() => removeEventListener(name, act));
  }

  private print(printing: boolean): void {
    this.printing = printing;
    this.show();
  }

  private show(): void {
    const { segment } = this.store;
    const focus = this.frame?.focused() ?? null;
    const detail = segment ? this.store.report.detail(segment.frame) : null;
    const summary = makeSummary(this.store, detail);
    this.frame = segment && detail ? this.makeFrame(detail) : null;
    /* The ruler stays where it is: put in anew it would be measured anew. */
    while (this.element.lastChild !== this.ruler) this.element.lastChild?.remove();
    this.element.append(summary, ...(this.frame ? [this.frame.element] : []));
    this.frame?.setWidth(this.width);
    if (focus) this.frame?.focus(focus);
  }

  private makeFrame(detail: Detail): FrameView {
    const { segment, report } = this.store;
    const layers = viewLayers(detail);
    return makeFrameView({
      detail,
      layers,
      before: segment ? valuesBefore(report, segment) : null,
      texts: report.document.texts,
      layer: this.chosenLayer(layers),
      pinned: memory.pinned === null ? null : findField(layers, memory.pinned),
      missing: memory.pinned === null ? null : memory.title,
      printing: this.printing,
    }, {
      chooseLayer: (layer) => {
        memory.layer = layers[layer]?.key ?? memory.layer;
        this.show();
      },
      pin: (place) => this.pin(layers, place),
      step: (by) => this.store.step(by, "inspector"),
    });
  }

  private chosenLayer(layers: readonly LayerView[]): number {
    const chosen = layers.findIndex((view) => view.key === memory.layer);
    if (chosen >= 0) return chosen;
    const tcp = layers.findIndex((view) => view.key === "tcp.0");
    return tcp >= 0 ? tcp : layers.length - 1;
  }

  private pin(layers: readonly LayerView[], place: FieldPlace | null): void {
    const view = place ? layers[place.layer] : undefined;
    const placed = place ? view?.fields[place.field] : undefined;
    if (view) memory.layer = view.key;
    memory.pinned = placed && placed.key !== memory.pinned ? placed.key : null;
    memory.title = placed ? fieldTitle(placed.field.kind) : "";
    this.show();
  }
}

export function makeInspector(store: Store): Part | null {
  return store.report.document.connections.length === 0 ? null : new Inspector(store);
}
