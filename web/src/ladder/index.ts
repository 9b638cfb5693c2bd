/* The ladder: client left, server right, time downwards, an arrow for each segment. */

import "./ladder.css";
import { clear, make } from "../dom/make.ts";
import { isPrinting } from "../shell/paper.ts";
import type { Part } from "../shell/part.ts";
import type { Store } from "../shell/store.ts";
import { sentences } from "../text/language.ts";
import { count } from "../text/numbers.ts";
import { callsOf } from "./calls.ts";
import { makeEnds, makeSwitch } from "./controls.ts";
import { type Choice, type Layout, layOut, stateAt } from "./layout.ts";
import { makeLegend } from "./legend.ts";
import { makePrint } from "./print.ts";
import { sentenceOf } from "./sentence.ts";
import { t } from "./texts.ts";
import { LadderView } from "./view.ts";

const WHO = "ladder";
const PAGE = 10; /* segments that Page Up and Page Down pass over, as the stepper's */
const BORDERS = 2; /* of the box */
const AROUND_BOX = 16; /* kept free above and below it, together */
const LOWER = 4; /* a state counts as the view's from a little below its top */

/* Chosen once, kept when language or theme make all parts anew. */
const kept = { hideAcks: false, trueTime: false, calls: true };

class Ladder {
  readonly element: HTMLElement;
  private readonly view = new LadderView((y) => this.showStates(y));
  private readonly ends = makeEnds();
  private readonly switches = make("div", { class: "ladder-switches" });
  private readonly hidden = make("span", { class: "ladder-hidden" });
  private readonly detail = make("p", { class: "ladder-detail" });
  private readonly notes = make("div", { class: "ladder-notes" });
  private readonly legend = make("div");
  private readonly paper = make("div");
  private readonly whole: HTMLElement;
  private readonly resized: ResizeObserver;
  private readonly unsubscribe: () => void;
  private layout: Layout | null = null;
  private width = 0;
  private places = new Map<number, number[]>(); /* of a frame */

  constructor(private readonly store: Store) {
    this.whole = make("div", { class: "ladder-screen" }, this.switches, this.ends.element,
      this.view.element, this.detail, this.legend);
    const ruler = make("div", { class: "ruler" });
    this.element = make("div", { class: "ladder" }, ruler, this.notes, this.whole, this.paper);
    this.listen();
    this.showConnection();
    this.resized = new ResizeObserver(() => this.fit());
    /* Before the box, which another width makes higher: the browser then tells of it once more,
       without an error. */
    this.resized.observe(ruler);
    this.resized.observe(this.view.element);
    this.unsubscribe = store.subscribe((_, change) => {
      if (change.connection) this.showConnection();
      else this.showChosen(change.by !== WHO);
      if (change.by === "keys" || change.by === "stepper") this.view.bringIntoWindow();
    });
    addEventListener("beforeprint", this.print);
    addEventListener("afterprint", this.unprint);
    if (isPrinting()) this.print();
  }

  destroy(): void {
    this.unsubscribe();
    this.resized.disconnect();
    removeEventListener("beforeprint", this.print);
    removeEventListener("afterprint", this.unprint);
  }

  private readonly print = (): void => {
    const number = this.store.selection.connection;
    if (this.store.segments.length > 0)
      this.paper.replaceChildren(makePrint(this.store.report, number, { ...kept, width: 0 }));
  };

  private readonly unprint = (): void => clear(this.paper);

  private listen(): void {
    const box = this.view.element;
    box.addEventListener("click", (event) => {
      const place = this.under(event);
      const frame = this.layout?.timed[place]?.segment.frame;
      if (frame !== undefined) this.store.selectFrame(frame, WHO);
    });
    /* An empty place has no focus of its own: the keys are to be the list's then, too. */
    this.whole.addEventListener("click", ({ target }) => {
      const own = target instanceof Element && target.closest("label, input, button, a");
      if (!own && getSelection()?.isCollapsed !== false) box.focus({ preventScroll: true });
    });
    box.addEventListener("pointerover", (event) => this.tell(this.under(event)));
    box.addEventListener("pointerleave", () => this.tell(-1));
    box.addEventListener("keydown", (event) => this.keys(event));
  }

  /* The place of the segment under the pointer; -1. */
  private under(event: Event): number {
    const target = event.target instanceof Element ? event.target : null;
    const option = target?.closest("[data-place]");
    return option ? Number(option.getAttribute("data-place")) : -1;
  }

  private showConnection(): void {
    const { store } = this;
    this.places = new Map();
    store.segments.forEach((segment, place) => {
      const known = this.places.get(segment.frame);
      if (known) known.push(place);
      else this.places.set(segment.frame, [place]);
    });
    this.ends.show(store.connection);
    this.showSwitches();
    this.showNotes();
    this.whole.hidden = store.segments.length === 0;
    this.view.forget();
    this.layOut();
  }

  private showSwitches(): void {
    const { report, selection } = this.store;
    const timed = report.timed(selection.connection);
    const add = (key: keyof typeof kept, text: string, title = ""): HTMLElement =>
      makeSwitch(text, title, kept[key], (on) => {
        kept[key] = on;
        this.layOut();
      }).element;
    this.switches.replaceChildren(
      add("hideAcks", t("hideAcks")), this.hidden,
      add("trueTime", t("trueTime"), t("trueTimeTitle")));
    const calls = callsOf(report.document, selection.connection, timed);
    if (calls.some(({ look }) => look !== "cut" && look !== "whole"))
      this.switches.append(add("calls", t("steps")));
  }

  private showNotes(): void {
    const { connection, segments, report, selection } = this.store;
    const all = (connection?.from_client.segments ?? 0) + (connection?.from_server.segments ?? 0);
    const list: string[] = [];
    if (segments.length === 0) {
      list.push(t("none"));
      if (all > 0) list.push(t("noneLeftOut", { n: count(all) }));
    } else if (segments.length < all && report.document.left_out.segments) {
      list.push(t("some", { shown: count(segments.length), all: count(all) }));
    }
    const timed = report.timed(selection.connection);
    const { source } = report.document;
    const clock = source === "lab" || source === "try" ? "clockRun"
      : source === "pair" ? "clockSending" : "clockConnection";
    const notes = timed.length > 0 ? [t(clock)] : [];
    if (timed.length > 0 && !timed.some((one) => one.known)) notes.push(t("estimated"));
    this.notes.replaceChildren(
      ...list.map((text) => make("p", { class: "nothing" }, text)),
      notes.length > 0 ? make("p", { class: "ladder-note" }, sentences(...notes)) : "");
  }

  /* The box has got another width. */
  private fit(): void {
    this.growTo();
    const width = this.view.element.clientWidth;
    if (width !== this.width && width > 0) {
      this.width = width;
      this.layOut();
    } else {
      this.view.resized();
    }
  }

  /*
   * A short ladder is shown whole, where the window has room for it below the page's head, and
   * stays in view to its last row; a longer one scrolls in its own box.
   */
  private growTo(): void {
    const box = this.view.element;
    const head = document.querySelector<HTMLElement>(".head")?.offsetHeight ?? 0;
    const height = (this.layout?.height ?? Infinity) + BORDERS;
    const whole = height <= innerHeight - head - AROUND_BOX;
    box.style.maxHeight = whole ? "none" : "";
    const part = this.element.closest<HTMLElement>(".part-ladder");
    if (!part) return;
    const below = box.getBoundingClientRect().bottom - part.getBoundingClientRect().top;
    const top = innerHeight - below - AROUND_BOX / 2;
    part.style.top = whole && top < head + AROUND_BOX / 2 ? `${Math.round(top)}px` : "";
  }

  private layOut(): void {
    if (this.width === 0 || this.store.segments.length === 0) return;
    const choice: Choice = { ...kept, width: this.width };
    const fresh = this.layout;
    this.layout = layOut(this.store.report, this.store.selection.connection, choice);
    const hidden = this.layout.timed.length - this.layout.shown.length;
    this.hidden.textContent = hidden > 0 ? `(${t("hiddenCount", { n: count(hidden) })})` : "";
    this.view.element.toggleAttribute("data-own-keys", hidden > 0);
    this.view.show(this.layout);
    this.growTo();
    if (this.layout !== fresh) this.legend.replaceChildren(makeLegend(this.layout));
    this.showChosen(true);
  }

  private showChosen(scroll: boolean): void {
    const frame = this.store.selection.frame;
    this.view.choose(frame === null ? [] : this.places.get(frame) ?? [], scroll);
    this.tell(-1);
  }

  private showStates(top: number): void {
    if (!this.layout) return;
    const { client, server } = this.layout.bands;
    this.ends.states(stateAt(client, top + LOWER), stateAt(server, top + LOWER));
  }

  /* The line below: of what the pointer is on; else of what is chosen. */
  private tell(place: number): void {
    const frame = this.store.selection.frame;
    const at = place >= 0 ? place : (frame === null ? -1 : this.places.get(frame)?.[0] ?? -1);
    const timed = this.layout?.timed[at];
    const hidden = (this.layout?.rank[at] ?? 0) < 0;
    this.detail.textContent =
      timed ? (hidden ? t("hiddenChosen") : "") + sentenceOf(timed) : "";
  }

  /* Only while some are hidden: the shell's keys would stop at those. */
  private keys(event: KeyboardEvent): void {
    const layout = this.layout;
    if (!layout || layout.shown.length === layout.timed.length) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const here = this.rankHere(layout);
    const last = layout.shown.length - 1;
    const to: Record<string, number> = {
      ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: Math.ceil(here) - 1,
      ArrowLeft: Math.ceil(here) - 1, PageDown: here + PAGE, PageUp: here - PAGE, Home: 0,
      End: last,
    };
    const wanted = to[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    const place = layout.shown[Math.floor(Math.max(0, Math.min(last, wanted)))];
    const frame = place === undefined ? undefined : layout.timed[place]?.segment.frame;
    if (frame !== undefined) this.store.selectFrame(frame, "keys");
  }

  /* The chosen one's rank; where it is hidden, between those beside it. */
  private rankHere(layout: Layout): number {
    const frame = this.store.selection.frame;
    const place = frame === null ? -1 : this.places.get(frame)?.[0] ?? -1;
    for (let before = place; before >= 0; before--) {
      const rank = layout.rank[before] ?? -1;
      if (rank >= 0) return before === place ? rank : rank + 0.5;
    }
    return -0.5;
  }
}

export function makeLadder(store: Store): Part | null {
  if (store.report.document.connections.length === 0) return null;
  const ladder = new Ladder(store);
  return { element: ladder.element, destroy: () => ladder.destroy() };
}
