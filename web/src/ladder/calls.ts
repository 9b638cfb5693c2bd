/*
 * What the programs of an experiment did, and what was done to the cable, beside the segments that
 * came of it: each at the moment at which it shows, as in the ladder that the terminal prints.
 */

import type { TimedSegment } from "../document/timing.ts";
import type {
  ExperimentObject, ExperimentStep, ReportDocument, Side, TranscriptEntry,
} from "../document/types.ts";
import { visibleLine } from "../text/visible.ts";
import { t } from "./texts.ts";

/* "vague": perhaps another connection's. Of the cable: "cut", "whole" again, else a "note". */
export type CallLook = "call" | "vague" | "cut" | "whole" | "note";

export interface Call {
  time: number; /* as TimedSegment.sent */
  side: Side | null; /* null: at no end, but at the cable */
  look: CallLook;
  text: string; /* "close", "plain: send 5 bytes" */
}

/* One that nothing is known of yet but itself. */
interface Deed {
  time: number; /* since the run's beginning */
  host: Side | null;
  look: CallLook;
  text: string;
  connection?: number | undefined;
  port?: number; /* listens there */
}

const MOST_LINES = 300; /* of what programs printed and were told */
const AT_ONCE = 0.01; /* seconds */
const BEFORE = 1e-9; /* so as to stand above what was at the same time */

/* These are over when what they wait for has come; the others when they were called. */
const WAITING = new Set(["accept", "receive", "connected", "prints", "exits"]);

/* "after 1ms: client.plain close": when it was to be done, who did it, what. */
const STEP = /^(?:after \S+: )?(?:(client|server)(?:\.(\S+))? )?(.*)$/s;

function momentOf(step: ExperimentStep, verb: string): number | undefined {
  if (verb === "exits" && !step.done) return undefined;
  return WAITING.has(verb) && step.done ? step.ended ?? step.began : step.began;
}

function cableDeed(time: number, text: string): Deed {
  const look = text === "cable cut" ? "cut" : text === "cable restore" ? "whole" : "note";
  return { time, host: null, look, text };
}

function deedOf(step: ExperimentStep): Deed | null {
  const [, , name, rest = ""] = STEP.exec(step.text.trim()) ?? [];
  const [verb = "", second = ""] = rest.split(/\s+/);
  const time = momentOf(step, verb);
  if (time === undefined) return null;
  const { host, connection, result } = step;
  if (!host) return cableDeed(time, rest);
  /* An error that came as the step says stands in the step. */
  let words = result && !step.held ? `${rest}: ${result}` : rest;
  if (verb === "exits" && result) words = result;
  else if (WAITING.has(verb) && !step.done) words += " …";
  const text = name ? `${name}: ${words}` : words;
  const deed: Deed = { time, host, look: "call", text, connection };
  return verb === "listen" ? { ...deed, port: Number(second) } : deed;
}

const SHOWN = new Set(["socket", "program", "cable", "sysctl"]);

function stepDeeds(steps: readonly ExperimentStep[]): Deed[] {
  return steps.filter((step) => SHOWN.has(step.kind)).map(deedOf)
    .filter((deed): deed is Deed => deed !== null);
}

/* Where two programs ran without an experiment's steps: their lines. */
function lineDeed(entry: TranscriptEntry, experiment: ExperimentObject): Deed | null {
  const { time, kind } = entry;
  const text = (entry.text ?? "").trim();
  if (kind === "cable") return cableDeed(time, `cable ${text}`);
  const host = experiment.programs?.[entry.program ?? -1]?.host;
  if (!host || text === "" || (kind !== "printed" && kind !== "typed" && kind !== "started"))
    return null;
  return { time, host, look: "call", text: t(kind, { text }) };
}

/* What a program prints at once is told by its first line. */
function lineDeeds(experiment: ExperimentObject): Deed[] {
  const last = new Map<number | undefined, { deed: Deed; time: number }>();
  const list: Deed[] = [];
  for (const entry of experiment.transcript ?? []) {
    if (list.length === MOST_LINES) break;
    const before = entry.kind === "printed" ? last.get(entry.program) : undefined;
    const deed = lineDeed(entry, experiment);
    if (before && deed && entry.time - before.time < AT_ONCE) {
      before.time = entry.time;
      if (!before.deed.text.endsWith(" …")) before.deed.text += " …";
      continue;
    }
    if (!deed) continue;
    list.push(deed);
    if (entry.kind === "printed") last.set(entry.program, { deed, time: entry.time });
    else last.delete(entry.program);
  }
  return list;
}

function deedsOf({ source, experiment }: ReportDocument): Deed[] {
  if (!experiment) return [];
  const { steps = [], transcript = [] } = experiment;
  return steps.length === 0 || (source === "try" && transcript.length > 0)
    ? lineDeeds(experiment) : stepDeeds(steps);
}

/* What was cut and made whole again before the connection began concerns it no more. */
function withoutPastCut(deeds: readonly Deed[], begin: number): Deed[] {
  const whole = deeds.filter((deed) => deed.look === "whole" && deed.time < begin).pop();
  return deeds.filter((deed) =>
    !whole || deed.time > whole.time || (deed.look !== "cut" && deed.look !== "whole"));
}

/*
 * Of several connections: its own; the listener that it came to; and of what is nobody's not what
 * was before it began (but the rules of the cable hold) nor what was behind its end.
 */
function shownAs(deed: Deed, number: number, port: number, begin: number, end: number):
  CallLook | null {
  const { look, time } = deed;
  if (deed.connection !== undefined) return deed.connection === number ? look : null;
  if (deed.port !== undefined) return time < begin && deed.port === port ? look : null;
  if (!deed.host) return time <= end ? look : null;
  return time >= begin && time <= end ? "vague" : null;
}

const lastOf = (timed: readonly TimedSegment[]): number =>
  timed.reduce((last, one) => Math.max(last, one.sent, one.delivered ?? 0), 0);

function ofSeveral(
  deeds: readonly Deed[], number: number, port: number, begin: number, end: number): Deed[] {
  const list: Deed[] = [];
  let first = begin; /* what it did itself before its first segment: connect */
  for (const deed of withoutPastCut(deeds, begin)) {
    const look = shownAs(deed, number, port, begin, end);
    if (!look) continue;
    if (deed.connection === number) first = Math.min(first, deed.time);
    list.push({ ...deed, look });
  }
  /* What was long before stands at the top, whenever it was. */
  return list.map((deed) => deed.connection === number ? deed
    : { ...deed, time: Math.max(deed.time, first - BEFORE) });
}

const TEXTS = { cut: "cableCut", whole: "cableWhole" } as const;

/* In the order of time. */
export function callsOf(
  document: ReportDocument, number: number, timed: readonly TimedSegment[]): Call[] {
  const { experiment, connections, left_out } = document;
  const connection = connections.find((c) => c.number === number);
  const origin = timed[0]?.origin;
  if (!experiment || !connection || origin === undefined || !timed[0]?.known) return [];
  const { hosts } = connection;
  const sideOf = (host: Side): Side =>
    hosts ? (hosts.client === host ? "client" : "server") : host;
  const port = Number(/:(\d+)$/.exec(connection.server)?.[1]);
  const all = deedsOf(document).sort((a, b) => a.time - b.time);
  const several = connections.length > 1 || Boolean(left_out.connections);
  const deeds = several ? ofSeveral(all, number, port, origin, origin + lastOf(timed)) : all;
  return deeds.map(({ time, host, look, text }) => ({
    time: time - origin, side: host && sideOf(host), look,
    text: look === "cut" || look === "whole" ? t(TEXTS[look]) : visibleLine(text),
  }));
}
