/*
 * The way of each end through the states, once for a connection. In a lab it is what the kernels
 * said; otherwise what the wire shows, mended where it is plain that the wire was too early.
 */

import type { TimedSegment } from "../document/timing.ts";
import type { ConnectionObject, Side, State } from "../document/types.ts";
import { spotAfter, stateAt, statesBetween, type Spot } from "./figure.ts";
import { sightsOf, type Moment, type Sight } from "./sights.ts";

export interface Step {
  place: number; /* of the segment, in the connection's list */
  moment: Moment; /* of it, when the new state was seen */
  at: number; /* seconds, as TimedSegment */
  own: boolean; /* by this segment at this end; false: the kernel was merely asked then */
  from: Spot;
  to: Spot;
}

export interface Path {
  side: Side;
  start: State;
  midstream: boolean; /* it was open before the capture began */
  silent: boolean; /* nothing ever came from this end: its state is not known */
  truth: boolean; /* as the kernel said */
  steps: Step[];
  /* For each place: how many steps this end had made when that segment had been sent or delivered
     here, and how many when the one before it, in this end's order, had. */
  after: Int32Array;
  before: Int32Array;
  /* Places of segments which, as later ones show, had not come when the wire thought so. */
  tooEarly: Set<number>;
}

/* How often a path is begun anew because the wire was too early; and how far it looks ahead. */
const MENDS_MAX = 40;
const LOOK_AHEAD = 64;

const AFTER_FIN: Partial<Record<Spot, State>> = {
  FIN_WAIT1: "CLOSING", FIN_WAIT2: "TIME_WAIT",
};

function canFollow(from: Spot, to: State): boolean {
  return stateAt(from) === to || statesBetween(from, spotAfter(from, to)) !== null;
}

/* To send a segment without SYN, FIN or RST changes no state: what the wire knows by then comes
   from one that it saw earlier, and that has yet to arrive. */
function isForeseen(sights: readonly Sight[], i: number): boolean {
  const one = sights[i];
  if (!one || one.moment !== "sent" || /[SFR]/.test(one.flags)) return false;
  return sights.slice(i + 1, i + 1 + LOOK_AHEAD).some((later) =>
    later.own && later.place < one.place && later.state === one.state);
}

/* The state that a sight shows; null: none that is news. */
function settle(sights: readonly Sight[], i: number, now: Spot, newest: number): State | null {
  const one = sights[i];
  if (!one || one.state === null || one.state === stateAt(now)) return null;
  const { state } = one;
  if (one.asked) return state;
  if (isForeseen(sights, i)) return null;
  if (canFollow(now, state)) return state;
  if (one.moment === "delivered" && one.flags.includes("F") && state === "CLOSE_WAIT")
    return AFTER_FIN[now] ?? null;
  /* Written down earlier in the capture than what is known by now: it knew less. */
  return one.place < newest ? null : state;
}

function startOf(connection: ConnectionObject, side: Side, sights: readonly Sight[]): State {
  const kind = connection.opening.kind;
  const first = sights.findIndex((s) => s.own);
  const earlier = sights.slice(0, Math.max(0, first)).find((s) => s.state !== null)?.state;
  if (kind === "midstream") return earlier ?? sights[first]?.state ?? "ESTABLISHED";
  if (side === "client") return "CLOSED";
  /* The kernel may still have told of an earlier connection at these ports. */
  if (earlier === "CLOSED" || earlier === "LISTEN") return earlier;
  return kind === "simultaneous" || kind === "refused" ? "CLOSED" : "LISTEN";
}

/* What an end did, and the first thing that cannot have been: `i` shows that `early` was. */
interface Walk {
  steps: Step[];
  conflict: { early: number; i: number } | null;
}

function walk(start: State, sights: readonly Sight[], path: Path): Walk {
  const steps: Step[] = [];
  let now: Spot = start;
  let last: { i: number; sight: Sight } | null = null;
  let begun = false;
  let earlier = 0;
  for (const [i, sight] of sights.entries()) {
    begun ||= sight.own;
    const state = begun ? settle(sights, i, now, last?.sight.place ?? -1) : null;
    if (state !== null) {
      if (last && isTooEarly(last.sight, sight) && !canFollow(now, state))
        return { steps, conflict: { early: last.i, i } };
      const to = spotAfter(now, state);
      const { place, moment, at, own } = sight;
      steps.push({ place, moment, at, own, from: now, to });
      now = to;
      last = { i, sight };
    }
    if (!sight.own && sight.state !== null) continue;
    path.after[sight.place] = steps.length;
    path.before[sight.place] = earlier;
    earlier = steps.length;
  }
  return { steps, conflict: null };
}

function isTooEarly(delivered: Sight, sent: Sight): boolean {
  return delivered.own && delivered.moment === "delivered" && !delivered.asked &&
    !delivered.deferred && sent.own && sent.moment === "sent" && !sent.asked;
}

/* It came later; or never, if another like it comes later. */
function defer(sights: Sight[], early: number, i: number): void {
  const one = sights[early];
  const shows = sights[i];
  if (!one || !shows) return;
  one.deferred = true;
  const again = sights.slice(i + 1).some((s) =>
    s.own && s.moment === "delivered" && s.state === one.state);
  if (again) {
    one.state = null;
    return;
  }
  one.at = shows.at;
  sights.splice(early, 1);
  sights.splice(i, 0, one); /* behind `shows`, which has moved up by one */
}

/* Where only this end's answer tells more than its kernel, or nothing does. */
function forget(connection: ConnectionObject, path: Path, sights: readonly Sight[]): void {
  const kind = connection.opening.kind;
  if (path.side === "client" || path.truth) return;
  path.silent = kind === "unanswered";
  /* Nobody listened: the RST tells; the wire had taken the SYN for received. */
  if (kind !== "refused" && kind !== "unanswered") return;
  for (const sight of sights)
    if (sight.state !== "CLOSED" || path.silent) sight.state = null;
}

export function pathOf(
  connection: ConnectionObject, timed: readonly TimedSegment[], side: Side): Path {
  const sights = sightsOf(timed, side);
  const path: Path = {
    side, start: startOf(connection, side, sights), silent: false,
    midstream: connection.opening.kind === "midstream",
    truth: sights.some((s) => s.asked), steps: [], tooEarly: new Set(),
    after: new Int32Array(timed.length), before: new Int32Array(timed.length),
  };
  forget(connection, path, sights);
  for (let mends = 0; ; mends++) {
    const { steps, conflict } = walk(path.start, sights, path);
    path.steps = steps;
    if (!conflict) break;
    const one = sights[conflict.early];
    if (mends < MENDS_MAX) defer(sights, conflict.early, conflict.i);
    else for (const sight of sights) sight.deferred = true; /* take the rest as it is */
    if (one) path.tooEarly.add(one.place);
  }
  fillLost(path, timed, sights);
  return path;
}

/* A lost segment that the kernel was asked about when it left: this end is as it was then. */
function fillLost(path: Path, timed: readonly TimedSegment[], sights: readonly Sight[]): void {
  const told = new Uint8Array(timed.length);
  for (const sight of sights) if (sight.own || sight.state === null) told[sight.place] = 1;
  timed.forEach((one, place) => {
    if (told[place]) return;
    const taken = stepsUntil(path.steps, one.sent);
    path.after[place] = taken;
    path.before[place] = taken;
  });
}

/* How many steps were made until then: they are in the order of time. */
function stepsUntil(steps: readonly Step[], at: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle]?.at ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* Where this end is after so many steps. */
export function spotAt(path: Path, taken: number): Spot {
  return path.steps[taken - 1]?.to ?? path.start;
}
