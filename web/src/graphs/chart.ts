/* A graph on the page: uPlot gives axes, cursor and the dragging of a range; the marks are ours. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { make } from "../dom/make.ts";
import { isPrinting } from "../shell/paper.ts";
import { colour } from "../shell/theme.ts";
import type { Graph, Target } from "./graph.ts";
import { axisTexts, nearest } from "./graph.ts";
import type { Brush } from "./paint.ts";
import { firstAt, timesOf } from "./series.ts";
import type { View } from "./view.ts";

export interface ChartActions {
  choose(frame: number): void;
  hover(target: Target | null): void;
}

/* Pixels: two beside each other on a sheet of A4, drawn finer than on the screen. */
const PAPER = { width: 326, height: 170 };
const CLICK = 4; /* pixels: a drag that is shorter is none */

/* With as many places as tell one split from the next: 0.025 needs three. */
function timeAxis(splits: number[], step: number): string[] {
  let places = 0;
  const left = (): number => Math.abs(step * 10 ** places - Math.round(step * 10 ** places));
  while (places < 7 && left() > 1e-6 * step * 10 ** places) places++;
  return splits.map((split) => `${split.toFixed(places)} s`);
}

/* 1, 2, 5, 10, 20, 50, ...: no half of a byte. */
const WHOLE = Array.from({ length: 16 }, (_, power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

/* Round on the clock that is shown, not on the one that is drawn by. */
function timeSplits(clock: number, from: number, to: number, step: number): number[] {
  const splits: number[] = [];
  for (let n = Math.ceil((from + clock) / step - 1e-9); n * step <= to + clock + step * 1e-9; n++)
    splits.push(n * step - clock);
  return splits;
}

function valueAxisSize(_plot: uPlot, values: string[] | null): number {
  const longest = (values ?? []).reduce((most, value) => Math.max(most, value.length), 1);
  return 18 + 6.7 * longest;
}

export class Chart {
  readonly element: HTMLElement;
  private readonly plot: uPlot;
  private readonly line = make("div", { class: "graphs-chosen", hidden: true });
  private readonly times: number[];
  private readonly observer: ResizeObserver;
  private chosen: number | null = null;
  private pressed: { x: number; from: number; to: number } | null = null;
  private dragged = false;

  constructor(
    private readonly graph: Graph, private readonly view: View,
    private readonly actions: ChartActions, key: string) {
    this.times = timesOf(graph.targets);
    this.element = make("div", { class: "graphs-plot" });
    this.plot = new uPlot(this.options(key), [[view.from, view.to], [null, null]], this.element);
    this.plot.over.append(this.line);
    this.listen();
    if (isPrinting()) this.toPaper();
    this.observer = new ResizeObserver(() => this.fit(this.element.clientWidth));
    this.observer.observe(this.element);
    addEventListener("beforeprint", this.toPaper);
    addEventListener("afterprint", this.toScreen);
  }

  /* After the view has changed. */
  update(): void {
    const { from, to } = this.view;
    const [min, max] = this.graph.range(from, to);
    this.plot.batch(() => {
      this.plot.setScale("x", { min: from, max: to });
      this.plot.setScale("y", { min, max });
    });
    this.placeLine();
  }

  /* The chosen segment's moment; null: it has none here. */
  mark(time: number | null): void {
    this.chosen = time;
    this.placeLine();
  }

  destroy(): void {
    this.observer.disconnect();
    removeEventListener("beforeprint", this.toPaper);
    removeEventListener("afterprint", this.toScreen);
    this.plot.destroy();
  }

  private options(key: string): uPlot.Options {
    const { view, graph } = this;
    const { clock } = graph.series;
    const axis: uPlot.Axis = {
      stroke: colour("--faint"), font: "12px system-ui, sans-serif",
      grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 },
    };
    const [min, max] = graph.range(view.from, view.to);
    return {
      width: 680, height: graph.height, padding: [8, 12, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, auto: false, min: view.from, max: view.to },
        y: { auto: false, min, max },
      },
      series: [{}, { show: true, stroke: "transparent", points: { show: false } }],
      axes: [
        { ...axis, size: 34, space: 70,
          splits: (_plot, _axis, from, to, step) => timeSplits(clock, from, to, step),
          values: (_plot, splits, _axis, _space, step) =>
            timeAxis(splits.map((split) => split + clock), step) },
        { ...axis, size: valueAxisSize, space: 36, ...(graph.unit.whole ? { incrs: WHOLE } : {}),
          values: (_plot, splits) => axisTexts(splits, graph.unit) },
      ],
      cursor: {
        sync: { key, setSeries: false }, points: { show: false }, y: false,
        drag: { x: true, y: false, setScale: false, dist: CLICK },
        bind: { dblclick: () => () => {
          view.reset();
          return null;
        } },
      },
      hooks: {
        draw: [(plot) => this.paint(plot)],
        setSelect: [(plot) => this.takeRange(plot)],
        setCursor: [(plot) => this.follow(plot)],
      },
    };
  }

  private paint(plot: uPlot): void {
    const { left, top, width, height } = plot.bbox;
    const context = plot.ctx;
    const { min: from, max: to } = plot.scales["x"] ?? {};
    const { min: low, max: high } = plot.scales["y"] ?? {};
    if (from === undefined || to === undefined || low === undefined || high === undefined) return;
    const across = width / (to - from); /* by hand: it is done for every mark */
    const up = height / (high - low);
    const brush: Brush = {
      context, from, to, left, top, right: left + width, bottom: top + height,
      x: (time) => left + (time - from) * across,
      y: (value) => top + (high - value) * up,
      unit: uPlot.pxRatio,
    };
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    this.graph.paint(brush);
    context.restore();
  }

  /* Only the plot that is dragged in: the others hear of it through the view. */
  private takeRange(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < CLICK || !this.pressed) return;
    const from = plot.posToVal(left, "x");
    const to = plot.posToVal(left + width, "x");
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.view.set(from, to);
  }

  private follow(plot: uPlot): void {
    if (!plot.cursor.event) return; /* another graph's */
    this.actions.hover(this.under(plot.cursor.left ?? -1, plot.cursor.top ?? -1));
  }

  private under(left: number, top: number): Target | null {
    if (left < 0 || top < 0) return null;
    const at = firstAt(this.times, this.plot.posToVal(left, "x"));
    return nearest(this.graph.targets, at, (time) => this.plot.valToPos(time, "x"),
      (value) => this.plot.valToPos(value, "y"), { x: left, y: top });
  }

  private listen(): void {
    const { over } = this.plot;
    /* Before uPlot's own, which would begin to select a range. */
    over.addEventListener("mousedown", (event) => this.press(event), true);
    over.addEventListener("click", (event) => {
      if (this.dragged) return;
      const target = this.under(event.offsetX, event.offsetY);
      if (target) this.actions.choose(target.frame);
    });
    over.addEventListener("mouseleave", () => this.actions.hover(null));
    over.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; /* the page scrolls */
      event.preventDefault();
      this.view.zoom(2 ** (-event.deltaY / 200), this.plot.posToVal(event.offsetX, "x"));
    }, { passive: false });
  }

  private press(event: MouseEvent): void {
    if (event.button !== 0) return;
    const start = { x: event.clientX, from: this.view.from, to: this.view.to };
    const panning = event.shiftKey;
    this.pressed = start;
    this.dragged = false;
    const move = (moved: MouseEvent): void => {
      const by = moved.clientX - start.x;
      if (Math.abs(by) >= CLICK) this.dragged = true;
      if (!panning || !this.dragged) return;
      const time = by / this.plot.over.clientWidth * (start.to - start.from);
      this.view.set(start.from - time, start.to - time);
    };
    const up = (): void => {
      removeEventListener("mousemove", move);
      removeEventListener("mouseup", up);
      queueMicrotask(() => { this.pressed = null; });
    };
    addEventListener("mousemove", move);
    addEventListener("mouseup", up);
    if (!panning) return;
    event.stopImmediatePropagation();
    event.preventDefault();
  }

  private placeLine(): void {
    const { chosen, view } = this;
    const seen = chosen !== null && chosen >= view.from && chosen <= view.to;
    this.line.hidden = !seen;
    if (seen) {
      const width = this.plot.bbox.width / uPlot.pxRatio;
      const x = (chosen - view.from) / (view.to - view.from) * width;
      this.line.style.transform = `translateX(${x}px)`;
    }
  }

  private fit(width: number, height = this.graph.height): void {
    if (width < 1 || (width === this.plot.width && height === this.plot.height)) return;
    /* In a batch it is drawn at once: a page that is being printed cannot wait for it. */
    this.plot.batch(() => this.plot.setSize({ width, height }));
    this.placeLine();
  }

  private readonly toPaper = (): void => this.fit(PAPER.width, PAPER.height);
  private readonly toScreen = (): void => this.fit(this.element.clientWidth);
}
