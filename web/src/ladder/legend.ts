/* What the lines and signs mean: of those that this ladder has. */

import { draw, make } from "../dom/make.ts";
import { endOf, type Look, lookOf, MARKS } from "./look.ts";
import type { Layout } from "./layout.ts";
import { differs, toldBy } from "./states.ts";
import { t } from "./texts.ts";

type Sign = Look | "lost" | "unknown" | "differs" | "fold";

const ORDER: Sign[] = ["plain", "lost", "again", "late", "needless", "forged", "copy", "changed",
  "unknown", "differs", "fold"];

function signsOf(layout: Layout): Set<Sign> {
  const found = new Set<Sign>();
  for (const timed of layout.timed) {
    found.add(lookOf(timed.segment));
    const end = endOf(timed);
    if (end !== "arrived") found.add(end);
    if (differs(toldBy(timed, "sent")) || differs(toldBy(timed, "delivered"))) found.add("differs");
  }
  if (layout.folds.length > 0) found.add("fold");
  return found;
}

function sample(sign: Sign): SVGElement {
  const svg = draw("svg", { class: "ladder-sample", width: 44, height: 14, "aria-hidden": "true" });
  if (sign === "differs") {
    svg.append(draw("text", { class: "ladder-differs", x: 22, y: 12 }, "≠"));
    return svg;
  }
  if (sign === "fold") {
    svg.append(draw("path", { class: "ladder-end", d: "M2,7h12l3,-5l6,10l6,-10l3,5h10" }));
    return svg;
  }
  const lost = sign === "lost" || sign === "unknown";
  const group = draw("g", { class: "ladder-segment ladder-from-client " +
    (lost ? `ladder-look-plain ladder-${sign}` : `ladder-look-${sign}`) },
    draw("path", { class: "ladder-line", d: lost ? "M2,7H30" : "M2,7H40" }));
  if (sign === "lost")
    group.append(draw("path", { class: "ladder-cross", d: "M25,2l10,10m0,-10l-10,10" }));
  else if (sign === "unknown")
    group.append(draw("text", { class: "ladder-unknown", x: 34, y: 12 }, MARKS.unknown));
  else group.append(draw("polygon", { class: "ladder-head", points: "42,7 33,3 33,11" }));
  svg.append(group);
  return svg;
}

export function makeLegend(layout: Layout): HTMLElement {
  const found = signsOf(layout);
  const mark = (sign: Sign): string =>
    sign === "differs" || sign === "fold" || sign === "unknown" ? "" : MARKS[sign];
  return make("ul", { class: "ladder-legend", "aria-label": t("looks") },
    ...ORDER.filter((sign) => found.has(sign)).map((sign) =>
      make("li", {}, sample(sign), `${mark(sign)} ${t(`look_${sign}`)}`.trim())));
}
