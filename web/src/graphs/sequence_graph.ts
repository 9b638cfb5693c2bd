/* Time and sequence: the picture of a transfer from which all others follow. */

import { bytes, count, duration, moment } from "../text/numbers.ts";
import { sideName } from "../text/terms.ts";
import { colour } from "../shell/theme.ts";
import type { Graph, LegendEntry, Table, Target } from "./graph.ts";
import { sampled, UNITS } from "./graph.ts";
import { paintBars, paintLetter, paintShape, paintSteps, type Brush } from "./paint.ts";
import type { Answer, DirectionSeries, Sent, SentKind } from "./series.ts";
import { firstAt, timesOf, valueAt } from "./series.ts";
import { t } from "./texts.ts";

const KINDS: Record<SentKind, { colour: string; dash?: number[]; width: number }> = {
  first: { colour: "", width: 1.5 }, /* its side's */
  again: { colour: "--again", width: 3 },
  needless: { colour: "--needless", width: 3, dash: [2, 2] },
  late: { colour: "--late", width: 2, dash: [5, 2] },
  probe: { colour: "--faint", width: 2 },
};

const kinds = Object.keys(KINDS) as SentKind[];

function colourOf(kind: SentKind, series: DirectionSeries): string {
  return KINDS[kind].colour || `--${series.from}`;
}

/* A window may end so far above that all else would be a flat line: then it is cut off. */
const ROOM = 2; /* times the height of the rest */

interface Seen {
  low: number;
  high: number;
  edge: number;
}

class SequenceGraph {
  private readonly sentTimes: number[];
  private readonly answerTimes: number[];

  constructor(readonly series: DirectionSeries, private readonly whole: boolean) {
    this.sentTimes = timesOf(series.sent);
    this.answerTimes = timesOf(series.answers);
  }

  private sentIn(from: number, to: number): Sent[] {
    return this.series.sent.slice(firstAt(this.sentTimes, from), this.after(this.sentTimes, to));
  }

  private answersIn(from: number, to: number): Answer[] {
    const { answers } = this.series;
    return answers.slice(firstAt(this.answerTimes, from), this.after(this.answerTimes, to));
  }

  private after(times: readonly number[], to: number): number {
    return firstAt(times, to + 1e-9);
  }

  private seen(from: number, to: number): Seen | null {
    const { acked, edge } = this.series;
    const seen = { low: Infinity, high: -Infinity, edge: -Infinity };
    const take = (value: number | null | undefined): void => {
      if (value === null || value === undefined) return;
      seen.low = Math.min(seen.low, value);
      seen.high = Math.max(seen.high, value);
    };
    for (const sent of this.sentIn(from, to)) {
      take(sent.low);
      take(sent.high);
    }
    for (const steps of [acked]) {
      take(valueAt(steps, from));
      take(valueAt(steps, to));
    }
    seen.edge = valueAt(edge, from) ?? -Infinity;
    const last = this.after(edge.times, to);
    for (let i = firstAt(edge.times, from); i < last; i++)
      seen.edge = Math.max(seen.edge, edge.values[i] ?? 0);
    return seen.low <= seen.high ? seen : null;
  }

  range(from: number, to: number): [number, number] {
    const seen = this.seen(from, to);
    if (!seen) return [0, 1];
    const height = Math.max(1, seen.high - seen.low);
    const most = this.whole ? Infinity : seen.high + ROOM * height;
    const top = seen.edge > seen.high && seen.edge <= most ? seen.edge : seen.high;
    const room = Math.max(0.5, (top - seen.low) * 0.06);
    return [seen.low - room, top + room];
  }

  note(from: number, to: number): string {
    const seen = this.seen(from, to);
    if (!seen || seen.edge === -Infinity || seen.edge <= this.range(from, to)[1]) return "";
    let least = Infinity;
    for (const sent of this.sentIn(from, to))
      least = Math.min(least, (valueAt(this.series.edge, sent.time) ?? Infinity) - sent.high);
    return least > 0 && least < Infinity ? t("edgeAbove", { n: bytes(least) }) : "";
  }

  paint(brush: Brush): void {
    const { series } = this;
    paintSteps(brush, series.acked, brush.to, { colour: colour("--acknowledged"), width: 1.5 });
    paintSteps(brush, series.edge, brush.to,
      { colour: colour("--window"), width: 1.5, dash: [6, 3] });
    this.paintAnswers(brush, this.answersIn(brush.from, brush.to));
    const sent = this.sentIn(brush.from, brush.to);
    for (const kind of kinds) {
      const look = { ...KINDS[kind], colour: colour(colourOf(kind, series)) };
      const of = sent.filter((one) => one.kind === kind);
      if (of.length === 0) continue;
      paintBars(brush, of, look);
      if (kind === "again" || kind === "needless")
        paintShape(brush, "diamond", of.map((one) => this.middle(brush, one)), look, 4);
    }
    const lost = sent.filter((one) => one.lost);
    paintShape(brush, "cross", lost.map((one) => this.middle(brush, one)),
      { colour: colour("--lost"), width: 2.2 }, 5.5);
    const text = colour("--text");
    for (const one of sent) {
      if (one.mark !== "")
        paintLetter(brush, one.mark, brush.x(one.time), brush.y(one.high), text);
    }
  }

  private middle(brush: Brush, sent: Sent): { x: number; y: number } {
    return { x: brush.x(sent.time), y: brush.y((sent.low + sent.high) / 2) };
  }

  private paintAnswers(brush: Brush, answers: Answer[]): void {
    const sacks = answers.flatMap((answer) => answer.sacks.map(([low, high]) =>
      ({ time: answer.time, low, high })));
    paintBars(brush, sacks, { colour: colour("--acknowledged"), width: 1.5, dash: [2, 2] });
    const zeros = answers.filter((answer) => answer.zero).map((answer) =>
      ({ x: brush.x(answer.time), y: brush.y(answer.ack) }));
    paintShape(brush, "ring", zeros, { colour: colour("--window"), width: 2 }, 4.5);
  }

  legend(): LegendEntry[] {
    const { series } = this;
    const entries: LegendEntry[] = [];
    for (const kind of kinds) {
      if (!series.sent.some((sent) => sent.kind === kind)) continue;
      const marked = kind === "again" || kind === "needless";
      entries.push({
        swatch: marked ? { kind: "shape", shape: "diamond" } : { kind: "bar" },
        colour: colourOf(kind, series), text: t(kind),
      });
    }
    type Swatch = LegendEntry["swatch"];
    const add = (wanted: boolean, swatch: Swatch, colour: string, text: string): void => {
      if (wanted) entries.push({ swatch, colour, text });
    };
    add(series.lost > 0, { kind: "shape", shape: "cross" }, "--lost", t("lost"));
    add(series.acked.times.length > 0, { kind: "line" }, "--acknowledged", t("acked"));
    add(series.edge.times.length > 0, { kind: "line", dash: "6 3" }, "--window", t("edge"));
    add(series.answers.some((answer) => answer.sacks.length > 0),
      { kind: "bracket" }, "--acknowledged", t("sack"));
    add(series.zeros > 0, { kind: "shape", shape: "ring" }, "--window", t("zero"));
    add(series.sent.some((sent) => sent.mark !== ""),
      { kind: "letter", letter: "S" }, "--text", t("flags"));
    return entries;
  }

  targets(): Target[] {
    const targets: Target[] = this.series.sent.map((sent) => ({
      time: sent.time, low: sent.low, high: sent.high, frame: sent.segment.frame,
    }));
    for (const answer of this.series.answers) {
      targets.push({
        time: answer.time, low: answer.ack, high: answer.ack, frame: answer.segment.frame,
      });
    }
    return targets.sort((a, b) => a.time - b.time);
  }

  table(): Table {
    const { sent } = this.series;
    return {
      heads: [t("time"), t("frame"), t("range"), t("what")],
      of: sent.length,
      rows: sampled(sent).map((one) => [
        moment(one.time + this.series.clock), String(one.segment.frame),
        t("bytesSeq", { low: count(one.low), high: count(one.high) }),
        [t(one.kind), one.lost ? t("lost") : "", one.mark].filter(Boolean).join(", "),
      ]),
    };
  }
}

function bytesOf({ bytes: all, stream }: DirectionSeries): string {
  return all === stream ? bytes(all)
    : t("bytesAndStream", { bytes: bytes(all), stream: bytes(stream) });
}

export function sequenceGraph(series: DirectionSeries, whole: boolean): Graph {
  const graph = new SequenceGraph(series, whole);
  const other = series.from === "client" ? "server" : "client";
  return {
    name: "sequence", series,
    title: t("sequence"), height: 340,
    sentence: t("sequenceText", { from: sideName(series.from), to: sideName(other) }),
    summary: t("sequenceSummary", {
      bytes: bytesOf(series), n: count(series.sent.length), time: duration(series.duration),
      again: count(series.again), lost: count(series.lost), zeros: count(series.zeros),
    }),
    empty: null,
    legend: graph.legend(),
    targets: graph.targets(),
    unit: UNITS.number,
    range: (from, to) => graph.range(from, to),
    paint: (brush) => graph.paint(brush),
    note: (from, to) => graph.note(from, to),
    table: () => graph.table(),
  };
}
