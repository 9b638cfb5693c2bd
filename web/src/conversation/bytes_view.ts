/*
 * The bytes of both sides as text or as a hex dump. A window of pieces is in the page, never a
 * whole long stream; it grows at either end when asked, and moves to what is chosen.
 */

import { make, type Child } from "../dom/make.ts";
import type { Store } from "../shell/store.ts";
import { bytes, count, moment } from "../text/numbers.ts";
import { hexRows, invalidText, splitInvalid } from "./readable.ts";
import { t } from "./texts.ts";
import type { Hit, Piece, Transcript, Turn } from "./transcript.ts";

export type Mode = "text" | "hex";

const SCREEN = { text: 64 * 1024, hex: 16 * 1024 }; /* bytes that are added at once */
const SCREENS = 4; /* that are kept */
const PIECES = 2000; /* at most in the page, however short they are */
const FRAMES = 6; /* linked at a turn */
const NARROW = 640; /* pixels: below it a row has eight bytes */

/* Text between the bytes that are none. */
function shownText(text: string): (string | HTMLElement)[] {
  return splitInvalid(text).map((part, i) => i % 2 === 0 ? part :
    make("span", { class: "conversation-invalid", title: t("invalid") }, invalidText(part)));
}

export class BytesView {
  readonly element: HTMLElement;
  private first = 0;
  private last = -1;
  private chosen: number[] = [];
  private hits: readonly Hit[] = [];
  private found = new Set<number>(); /* pieces in which a match begins */
  private hit = -1;
  private shown = new Map<number, HTMLElement>();
  private columns = 16;

  constructor(
    private readonly store: Store, private readonly transcript: Transcript,
    private readonly mode: Mode) {
    this.element = make("div", { class: `conversation-bytes conversation-${mode}`, tabindex: 0,
      role: "region", "aria-label": t(`region_${mode}`),
      onclick: (event: MouseEvent) => this.click(event) });
    this.last = this.reach(0, 1);
    this.choose(false);
    if (this.shown.size === 0) this.render();
  }

  /* Shows the pieces of the chosen segment; scrolls to them unless it was chosen here. */
  choose(scroll: boolean): void {
    for (const place of this.chosen) this.setChosen(place, false);
    const segment = this.store.segment;
    const here = segment && segment.connection === this.store.selection.connection;
    this.chosen = here ? this.transcript.piecesOf(segment) : [];
    const first = this.chosen[0];
    if (first === undefined) return;
    this.show(first);
    for (const place of this.chosen) this.setChosen(place, true);
    if (scroll) this.scrollTo(this.shown.get(first));
  }

  setHits(hits: readonly Hit[]): void {
    this.hits = hits;
    this.found = new Set(hits.map((hit) => hit.piece));
    this.hit = -1;
    this.render();
  }

  goToHit(place: number): void {
    const hit = this.hits[place];
    if (!hit) return;
    const before = this.hit;
    this.hit = place;
    this.show(hit.piece);
    for (const [index, on] of [[before, false], [place, true]] as const) {
      for (const mark of this.element.querySelectorAll(`[data-hit="${index}"]`))
        mark.classList.toggle("conversation-current", on);
    }
    this.scrollTo(this.element.querySelector<HTMLElement>(`[data-hit="${place}"]`) ??
      this.shown.get(hit.piece));
  }

  private scrollTo(element: HTMLElement | undefined): void {
    if (!element) return;
    const box = this.element.getBoundingClientRect();
    const at = element.getBoundingClientRect();
    if (at.top >= box.top + 30 && at.bottom <= box.bottom) return;
    this.element.scrollTop += at.top - box.top - box.height / 3;
  }

  /* The last piece of a window from `first` on; backwards with a step of -1. */
  private reach(first: number, step: 1 | -1): number {
    const { pieces } = this.transcript;
    let size = 0;
    let at = first;
    for (; at >= 0 && at < pieces.length; at += step) {
      size += pieces[at]?.length ?? 0;
      if (size >= SCREEN[this.mode] || Math.abs(at - first) >= PIECES / SCREENS) break;
    }
    return Math.max(0, Math.min(pieces.length - 1, at));
  }

  private show(place: number): void {
    if (place >= this.first && place <= this.last && this.shown.size > 0) return;
    if (place < this.first || place > this.last) {
      this.first = Math.max(0, place - 3);
      this.last = Math.max(place, this.reach(this.first, 1));
    }
    this.render();
  }

  private size(): number {
    let size = 0;
    for (let i = this.first; i <= this.last; i++) size += this.transcript.pieces[i]?.length ?? 0;
    return size;
  }

  private tooMuch(): boolean {
    return this.size() > SCREENS * SCREEN[this.mode] || this.last - this.first >= PIECES;
  }

  private showLater(): void {
    const from = this.last;
    this.last = this.reach(this.last + 1, 1);
    if (this.tooMuch()) this.first = from;
    this.renderAround(from);
  }

  private showEarlier(): void {
    const from = this.first;
    this.first = this.reach(this.first - 1, -1);
    if (this.tooMuch()) this.last = from;
    this.renderAround(from);
  }

  /* The piece that was at the edge stays where it is on the screen. */
  private renderAround(place: number): void {
    const before = this.shown.get(place)?.getBoundingClientRect().top ?? 0;
    this.render();
    const after = this.shown.get(place)?.getBoundingClientRect().top ?? before;
    this.element.scrollTop += after - before;
    this.element.focus({ preventScroll: true });
  }

  /* Rows as long as there is room for. */
  fit(): void {
    const columns = this.element.clientWidth < NARROW ? 8 : 16;
    if (columns === this.columns || this.mode !== "hex") return;
    this.columns = columns;
    this.render();
  }

  private render(): void {
    const { pieces, turns } = this.transcript;
    this.shown = new Map();
    const blocks: Child[] = [];
    const firstTurn = pieces[this.first]?.turn ?? 0;
    const lastTurn = pieces[this.last]?.turn ?? -1;
    for (let i = firstTurn; i <= lastTurn; i++) {
      const turn = turns[i];
      if (turn) blocks.push(this.block(turn));
    }
    const rest = (from: number, to: number): string => {
      let size = 0;
      for (let i = from; i < to; i++) size += pieces[i]?.length ?? 0;
      return bytes(size);
    };
    const earlier = this.first > 0 && make("button", { type: "button",
      onclick: () => this.showEarlier() }, t("earlier", { n: rest(0, this.first) }));
    const later = this.last < pieces.length - 1 && make("button", { type: "button",
      onclick: () => this.showLater() },
    t("later", { n: rest(this.last + 1, pieces.length) }));
    this.element.replaceChildren(
      ...[earlier, ...blocks, later].filter((child): child is HTMLElement =>
        child instanceof HTMLElement));
    for (const place of this.chosen) this.setChosen(place, true);
  }

  private block(turn: Turn): HTMLElement {
    const from = Math.max(turn.first, this.first);
    const to = Math.min(turn.last, this.last);
    const body = make(this.mode === "text" ? "pre" : "div", { class: "conversation-body" });
    for (let i = from; i <= to; i++) {
      const piece = this.transcript.pieces[i];
      if (!piece) continue;
      const element = this.mode === "text" ? this.textOf(piece) : this.hexOf(piece);
      this.shown.set(i, element);
      body.append(element);
    }
    return make("div", { class: `conversation-turn conversation-from-${turn.from}` },
      this.heading(turn, from, to), body);
  }

  /* Of the part of a turn that is in the page. */
  private heading(turn: Turn, first: number, last: number): HTMLElement {
    const frames = new Set<number>();
    let more = 0;
    for (let i = first; i <= last; i++) {
      const frame = this.transcript.pieces[i]?.frame;
      if (frame === undefined || frames.has(frame)) continue;
      if (frames.size < FRAMES) frames.add(frame);
      else more++;
    }
    const clock = this.store.report.clock(this.store.selection.connection);
    const start = moment(turn.start + clock);
    const time = turn.end > turn.start
      ? t("within", { start, end: moment(turn.end + clock) }) : t("at", { start });
    return make("p", { class: "conversation-head" },
      make("strong", {}, turn.from === "client" ? "→ " : "← ", t(`said_${turn.from}`)),
      first > turn.first && make("span", {}, t("turnGoesOn")),
      make("span", {}, time), make("span", {}, bytes(turn.bytes)),
      make("span", { class: "conversation-frames" }, t("frames"), ...[...frames].map((frame) =>
        make("button", { type: "button", class: "quiet", "data-frame": frame,
          "aria-label": t("chooseFrame", { n: frame }) }, frame)),
      more > 0 && t("moreFrames", { n: count(more) })));
  }

  private missing(piece: Piece): HTMLElement {
    return make("span", { class: "conversation-missing" },
      t("missing", { n: bytes(piece.missing) }));
  }

  private textOf(piece: Piece): HTMLElement {
    const element = make("span", { class: "conversation-piece", "data-frame": piece.frame });
    if (piece.length === 0) element.append(this.missing(piece));
    else element.append(...this.marked(piece));
    return element;
  }

  /* The piece's text, with the matches of the search in it. */
  private marked(piece: Piece): (string | HTMLElement)[] {
    const text = this.transcript.text(piece);
    if (this.hits.length === 0) return shownText(text);
    const start = this.transcript.startInTurn(piece);
    const parts: (string | HTMLElement)[] = [];
    let done = 0;
    for (let i = this.firstHit(piece.turn, start); i < this.hits.length; i++) {
      const hit = this.hits[i];
      if (!hit || hit.turn !== piece.turn || hit.start >= start + text.length) break;
      const from = Math.max(0, hit.start - start);
      const to = Math.min(text.length, hit.end - start);
      parts.push(...shownText(text.slice(done, from)), make("mark", { "data-hit": i,
        class: i === this.hit ? "conversation-current" : null },
      ...shownText(text.slice(from, to))));
      done = to;
    }
    parts.push(...shownText(text.slice(done)));
    return parts;
  }

  /* The first that ends after `start` of that turn. */
  private firstHit(turn: number, start: number): number {
    let low = 0;
    let high = this.hits.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const hit = this.hits[middle];
      if (hit && (hit.turn < turn || (hit.turn === turn && hit.end <= start))) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private hexOf(piece: Piece): HTMLElement {
    const element = make("pre", { class: "conversation-piece", "data-frame": piece.frame });
    if (piece.length === 0) element.append(this.missing(piece));
    else element.append(hexRows(this.transcript.bytes(piece), piece.offset, this.columns,
      this.transcript.offsetDigits));
    if (this.found.has(piece.index)) element.classList.add("conversation-found");
    return element;
  }

  private setChosen(place: number, on: boolean): void {
    const element = this.shown.get(place);
    element?.classList.toggle("conversation-chosen", on);
    if (on) element?.setAttribute("aria-current", "true");
    else element?.removeAttribute("aria-current");
  }

  private click(event: MouseEvent): void {
    if (!(event.target instanceof HTMLElement)) return;
    const at = event.target.closest<HTMLElement>("[data-frame]");
    if (!at || !this.element.contains(at)) return;
    if (String(getSelection() ?? "") !== "" && at.tagName !== "BUTTON") return; /* text is marked */
    this.store.selectFrame(Number(at.dataset["frame"]), "conversation");
  }
}
