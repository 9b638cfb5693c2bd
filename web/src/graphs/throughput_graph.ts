/* Bytes a second: what was sent as columns, what came through as a line. */

import { bytes, duration, moment } from "../text/numbers.ts";
import { sideName } from "../text/terms.ts";
import { colour } from "../shell/theme.ts";
import type { Graph, Table, Target } from "./graph.ts";
import { ROWS, UNITS } from "./graph.ts";
import { paintBins, paintSteps, type Brush } from "./paint.ts";
import type { DirectionSeries } from "./series.ts";
import { t } from "./texts.ts";
import { binsOf, sumsOf, type Bins, type Sums } from "./throughput.ts";

const rate = (value: number): string => `${bytes(value)}/s`;

const most = (values: readonly number[]): number =>
  values.reduce((high, value) => Math.max(high, value), 0);

class ThroughputGraph {
  readonly sums: Sums;
  private last: { from: number; to: number; bins: Bins } | null = null;

  constructor(readonly series: DirectionSeries) {
    this.sums = sumsOf(series);
  }

  bins(from: number, to: number): Bins {
    if (!this.last || this.last.from !== from || this.last.to !== to)
      this.last = { from, to, bins: binsOf(this.sums, from, to) };
    return this.last.bins;
  }

  range(from: number, to: number): [number, number] {
    const bins = this.bins(from, to);
    return [0, Math.max(1, most(bins.sent), most(bins.acked)) * 1.07];
  }

  paint(brush: Brush): void {
    const bins = this.bins(brush.from, brush.to);
    paintBins(brush, bins.starts, bins.sent, bins.width,
      { colour: colour(`--${this.series.from}`), width: 1 });
    const end = (bins.starts[bins.starts.length - 1] ?? 0) + bins.width;
    paintSteps(brush, { times: bins.starts, values: bins.acked }, end,
      { colour: colour("--acknowledged"), width: 2 });
  }

  targets(): Target[] {
    return this.series.sent.filter((sent) => sent.data > 0).map((sent) => ({
      time: sent.time, low: 0, high: Infinity, frame: sent.segment.frame,
    }));
  }

  table(): Table {
    const { duration: all, clock } = this.series;
    const bins = this.bins(0, all);
    const rows = bins.starts.slice(0, ROWS).map((start, i) =>
      [moment(start + clock), rate(bins.sent[i] ?? 0), rate(bins.acked[i] ?? 0)]);
    return { heads: [t("time"), t("sentRate"), t("ackedRate")], rows, of: bins.starts.length };
  }
}

export function throughputGraph(series: DirectionSeries): Graph {
  const graph = new ThroughputGraph(series);
  const { values } = graph.sums.acked;
  const through = values[values.length - 1] ?? 0;
  const whole = graph.bins(0, series.duration);
  return {
    name: "throughput", series,
    title: t("throughput"), height: 230,
    sentence: t("throughputText", { from: sideName(series.from) }),
    summary: t("throughputSummary", {
      mean: bytes(series.duration > 0 ? through / series.duration : 0),
      most: bytes(most(whole.sent)),
    }),
    empty: null,
    legend: [
      { swatch: { kind: "area" }, colour: `--${series.from}`, text: t("sentRate") },
      { swatch: { kind: "line" }, colour: "--acknowledged", text: t("ackedRate") },
    ],
    targets: graph.targets(),
    unit: UNITS.rate,
    range: (from, to) => graph.range(from, to),
    paint: (brush) => graph.paint(brush),
    note: (from, to) => t("bins", { width: duration(graph.bins(from, to).width) }),
    table: () => graph.table(),
  };
}
