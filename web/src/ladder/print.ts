/* The ladder on paper: all of it, cut into pieces that a page holds. */

import { draw, make } from "../dom/make.ts";
import type { Report } from "../document/report.ts";
import { count } from "../text/numbers.ts";
import { drawArrow } from "./arrow.ts";
import { FOLD_HEIGHT } from "./cursor.ts";
import { LINE_HEIGHT } from "./label.ts";
import { type Choice, type Layout, layOut, ranksBetween } from "./layout.ts";
import { makeLegend } from "./legend.ts";
import { drawBefore, drawBehind } from "./scene.ts";
import { t } from "./texts.ts";

const MOST = 400; /* segments */
const WIDTH = 700; /* about that of the page, between its margins */
const NAME = 15; /* how far below its beginning a state's name reaches */
const TALLEST = 240; /* low enough to fill a page that something else stands on */

/* A state's name would be cut there. */
function cutsName(layout: Layout, y: number): boolean {
  const { client, server } = layout.bands;
  return [...client, ...server].some((change) => change.y < y && change.y > y - NAME);
}

/* Where the texts between the ends begin. */
function beginnings(layout: Layout): number[] {
  const list = [...layout.shown].map((place) =>
    (layout.sentY[place] ?? 0) - (layout.lines[place] ?? 1) * LINE_HEIGHT - 4);
  for (const call of layout.calls) list.push(call.y - 14);
  for (const fold of layout.folds) list.push(fold.y - FOLD_HEIGHT / 2);
  return list.sort((a, b) => a - b);
}

/* Heights at which no text is cut: right above one, where it can be. */
function cuts(layout: Layout): number[] {
  const list: number[] = [0];
  let last = 0;
  let good = 0;
  for (const y of beginnings(layout)) {
    while (y - last > TALLEST) {
      last = good > last ? good : last + TALLEST;
      list.push(last);
    }
    if (!cutsName(layout, y)) good = y;
  }
  if (layout.height - last > TALLEST && good > last) list.push(good);
  list.push(layout.height);
  return list;
}

function piece(layout: Layout, top: number, bottom: number): SVGElement {
  const svg = draw("svg", { class: "ladder-piece", role: "presentation",
    viewBox: `0 ${top} ${WIDTH} ${bottom - top}` }, ...drawBehind(layout, top, bottom));
  const [first, end] = ranksBetween(layout, top, bottom);
  for (let rank = first; rank < end; rank++) {
    const arrow = drawArrow(layout, layout.shown[rank] ?? 0, -1);
    if (arrow) svg.append(arrow);
  }
  svg.append(...drawBefore(layout, top, bottom));
  return svg;
}

export function makePrint(report: Report, number: number, choice: Choice): HTMLElement {
  const layout = layOut(report, number, { ...choice, width: WIDTH }, MOST);
  const all = report.timed(number).length;
  const at = cuts(layout);
  const connection = report.connection(number);
  return make("div", { class: "ladder-print", "aria-hidden": "true" },
    make("p", { class: "ladder-print-ends" },
      make("span", {}, `${t("client")} ${connection?.client ?? ""}`),
      make("span", {}, `${t("server")} ${connection?.server ?? ""}`)),
    ...at.slice(1).map((bottom, i) => piece(layout, at[i] ?? 0, bottom)),
    makeLegend(layout),
    all > MOST && make("p", {}, t("onPaper", { shown: count(MOST), all: count(all) })));
}
