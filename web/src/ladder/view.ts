/*
 * The scroll box: of the whole ladder only what is in sight, and a little around it, is drawn. It
 * is drawn in pieces, each a picture of its own that is never touched again: to move one large
 * picture would make the browser lay out every text in it.
 */

import { draw, make } from "../dom/make.ts";
import { arrowId, drawArrow } from "./arrow.ts";
import { LINE_HEIGHT } from "./label.ts";
import { type Layout, ranksBetween } from "./layout.ts";
import { drawBefore, drawBehind } from "./scene.ts";
import { t } from "./texts.ts";

const AROUND = 320; /* pixels drawn above and below what is in sight */
const NEAR = 100; /* of them left: draw more */
const CHUNK = 12; /* segments in a piece */
const SLICE = 800; /* pixels of what is behind them in a piece */

/* The pieces that are there now, by number, in this order in the page. */
class Pieces {
  private readonly drawn = new Map<number, SVGSVGElement>();

  constructor(
    private readonly parent: HTMLElement, private readonly drawOne: (n: number) => SVGSVGElement) {}

  clear(): void {
    this.parent.replaceChildren();
    this.drawn.clear();
  }

  add(n: number): void {
    if (this.drawn.has(n)) return;
    let next = Infinity;
    for (const other of this.drawn.keys()) if (other > n && other < next) next = other;
    const piece = this.drawOne(n);
    this.parent.insertBefore(piece, this.drawn.get(next) ?? null);
    this.drawn.set(n, piece);
  }

  keep(wanted: (n: number) => boolean): void {
    for (const [n, piece] of this.drawn) {
      if (wanted(n)) continue;
      piece.remove();
      this.drawn.delete(n);
    }
  }
}

export class LadderView {
  readonly element: HTMLElement;
  private readonly whole: HTMLElement;
  private readonly behind: Pieces; /* slices */
  private readonly before: Pieces;
  private readonly chunks: Pieces;
  private layout: Layout | null = null;
  private chosen: number[] = []; /* places: a copy has its original's frame */
  private sight = 0;
  private height = 0; /* of the box */
  private top = 0; /* what is drawn */
  private bottom = -1;

  /* `moved`: the view begins at another height. */
  constructor(private readonly moved: (y: number) => void) {
    const behind = make("div", { "aria-hidden": "true" });
    const arrows = make("div", { role: "presentation" });
    const before = make("div", { class: "ladder-before", "aria-hidden": "true" });
    this.behind = new Pieces(behind, (n) => this.drawSlice(n, drawBehind));
    this.before = new Pieces(before, (n) => this.drawSlice(n, drawBefore));
    this.chunks = new Pieces(arrows, (n) => this.drawChunk(n));
    this.whole = make("div", { class: "ladder-whole", role: "presentation" }, behind,
      arrows, before);
    this.element = make("div", { class: "ladder-scroll", role: "listbox", tabindex: 0,
      "aria-label": t("ladder") }, this.whole);
    this.element.addEventListener("scroll", () => this.look(), { passive: true });
  }

  show(layout: Layout): void {
    const anchor = this.anchor();
    this.layout = layout;
    this.whole.style.height = `${layout.height}px`;
    for (const pieces of [this.behind, this.chunks, this.before]) pieces.clear();
    this.bottom = -1;
    if (anchor) this.element.scrollTop = (layout.sentY[anchor.place] ?? 0) - anchor.below;
    this.look();
  }

  /* Another connection: it begins at its top. */
  forget(): void {
    this.layout = null;
    this.chosen = [];
    this.element.scrollTop = 0;
  }

  choose(places: number[], scroll: boolean): void {
    const before = this.chosen;
    this.chosen = places;
    for (const place of [...before, ...places]) this.mark(place);
    const first = places[0];
    if (first !== undefined && scroll) this.scrollTo(first);
    this.keepChosen();
  }

  /* Where the box is higher than what the window shows of it: by keys one may step out of that. */
  bringIntoWindow(): void {
    const place = this.chosen[0];
    const { top, bottom } = this.element.getBoundingClientRect();
    if (place === undefined || bottom < 0 || top > innerHeight) return;
    document.getElementById(arrowId(place))
      ?.scrollIntoView({ behavior: "instant", block: "nearest" });
  }

  /* The box has been moved. Reads first, then writes. */
  look(): void {
    this.sight = this.element.scrollTop;
    this.height = this.element.clientHeight;
    this.update();
    this.moved(this.sight);
  }

  /* The box has got another height: what was chosen and in sight stays so. */
  resized(): void {
    const first = this.chosen[0];
    const seen = first !== undefined && this.isSeen(first);
    this.look();
    if (first !== undefined && seen) this.scrollTo(first);
  }

  private isSeen(place: number): boolean {
    const y = this.layout?.sentY[place] ?? 0;
    return y >= this.sight && y <= this.sight + this.height;
  }

  /* What is to stay where it is when everything is laid out anew. */
  private anchor(): { place: number; below: number } | null {
    const layout = this.layout;
    if (!layout || this.sight === 0) return null;
    const [first] = ranksBetween(layout, this.sight, this.sight + this.height);
    const place = layout.shown[first];
    return place === undefined ? null
      : { place, below: (layout.sentY[place] ?? 0) - this.sight };
  }

  private scrollTo(place: number): void {
    const layout = this.layout;
    if (!layout || (layout.rank[place] ?? -1) < 0) return;
    const y = layout.sentY[place] ?? 0;
    const top = y - (layout.lines[place] ?? 1) * LINE_HEIGHT - 12;
    const bottom = Math.min(Math.max(y, layout.endY[place] ?? y) + 12, top + this.height);
    if (top >= this.sight && bottom <= this.sight + this.height) return;
    const above = top < this.sight || bottom - top > this.height * 0.6;
    this.element.scrollTop = above ? top - this.height * 0.3 : bottom - this.height * 0.7;
    this.look();
  }

  private update(): void {
    const layout = this.layout;
    if (!layout) return;
    const end = this.sight + this.height;
    const enough = this.top <= Math.max(0, this.sight - NEAR) &&
      this.bottom >= Math.min(layout.height, end + NEAR);
    if (enough) return;
    this.top = Math.max(0, this.sight - AROUND);
    this.bottom = Math.min(layout.height, end + AROUND);
    const firstSlice = Math.floor(this.top / SLICE);
    const lastSlice = Math.floor(Math.max(0, this.bottom - 1) / SLICE);
    for (const slices of [this.behind, this.before]) {
      slices.keep((n) => n >= firstSlice && n <= lastSlice);
      for (let n = firstSlice; n <= lastSlice; n++) slices.add(n);
    }
    this.updateChunks(layout);
    this.keepChosen();
  }

  private updateChunks(layout: Layout): void {
    const [first, end] = ranksBetween(layout, this.top, this.bottom);
    const wanted = new Set<number>();
    for (let rank = first; rank < end; rank++) {
      const place = layout.shown[rank] ?? 0;
      /* One that is under way for long lets many be asked that have arrived long before. */
      if (Math.max(layout.sentY[place] ?? 0, layout.endY[place] ?? 0) < this.top) continue;
      const chunk = Math.floor(rank / CHUNK);
      wanted.add(chunk);
      rank = (chunk + 1) * CHUNK - 1;
    }
    this.chunks.keep((n) => wanted.has(n));
    for (const n of wanted) this.chunks.add(n);
  }

  private drawSlice(n: number, drawn: typeof drawBehind): SVGSVGElement {
    const layout = this.layout;
    const top = n * SLICE;
    const height = Math.min(SLICE, (layout?.height ?? 0) - top);
    const width = layout?.columns.width ?? 0;
    const svg = draw("svg", { class: "ladder-slice", width, height,
      viewBox: `0 ${top} ${width} ${height}` });
    svg.style.top = `${top}px`;
    if (layout) svg.append(...drawn(layout, top, top + height));
    return svg;
  }

  private drawChunk(n: number): SVGSVGElement {
    const svg = draw("svg", { class: "ladder-chunk", role: "presentation" });
    const layout = this.layout;
    if (!layout) return svg;
    const first = n * CHUNK;
    const end = Math.min(layout.shown.length, first + CHUNK);
    const base = Math.floor(layout.sentY[layout.shown[first] ?? 0] ?? 0);
    for (let rank = first; rank < end; rank++) {
      const place = layout.shown[rank] ?? 0;
      const arrow = drawArrow(layout, place, rank, base);
      if (!arrow) continue;
      if (this.chosen.includes(place)) setChosen(arrow, true, place === this.chosen[0]);
      svg.append(arrow);
    }
    svg.setAttribute("width", String(layout.columns.width));
    svg.setAttribute("height", "1"); /* what is in it stands over its edge */
    svg.style.top = `${base}px`;
    return svg;
  }

  private mark(place: number): void {
    const arrow = document.getElementById(arrowId(place));
    if (arrow) setChosen(arrow, this.chosen.includes(place), place === this.chosen[0]);
  }

  /* What aria-activedescendant names has to be there, also out of sight. */
  private keepChosen(): void {
    const place = this.chosen[0];
    const rank = place === undefined ? -1 : this.layout?.rank[place] ?? -1;
    if (place === undefined || rank < 0) {
      this.element.removeAttribute("aria-activedescendant");
      return;
    }
    this.chunks.add(Math.floor(rank / CHUNK));
    this.element.setAttribute("aria-activedescendant", arrowId(place));
  }
}

function setChosen(arrow: Element, chosen: boolean, first: boolean): void {
  arrow.classList.toggle("ladder-chosen", chosen);
  arrow.setAttribute("aria-selected", String(chosen && first));
}
