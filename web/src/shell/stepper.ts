/* The slider and the keys that go through the segments: ladder, states and header follow. */

import { make } from "../dom/make.ts";
import { showWorkbench } from "./address.ts";
import type { Part } from "./part.ts";
import type { Store } from "./store.ts";
import { t } from "./texts.ts";

const PAGE = 10; /* segments that Page Up and Page Down pass over */

export function makeStepper(store: Store): Part {
  const slider = make("input", { type: "range", min: 1, step: 1, "aria-label": t("stepper"),
    id: "stepper" });
  const place = make("span", { class: "stepper-place", "aria-live": "polite" });
  const previous = make("button", { type: "button", "aria-label": t("previous"),
    title: t("previous"), onclick: () => store.step(-1, "stepper") }, "◀");
  const next = make("button", { type: "button", "aria-label": t("next"), title: t("next"),
    onclick: () => store.step(1, "stepper") }, "▶");
  const link = make("button", { type: "button", class: "quiet", onclick: () => void copy() },
    t("copyLink"));
  const element = make("div", { class: "stepper", role: "group", "aria-label": t("stepper") },
    previous, slider, next, place, link);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      link.textContent = t("copied");
    } catch { /* no clipboard for this page: the address bar has the link as well */
      prompt(t("copyLink"), location.href);
    }
  }

  function show(): void {
    const all = store.segments.length;
    const at = store.place + 1;
    const words = t("position", { place: at, all, frame: store.selection.frame ?? "-" });
    slider.max = String(Math.max(1, all));
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", words);
    slider.disabled = all < 2;
    previous.disabled = at <= 1;
    next.disabled = at >= all;
    place.textContent = words;
    link.textContent = t("copyLink");
  }

  slider.addEventListener("input", () => store.selectPlace(Number(slider.value) - 1, "stepper"));
  const end = store.subscribe(show);
  show();
  return { element, destroy: end };
}

/* Where the arrows mean something else. */
function takesKeys(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) ||
    target.closest("[data-own-keys]") !== null;
}

const KEYS: Record<string, (store: Store) => void> = {
  ArrowDown: (store) => store.step(1, "keys"),
  ArrowUp: (store) => store.step(-1, "keys"),
  ArrowRight: (store) => store.step(1, "keys"),
  ArrowLeft: (store) => store.step(-1, "keys"),
  PageDown: (store) => store.step(PAGE, "keys"),
  PageUp: (store) => store.step(-PAGE, "keys"),
  Home: (store) => store.selectPlace(0, "keys"),
  End: (store) => store.selectPlace(Infinity, "keys"),
};

/* Nothing has the focus: after the page was opened, or a click on an empty place. */
function isNowhere(target: EventTarget | null): boolean {
  return target === document.body || target === document.documentElement;
}

function isInView(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

/*
 * In the workbench, unless the part under the keys has its own use for them. Arrows of a page in
 * which nothing has the focus are the ladder's: it gets the focus, and so the keys after that.
 */
export function stepByKeys(workbench: HTMLElement, store: Store): Part {
  workbench.addEventListener("keydown", (event) => {
    const action = KEYS[event.key];
    if (!action || event.defaultPrevented) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (takesKeys(event.target)) return;
    event.preventDefault();
    action(store);
  });
  const fromNowhere = (event: KeyboardEvent): void => {
    if (!event.key.startsWith("Arrow") || !isNowhere(event.target)) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const list = workbench.querySelector<HTMLElement>("[role=listbox]");
    if (!list || list.closest("[hidden]")) return;
    event.preventDefault();
    list.focus({ preventScroll: true });
    if (!isInView(list)) showWorkbench();
    list.dispatchEvent(new KeyboardEvent("keydown",
      { key: event.key, bubbles: true, cancelable: true }));
  };
  document.addEventListener("keydown", fromNowhere);
  return { element: workbench,
    destroy: () => document.removeEventListener("keydown", fromNowhere) };
}
