/* Small marked words: states, labels with their counts, findings by weight. */

import { make } from "../dom/make.ts";
import type { ConnectionObject, Finding, State } from "../document/types.ts";
import { count } from "../text/numbers.ts";
import { findingName, labelName, stateMeaning } from "../text/terms.ts";
import { weight } from "./finding_kinds.ts";

export function stateChip(state: State): HTMLElement {
  return make("span", { class: "overview-state", "data-state": state, title: stateMeaning(state) },
    state);
}

export function labelChips(connection: ConnectionObject): HTMLElement[] {
  return Object.entries(connection.labels).map(([label, n]) =>
    make("span", { class: "overview-chip" }, `${labelName(label)}\u00a0${count(n)}`));
}

const MARKS = ["", "·", "!", "‼"];

/* Its weight is also told by the mark before it, not by its colour alone. */
export function findingChip(finding: Finding): HTMLElement {
  const heavy = weight(finding.kind);
  return make("span", { class: `overview-chip overview-weight-${heavy}` },
    MARKS[heavy] ? make("span", { "aria-hidden": "true" }, `${MARKS[heavy]}\u00a0`) : null,
    findingName(finding.kind));
}
