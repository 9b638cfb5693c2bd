/* The bit picture of a header, as the RFCs draw it: 32 bits a row, each field a cell. */

import { make } from "../dom/make.ts";
import { layOut, type Piece } from "./bit_layout.ts";
import { changedFrom, type Before, type LayerView, type PlacedField } from "./layers.ts";
import { fieldTitle, layerTitle, shortName } from "./field_texts.ts";
import { meaningOf, valueOf } from "./meaning.ts";
import { t } from "./texts.ts";

export interface Marked {
  element: HTMLElement;
  /* Fields by their place in the layer. */
  mark(lit: ReadonlySet<number>, pinned: number): void;
}

/* Numbers that stand for a word. */
const NAMED = new Set(["wiretale.kind", "wiretale.type", "wiretale.status", "classic.type",
  "ipv4.protocol", "ipv6.next_header"]);

const NARROW = 3; /* columns: names are written from top to bottom */
const SHORT = 4; /* columns: the short name */

function cellValue(placed: PlacedField): string {
  const { value, bits } = placed.field;
  if (bits === 1 && value === "set") return "1";
  if (bits === 1 && value === "not set") return "0";
  const told = valueOf(placed.field.kind.name, value).text;
  return NAMED.has(placed.field.kind.name)
    ? `${told} ${meaningOf(placed.field.meaning).text}` : told;
}

/* The first part of an option stands for it: "Window scale", "Kind 3". */
function cellWords(placed: PlacedField, index: number, columns: number,
  fields: readonly PlacedField[]): { name: string; value: string } {
  const title = fieldTitle(placed.field.kind);
  const value = cellValue(placed);
  const whole = fields[placed.parent];
  if (whole && whole.parts[0] === index && whole.parts.length > 1)
    return { name: fieldTitle(whole.field.kind), value: `${title} ${value}` };
  return { name: columns <= SHORT ? shortName(placed.field.kind) ?? title : title, value };
}

function makeCell(piece: Piece, placed: PlacedField, fields: readonly PlacedField[],
  before: Before | null): HTMLElement {
  const { name, value } = cellWords(placed, piece.field, piece.columns, fields);
  const narrow = piece.columns < NARROW && piece.rows === 1;
  const cell = make("div", {
    class: "inspector-cell" + (narrow ? " is-narrow" : "") +
      (placed.field.value === "set" ? " is-set" : "") +
      (changedFrom(before, placed) === null ? "" : " is-changed"),
    "data-field": piece.field,
    title: `${name}: ${value}`,
  });
  if (piece.main) {
    /* Letter under letter; `text-orientation: upright` is not set alike by all browsers. */
    const words = narrow ? [...name].map((letter) => make("span", {}, letter)) : [name];
    cell.append(make("span", { class: "inspector-cell-name" }, ...words),
      make("span", { class: "inspector-cell-value" },
        piece.folded > 0 ? `${value} ${t("words", { n: piece.folded })}` : value));
  } else {
    cell.append(make("span", { class: "inspector-cell-name" }, "…"));
  }
  cell.style.gridColumn = `${piece.column + 2} / span ${piece.columns}`;
  cell.style.gridRow = `${piece.row + 2} / span ${piece.rows}`;
  return cell;
}

function makeNumbers(): HTMLElement[] {
  return Array.from({ length: 32 }, (_, bit) => {
    const number = make("span", { class: "inspector-bit" }, bit);
    number.style.gridColumn = String(bit + 2);
    return number;
  });
}

/* Null: nothing of the layer stands in bytes, or it is nothing but data. */
export function makeBitPicture(view: LayerView, before: Before | null): Marked | null {
  const placed = view.fields.filter((field) => field.end > field.first);
  if (placed.length < 2) return null;
  const layout = layOut(view.fields);
  const cells = new Map<number, HTMLElement[]>();
  const grid = make("div", { class: "inspector-bits", role: "img",
    "aria-label": t("pictureLabel", { layer: layerTitle(view.layer) }) }, ...makeNumbers());
  layout.labels.forEach((label, row) => {
    const element = make("span", { class: "inspector-row" }, label);
    element.style.gridRow = String(row + 2);
    grid.append(element);
  });
  for (const piece of layout.pieces) {
    const field = view.fields[piece.field];
    if (!field) continue;
    const cell = makeCell(piece, field, view.fields, before);
    grid.append(cell);
    const known = cells.get(piece.field);
    if (known) known.push(cell);
    else cells.set(piece.field, [cell]);
  }
  const element = make("div", { class: "inspector-picture", tabindex: 0, role: "group",
    "aria-label": t("picture") }, grid,
    layout.wordsLeftOut > 0 &&
      make("p", { class: "inspector-faint" }, t("wordsLeftOut", { n: layout.wordsLeftOut })));
  return { element, mark: (lit, pinned) => markCells(view, cells, lit, pinned) };
}

/* A field that is drawn as its parts is lit with them. */
function markCells(view: LayerView, cells: ReadonlyMap<number, HTMLElement[]>,
  lit: ReadonlySet<number>, pinned: number): void {
  const within = (index: number, wanted: (index: number) => boolean): boolean => {
    for (let at = index; at >= 0; at = view.fields[at]?.parent ?? -1) if (wanted(at)) return true;
    return false;
  };
  cells.forEach((list, index) => {
    const isLit = lit.size > 0 && within(index, (at) => lit.has(at));
    const isPinned = pinned >= 0 && within(index, (at) => at === pinned);
    for (const cell of list) {
      cell.classList.toggle("is-lit", isLit);
      cell.classList.toggle("is-pinned", isPinned);
    }
  });
}
