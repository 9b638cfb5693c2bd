/* Frame numbers as links: the segment that one names is chosen, and the ladder shows it. */

import { make, type Child } from "../dom/make.ts";
import type { Store } from "../shell/store.ts";
import { visible } from "../text/visible.ts";
import { t } from "./texts.ts";

/* "[11]", "[1 2 3]", "[750-760]" */
const FRAMES = /\[(\d{1,15}(?:-\d{1,15}|(?: \d{1,15})*))\]/g;

/* The ladder may be far below: who follows a link wants to see where it leads. */
function showLadder(): void {
  const ladder = document.getElementById("ladder");
  if (!ladder) return;
  const box = ladder.getBoundingClientRect();
  const visible = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
  if (visible < Math.min(box.height, innerHeight) / 2) ladder.scrollIntoView();
}

/* Plain digits where the page has no such segment. */
export function frameLink(store: Store, frame: number, by: string, text = String(frame)): Node {
  const segment = store.report.segment(frame);
  if (!segment) return make("span", { title: t("frameNotHere") }, text);
  return make("a", {
    class: "frame-link",
    href: `#connection=${segment.connection}&frame=${frame}`,
    "aria-label": t("frame", { n: text }),
    onclick: (event: MouseEvent) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; /* a tab of its own */
      event.preventDefault();
      store.selectFrame(frame, by);
      showLadder();
    },
  }, text);
}

/* [1 2 3], each a link; nothing for none. */
export function frameList(store: Store, frames: readonly number[], by: string): Node | null {
  if (frames.length === 0) return null;
  const list = make("span", { class: "frame-links" }, "[");
  frames.forEach((frame, i) => list.append(i > 0 ? " " : "", frameLink(store, frame, by)));
  list.append("]");
  return list;
}

/* A text with frame numbers in brackets; they become links, all else stays as it is. */
export function linkFrames(store: Store, text: string, by: string): Child[] {
  const nodes: Child[] = [];
  let at = 0;
  for (const match of text.matchAll(FRAMES)) {
    const list = make("span", { class: "frame-links" }, "[");
    for (const piece of (match[1] ?? "").split(/([ -])/))
      list.append(/^\d+$/.test(piece) ? frameLink(store, Number(piece), by) : piece);
    list.append("]");
    nodes.push(visible(text.slice(at, match.index)), list);
    at = (match.index ?? 0) + match[0].length;
  }
  nodes.push(visible(text.slice(at)));
  return nodes;
}
