/*
 * A part of the page. All are made anew when the language or the theme changes, so that none has
 * to think of it; `destroy` ends its subscriptions.
 */

import type { Store } from "./store.ts";

export interface Part {
  element: HTMLElement;
  destroy?(): void;
}

/* Null: the document has nothing for it. */
export type MakePart = (store: Store) => Part | null;
