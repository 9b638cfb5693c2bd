/* Round-trip times: samples as dots, what the kernel makes of them as lines. */

import { count, duration, moment } from "../text/numbers.ts";
import { colour } from "../shell/theme.ts";
import type { Graph, LegendEntry, Table, Target } from "./graph.ts";
import { sampled, UNITS } from "./graph.ts";
import { beyondWords } from "./limits.ts";
import { paintShape, paintSteps, type Brush, type Shape } from "./paint.ts";
import { kernelRoundTrip, samplesOf, type Sample } from "./round_trips.ts";
import type { DirectionSeries, KernelPoint, Steps } from "./series.ts";
import { extentOf, firstAt, timesOf } from "./series.ts";
import { t } from "./texts.ts";

const LOOKS: Record<Sample["by"], { shape: Shape; text: "byAck" | "bySack" | "byTimestamp" }> = {
  ack: { shape: "dot", text: "byAck" },
  sack: { shape: "triangle", text: "bySack" },
  timestamp: { shape: "diamond", text: "byTimestamp" },
};

const BYS = Object.keys(LOOKS) as Sample["by"][];
const COLOURS: Record<Sample["by"], string> = {
  ack: "", sack: "--acknowledged", timestamp: "--again", /* an ack's: its side's */
};

const ROOM = 3; /* a timeout further above than so many times the samples is cut off */

interface RoundTrips {
  samples: Sample[];
  times: number[];
  smoothed: Steps;
  rto: Steps;
  timeouts: number[]; /* when something was sent again because of it */
  side: string;
}

/* What waited for an acknowledgement until a timer went off: then the timeout is what is to see. */
function timeoutsOf(series: DirectionSeries): number[] {
  return series.sent.filter(({ segment }) => segment.cause === "timeout").map(({ time }) => time);
}

function seen(trips: RoundTrips, from: number, to: number): Sample[] {
  return trips.samples.slice(firstAt(trips.times, from), firstAt(trips.times, to + 1e-9));
}

function rangeOf(trips: RoundTrips, whole: boolean, from: number, to: number): [number, number] {
  let most = 0;
  for (const sample of seen(trips, from, to)) most = Math.max(most, sample.value);
  most = Math.max(most, extentOf(trips.smoothed, from, to)?.high ?? 0);
  const timeout = extentOf(trips.rto, from, to)?.high ?? 0;
  const late = trips.timeouts[firstAt(trips.timeouts, from)] ?? Infinity;
  if (whole || late <= to || timeout <= ROOM * most) most = Math.max(most, timeout);
  return [0, (most || 1e-3) * 1.1];
}

function paint(trips: RoundTrips, brush: Brush): void {
  paintSteps(brush, trips.rto, brush.to, { colour: colour("--late"), width: 1.5, dash: [2, 3] });
  paintSteps(brush, trips.smoothed, brush.to,
    { colour: colour("--window"), width: 1.8, dash: [6, 3] });
  const shown = seen(trips, brush.from, brush.to);
  for (const by of BYS) {
    const points = shown.filter((sample) => sample.by === by).map((sample) =>
      ({ x: brush.x(sample.time), y: brush.y(sample.value) }));
    const look = { colour: colour(COLOURS[by] || trips.side), width: 1 };
    paintShape(brush, LOOKS[by].shape, points, look, shown.length > 500 ? 2 : 3);
  }
}

function legendOf(trips: RoundTrips, whole: boolean): LegendEntry[] {
  const beyond = (steps: Steps) => (from: number, to: number): string =>
    beyondWords(steps, from, to, rangeOf(trips, whole, from, to)[1], duration);
  const entries: LegendEntry[] = [];
  for (const by of BYS) {
    if (trips.samples.some((sample) => sample.by === by)) {
      entries.push({
        swatch: { kind: "shape", shape: LOOKS[by].shape },
        colour: COLOURS[by] || trips.side, text: t(LOOKS[by].text),
      });
    }
  }
  const lines: [Steps, string, string, string][] = [
    [trips.smoothed, "6 3", "--window", t("smoothed")], [trips.rto, "2 3", "--late", t("rto")],
  ];
  for (const [steps, dash, of, text] of lines) {
    if (steps.times.length > 0) {
      entries.push({
        swatch: { kind: "line", dash }, colour: of, text, beyond: beyond(steps),
      });
    }
  }
  return entries;
}

function tableOf(trips: RoundTrips, clock: number): Table {
  return {
    heads: [t("time"), t("frame"), t("roundTrip"), t("what")],
    of: trips.samples.length,
    rows: sampled(trips.samples).map((sample) => [
      moment(sample.time + clock), String(sample.frame),
      t("sample", { value: duration(sample.value), of: sample.of }), t(LOOKS[sample.by].text),
    ]),
  };
}

function summaryOf(samples: readonly Sample[]): string {
  const values = samples.map((sample) => sample.value);
  return t("roundTripSummary", {
    n: count(values.length),
    low: duration(values.reduce((a, b) => Math.min(a, b), Infinity)),
    high: duration(values.reduce((a, b) => Math.max(a, b), 0)),
  });
}

export function roundTripGraph(
  series: DirectionSeries, points: readonly KernelPoint[], whole: boolean): Graph {
  const samples = samplesOf(series);
  const trips = {
    samples, times: timesOf(samples), ...kernelRoundTrip(points), side: `--${series.from}`,
    timeouts: timeoutsOf(series),
  };
  const targets: Target[] = samples.map((sample) => ({
    time: sample.time, low: sample.value, high: sample.value, frame: sample.frame,
  }));
  const nothing = samples.length === 0 && trips.smoothed.times.length === 0;
  return {
    name: "roundTrip", series,
    title: t("roundTrip"), height: 230,
    sentence: t("roundTripText"),
    summary: samples.length > 0 ? summaryOf(samples) : t("noAnswers"),
    empty: nothing ? t("noAnswers") : null,
    legend: legendOf(trips, whole),
    targets,
    unit: UNITS.time,
    range: (from, to) => rangeOf(trips, whole, from, to),
    paint: (brush) => paint(trips, brush),
    table: () => tableOf(trips, series.clock),
  };
}
