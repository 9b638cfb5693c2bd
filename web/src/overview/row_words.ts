/* What the plain words of the filter are looked for in: a connection in one line of text. */

import type { ConnectionObject } from "../document/types.ts";
import {
  causeName, closingName, findingName, labelName, openingName, sideName,
} from "../text/terms.ts";

function write(c: ConnectionObject): string {
  const words = [
    String(c.number), c.client, c.server, c.protocol, c.name, c.opening.kind,
    openingName(c.opening.kind), c.closing.kind, closingName(c.closing.kind),
    c.closing.first && sideName(c.closing.first), c.states.client, c.states.server,
  ];
  for (const label of Object.keys(c.labels)) words.push(label, labelName(label));
  for (const finding of c.findings) {
    words.push(finding.kind, findingName(finding.kind));
    if (finding.cause) words.push(finding.cause, causeName(finding.cause));
  }
  return words.filter(Boolean).join(" ").toLowerCase();
}

/* Each line is written when it is first asked for, and kept. */
export function makeRowWords(): (connection: ConnectionObject) => string {
  const kept = new Map<number, string>();
  return (connection) => {
    let words = kept.get(connection.number);
    if (words === undefined) kept.set(connection.number, words = write(connection));
    return words;
  };
}
