/* The columns of the table of connections: how each is sorted and what its cell shows. */

import { make, type Child } from "../dom/make.ts";
import type { ConnectionObject } from "../document/types.ts";
import { bytes, count, duration } from "../text/numbers.ts";
import { closingName, findingName, openingName, sideName } from "../text/terms.ts";
import { visible } from "../text/visible.ts";
import { findingChip, labelChips } from "./chips.ts";
import { weight, worstFinding } from "./finding_kinds.ts";
import { t } from "./texts.ts";

export type Sortable = string | number | undefined; /* undefined: it has none; comes last */

export interface Column {
  id: string;
  title: string;
  numeric: boolean;
  wraps: boolean; /* where it is too long for the page */
  largestFirst: boolean; /* when it is first sorted by */
  value(connection: ConnectionObject): Sortable;
  cell(connection: ConnectionObject): Child[];
}

type Cell = (connection: ConnectionObject) => Child[];
type Value = (connection: ConnectionObject) => Sortable;

function labelCount(connection: ConnectionObject): number {
  return Object.values(connection.labels).reduce((sum, n) => sum + n, 0);
}

/* The heaviest first when it is sorted downwards; equal ones by their name. */
function findingRank(connection: ConnectionObject): Sortable {
  const worst = worstFinding(connection);
  return worst && `${weight(worst.kind)} ${findingName(worst.kind)}`;
}

function findingCell(connection: ConnectionObject): Child[] {
  const worst = worstFinding(connection);
  return worst ? [findingChip(worst)] : [];
}

export function protocolOf(connection: ConnectionObject): string {
  if (connection.protocol === "text") return t("plainText");
  return visible(connection.name ?? connection.protocol ?? "");
}

/* In the page's language, made once for each table. */
export function makeColumns(): Column[] {
  const words = (id: string, title: string, value: Value, cell: Cell): Column =>
    ({
      id, title, numeric: false, wraps: id === "labels" || id === "finding",
      largestFirst: id === "labels" || id === "finding", value, cell,
    });
  const text = (id: string, title: string, value: (c: ConnectionObject) => string): Column =>
    words(id, title, (c) => value(c) || undefined, (c) => [value(c)]);
  const number = (id: string, title: string, value: (c: ConnectionObject) => number,
    shown: (n: number) => string): Column =>
    ({
      id, title, numeric: true, wraps: false, largestFirst: id !== "number", value,
      cell: (c) => [shown(value(c))],
    });
  const whole = (text: string): HTMLElement => make("span", { title: text }, text);

  return [
    number("number", t("number"), (c) => c.number, String),
    words("client", t("client"), (c) => c.client, (c) => [whole(c.client)]),
    words("server", t("server"), (c) => c.server, (c) => [whole(c.server)]),
    words("protocol", t("protocol"), (c) => protocolOf(c) || undefined,
      (c) => [whole(protocolOf(c))]),
    text("opening", t("opening"), (c) => openingName(c.opening.kind)),
    text("closing", t("closing"), (c) => closingName(c.closing.kind)),
    text("first", t("first"), (c) => (c.closing.first ? sideName(c.closing.first) : "")),
    number("segments", t("segments"),
      (c) => c.from_client.segments + c.from_server.segments, count),
    number("from_client", t("fromClient"), (c) => c.from_client.bytes, bytes),
    number("from_server", t("fromServer"), (c) => c.from_server.bytes, bytes),
    number("duration", t("duration"), (c) => c.duration, duration),
    words("labels", t("labels"), (c) => labelCount(c) || undefined, labelChips),
    words("finding", t("finding"), findingRank, findingCell),
  ];
}

const collator = new Intl.Collator("en", { numeric: true });

/* Stable; the values are asked for once each. */
export function sortedBy(
  connections: readonly ConnectionObject[], column: Column, downwards: boolean,
): ConnectionObject[] {
  const sign = downwards ? -1 : 1;
  const keyed = connections.map((connection) => ({ connection, key: column.value(connection) }));
  keyed.sort((a, b) => {
    if (a.key === undefined || b.key === undefined)
      return Number(a.key === undefined) - Number(b.key === undefined);
    if (typeof a.key === "number" && typeof b.key === "number") return sign * (a.key - b.key);
    return sign * collator.compare(String(a.key), String(b.key));
  });
  return keyed.map((item) => item.connection);
}
