/*
 * The one field above the table. Plain words are looked for in what a row says; key=value, != < >
 * compare as --only and `expect` do, the keys being the paths into a connection's JSON. All terms
 * must hold. Of a key with several values (findings.kind) one that matches is enough, and !=
 * wants that none is equal; counts that are left out when they are 0 are 0; anything else that is
 * absent is unequal to every value.
 */

import type { ConnectionObject } from "../document/types.ts";

export type Operator = "=" | "!=" | "<" | ">";

export type Term =
  | { kind: "word"; word: string }
  | { kind: "comparison"; key: string; operator: Operator; value: string };

export interface Filter {
  terms: Term[];
  unfinished: string[]; /* keys with an operator and nothing behind it yet */
}

const COMPARISON = /^([a-z_]+(?:\.[a-z0-9_-]+)*)(!=|=|<|>)(.*)$/s;
const ZERO_WHEN_ABSENT = [
  /^labels\../, /^(messages|findings)_left_out$/,
  /^from_(client|server)\.(captured_twice|largest_payload|rtt\.samples)$/,
];

/* At blanks, but not within double quotes; the quotes are taken off. */
function split(text: string): string[] {
  const words = text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  return words.map((word) => word.replace(/"/g, ""));
}

export function parseFilter(text: string): Filter {
  const filter: Filter = { terms: [], unfinished: [] };
  for (const word of split(text)) {
    const [, key, operator, value] = COMPARISON.exec(word) ?? [];
    if (key === undefined || operator === undefined)
      filter.terms.push({ kind: "word", word: word.toLowerCase() });
    else if (value === undefined || value === "") filter.unfinished.push(key);
    else filter.terms.push({ kind: "comparison", key, operator: operator as Operator, value });
  }
  return filter;
}

type Plain = string | number | boolean;

function collect(value: unknown, path: readonly string[], at: number, into: Plain[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, path, at, into);
    return;
  }
  if (typeof value === "object" && value !== null) {
    const key = path[at];
    if (key !== undefined && Object.prototype.hasOwnProperty.call(value, key))
      collect((value as Record<string, unknown>)[key], path, at + 1, into);
    return;
  }
  if (at === path.length && value !== null && value !== undefined) into.push(value as Plain);
}

/* All values at a path: valuesAt(c, "findings.kind"). */
export function valuesAt(connection: ConnectionObject, key: string): Plain[] {
  const values: Plain[] = [];
  collect(connection, key.split("."), 0, values);
  if (values.length === 0 && ZERO_WHEN_ABSENT.some((name) => name.test(key))) values.push(0);
  return values;
}

function matches(value: Plain, operator: Operator, wanted: string): boolean {
  if (typeof value !== "number")
    return (operator === "=" || operator === "!=") && String(value) === wanted;
  const number = Number(wanted);
  if (operator === "<") return value < number;
  if (operator === ">") return value > number;
  return value === number;
}

/* `words` gives the row as one text in small letters. */
export function holds(
  term: Term, connection: ConnectionObject, words: (c: ConnectionObject) => string): boolean {
  if (term.kind === "word") return words(connection).includes(term.word);
  const found = valuesAt(connection, term.key)
    .some((value) => matches(value, term.operator, term.value));
  return term.operator === "!=" ? !found : found;
}

/* The keys of the filter that none of the connections has: a typing error, most likely. */
export function unknownKeys(filter: Filter, connections: readonly ConnectionObject[]): string[] {
  const keys = filter.terms.flatMap((term) => (term.kind === "comparison" ? [term.key] : []));
  return [...new Set(keys)].filter((key) => !connections.some((c) => valuesAt(c, key).length > 0));
}
