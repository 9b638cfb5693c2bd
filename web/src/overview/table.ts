/*
 * The connections as a grid: sorted by any column, one row chosen. Of a long list only the rows
 * in sight are in the page, between two empty rows as high as those that are not. The keyboard's
 * focus stays on the grid itself, and aria-activedescendant names the row, so that it survives
 * rows that come and go.
 */

import { make } from "../dom/make.ts";
import type { ConnectionObject } from "../document/types.ts";
import type { Store } from "../shell/store.ts";
import { makeColumns, sortedBy, type Column } from "./columns.ts";
import { t } from "./texts.ts";

const ALL_ROWS_MAX = 150; /* so many are simply drawn, and printed */
const SPARE_ROWS = 12; /* drawn above and below what is in sight */
const PAGE = 10;

export interface ConnectionTable {
  element: HTMLElement;
  show(connections: readonly ConnectionObject[]): void; /* those the filter lets through */
  choose(number: number, reveal: boolean): void;
  destroy(): void;
}

/* Kept while the parts are made anew for another language. */
const sorting = { column: "number", downwards: false };

export function makeTable(store: Store): ConnectionTable {
  const columns = makeColumns();
  const headers = new Map<string, HTMLElement>();
  const body = make("tbody");
  const grid = make("table", {
    class: "overview-table", role: "grid", tabindex: 0, "data-own-keys": true,
    "aria-label": t("tableName"), id: "overview-grid",
  }, makeHead(), body);
  const box = make("div", { class: "overview-scroll" }, grid);
  const above = makeSpace();
  const below = makeSpace();
  const shown = new Map<number, HTMLElement>(); /* rows in the page, by their place */
  let given: readonly ConnectionObject[] = [];
  let rows: ConnectionObject[] = [];
  let places = new Map<number, number>(); /* by the connection's number */
  let chosen = store.selection.connection;
  let active = chosen; /* under the keyboard; is chosen when the key is let go */
  let drawn = { from: -1, to: -1 };
  let rowHeight = 30; /* until one was measured */
  let waiting = 0;

  function makeHead(): HTMLElement {
    const row = make("tr", { "aria-rowindex": 1 });
    for (const column of columns) {
      const header = make("th", { scope: "col", class: column.numeric ? "overview-number" : null },
        make("button", { type: "button", tabindex: 0, onclick: () => sortBy(column) },
          column.title));
      headers.set(column.id, header);
      row.append(header);
    }
    return make("thead", {}, row);
  }

  function sortBy(column: Column): void {
    sorting.downwards = sorting.column === column.id ? !sorting.downwards : column.largestFirst;
    sorting.column = column.id;
    sort();
  }

  function sort(): void {
    const column = columns.find((c) => c.id === sorting.column) ?? columns[0];
    if (!column) return;
    rows = sortedBy(given, column, sorting.downwards);
    places = new Map(rows.map((connection, place) => [connection.number, place]));
    for (const [id, header] of headers) {
      if (id === column.id)
        header.setAttribute("aria-sort", sorting.downwards ? "descending" : "ascending");
      else header.removeAttribute("aria-sort");
    }
    grid.setAttribute("aria-rowcount", String(rows.length + 1));
    box.classList.toggle("overview-virtual", rows.length > ALL_ROWS_MAX);
    redraw();
  }

  function makeRow(connection: ConnectionObject, place: number): HTMLElement {
    return make("tr", {
      id: `overview-row-${connection.number}`, "aria-rowindex": place + 2,
      "data-number": connection.number,
    }, ...columns.map((column) => makeCell(column, connection)));
  }

  /* What may be cut off is also a title. */
  function makeCell(column: Column, connection: ConnectionObject): HTMLElement {
    const kind = column.numeric ? "overview-number" : column.wraps ? "overview-wraps" : null;
    const cell = make("td", { class: kind }, ...column.cell(connection));
    if (column.wraps && cell.textContent) cell.title = cell.textContent;
    return cell;
  }

  function makeSpace(): HTMLElement {
    return make("tr", { "aria-hidden": "true", class: "overview-space" },
      make("td", { colspan: columns.length }));
  }

  function setSpace(row: HTMLElement, count: number): void {
    row.hidden = count <= 0;
    row.style.height = `${count * rowHeight}px`;
  }

  function range(): { from: number; to: number } {
    if (rows.length <= ALL_ROWS_MAX) return { from: 0, to: rows.length };
    const top = Math.floor(box.scrollTop / rowHeight);
    const inSight = Math.ceil(box.clientHeight / rowHeight);
    return {
      from: Math.max(0, Math.min(top, rows.length - inSight) - SPARE_ROWS),
      to: Math.min(rows.length, top + inSight + SPARE_ROWS),
    };
  }

  function draw(): void {
    waiting = 0;
    const wanted = range();
    if (wanted.from === drawn.from && wanted.to === drawn.to) return;
    for (const [place, row] of shown) {
      if (place >= wanted.from && place < wanted.to) continue;
      row.remove();
      shown.delete(place);
    }
    let after: HTMLElement = above;
    for (let place = wanted.from; place < wanted.to; place++) {
      const connection = rows[place];
      if (!connection) continue;
      let row = shown.get(place);
      if (!row) {
        row = makeRow(connection, place);
        shown.set(place, row);
        after.after(row);
      }
      after = row;
    }
    drawn = wanted;
    setSpace(above, drawn.from);
    setSpace(below, rows.length - drawn.to);
    mark();
  }

  function redraw(): void {
    shown.clear();
    body.replaceChildren(above, below);
    drawn = { from: -1, to: -1 };
    draw();
  }

  function mark(): void {
    for (const [place, row] of shown) {
      const number = rows[place]?.number;
      row.setAttribute("aria-selected", String(number === chosen));
      row.classList.toggle("overview-active", number === active);
    }
    const place = places.get(active) ?? -1;
    if (place >= drawn.from && place < drawn.to)
      grid.setAttribute("aria-activedescendant", `overview-row-${active}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  function measure(): void {
    const row = body.querySelector<HTMLElement>("tr[data-number]");
    const height = row?.getBoundingClientRect().height ?? 0;
    if (height < 1 || Math.abs(height - rowHeight) < .01) return;
    rowHeight = height;
    redraw();
  }

  /* Scrolls the box alone, not the page. */
  function reveal(number: number): void {
    const place = places.get(number);
    if (place === undefined) return;
    const head = grid.tHead?.offsetHeight ?? 0;
    const row = shown.get(place); /* may be higher than others where all rows are in the page */
    const above = row && rows.length <= ALL_ROWS_MAX ? row.offsetTop - head : place * rowHeight;
    const top = Math.max(0, above);
    const room = box.clientHeight - head - (row?.offsetHeight ?? rowHeight);
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top > box.scrollTop + room) box.scrollTop = top - room;
    draw();
  }

  function moveTo(place: number): void {
    const connection = rows[Math.max(0, Math.min(rows.length - 1, place))];
    if (!connection) return;
    active = connection.number;
    reveal(active);
    mark();
  }

  function take(): void {
    store.selectConnection(active, "overview");
  }

  /* While a key repeats only the mark moves: the parts below follow when it is let go. */
  function key(event: KeyboardEvent): void {
    if (event.target !== grid || event.ctrlKey || event.altKey || event.metaKey) return;
    const here = places.get(active) ?? -1;
    const to: Record<string, number> = {
      ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + PAGE, PageUp: here - PAGE,
      Home: 0, End: rows.length - 1, Enter: here, " ": here,
    };
    const place = to[event.key];
    if (place === undefined) return;
    event.preventDefault();
    moveTo(place);
    if (!event.repeat) take();
  }

  grid.addEventListener("keydown", key);
  grid.addEventListener("keyup", (event) => {
    if (event.target === grid && /^(Arrow|Page|Home|End)/.test(event.key)) take();
  });
  body.addEventListener("click", (event) => {
    const row = (event.target as Element).closest<HTMLElement>("tr[data-number]");
    if (!row) return;
    active = Number(row.dataset["number"]);
    mark();
    take();
  });
  box.addEventListener("scroll", () => {
    if (!waiting) waiting = requestAnimationFrame(draw);
  });
  const resized = new ResizeObserver(measure);
  resized.observe(box);

  return {
    element: box,
    show(connections) {
      given = connections;
      sort();
    },
    choose(number, bring) {
      chosen = active = number;
      mark();
      if (bring) reveal(number);
    },
    destroy() {
      resized.disconnect();
      cancelAnimationFrame(waiting);
    },
  };
}
