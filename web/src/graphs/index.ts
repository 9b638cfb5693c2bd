/* The graphs of the chosen connection: a figure for each direction and measure, one time axis. */

import "./graphs.css";
import { make } from "../dom/make.ts";
import type { TimedSegment } from "../document/timing.ts";
import type { ConnectionObject, Side } from "../document/types.ts";
import type { Part } from "../shell/part.ts";
import type { Store } from "../shell/store.ts";
import { sentences } from "../text/language.ts";
import { count, moment } from "../text/numbers.ts";
import { sideName } from "../text/terms.ts";
import { describe, Figure, type FigureContext } from "./figure.ts";
import { flightGraph } from "./flight_graph.ts";
import type { Graph } from "./graph.ts";
import { roundTripGraph } from "./round_trip_graph.ts";
import { sequenceGraph } from "./sequence_graph.ts";
import { kernelPoints, momentAt, seriesOf, type DirectionSeries } from "./series.ts";
import { t } from "./texts.ts";
import { throughputGraph } from "./throughput_graph.ts";
import { View } from "./view.ts";

type Choice = Side | "both";

/* Kept while language and theme change: the part is made anew then. */
const kept: {
  connection: number; choice: Choice | null; whole: boolean; from: number; to: number;
} = { connection: 0, choice: null, whole: false, from: 0, to: 0 };

const CHOICES: [Choice, "fromClient" | "fromServer" | "both"][] = [
  ["client", "fromClient"], ["server", "fromServer"], ["both", "both"],
];

const PAGE = 10; /* segments */
const MARGIN = 0.02; /* of the duration, at both ends */

function segmentSize(connection: ConnectionObject, from: Side): number {
  const own = from === "client" ? connection.from_client : connection.from_server;
  const other = from === "client" ? connection.from_server : connection.from_client;
  const agreed = Math.min(own.offer?.mss ?? Infinity, other.offer?.mss ?? Infinity);
  const stamps = connection.opening.agreed?.timestamps ? 12 : 0; /* they come out of each segment */
  return agreed < Infinity ? agreed - stamps : own.largest_payload ?? 0;
}

class Graphs {
  readonly element = make("div", { class: "graphs" });
  private readonly seen = make("span", { class: "graphs-seen" });
  private readonly readout = make("p", { class: "graphs-readout" });
  private readonly body = make("div", { class: "graphs-body" });
  private readonly choices = make("div", { class: "graphs-choices", role: "group",
    "aria-label": t("direction") });
  private readonly full = make("input", { type: "checkbox", id: "graphs-full" });
  private figures: Figure[] = [];
  private timed: readonly TimedSegment[] = [];
  private places = new Map<number, number>();
  private clock = 0; /* what is added to a time where it is shown */
  private view = new View({ from: 0, to: 1 });
  private readonly end: () => void;

  constructor(private readonly store: Store) {
    this.full.checked = kept.whole;
    this.full.addEventListener("change", () => {
      kept.whole = this.full.checked;
      this.showFigures();
    });
    this.element.append(this.makeTools(), this.readout, this.body,
      make("p", { class: "graphs-keys" }, t("keys")));
    this.end = store.subscribe((_selection, change) => {
      if (change.connection) this.showConnection();
      else this.showChosen();
    });
    this.showConnection();
  }

  destroy(): void {
    this.end();
    this.clearFigures();
  }

  private makeTools(): HTMLElement {
    const button = (text: string, name: string, action: () => void): HTMLElement =>
      make("button", { type: "button", "aria-label": name, title: name, onclick: action }, text);
    return make("div", { class: "graphs-tools" },
      this.choices,
      make("div", { class: "graphs-zoom", role: "group", "aria-label": t("tools") },
        button("+", t("zoomIn"), () => this.zoom(2)),
        button("−", t("zoomOut"), () => this.zoom(1 / 2)),
        button("◀", t("left"), () => this.view.pan(-0.5)),
        button("▶", t("right"), () => this.view.pan(0.5)),
        make("button", { type: "button", onclick: () => this.view.reset() }, t("whole"))),
      make("label", { class: "graphs-full", title: t("fitWindowTitle") },
        this.full, " ", t("fitWindow")),
      this.seen);
  }

  private zoom(factor: number): void {
    const timed = this.chosen();
    const { from, to } = this.view;
    const at = timed ? momentAt(timed, this.figures[0]?.graph.series.from ?? "client") : null;
    this.view.zoom(factor, at !== null && at >= from && at <= to ? at : (from + to) / 2);
  }

  private chosen(): TimedSegment | undefined {
    return this.timed[this.place()];
  }

  private place(): number {
    return this.places.get(this.store.selection.frame ?? -1) ?? -1;
  }

  private showConnection(): void {
    const { connection } = this.store.selection;
    this.timed = this.store.report.timed(connection);
    this.places = new Map(this.timed.map(({ segment }, place) => [segment.frame, place]));
    this.clock = this.store.report.clock(connection);
    const { duration } = seriesOf(this.timed, "client");
    const margin = Math.max(duration, 1e-5) * MARGIN;
    this.view = new View({ from: -margin, to: Math.max(duration, 1e-5) + margin });
    if (kept.connection === connection) this.view.set(kept.from, kept.to);
    else {
      kept.connection = connection;
      kept.choice = null;
    }
    this.view.subscribe(() => this.showRange());
    this.showFigures();
  }

  /* Where more went, unless somebody has chosen. */
  private choice(): Choice {
    const connection = this.store.connection;
    if (kept.choice) return kept.choice;
    if (!connection) return "client";
    return connection.from_server.bytes > connection.from_client.bytes ? "server" : "client";
  }

  private clearFigures(): void {
    for (const figure of this.figures) figure.destroy();
    this.figures = [];
    this.body.replaceChildren();
  }

  private showFigures(): void {
    this.clearFigures();
    const choice = this.choice();
    this.choices.replaceChildren(...CHOICES.map(([value, key]) =>
      make("button", { type: "button", id: `graphs-${value}`,
        "aria-pressed": value === choice ? "true" : "false",
        onclick: () => this.choose(value) }, t(key))));
    if (this.timed.length === 0) {
      this.body.append(make("p", { class: "nothing" }, t("noSegments")));
      return;
    }
    const sides: Side[] = choice === "both" ? ["client", "server"] : [choice];
    for (const side of sides) this.body.append(this.makeDirection(side));
    const drawn = new Set(this.figures.map((figure) => figure.graph.series.from));
    this.body.classList.toggle("graphs-two", drawn.size === 2);
    this.showRange();
    this.showChosen();
  }

  private choose(value: Choice): void {
    kept.choice = value;
    this.showFigures();
    document.getElementById(`graphs-${value}`)?.focus();
  }

  private makeDirection(side: Side): HTMLElement {
    const series = seriesOf(this.timed, side, this.clock);
    const direction = t(side === "client" ? "fromClient" : "fromServer");
    const names = {
      from: sideName(side), to: sideName(side === "client" ? "server" : "client"),
    };
    const box = make("section", { class: "graphs-direction", "aria-label": direction },
      make("h3", {}, direction));
    if (series.bytes === 0) {
      box.append(make("p", { class: "nothing" }, series.sent.length === 0
        ? t("noDataAtAll", names) : t("noData", { ...names, n: count(series.sent.length) })));
      return box;
    }
    const context = this.contextOf(direction);
    const figures = this.graphsOf(series).map((graph) => new Figure(graph, context));
    this.figures.push(...figures);
    const stray = series.stray > 0 ? t("stray", { n: count(series.stray) }) : "";
    box.append(
      make("p", { class: "graphs-moment" },
        sentences(series.known ? t("sender", names) : t("oneMoment", names),
          series.clock === 0 ? "" : t("sinceRun"), stray)),
      make("div", { class: "graphs-grid" }, ...figures.map((figure) => figure.element)));
    return box;
  }

  private graphsOf(series: DirectionSeries): Graph[] {
    const connection = this.store.connection;
    const points = kernelPoints(this.timed, series.from);
    const mss = connection ? segmentSize(connection, series.from) : 0;
    return [
      sequenceGraph(series, kept.whole),
      flightGraph(series, points, mss, kept.whole),
      throughputGraph(series),
      roundTripGraph(series, points, kept.whole),
    ];
  }

  private contextOf(direction: string): FigureContext {
    return {
      view: this.view, direction, syncKey: "wiretale-graphs",
      keys: (event) => this.takeKey(event),
      actions: {
        choose: (frame) => this.store.selectFrame(frame, "graphs"),
        hover: (target) => this.showReadout(target?.frame ?? null),
      },
    };
  }

  private takeKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { store, view } = this;
    const actions: Record<string, () => void> = {
      ArrowRight: () => event.shiftKey ? view.pan(0.25) : store.step(1, "graphs"),
      ArrowLeft: () => event.shiftKey ? view.pan(-0.25) : store.step(-1, "graphs"),
      ArrowUp: () => store.step(1, "graphs"),
      ArrowDown: () => store.step(-1, "graphs"),
      PageUp: () => store.step(PAGE, "graphs"),
      PageDown: () => store.step(-PAGE, "graphs"),
      Home: () => store.selectPlace(0, "graphs"),
      End: () => store.selectPlace(Infinity, "graphs"),
      "+": () => this.zoom(2),
      "=": () => this.zoom(2),
      "-": () => this.zoom(1 / 2),
      "0": () => view.reset(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  private showRange(): void {
    const { from, to } = this.view;
    kept.from = from;
    kept.to = to;
    this.seen.textContent = t("seen", {
      from: moment(Math.max(0, from) + this.clock), to: moment(to + this.clock),
    });
    for (const figure of this.figures) figure.update();
  }

  private showChosen(): void {
    const timed = this.chosen();
    const first = this.figures[0];
    const time = timed && first ? momentAt(timed, first.graph.series.from) : null;
    if (time !== null) this.view.reveal(time);
    for (const figure of this.figures) figure.mark(timed, this.place(), this.timed.length);
    this.showReadout(null);
  }

  /* What is under the pointer, else what is chosen. */
  private showReadout(frame: number | null): void {
    const place = frame === null ? this.place() : this.places.get(frame) ?? -1;
    const timed = this.timed[place];
    const first = this.figures[0];
    this.readout.textContent = timed && first ? describe(timed, first.graph) : "\u00a0";
  }
}

export function makeGraphs(store: Store): Part | null {
  if (store.report.document.connections.length === 0) return null;
  const graphs = new Graphs(store);
  return { element: graphs.element, destroy: () => graphs.destroy() };
}
