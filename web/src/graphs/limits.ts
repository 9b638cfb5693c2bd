/* What a line that ends above a graph's scale would have shown. */

import type { Steps } from "./series.ts";
import { extentOf } from "./series.ts";
import { t } from "./texts.ts";

/* "14.5 kB", "220 ms to 880 ms", or how far it goes where a part of it is seen; "": all is seen. */
export function beyondWords(
  steps: Steps, from: number, to: number, top: number, told: (value: number) => string): string {
  const extent = extentOf(steps, from, to);
  if (!extent || extent.high <= top) return "";
  const high = told(extent.high);
  if (extent.low <= top) return t("upTo", { high });
  const low = told(extent.low);
  return low === high ? high : t("fromTo", { low, high });
}
