/*
 * The connections: a table where there are several, with a field that filters it; below it the
 * chosen one.
 */

import { make } from "../dom/make.ts";
import type { ConnectionObject } from "../document/types.ts";
import type { Part } from "../shell/part.ts";
import type { Store } from "../shell/store.ts";
import { sentences as joinSentences } from "../text/language.ts";
import { count } from "../text/numbers.ts";
import { makeChosen } from "./chosen.ts";
import { holds, parseFilter, unknownKeys } from "./filter.ts";
import { makeFileNotes } from "./pair.ts";
import { makeRowWords } from "./row_words.ts";
import { makeTable, type ConnectionTable } from "./table.ts";
import { t } from "./texts.ts";
import "./overview.css";

/* Kept while the parts are made anew for another language. */
let wanted = "";

/* The field, and what it says of its matches; calls `show` with those whenever it changes. */
function makeFilter(
  all: readonly ConnectionObject[], show: (matching: readonly ConnectionObject[]) => void,
): HTMLElement {
  const words = makeRowWords();
  const told = make("p", { class: "overview-matches", role: "status", "aria-live": "polite" });
  const field = make("input", {
    type: "search", id: "overview-filter", autocomplete: "off", spellcheck: "false",
    placeholder: t("filterExample"), "aria-describedby": "overview-filter-help",
  });

  function apply(): void {
    wanted = field.value;
    const filter = parseFilter(wanted);
    const matching = filter.terms.length === 0 ? all :
      all.filter((connection) => filter.terms.every((term) => holds(term, connection, words)));
    const unknown = unknownKeys(filter, all);
    const sentences = [filter.terms.length === 0 ? t("connections", { n: count(all.length) }) :
      t("matches", { n: count(matching.length), all: count(all.length) })];
    if (unknown.length > 0) sentences.push(t("unknownKey", { key: unknown.join(t("listComma")) }));
    if (filter.unfinished.length > 0)
      sentences.push(t("unfinished", { key: filter.unfinished.join(t("listComma")) }));
    told.textContent = joinSentences(...sentences);
    told.classList.toggle("overview-problem", sentences.length > 1);
    show(matching);
  }

  field.value = wanted;
  field.addEventListener("input", apply);
  apply();
  return make("div", { class: "overview-filter", role: "search" },
    make("label", { for: "overview-filter" }, t("filter")), field, told,
    make("p", { id: "overview-filter-help", class: "overview-faint" }, t("filterHelp")));
}

export function makeOverview(store: Store): Part | null {
  const all = store.report.document.connections;
  if (all.length === 0) return null;
  const element = make("div", { class: "overview" }, makeFileNotes(store.report.document));
  const place = make("div", { class: "overview-place" });
  let table: ConnectionTable | null = null;

  if (all.length > 1) {
    const made = table = makeTable(store);
    element.append(makeFilter(all, (matching) => made.show(matching)), made.element);
  }
  element.append(place);

  function show(): void {
    const connection = store.connection;
    place.replaceChildren(...(connection ? [makeChosen(store, connection)] : []));
  }

  const end = store.subscribe((selection, change) => {
    if (!change.connection) return;
    table?.choose(selection.connection, change.by !== "overview");
    show();
  });
  table?.choose(store.selection.connection, true);
  show();
  return {
    element,
    destroy() {
      end();
      table?.destroy();
    },
  };
}
