/*
 * All fields of a header with value and meaning, a tree by their level. Up and down go through
 * it, Enter pins; left and right stay what they are in the ladder: the segment before and after.
 */

import { make } from "../dom/make.ts";
import { visibleLine } from "../text/visible.ts";
import type { Marked } from "./bit_picture.ts";
import { fieldTitle, layerTitle } from "./field_texts.ts";
import { changedFrom, type Before, type LayerView, type PlacedField } from "./layers.ts";
import { meaningOf, valueOf, type Told } from "./meaning.ts";
import { t } from "./texts.ts";

const ROWS_MAX = 300; /* until somebody asks for all of them */

export interface TreeEvents {
  over(field: number | null): void;
  pick(field: number): void;
  step(by: number): void;
}

export interface FieldTree extends Marked {
  focus(field: number): void;
}

function told(name: string, { text, english }: Told): HTMLElement {
  return make("span", { class: name, lang: english ? "en" : null }, visibleLine(text));
}

function makeRow(placed: PlacedField, index: number, before: Before | null): HTMLElement {
  const { field } = placed;
  const was = changedFrom(before, placed);
  return make("div", {
    class: `inspector-field is-level-${Math.min(field.level, 4)}`,
    role: "treeitem",
    "aria-level": field.level + 1,
    "aria-selected": "false",
    tabindex: -1,
    "data-field": index,
  },
    make("span", { class: "inspector-name" }, fieldTitle(field.kind)),
    told("inspector-value", valueOf(field.kind.name, field.value)),
    make("span", { class: "inspector-meaning" },
      field.meaning !== "" && told("", meaningOf(field.meaning)),
      was !== null && make("span", { class: "inspector-was" },
        t("was", { value: visibleLine(valueOf(placed.field.kind.name, was).text) }))));
}

export function makeFieldTree(
  view: LayerView, before: Before | null, events: TreeEvents): FieldTree {
  const element = make("div", { class: "inspector-tree" });
  const tree = make("div", { role: "tree", "data-own-keys": true,
    "aria-label": t("fieldsOf", { layer: layerTitle(view.layer) }) });
  const rows: HTMLElement[] = [];
  let current = 0;
  let lit: number[] = [];
  let pinnedRow = -1;

  const fill = (end: number): void => {
    for (let i = rows.length; i < end; i++) {
      const placed = view.fields[i];
      if (!placed) break;
      const row = makeRow(placed, i, before);
      rows.push(row);
      tree.append(row);
    }
  };
  const become = (index: number, focus: boolean): void => {
    const row = rows[index];
    if (!row) return;
    rows[current]?.setAttribute("tabindex", "-1");
    current = index;
    row.setAttribute("tabindex", "0");
    if (focus) row.focus();
  };
  const moves: Record<string, () => number> = {
    ArrowDown: () => Math.min(rows.length - 1, current + 1),
    ArrowUp: () => Math.max(0, current - 1),
    Home: () => 0,
    End: () => rows.length - 1,
  };
  tree.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const move = moves[event.key];
    if (move) become(move(), true);
    else if (event.key === "Enter" || event.key === " ") events.pick(current);
    else if (event.key === "ArrowLeft") events.step(-1);
    else if (event.key === "ArrowRight") events.step(1);
    else return;
    event.preventDefault();
  });
  tree.addEventListener("focusin", (event) => {
    const index = indexOf(event.target);
    if (index === null) return;
    become(index, false);
    events.over(index);
  });
  tree.addEventListener("focusout", () => events.over(null));

  fill(ROWS_MAX);
  rows[0]?.setAttribute("tabindex", "0");
  element.append(tree);
  if (view.fields.length > rows.length) {
    const more = make("button", { type: "button", class: "quiet", onclick: () => {
      more.remove();
      fill(view.fields.length);
    } }, t("showAllFields", { n: view.fields.length }));
    element.append(more);
  }
  return {
    element,
    mark(wanted, pinned) {
      for (const index of lit) rows[index]?.classList.remove("is-lit");
      lit = [...wanted];
      for (const index of lit) rows[index]?.classList.add("is-lit");
      if (pinned === pinnedRow) return;
      rows[pinnedRow]?.setAttribute("aria-selected", "false");
      rows[pinned]?.setAttribute("aria-selected", "true");
      pinnedRow = pinned;
      if (pinned >= 0 && !tree.contains(document.activeElement)) become(pinned, false);
    },
    focus: (field) => become(rows[field] ? field : 0, true),
  };
}

/* The field that an element of picture or tree belongs to. */
export function indexOf(target: EventTarget | null): number | null {
  const holder = target instanceof Element ? target.closest<HTMLElement>("[data-field]") : null;
  return holder ? Number(holder.dataset["field"]) : null;
}
