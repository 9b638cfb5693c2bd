/* Bytes in flight and the two windows above them. */

import { sentences } from "../text/language.ts";
import { bytes, moment } from "../text/numbers.ts";
import { sideName } from "../text/terms.ts";
import { colour } from "../shell/theme.ts";
import { flightOfDirection, type Flight } from "./flight.ts";
import type { Graph, LegendEntry, Table, Target } from "./graph.ts";
import { sampled, UNITS } from "./graph.ts";
import { paintSteps, type Brush } from "./paint.ts";
import type { DirectionSeries, KernelPoint, Steps } from "./series.ts";
import { beyondWords } from "./limits.ts";
import { extentOf, valueAt } from "./series.ts";
import { t } from "./texts.ts";

const ROOM = 4; /* a limit further above than so many times the flight is cut off */

function highestIn(steps: Steps, from: number, to: number): number {
  return extentOf(steps, from, to)?.high ?? 0;
}

function extreme(steps: Steps, of: (a: number, b: number) => number): number {
  return steps.values.length > 0 ? steps.values.reduce(of) : 0;
}

function rangeOf(flight: Flight, whole: boolean, from: number, to: number): [number, number] {
  const most = Math.max(1, highestIn(flight.flight, from, to));
  const limits = [flight.window, flight.congestion, flight.threshold]
    .map((steps) => highestIn(steps, from, to))
    .filter((limit) => whole || limit <= ROOM * most);
  return [0, Math.max(most, ...limits) * 1.07];
}

function paint(flight: Flight, side: string, brush: Brush): void {
  paintSteps(brush, flight.threshold, brush.to,
    { colour: colour("--late"), width: 1.5, dash: [2, 3] });
  paintSteps(brush, flight.congestion, brush.to,
    { colour: colour("--again"), width: 1.8, dash: [10, 3, 2, 3] });
  paintSteps(brush, flight.window, brush.to,
    { colour: colour("--window"), width: 1.5, dash: [6, 3] });
  paintSteps(brush, flight.flight, brush.to, { colour: colour(side), width: 1.8 });
}

function legendOf(flight: Flight, whole: boolean, side: string, to: string): LegendEntry[] {
  const beyond = (steps: Steps) => (start: number, end: number): string =>
    beyondWords(steps, start, end, rangeOf(flight, whole, start, end)[1], bytes);
  const all: [Steps, LegendEntry][] = [
    [flight.flight, { swatch: { kind: "line" }, colour: side, text: t("flightLine") }],
    [flight.window, {
      swatch: { kind: "line", dash: "6 3" }, colour: "--window", text: t("window", { to }),
    }],
    [flight.congestion, {
      swatch: { kind: "line", dash: "10 3 2 3" }, colour: "--again", text: t("cwnd"),
    }],
    [flight.threshold, {
      swatch: { kind: "line", dash: "2 3" }, colour: "--late", text: t("ssthresh"),
    }],
  ];
  return all.filter(([steps]) => steps.times.length > 0)
    .map(([steps, entry]) => ({ ...entry, beyond: beyond(steps) }));
}

function tableOf(flight: Flight, to: string, clock: number): Table {
  const { times, values } = flight.flight;
  const congestion = flight.congestion.times.length > 0;
  const at = (steps: Steps, time: number): string => {
    const value = valueAt(steps, time);
    return value === null ? t("unknown") : bytes(value);
  };
  const rows = sampled(times.map((time, i) => ({ time, value: values[i] ?? 0 })));
  return {
    heads: [t("time"), t("flightLine"), t("window", { to }), ...(congestion ? [t("cwnd")] : [])],
    of: times.length,
    rows: rows.map(({ time, value }) => [
      moment(time + clock), bytes(value), at(flight.window, time),
      ...(congestion ? [at(flight.congestion, time)] : []),
    ]),
  };
}

/* Where the line is at the moment of each segment that moved it. */
function targetsOf(series: DirectionSeries, flight: Flight): Target[] {
  return [...series.sent, ...series.answers]
    .map(({ time, segment }) => {
      const value = valueAt(flight.flight, time) ?? 0;
      return { time, low: value, high: value, frame: segment.frame };
    })
    .sort((a, b) => a.time - b.time);
}

function windowWords(low: string, high: string): string {
  return low === high ? t("flightOneWindow", { low }) : t("flightWindow", { low, high });
}

export function flightGraph(
  series: DirectionSeries, points: readonly KernelPoint[], mss: number, whole: boolean): Graph {
  const flight = flightOfDirection(series, points, mss);
  const side = `--${series.from}`;
  const from = sideName(series.from);
  const to = sideName(series.from === "client" ? "server" : "client");
  const { window } = flight;
  const known = flight.congestion.times.length > 0;
  return {
    name: "flight", series,
    title: t("flight"), height: 230,
    sentence: sentences(t("flightText", { from, to }), known ? "" : t("flightNoKernel")),
    summary: t("flightSummary", {
      most: bytes(extreme(flight.flight, (a, b) => Math.max(a, b))),
      window: window.times.length === 0 ? "" : windowWords(
        bytes(extreme(window, (a, b) => Math.min(a, b))),
        bytes(extreme(window, (a, b) => Math.max(a, b)))),
    }),
    empty: null,
    legend: legendOf(flight, whole, side, to),
    targets: targetsOf(series, flight),
    unit: UNITS.bytes,
    range: (start, end) => rangeOf(flight, whole, start, end),
    paint: (brush) => paint(flight, side, brush),
    table: () => tableOf(flight, to, series.clock),
  };
}
