/* Goes down the ladder: how far below the last event the next one stands. */

import type { Side } from "../document/types.ts";

export interface Fold {
  y: number; /* its middle */
  seconds: number;
}

export const FOLD_HEIGHT = 30;

const TOP = 14;
const BOTTOM = 30;
const TIME_TEXT = 12; /* of a band: a time above the event's line, a state's name below */
const NAME_TEXT = 16;
const UPRIGHT_LETTER = 7.2;
const WAY_COMPACT = 32; /* pixels for the usual way */
const WAY_TRUE = 110;
const FOLD_COMPACT = 4; /* usual ways, from which on a pause is folded */
const FOLD_TRUE = 8;
const SHORTEST_FOLD = 0.05;

export class Cursor {
  readonly folds: Fold[] = [];
  private readonly scale: number; /* pixels a second */
  private readonly foldFrom: number;
  private readonly most: number; /* pixels for a pause that is not folded */
  private y = TOP;
  private time: number | null = null;
  private spanBottom = 4; /* of what stands between the ends */
  private bandBottom: Record<Side, number> = { client: 4 + NAME_TEXT, server: 4 + NAME_TEXT };

  constructor(way: number, trueTime: boolean, private readonly narrow: boolean) {
    this.scale = (trueTime ? WAY_TRUE : WAY_COMPACT) / way;
    this.foldFrom = Math.max(way * (trueTime ? FOLD_TRUE : FOLD_COMPACT),
      trueTime ? 0 : SHORTEST_FOLD);
    this.most = trueTime ? Infinity : WAY_COMPACT;
    if (narrow) this.bandBottom = { client: 60, server: 60 };
  }

  /* Where the clock alone would put it. */
  private goTo(time: number): number {
    const passed = this.time === null ? 0 : time - this.time;
    this.time = time;
    if (passed >= this.foldFrom) this.fold(passed);
    else this.y += Math.min(this.most, passed * this.scale);
    return this.y;
  }

  private fold(seconds: number): void {
    const top = Math.max(this.y, this.spanBottom) + 6;
    this.folds.push({ y: top + FOLD_HEIGHT / 2, seconds });
    this.y = top + FOLD_HEIGHT;
    this.spanBottom = this.y;
  }

  /* In the band of an end: a time, and where its state changes a name of so many letters. */
  private band(y: number, side: Side, name: number): number {
    if (this.narrow) {
      if (name === 0) return y;
      const at = Math.max(y, this.bandBottom[side]);
      this.bandBottom[side] = at + name * UPRIGHT_LETTER + 10;
      return at;
    }
    const at = Math.max(y, this.bandBottom[side] + TIME_TEXT);
    this.bandBottom[side] = at + (name > 0 ? NAME_TEXT : 1);
    return at;
  }

  sending(time: number, textHeight: number, side: Side, name: number): number {
    const y = Math.max(this.goTo(time), this.spanBottom + textHeight + 4);
    this.y = this.band(y, side, name);
    this.spanBottom = this.y + 2;
    return this.y;
  }

  arrival(time: number, least: number, side: Side, name: number): number {
    const y = Math.max(this.goTo(time), least, this.spanBottom + 6);
    this.y = this.band(y, side, name);
    this.spanBottom = this.y + 5;
    return this.y;
  }

  /* The cross of a lost segment. */
  mark(time: number, least: number): number {
    this.y = Math.max(this.goTo(time), least, this.spanBottom + 8);
    this.spanBottom = this.y + 8;
    return this.y;
  }

  call(time: number): number {
    this.y = Math.max(this.goTo(time), this.spanBottom + 16);
    this.spanBottom = this.y + 4;
    return this.y;
  }

  end(): number {
    const bands = Math.max(this.bandBottom.client, this.bandBottom.server);
    return Math.max(this.y + BOTTOM, bands + 4);
  }
}
