/* The states of both ends: the figure of RFC 9293 for each, and the connection's path on it. */

import "./machine.css";
import type { TimedSegment } from "../document/timing.ts";
import type { ConnectionObject, Side } from "../document/types.ts";
import { clear, make, type Child } from "../dom/make.ts";
import type { Part } from "../shell/part.ts";
import type { Store } from "../shell/store.ts";
import { sentences } from "../text/language.ts";
import { count } from "../text/numbers.ts";
import { sideName, stateMeaning } from "../text/terms.ts";
import { comparisonOf, judgementsOf, type JudgementOf } from "./comparison.ts";
import { makeDiagram } from "./diagram.ts";
import { SPOTS, stateAt } from "./figure.ts";
import { pathList } from "./list.ts";
import { rfcName } from "./rfc_names.ts";
import { pathOf, spotAt, type Path } from "./states.ts";
import { t } from "./texts.ts";
import { chip, segmentWords } from "./words.ts";

interface End {
  path: Path;
  element: HTMLElement;
  show(place: number): void;
}

/* The paths outlive a change of language or theme. */
const paths = new WeakMap<ConnectionObject, Record<Side, Path>>();

function pathsOf(connection: ConnectionObject, timed: readonly TimedSegment[]) {
  let both = paths.get(connection);
  if (!both) {
    both = {
      client: pathOf(connection, timed, "client"), server: pathOf(connection, timed, "server"),
    };
    paths.set(connection, both);
  }
  return both;
}

function makeEnd(store: Store, connection: ConnectionObject, path: Path,
  timed: readonly TimedSegment[], judgementOf: JudgementOf): End {
  const { side } = path;
  const go = (visit: number): void =>
    store.selectPlace(visit === 0 ? 0 : path.steps[visit - 1]?.place ?? 0, "machine");
  const diagram = makeDiagram(path, timed, go);
  const state = make("span", { class: "machine-state" });
  const words = make("div", { class: "machine-words" });
  const element = make("div", { class: `machine-end machine-${side}` },
    make("h3", {}, make("span", { class: "machine-side" }, sideName(side)), " ",
      make("span", { class: "machine-address" }, connection[side]), state),
    diagram.element, words);

  return { path, element, show(place: number): void {
    const taken = place < 0 ? path.steps.length : path.after[place] ?? 0;
    diagram.show(place < 0 ? taken : path.before[place] ?? 0, taken);
    state.replaceChildren(path.silent ? "?" : chip(stateAt(spotAt(path, taken))));
    words.replaceChildren(
      ...segmentWords(path, timed, place, judgementOf).filter((c): c is Node => c instanceof Node));
  } };
}

const PLACES_SHOWN = 20;

function placeLinks(store: Store, places: readonly number[]): Child[] {
  return [
    ...places.slice(0, PLACES_SHOWN).map((place) => make("button", { type: "button",
      class: "quiet machine-go", onclick: () => store.selectPlace(place, "machine") },
    t("goTo", { place: place + 1 }))),
    places.length > PLACES_SHOWN ? "…" : null,
  ];
}

/* The lab's own count, as the run tells it for all connections together. */
function comparisonWords(
  store: Store, timed: readonly TimedSegment[], judgementOf: JudgementOf): Child {
  const { compared, differed, notCompared, differing, leftOut } = comparisonOf(timed, judgementOf);
  if (compared + notCompared === 0) return null;
  return make("p", { class: "machine-truth" },
    t("right", { n: count(compared - differed), all: count(compared) }),
    ...(differed > 0 ? [" ", t("differed"), " ", ...placeLinks(store, differing)] : []),
    ...(notCompared > 0
      ? [" ", t("leftOut", { n: count(notCompared) }), " ", ...placeLinks(store, leftOut)] : []));
}

function pathLists(store: Store, ends: readonly End[], timed: readonly TimedSegment[]): Child[] {
  const clock = store.report.clock(store.selection.connection);
  const go = (place: number): void => store.selectPlace(place, "machine");
  const lists = make("div", { class: "machine-paths", id: "machine-paths", hidden: true },
    ...ends.map((end) => pathList(end.path, timed, clock, go)));
  const toggle = make("button", { type: "button", class: "quiet machine-toggle",
    "aria-expanded": "false", "aria-controls": "machine-paths", onclick: () => {
      lists.hidden = !lists.hidden;
      toggle.setAttribute("aria-expanded", String(!lists.hidden));
    } }, t("paths"));
  return [toggle, lists];
}

function stateMeanings(): HTMLElement {
  return make("details", { class: "machine-meanings" },
    make("summary", {}, t("states")),
    make("dl", {}, ...SPOTS.filter((spot) => spot !== "END").flatMap((spot) =>
      [make("dt", {}, chip(stateAt(spot))),
        make("dd", {}, rfcName(stateAt(spot)) === spot ? null
          : make("span", { class: "machine-rfc" }, `${rfcName(stateAt(spot))} `),
        stateMeaning(stateAt(spot)))])));
}

export function makeMachine(store: Store): Part | null {
  const element = make("div", { class: "machine" });
  const judgementOf = judgementsOf(store.report);
  let ends: End[] = [];
  let told: HTMLElement | null = null;

  function build(): void {
    clear(element);
    ends = [];
    const connection = store.connection;
    const timed = connection ? store.report.timed(connection.number) : [];
    if (!connection || timed.length === 0) {
      element.append(make("p", { class: "nothing" }, t("noSegments")));
      return;
    }
    const both = pathsOf(connection, timed);
    ends = [both.client, both.server].map((path) =>
      makeEnd(store, connection, path, timed, judgementOf));
    told = make("p", { class: "visually-hidden", role: "status" });
    const truth = both.client.truth || both.server.truth;
    element.append(
      make("p", { class: "machine-intro" },
        sentences(t(truth ? "intro_truth" : "intro_wire"), t("names"))),
      make("div", { class: "machine-ends" }, ...ends.map((end) => end.element)), told);
    for (const child of [comparisonWords(store, timed, judgementOf),
      make("p", { class: "machine-legend" }, t("legend")), ...pathLists(store, ends, timed),
      stateMeanings()])
      if (child instanceof Node) element.append(child);
  }

  function stateOf({ path }: End, place: number): string {
    const taken = place < 0 ? path.steps.length : path.after[place] ?? 0;
    return path.silent ? "?" : stateAt(spotAt(path, taken));
  }

  function show(): void {
    const place = store.place;
    for (const end of ends) end.show(place);
    const [client, server] = ends;
    if (!told || !client || !server) return;
    told.textContent = t("nowIs", { client: sideName("client"), clientState: stateOf(client, place),
      server: sideName("server"), serverState: stateOf(server, place) });
  }

  const end = store.subscribe((_, change) => {
    if (change.connection) build();
    show();
  });
  build();
  show();
  return { element, destroy: end };
}
