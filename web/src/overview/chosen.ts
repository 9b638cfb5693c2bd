/* The chosen connection: who, how it opened and closed, in numbers, its story and what follows. */

import { make, type Child } from "../dom/make.ts";
import type { ConnectionObject, Direction, Side } from "../document/types.ts";
import type { Store } from "../shell/store.ts";
import { bytes, count, duration } from "../text/numbers.ts";
import { closingName, openingName, sideName, stateMeaning } from "../text/terms.ts";
import { makeAgreed } from "./agreed.ts";
import { labelChips, stateChip } from "./chips.ts";
import { protocolOf } from "./columns.ts";
import { makeFindings } from "./findings.ts";
import { makeLedger } from "./ledger.ts";
import { makePair } from "./pair.ts";
import { makeStory } from "./story.ts";
import { t } from "./texts.ts";

function makeEnd(connection: ConnectionObject, side: Side): HTMLElement {
  const state = connection.states[side];
  const played = connection.hosts?.[side];
  return make("div", { class: `overview-end overview-end-${side}` },
    make("div", { class: "overview-end-name" }, sideName(side),
      played && played !== side
        ? t("inBrackets", { what: t("host", { name: sideName(played) }) }) : null),
    make("div", { class: "overview-address" }, connection[side]),
    make("div", { class: "overview-end-state" }, stateChip(state),
      make("span", { class: "overview-faint" }, stateMeaning(state))));
}

function makeHeading(connection: ConnectionObject): HTMLElement {
  const name = protocolOf(connection);
  return make("div", { class: "overview-heading" },
    makeEnd(connection, "client"),
    make("div", { class: "overview-between" },
      make("div", { "aria-hidden": "true", class: "overview-arrow" }),
      make("div", {}, name || t("noData"))),
    makeEnd(connection, "server"));
}

function closingWords(connection: ConnectionObject): string {
  const { kind, first } = connection.closing;
  if (!first || first === "both") return closingName(kind);
  return t(kind === "reset" ? "closedByReset" : "closedBy",
    { kind: closingName(kind), side: sideName(first) });
}

function makeFact(name: string, ...value: Child[]): HTMLElement {
  return make("div", { class: "overview-fact" }, make("dt", {}, name), make("dd", {}, ...value));
}

function directionWords(direction: Direction): string {
  const words = t(direction.segments === 1 ? "sentOne" : "sent", {
    n: count(direction.segments), bytes: bytes(direction.bytes),
  });
  return direction.retransmissions > 0
    ? `${words}${t("comma")}${t("sentAgain", { n: count(direction.retransmissions) })}` : words;
}

function rttWords(connection: ConnectionObject): string | null {
  const smallest = [connection.from_client.rtt?.min, connection.from_server.rtt?.min]
    .filter((rtt) => rtt !== undefined);
  if (connection.opening.rtt !== undefined) return duration(connection.opening.rtt);
  return smallest.length > 0 ? `≥ ${duration(Math.max(...smallest))}` : null;
}

function makeFacts(connection: ConnectionObject): HTMLElement {
  const labels = labelChips(connection);
  const rtt = rttWords(connection);
  return make("dl", { class: "overview-facts" },
    makeFact(t("opening"), openingName(connection.opening.kind)),
    makeFact(t("closing"), closingWords(connection)),
    makeFact(t("duration"), duration(connection.duration)),
    rtt ? makeFact(t("rtt"), rtt) : null,
    makeFact(sideName("client"), directionWords(connection.from_client)),
    makeFact(sideName("server"), directionWords(connection.from_server)),
    labels.length > 0 ? makeFact(t("labels"), ...labels) : null);
}

function makeBlock(title: string, content: Node | null): HTMLElement | null {
  return content && make("div", { class: "overview-block" }, make("h3", {}, title), content);
}

export function makeChosen(store: Store, connection: ConnectionObject): HTMLElement {
  const segments = store.report.segments(connection.number).length;
  return make("article", { class: "overview-chosen",
    "aria-label": t("connection", { n: connection.number }) },
  makeHeading(connection),
  makeFacts(connection),
  segments === 0 ? make("p", { class: "nothing" }, t("noSegments")) : null,
  make("div", { class: "overview-columns" },
    make("div", {},
      makeBlock(t("story"), makeStory(store, connection)),
      makeBlock(t("findings"), makeFindings(store, connection))),
    make("div", {},
      makeBlock(t("ledger"), makeLedger(connection)),
      makeBlock(t("pair"), makePair(store.report.document, connection)),
      makeBlock(t("agreed"), makeAgreed(connection)))));
}
