/*
 * Parts that are not needed for the first look at a big document: they are made one by one once
 * nobody has touched the page for a moment and the browser has nothing else to do, so that who
 * begins at once does not wait for them; or as soon as somebody comes near them, or prints.
 */

import { make } from "../dom/make.ts";
import type { Part } from "./part.ts";

export const BIG_DOCUMENT_SEGMENTS = 3000;
const QUIET_MS = 700;
const TOUCHES = ["keydown", "pointerdown", "wheel", "scroll"];

const LISTENING = { capture: true, passive: true }; /* boxes within that scroll, too */

/* Safari has no idle callbacks. */
const whenIdle: (run: () => void) => void =
  "requestIdleCallback" in window
    ? (run) => void requestIdleCallback(run, { timeout: 1000 })
    : (run) => void setTimeout(run, 50);

export class LaterParts {
  private readonly waiting = new Map<Element, () => void>();
  private touched = 0;
  private timer = 0;
  private readonly touch = (): void => {
    this.touched = performance.now();
  };
  private readonly makeAll = (): void => {
    for (const element of [...this.waiting.keys()]) this.make(element);
  };
  private readonly nearby = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) this.make(target);
  });

  /* Stands for the part until that is made; who makes it ends it. */
  add(makePart: () => Part | null): Part {
    const element = make("div", { class: "later", "aria-busy": "true" });
    this.waiting.set(element, () => {
      const part = makePart();
      if (part) element.append(part.element);
      element.removeAttribute("aria-busy");
      element.classList.remove("later");
    });
    return { element };
  }

  /* Begins, once the first parts are shown. */
  start(): void {
    if (this.waiting.size === 0) return;
    addEventListener("beforeprint", this.makeAll);
    for (const name of TOUCHES) addEventListener(name, this.touch, LISTENING);
    for (const element of this.waiting.keys()) this.nearby.observe(element);
    this.touch();
    this.waitForQuiet();
  }

  private waitForQuiet(): void {
    const left = this.touched + QUIET_MS - performance.now();
    this.timer = setTimeout(() => {
      if (performance.now() < this.touched + QUIET_MS) this.waitForQuiet();
      else whenIdle(() => this.makeNext());
    }, Math.max(0, left));
  }

  private makeNext(): void {
    const [element] = this.waiting.keys();
    if (!element) return;
    this.make(element);
    this.waitForQuiet();
  }

  private make(element: Element): void {
    const makePart = this.waiting.get(element);
    this.waiting.delete(element);
    this.nearby.unobserve(element);
    makePart?.();
  }

  end(): void {
    this.waiting.clear();
    this.nearby.disconnect();
    clearTimeout(this.timer);
    removeEventListener("beforeprint", this.makeAll);
    for (const name of TOUCHES) removeEventListener(name, this.touch, LISTENING);
  }
}
