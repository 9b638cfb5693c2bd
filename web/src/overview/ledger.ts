/* Where the time went: a bar whose pieces are as wide as their share, and the same as a table. */

import { make } from "../dom/make.ts";
import { LEDGER_PARTS, type ConnectionObject, type LedgerPart } from "../document/types.ts";
import { duration } from "../text/numbers.ts";
import { ledgerName, limitName } from "../text/terms.ts";
import { t } from "./texts.ts";

function percent(share: number): string {
  if (share > 0 && share < .001) return "<0.1 %";
  return `${(share * 100).toFixed(share < .1 ? 1 : 0)} %`;
}

/* What is under the pointer or the focus is marked in the bar and in the table alike. */
function linkMarks(pairs: [HTMLElement, HTMLElement][]): void {
  for (const pair of pairs) {
    const mark = (on: boolean) => () =>
      pair.forEach((element) => element.classList.toggle("overview-marked", on));
    for (const element of pair) {
      element.addEventListener("pointerenter", mark(true));
      element.addEventListener("pointerleave", mark(false));
      element.addEventListener("focus", mark(true));
      element.addEventListener("blur", mark(false));
    }
  }
}

export function makeLedger(connection: ConnectionObject): HTMLElement {
  const ledger = connection.ledger;
  const total = ledger ? LEDGER_PARTS.reduce((sum, part) => sum + ledger[part], 0) : 0;
  if (!ledger || total <= 0) return make("p", {}, t("noLedger"));
  const parts = LEDGER_PARTS.filter((part) => ledger[part] > 0);
  const words = (part: LedgerPart): string => t("ledgerPiece", {
    name: ledgerName(part), time: duration(ledger[part]), share: percent(ledger[part] / total),
  });
  const pairs = parts.map((part): [HTMLElement, HTMLElement] => {
    const piece = make("span", {
      class: `overview-piece overview-ledger-${part}`, role: "img", tabindex: 0,
      "aria-label": words(part), title: words(part),
    });
    piece.style.flexGrow = String(ledger[part] / total);
    const row = make("tr", {},
      make("th", { scope: "row" },
        make("span", { class: `overview-swatch overview-ledger-${part}`, "aria-hidden": "true" }),
        ledgerName(part)),
      make("td", {}, duration(ledger[part])),
      make("td", {}, percent(ledger[part] / total)));
    return [piece, row];
  });
  linkMarks(pairs);
  return make("div", { class: "overview-ledger" },
    make("div", { class: "overview-bar", role: "group", "aria-label": t("ledger") },
      ...pairs.map(([piece]) => piece)),
    make("table", { class: "overview-small" },
      make("caption", { class: "visually-hidden" }, t("ledger")),
      make("thead", { class: "visually-hidden" }, make("tr", {},
        make("th", { scope: "col" }, t("ledgerPart")), make("th", { scope: "col" }, t("time")),
        make("th", { scope: "col" }, t("share")))),
      make("tbody", {}, ...pairs.map(([, row]) => row))),
    connection.limit
      ? make("p", { class: "overview-faint" }, t("limit", { what: limitName(connection.limit) }))
      : null);
}
