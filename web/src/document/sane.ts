/*
 * The document is data, and a page can be edited by anyone. What the parts rely on everywhere is
 * looked at once, here: objects that are not what they should be are left out, so that no part
 * meets a number that is none, a side that is none, or a name that every object has.
 */

import {
  LEDGER_PARTS, type ConnectionObject, type ExperimentObject, type PackedFrame,
  type ReportDocument, type SegmentObject,
} from "./types.ts";

const MOST = 1e15; /* of any number: beyond it sums lose their units */
const FRAMES_OF_A_FINDING = 1000;

type Loose = Record<string, unknown>;

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= MOST;
}

function isNumberOrAbsent(value: unknown): boolean {
  return value === undefined || isNumber(value);
}

/* "constructor", "__proto__": a look into a table by these finds what nobody put there. */
function isName(value: unknown): value is string {
  return typeof value === "string" && !(value in Object.prototype);
}

function isObject(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSide(value: unknown): boolean {
  return value === "client" || value === "server";
}

function list<T>(value: unknown, keep: (item: unknown) => boolean): T[] {
  return Array.isArray(value) ? value.filter(keep) as T[] : [];
}

function isDirection(value: unknown): boolean {
  return isObject(value) && isNumber(value["segments"]) && isNumber(value["bytes"]) &&
    isNumber(value["retransmissions"]);
}

function isConnection(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { number, opening, closing, states } = value;
  return isNumber(number) && isNumber(value["start"]) && isNumber(value["duration"]) &&
    typeof value["client"] === "string" && typeof value["server"] === "string" &&
    isObject(opening) && isName(opening["kind"]) && isNumberOrAbsent(opening["rtt"]) &&
    isObject(closing) && isName(closing["kind"]) &&
    isObject(states) && isName(states["client"]) && isName(states["server"]) &&
    isDirection(value["from_client"]) && isDirection(value["from_server"]);
}

function isFinding(value: unknown): boolean {
  return isObject(value) && isName(value["kind"]) && typeof value["text"] === "string" &&
    (value["cause"] === undefined || isName(value["cause"])) && Array.isArray(value["frames"]);
}

/* The members that are there but are not so go. */
function dropUnless(
  object: Loose, names: readonly string[], isSo: (value: unknown) => boolean): void {
  for (const name of names) if (!isSo(object[name])) delete object[name];
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function has(texts: readonly string[], numbers: readonly string[] = []) {
  return (item: unknown): boolean => isObject(item) &&
    texts.every((name) => isText(item[name])) && numbers.every((name) => isNumber(item[name]));
}

function mendConnection(connection: ConnectionObject): ConnectionObject {
  const labels = isObject(connection.labels) ? connection.labels : {};
  connection.labels = Object.fromEntries(
    Object.entries(labels).filter(([name, count]) => isName(name) && isNumber(count)));
  connection.findings = list(connection.findings, isFinding);
  for (const finding of connection.findings)
    finding.frames = finding.frames.filter(isNumber).slice(0, FRAMES_OF_A_FINDING);
  for (const end of [connection.opening, connection.closing])
    if (end.frames !== undefined) end.frames = list(end.frames, isNumber);
  if (typeof connection.story !== "string") connection.story = "";
  if (connection.ledger !== undefined &&
    !(isObject(connection.ledger) && has([], LEDGER_PARTS)(connection.ledger)))
    delete connection.ledger;
  if (connection.messages !== undefined)
    connection.messages = list(connection.messages,
      has(["from", "name", "detail"], ["time", "bytes"]));
  return connection;
}

function isSegment(value: unknown): boolean {
  return isObject(value) && isSide(value["from"]) && typeof value["flags"] === "string" &&
    ["frame", "connection", "time", "seq", "length"].every((name) => isNumber(value[name])) &&
    ["ack", "window", "sent", "delivered"].every((name) => isNumberOrAbsent(value[name])) &&
    isName(value["client_state"]) && isName(value["server_state"]) &&
    (value["cause"] === undefined || isName(value["cause"]));
}

function mendSegment(segment: SegmentObject): SegmentObject {
  segment.labels = list(segment.labels, isName);
  if (!isObject(segment.options)) segment.options = {};
  if (segment.carries !== undefined) segment.carries = list(segment.carries, has(["name"]));
  return segment;
}

function mendSteps(experiment: ExperimentObject): void {
  if (experiment.steps === undefined) return;
  experiment.steps = list(experiment.steps, has(["text", "kind"], ["line"]));
  for (const step of experiment.steps as unknown as Loose[]) {
    dropUnless(step, ["result"], isText);
    dropUnless(step, ["began", "ended", "connection"], isNumber);
  }
}

/* In a list of so many. */
function isPlace(value: unknown, count: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < count;
}

function isEntry(value: unknown, programs: number): boolean {
  return has(["kind"], ["time"])(value) && isObject(value) &&
    (value["text"] === undefined || isText(value["text"])) &&
    (value["program"] === undefined || isPlace(value["program"], programs));
}

function mendPrograms(experiment: ExperimentObject): void {
  experiment.programs = list(experiment.programs, has(["host", "command", "output"]));
  for (const program of experiment.programs as unknown as Loose[])
    dropUnless(program, ["name", "error"], isText);
  const count = experiment.programs.length;
  if (experiment.transcript === undefined) return;
  experiment.transcript = list(experiment.transcript, (entry) => isEntry(entry, count));
}

function mendStates(experiment: ExperimentObject): void {
  const { states } = experiment;
  if (!isObject(states) || !has([], ["compared", "agreed"])(states)) {
    delete experiment.states;
    return;
  }
  const isDifference = has(["host", "moment", "by_wire", "kernel"], ["frame", "connection"]);
  states.left_out = list(states.left_out, isDifference);
  states.differences = list(states.differences, isDifference);
}

/* Undefined: there is none. */
function mendExperiment(value: unknown): ExperimentObject | undefined {
  if (!isObject(value)) return undefined;
  dropUnless(value, ["failure", "lacks", "settings", "question", "explanation", "script"], isText);
  for (const name of ["name", "title"]) value[name] = String(value[name] ?? "");
  for (const name of ["duration", "connections", "segments"])
    if (!isNumber(value[name])) value[name] = 0;
  if (typeof value["seed"] !== "number") value["seed"] = 0; /* of any size */
  const experiment = value as unknown as ExperimentObject;
  experiment.expectations = list(experiment.expectations, has(["text"], ["line"]));
  experiment.unused_rules = list(experiment.unused_rules, has(["text"], ["line"]));
  mendSteps(experiment);
  mendPrograms(experiment);
  mendStates(experiment);
  return experiment;
}

function isField(value: unknown): boolean {
  return isNumber(value) || Array.isArray(value) && value.every(isNumberOrAbsent);
}

function isLayer(value: unknown): boolean {
  return has(["name"], ["length"])(value) && isObject(value) && isNumberOrAbsent(value["at"]) &&
    (value["bytes"] === undefined || isBase64(value["bytes"])) &&
    Array.isArray(value["fields"]) && value["fields"].every(isField);
}

const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}(?:==)?|[A-Za-z\d+/]{3}=?)?$/;

function isBase64(value: unknown): boolean {
  return isText(value) && BASE64.test(value);
}

export function isFrame(value: unknown): value is PackedFrame {
  return isObject(value) && has([], ["frame", "length", "captured"])(value) &&
    isBase64(value["bytes"]) && Array.isArray(value["layers"]) && value["layers"].every(isLayer);
}

/* The same document, mended where it lies. */
export function sane(document: ReportDocument): ReportDocument {
  for (const name of ["title", "program", "created", "source"] as const)
    (document as unknown as Loose)[name] = String(document[name] ?? "");
  const experiment = mendExperiment(document.experiment);
  if (experiment) document.experiment = experiment;
  else delete document.experiment;
  document.connections = list<ConnectionObject>(document.connections, isConnection)
    .map(mendConnection);
  document.segments = list<SegmentObject>(document.segments, isSegment).map(mendSegment);
  document.field_kinds = list(document.field_kinds, (kind) =>
    isObject(kind) && isName(kind["name"]) && typeof kind["title"] === "string");
  document.texts = list(document.texts, () => true).map(String);
  document.frames = list(document.frames, isFrame);
  document.streams = list(document.streams, (stream) =>
    isObject(stream) && isNumber(stream["connection"]) && Array.isArray(stream["pieces"]));
  if (!isObject(document.left_out)) document.left_out = {};
  return document;
}
