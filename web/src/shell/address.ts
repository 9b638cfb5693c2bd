/* What the page's address names is brought into view; where it is not there, that is said. */

import { make } from "../dom/make.ts";
import { visibleLine } from "../text/visible.ts";
import type { Part } from "./part.ts";
import type { Store } from "./store.ts";
import { t } from "./texts.ts";

const LONGEST_NAME = 40;

export function makeAddressNote(store: Store): Part {
  const element = make("p", { class: "address-note", role: "status" });
  const show = (): void => {
    const missing = store.notFound;
    const name = visibleLine(missing?.name.slice(0, LONGEST_NAME) ?? "");
    const frame = store.selection.frame ?? "-";
    const text = missing ? t(`no_${missing.what}`, { name, frame }) : "";
    element.classList.toggle("nothing", text !== "");
    if (element.textContent !== text) element.textContent = text;
  };
  const end = store.subscribe(show);
  show();
  return { element, destroy: end };
}

/* At once, also where motion is welcome: the page opens there. */
export function showWorkbench(): void {
  document.querySelector(".workbench")?.scrollIntoView({ behavior: "instant" });
  document.querySelector("#ladder [aria-selected=true]")
    ?.scrollIntoView({ behavior: "instant", block: "nearest" });
}

/* A page that is loaded again stays where it was. */
function isReloaded(): boolean {
  const [entry] = performance.getEntriesByType("navigation");
  return (entry as PerformanceNavigationTiming | undefined)?.type === "reload";
}

/* `start`: makes the page, once it is known what is to be chosen. */
export function followAddress(store: Store, start: () => void): void {
  const named = store.readAddress(location.hash);
  start();
  if (named && !isReloaded()) showWorkbench();
  addEventListener("hashchange", () => {
    if (store.readAddress(location.hash)) showWorkbench();
  });
}
