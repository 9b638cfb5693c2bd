/* A graph with its heading, legend, sentence and table. */

import { draw, make } from "../dom/make.ts";
import { momentAt } from "./series.ts";
import type { TimedSegment } from "../document/timing.ts";
import { language } from "../text/language.ts";
import { bytes, count, moment } from "../text/numbers.ts";
import { sideName } from "../text/terms.ts";
import { Chart, type ChartActions } from "./chart.ts";
import type { Graph, LegendEntry, Swatch } from "./graph.ts";
import { t } from "./texts.ts";
import type { View } from "./view.ts";

const SHAPES = {
  cross: "M4 3L12 11M12 3L4 11",
  ring: "M8 3a4 4 0 1 0 .01 0z",
  dot: "M8 3.5a3.5 3.5 0 1 0 .01 0z",
  diamond: "M8 2L13 7L8 12L3 7z",
  triangle: "M8 3L12 11L4 11z",
};

function swatchPath(swatch: Swatch): SVGElement {
  const line = { stroke: "currentColor", "stroke-width": 2, fill: "none" };
  switch (swatch.kind) {
    case "line":
      return draw("path", { d: "M0 7H24", ...line, "stroke-dasharray": swatch.dash });
    case "bar":
      return draw("path", { d: "M8 1V13M5 1H11M5 13H11", ...line, "stroke-width": 1.5 });
    case "bracket":
      return draw("path", { d: "M8 1V13M5 1H11M5 13H11", ...line, "stroke-dasharray": "2 2" });
    case "area":
      return draw("path", { d: "M2 13V5H14V13z", ...line, "stroke-width": 1,
        fill: "currentColor", "fill-opacity": 0.28 });
    case "letter":
      return draw("text", { x: 4, y: 12, "font-size": 12, "font-weight": "bold",
        fill: "currentColor" }, swatch.letter);
    case "shape": {
      const hollow = swatch.shape === "cross" || swatch.shape === "ring";
      return draw("path", { d: SHAPES[swatch.shape], ...line,
        fill: hollow ? "none" : "currentColor", "stroke-width": hollow ? 2 : 0 });
    }
  }
}

interface Legend {
  element: HTMLElement;
  update(from: number, to: number): void;
}

function makeLegend(entries: readonly LegendEntry[]): Legend {
  const items = entries.map((entry) => {
    const beyond = make("span", { class: "graphs-beyond" });
    const item = make("li", {},
      draw("svg", { class: `graphs-swatch graphs-colour-${entry.colour.slice(2)}`,
        viewBox: "0 0 24 14", width: 24, height: 14, "aria-hidden": "true" },
        swatchPath(entry.swatch)),
      make("span", {}, entry.text, beyond));
    return { entry, item, beyond };
  });
  return {
    element: make("ul", { class: "graphs-legend" }, ...items.map(({ item }) => item)),
    update(from, to) {
      for (const { entry, beyond } of items) {
        const words = entry.beyond?.(from, to) ?? "";
        beyond.textContent = words && t("beyond", { words });
      }
    },
  };
}

function makeTable(graph: Graph, direction: string): HTMLElement {
  const box = make("div", { class: "graphs-table", tabindex: 0, role: "region",
    "aria-label": t("values_caption", { title: graph.title, direction }) });
  const details = make("details", {},
    make("summary", {}, t("values")), box);
  details.addEventListener("toggle", () => {
    if (!details.open || box.firstChild) return;
    const { heads, rows, of } = graph.table();
    const caption = t("values_caption", { title: graph.title, direction });
    const some = rows.length < of ? ` (${t("valuesOf", { n: rows.length, all: of })})` : "";
    box.append(make("table", {},
      make("caption", {}, caption + some),
      make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, ...rows.map((row) =>
        make("tr", {}, ...row.map((cell) => make("td", {}, cell)))))));
  });
  return details;
}

/* What one segment says, for the line above the graphs and for screen readers. */
export function describe(timed: TimedSegment, graph: Graph): string {
  const { segment } = timed;
  const time = momentAt(timed, graph.series.from);
  const what = segment.length > 0 || segment.ack === undefined || segment.flags !== "A"
    ? `${segment.flags} ${t("bytesSeq", {
      low: count(segment.seq), high: count(segment.seq + segment.length),
    })}`
    : t("answered", { ack: count(segment.ack),
      window: segment.window === undefined ? t("unknown") : bytes(segment.window) });
  return t("hover", {
    frame: segment.frame, time: time === null ? "-" : moment(time + graph.series.clock),
    from: sideName(segment.from), what,
  });
}

export interface FigureContext {
  view: View;
  actions: ChartActions;
  keys(event: KeyboardEvent): void;
  syncKey: string;
  direction: string;
}

export class Figure {
  readonly element: HTMLElement;
  private readonly chart: Chart | null = null;
  private readonly slider: HTMLElement | null = null;
  private readonly legend: Legend | null = null;
  private readonly note = make("span", {});

  constructor(readonly graph: Graph, private readonly context: FigureContext) {
    const heading = make("h4", {}, graph.title);
    this.element = make("figure", { class: `graphs-figure graphs-${graph.name}` }, heading);
    if (graph.empty !== null) {
      this.element.append(make("p", { class: "nothing" }, graph.empty));
      return;
    }
    this.chart = new Chart(graph, context.view, context.actions, context.syncKey);
    this.slider = make("div", { class: "graphs-frame", role: "slider", tabindex: 0,
      "aria-label": t("figure", { title: graph.title, direction: context.direction,
        summary: graph.summary }),
      "aria-valuemin": 1, "aria-valuemax": 1, "aria-valuenow": 1,
      onkeydown: (event: KeyboardEvent) => context.keys(event) }, this.chart.element);
    this.legend = makeLegend(graph.legend);
    this.element.append(this.legend.element, this.slider,
      make("figcaption", {},
        make("p", { class: "graphs-summary" }, graph.summary),
        make("p", {}, graph.sentence, language() === "zh" ? "" : " ", this.note)),
      makeTable(graph, context.direction));
    this.update();
  }

  /* After the view has changed. */
  update(): void {
    const { from, to } = this.context.view;
    this.chart?.update();
    this.legend?.update(from, to);
    this.note.textContent = this.graph.note?.(from, to) ?? "";
  }

  mark(timed: TimedSegment | undefined, place: number, all: number): void {
    this.chart?.mark(timed ? momentAt(timed, this.graph.series.from) : null);
    this.slider?.setAttribute("aria-valuemax", String(Math.max(1, all)));
    this.slider?.setAttribute("aria-valuenow", String(Math.max(1, place + 1)));
    this.slider?.setAttribute("aria-valuetext", timed ? describe(timed, this.graph) : "-");
  }

  destroy(): void {
    this.chart?.destroy();
  }
}
