/*
 * A segment's headers as the inspector needs them: each field with a name that finds it again in
 * the next segment, with its bits counted from the layer's first, and with what it was before.
 */

import type { Detail, Field, Layer, Report } from "../document/report.ts";
import type { SegmentObject } from "../document/types.ts";

export interface PlacedField {
  field: Field;
  key: string; /* the same in every segment: "tcp.0/tcp.window.0" */
  first: number; /* bit in the layer */
  end: number; /* half-open; `first` where it stands nowhere */
  parent: number; /* in fields; -1 */
  parts: number[];
}

export interface LayerView {
  layer: Layer;
  key: string; /* "tcp.0" */
  fields: PlacedField[];
  bytes: Uint8Array | null; /* null: none of them are here */
  from: number; /* the first byte of the frame that is the layer's */
}

/* Half-open. */
export interface ByteRange {
  first: number;
  end: number;
}

/* A field of a segment: places in the list of layers and in the layer's fields. */
export interface FieldPlace {
  layer: number;
  field: number;
}

function numbered(counts: Map<string, number>, name: string): string {
  const number = counts.get(name) ?? 0;
  counts.set(name, number + 1);
  return `${name}.${number}`;
}

function placeFields(layer: Layer, layerKey: string): PlacedField[] {
  const counts = new Map<string, number>();
  const above: number[] = []; /* by level: the field that may have parts */
  const placed: PlacedField[] = [];
  layer.fields.forEach((field, index) => {
    const levelAbove = (): number => placed[above[above.length - 1] ?? -1]?.field.level ?? -1;
    while (levelAbove() >= field.level) above.pop();
    const parent = above[above.length - 1] ?? -1;
    const first = field.offset * 8 + field.firstBit;
    const bits = field.bytes === 0 ? 0 : field.bits || field.bytes * 8;
    placed.push({
      field,
      key: numbered(counts, `${placed[parent]?.key ?? layerKey}/${field.kind.name}`),
      first,
      end: first + bits,
      parent,
      parts: [],
    });
    placed[parent]?.parts.push(index);
    above.push(index);
  });
  return placed;
}

function bytesOf(layer: Layer, from: number, frame: Uint8Array): Uint8Array | null {
  if (layer.bytes) return layer.bytes;
  if (layer.at === null || layer.at < from || layer.length === 0) return null;
  return frame.subarray(layer.at, layer.at + layer.length);
}

/* A message that began in an earlier frame: where its first byte would be stand other headers. */
function firstOwnByte(layer: Layer, headersEnd: number): number {
  const isMessage = layer.name === "wiretale" || layer.name === "classic";
  return Math.max(layer.at ?? 0, isMessage ? headersEnd : 0);
}

export function viewLayers(detail: Detail): LayerView[] {
  const counts = new Map<string, number>();
  let headersEnd = 0;
  return detail.layers.map((layer) => {
    const key = numbered(counts, layer.name);
    if (layer.name === "tcp" && layer.at !== null) headersEnd = layer.at + layer.length;
    const from = firstOwnByte(layer, headersEnd);
    const bytes = bytesOf(layer, from, detail.bytes);
    return { layer, key, fields: placeFields(layer, key), bytes, from };
  });
}

/* Bytes of a layer as bytes of the frame; null: they are not in it. */
export function rangeInFrame(view: LayerView, range: ByteRange): ByteRange | null {
  const { at } = view.layer;
  if (at === null) return null;
  const first = Math.max(view.from, range.first + at);
  return range.end + at > first ? { first, end: range.end + at } : null;
}

export function findField(layers: readonly LayerView[], key: string): FieldPlace | null {
  const layer = layers.findIndex((view) => key.startsWith(`${view.key}/`));
  const field = layers[layer]?.fields.findIndex((placed) => placed.key === key) ?? -1;
  return field < 0 ? null : { layer, field };
}

/* Which fields own a byte of the layer: the innermost, several where they share it. */
export function fieldsAt(view: LayerView, byte: number): number[] {
  const owners: number[] = [];
  view.fields.forEach((placed, index) => {
    if (placed.first < (byte + 1) * 8 && placed.end > byte * 8) owners.push(index);
  });
  const deepest = Math.max(...owners.map((index) => view.fields[index]?.field.level ?? 0));
  return owners.filter((index) => view.fields[index]?.field.level === deepest);
}

/* The layer to which a byte of the frame belongs; -1. */
export function layerAt(layers: readonly LayerView[], byte: number): number {
  return layers.findIndex(({ layer, from }) =>
    layer.at !== null && byte >= from && byte < layer.at + layer.length);
}

const previous = new WeakMap<readonly SegmentObject[], Map<number, number>>();

/* The frame that the same side sent before this one. */
export function previousOfSide(
  segments: readonly SegmentObject[], frame: number): number | undefined {
  let map = previous.get(segments);
  if (!map) {
    map = new Map();
    const last: Partial<Record<string, number>> = {};
    for (const segment of segments) {
      const before = last[segment.from];
      if (before !== undefined) map.set(segment.frame, before);
      last[segment.from] = segment.frame;
    }
    previous.set(segments, map);
  }
  return map.get(frame);
}

export interface Before {
  frame: number;
  values: Map<string, string>; /* by the field's key */
}

export function valuesBefore(report: Report, segment: SegmentObject): Before | null {
  const frame = previousOfSide(report.segments(segment.connection), segment.frame);
  const detail = frame === undefined ? null : report.detail(frame);
  if (!detail || frame === undefined) return null;
  const values = new Map<string, string>();
  for (const view of viewLayers(detail))
    if (view.layer.name !== "frame")
      for (const placed of view.fields) values.set(placed.key, placed.field.value);
  return { frame, values };
}

/* What the field was in the segment before; null: the same, or it was not there. */
export function changedFrom(before: Before | null, placed: PlacedField): string | null {
  const value = before?.values.get(placed.key);
  return value === undefined || value === placed.field.value ? null : value;
}

/* "1111 1010 1111 0000" */
export function bitText(bytes: Uint8Array, first: number, end: number): string {
  let text = "";
  for (let bit = first; bit < end; bit++) {
    if (text !== "" && (end - bit) % 4 === 0) text += " ";
    text += ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
  }
  return text;
}

export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
