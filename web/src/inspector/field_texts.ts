/* What a field is called and what it is for, in the page's language. */

import type { Layer } from "../document/report.ts";
import type { FieldKind } from "../document/types.ts";
import { language } from "../text/language.ts";
import { relayFieldEnglish } from "./field_texts_en.ts";
import { fieldChinese, layerChinese } from "./field_texts_zh.ts";

/* Titles that do not fit into a cell of a few bits. */
const SHORT: Readonly<Partial<Record<string, { en: string; zh: string }>>> = {
  "ipv4.header_length": { en: "IHL", zh: "首部长" },
  "ipv4.reserved": { en: "0", zh: "0" },
  "ipv4.dont_fragment": { en: "DF", zh: "DF" },
  "ipv4.more_fragments": { en: "MF", zh: "MF" },
  "tcp.reserved": { en: "Rsvd", zh: "保留" },
  "tcp.data_offset": { en: "Offset", zh: "偏移" },
  "ipv6.fragment.reserved": { en: "0", zh: "0" },
  "ipv6.fragment.more": { en: "M", zh: "M" },
  "vlan.priority": { en: "PCP", zh: "PCP" },
  "vlan.drop_eligible": { en: "DEI", zh: "DEI" },
  "gre.has_checksum": { en: "C", zh: "C" },
  "gre.has_routing": { en: "R", zh: "R" },
  "gre.has_key": { en: "K", zh: "K" },
  "gre.has_sequence": { en: "S", zh: "S" },
  "gre.has_acknowledgment": { en: "A", zh: "A" },
  "gre.version": { en: "Ver", zh: "版本" },
  "gre.reserved": { en: "Rsvd", zh: "保留" },
};

export function fieldTitle(kind: FieldKind): string {
  const chinese = language() === "zh" ? fieldChinese(kind.name)?.title : undefined;
  return chinese ?? (kind.title || kind.name);
}

export function shortName(kind: FieldKind): string | undefined {
  return SHORT[kind.name]?.[language()];
}

export interface Purpose {
  text: string;
  english: boolean;
}

export function fieldPurpose(kind: FieldKind): Purpose | null {
  const chinese = language() === "zh" ? fieldChinese(kind.name)?.purpose : undefined;
  if (chinese) return { text: chinese, english: false };
  const text = kind.purpose || relayFieldEnglish(kind.name);
  return text ? { text, english: true } : null;
}

export function layerTitle(layer: Layer): string {
  return language() === "zh" ? layerChinese(layer.name, layer.title) : layer.title;
}

/* Short enough for a tab: "IPv4", "TIME request". */
export function layerTab(layer: Layer): string {
  const title = layerTitle(layer);
  const message = /^[^:：]*[:：] ?(.+)$/.exec(title);
  if ((layer.name === "wiretale" || layer.name === "classic") && message?.[1]) return message[1];
  return title.replace(/ header$| 首部$/, "");
}
