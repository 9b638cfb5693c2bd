/* ✓ and ✗, with words for who does not see them. */

import { make } from "../dom/make.ts";

export type Verdict = "good" | "bad" | "open";

const SIGNS: Record<Verdict, string> = { good: "✓", bad: "✗", open: "–" };

export function makeMark(verdict: Verdict, words: string): HTMLElement {
  return make("span", { class: `experiment-mark experiment-${verdict}`, title: words },
    make("span", { "aria-hidden": "true" }, SIGNS[verdict]),
    make("span", { class: "visually-hidden" }, words));
}

/* A box that scrolls by itself: reachable by keyboard, and named. */
export function makeBox(name: string, className: string, ...content: Node[]): HTMLElement {
  return make("div", { class: className, role: "region", tabindex: 0, "aria-label": name },
    ...content);
}

export function makeBlock(title: string, ...content: (Node | null)[]): HTMLElement {
  return make("div", { class: "experiment-block" }, make("h3", {}, title), ...content);
}
