/*
 * Where each field goes in a picture 32 bits wide: a row for each word, a field that begins or
 * ends within a word in up to three pieces. Fields with parts are drawn as their parts. What is
 * longer than a few words is folded.
 */

import type { PlacedField } from "./layers.ts";

const WORD = 32;
const FOLD_OVER = 4; /* whole words of one field, as an IPv6 address has */
const FOLDED_TO = 3;
export const ROWS_MAX = 64;

export interface Piece {
  field: number;
  row: number;
  rows: number;
  column: number;
  columns: number;
  main: boolean; /* the piece that has room for name and value */
  folded: number; /* words that are drawn as three rows; 0: none is folded */
}

export interface BitLayout {
  pieces: Piece[];
  labels: string[]; /* of each row: its first byte */
  wordsLeftOut: number;
}

interface Run {
  field: number;
  first: number;
  end: number;
}

/* The innermost fields one behind the other; what the parts of a field leave is its own. */
function runsOf(fields: readonly PlacedField[], index: number, from: number, runs: Run[]): number {
  const placed = fields[index];
  if (!placed || placed.end <= from) return from;
  let at = Math.max(from, placed.first);
  for (const part of placed.parts) {
    const first = fields[part]?.first ?? 0;
    if (first > at && first < placed.end) runs.push({ field: index, first: at, end: first });
    at = runsOf(fields, part, Math.max(at, Math.min(first, placed.end)), runs);
  }
  if (at < placed.end) runs.push({ field: index, first: at, end: placed.end });
  return placed.end;
}

function cut(run: Run): { first: number; end: number }[] {
  const head = Math.min(run.end, Math.ceil(run.first / WORD) * WORD);
  const tail = Math.max(head, Math.floor(run.end / WORD) * WORD);
  return [[run.first, head], [head, tail], [tail, run.end]]
    .map(([first = 0, end = 0]) => ({ first, end }))
    .filter((piece) => piece.end > piece.first);
}

export function layOut(fields: readonly PlacedField[]): BitLayout {
  const runs: Run[] = [];
  let at = 0;
  fields.forEach((placed, index) => {
    if (placed.parent < 0) at = runsOf(fields, index, at, runs);
  });
  const pieces: Piece[] = [];
  const labels: string[] = [];
  let saved = 0; /* rows that folding has spared */
  for (const run of runs) {
    const cuts = cut(run);
    const widest = Math.max(...cuts.map((piece) => piece.end - piece.first));
    let main = true;
    for (const { first, end } of cuts) {
      const word = Math.floor(first / WORD);
      const words = Math.ceil((end - first) / WORD);
      const row = word - saved;
      const folds = words > FOLD_OVER;
      const rows = folds ? FOLDED_TO : words;
      if (row + rows > ROWS_MAX) {
        const last = runs[runs.length - 1]?.end ?? 0;
        return { pieces, labels, wordsLeftOut: Math.ceil(last / WORD) - word };
      }
      for (let i = 0; i < rows; i++) labels[row + i] = String((word + i) * 4);
      if (folds) {
        labels[row + 1] = "⋮";
        labels[row + 2] = String((word + words - 1) * 4);
        saved += words - FOLDED_TO;
      }
      const isMain = main && end - first === widest;
      if (isMain) main = false;
      pieces.push({
        field: run.field,
        row,
        rows,
        column: first % WORD,
        columns: words > 1 ? WORD : end - first,
        main: isMain,
        folded: folds ? words : 0,
      });
    }
  }
  return { pieces, labels, wordsLeftOut: 0 };
}
