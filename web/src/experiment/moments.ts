/* From a moment of the run to the segment that was on the cable then, and back. */

import type { SegmentObject } from "../document/types.ts";
import type { Report } from "../document/report.ts";

/* Ascending; segments without `sent` cannot be found by time. */
export class Moments {
  private readonly segments: SegmentObject[];

  constructor(report: Report) {
    this.segments = report.document.segments
      .filter((segment) => segment.sent !== undefined)
      .sort((a, b) => (a.sent ?? 0) - (b.sent ?? 0));
  }

  /* The last one sent at or before; else the first. Of one connection, where that is asked. */
  frameAt(time: number, connection?: number): number | null {
    const end = firstAfter(this.segments, time, (segment) => segment.sent ?? 0);
    for (let i = end - 1; i >= 0; i--) {
      const segment = this.segments[i];
      if (segment && (connection === undefined || segment.connection === connection))
        return segment.frame;
    }
    const first = connection === undefined ? this.segments[0] :
      this.segments.find((segment) => segment.connection === connection);
    return first?.frame ?? null;
  }
}

/* The place of the first item later than `time`, in a list that ascends. */
export function firstAfter<T>(
  list: readonly T[], time: number, timeOf: (item: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = list[middle];
    if (item !== undefined && timeOf(item) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
