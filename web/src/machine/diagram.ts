/* The figure for one end, with the path of this connection on it. */

import type { TimedSegment } from "../document/timing.ts";
import { draw } from "../dom/make.ts";
import { sideName, stateMeaning } from "../text/terms.ts";
import { accountOf, type Account } from "./account.ts";
import { SPOTS, stateAt, TRANSITIONS, type Spot, type Transition } from "./figure.ts";
import {
  BOX_HEIGHT, BOX_WIDTH, CENTERS, extraRoute, headData, pathData, ROUTES, VIEW_BOX, type Label,
  type Route,
} from "./layout.ts";
import { bothNames } from "./rfc_names.ts";
import { spotAt, type Path } from "./states.ts";
import { t } from "./texts.ts";
import { extraLabel, ruleText, whyText } from "./words.ts";

const LINE = 11; /* between the lines of a label */
const NUMBERS_SHOWN = 3;
const EXTRAS_SHOWN = 12;

export interface Diagram {
  element: SVGSVGElement;
  /* Steps before `taken` were made; those from `before` on just now. */
  show(before: number, taken: number): void;
}

interface Edge {
  group: SVGGElement;
  steps: number[]; /* that took it, ascending */
}

interface Box {
  spot: Spot;
  group: SVGGElement;
  visits: number[]; /* after how many steps this end was here, ascending */
}

function drawLabel(label: Label, lines: readonly string[]): SVGGElement {
  return draw("g", { class: "machine-label", "text-anchor": label.anchor },
    ...lines.map((line, i) => draw("text", { x: label.x,
      y: i > 0 && label.below !== undefined ? label.below : label.y + i * LINE }, line)));
}

function drawEdge(route: Route, text: string, told: string, extra: boolean): SVGGElement {
  const line = pathData(route.points);
  return draw("g", { class: extra ? "machine-edge is-extra" : "machine-edge" },
    told ? draw("title", {}, told) : null,
    draw("path", { class: "machine-hit", d: line }),
    draw("path", { class: "machine-line", d: line }),
    draw("path", { class: "machine-head", d: headData(route.points) }),
    text ? drawLabel(route.label, text.split("|")) : null);
}

function figureEdge(edge: Transition): SVGGElement {
  const account: Account = { kind: "figure", transition: edge, event: edge.event,
    action: edge.action, seenEarly: false, refused: false, through: [] };
  const told = t("edge", { from: stateAt(edge.from), to: stateAt(edge.to),
    rule: ruleText(account), why: whyText(account, stateAt(edge.to)) });
  return drawEdge(ROUTES[edge.name], t(`small_${edge.name}`), told, false);
}

/* All edges, and by each step the one it took. */
function drawEdges(path: Path, timed: readonly TimedSegment[]): [Edge[], (Edge | undefined)[]] {
  const figure = new Map(TRANSITIONS.map((edge) =>
    [edge.name, { group: figureEdge(edge), steps: [] } as Edge]));
  const extras = new Map<string, Edge>();
  const covered = new Set<Route>();
  const taken = path.steps.map((step, i) => {
    const segment = timed[step.place]?.segment;
    if (!segment) return undefined;
    const account = accountOf(step, segment);
    let edge: Edge | undefined;
    if (account.transition) edge = figure.get(account.transition.name);
    else {
      const key = `${step.from} ${step.to} ${account.kind}`;
      edge = extras.get(key);
      if (!edge && extras.size < EXTRAS_SHOWN) {
        const to = stateAt(step.to);
        const route = extraRoute(step.from, step.to);
        edge = { group: drawEdge(route, extraLabel(account),
          t("extraEdge", { from: stateAt(step.from), to, why: whyText(account, to) }), true),
        steps: [] };
        covered.add(route);
        extras.set(key, edge);
      }
    }
    edge?.steps.push(i);
    return edge;
  });
  for (const [name, edge] of figure)
    if (covered.has(ROUTES[name])) edge.group.querySelector(".machine-label")?.remove();
  return [[...figure.values(), ...extras.values()], taken];
}

function numberText(visits: readonly number[]): string {
  const shown = visits.slice(0, NUMBERS_SHOWN).map((visit) => visit + 1).join(",");
  return visits.length > NUMBERS_SHOWN ? `${shown}…` : shown;
}

function drawNumber(x: number, y: number, text: string): SVGGElement {
  const width = Math.max(13, 6 + text.length * 6);
  return draw("g", { class: "machine-number" },
    draw("rect", { x: x - width / 2, y: y - 7, width, height: 13, rx: 6.5 }),
    draw("text", { x, y: y + 3, "text-anchor": "middle" }, text));
}

function drawBox(spot: Spot, visits: number[], go: (box: Box) => void): Box {
  const [x, y] = CENTERS[spot];
  const state = stateAt(spot);
  const place = { x: x - BOX_WIDTH / 2, y: y - BOX_HEIGHT / 2, width: BOX_WIDTH,
    height: BOX_HEIGHT, rx: 5 };
  const visited = visits.length > 0;
  const group = draw("g", {
    class: `machine-box machine-s-${state}`, tabindex: -1, role: visited ? "button" : "img",
  },
  draw("title", {}, t("box", { state: bothNames(state), meaning: stateMeaning(state) })),
  draw("rect", { ...place, class: "machine-shape" }),
  draw("rect", { ...place, class: "machine-ring", x: place.x - 3, y: place.y - 3,
    width: place.width + 6, height: place.height + 6, rx: 7 }),
  draw("text", { class: "machine-name", x, y: y + 4, "text-anchor": "middle" }, state),
  visited ? drawNumber(x, place.y - 1, numberText(visits)) : null);
  const box = { spot, group, visits };
  if (visited) {
    group.addEventListener("click", () => go(box));
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      go(box);
    });
  }
  return box;
}

function visitsOf(path: Path): Map<Spot, number[]> {
  const visits = new Map<Spot, number[]>(path.silent ? [] : [[path.start, [0]]]);
  path.steps.forEach((step, i) => {
    const list = visits.get(step.to);
    if (list) list.push(i + 1);
    else visits.set(step.to, [i + 1]);
  });
  return visits;
}

function showEdges(edges: readonly Edge[], now: ReadonlySet<Edge | undefined>, taken: number,
): void {
  for (const edge of edges) {
    const first = edge.steps[0];
    const { classList } = edge.group;
    classList.toggle("is-path", first !== undefined);
    classList.toggle("is-past", first !== undefined && first < taken);
    classList.toggle("is-now", now.has(edge));
  }
}

function showBox(box: Box, here: Spot | null, taken: number): void {
  const { group, visits, spot } = box;
  const state = stateAt(spot);
  const told = { state: bothNames(state), meaning: stateMeaning(state) };
  const now = spot === here;
  group.classList.toggle("is-path", visits.length > 0);
  group.classList.toggle("is-past", (visits[0] ?? Infinity) <= taken);
  group.classList.toggle("is-now", now);
  group.setAttribute("tabindex", now ? "0" : "-1");
  group.setAttribute("aria-label",
    now ? t("nodeNow", told) : t(visits.length > 0 ? "nodeVisited" : "node", told));
}

function nameOf(path: Path): string {
  const side = sideName(path.side);
  if (path.silent) return t("diagramSilent", { side });
  if (path.steps.length === 0) return t("diagramNone", { side, state: path.start });
  const states = path.steps.slice(0, 30).map((step) => stateAt(step.to));
  return t("diagram", { side, states: [path.start, ...states].join(", ") });
}

/* `go`: to the segment of the step before which so many were made. */
export function makeDiagram(
  path: Path, timed: readonly TimedSegment[], go: (visit: number) => void): Diagram {
  const visits = visitsOf(path);
  const [edges, edgeOfStep] = drawEdges(path, timed);
  let shown = 0;
  /* To its next visit, or around to the first. */
  const visit = (box: Box): void => {
    const next = box.visits.find((v) => v > shown) ?? box.visits[0];
    if (next !== undefined) go(next);
  };
  const boxes = SPOTS.map((spot) => drawBox(spot, visits.get(spot) ?? [], visit));
  const used = edges.filter((edge) => edge.steps.length > 0);
  const element = draw("svg", { class: "machine-figure", viewBox: VIEW_BOX, role: "group",
    "aria-label": nameOf(path) },
  draw("g", { "aria-hidden": "true" },
    ...edges.filter((edge) => edge.steps.length === 0).map((edge) => edge.group),
    ...used.map((edge) => edge.group)),
  ...boxes.map((box) => box.group));

  function show(before: number, taken: number): void {
    const here = path.silent ? null : spotAt(path, taken);
    const focused = boxes.find((box) => box.group === document.activeElement);
    const followed = focused?.spot === spotAt(path, shown);
    showEdges(edges, new Set(edgeOfStep.slice(Math.min(before, taken), taken)), taken);
    for (const box of boxes) {
      showBox(box, here, taken);
      if (focused && followed && box.spot === here && box !== focused)
        box.group.focus({ preventScroll: true });
    }
    shown = taken;
  }
  return { element, show };
}
