/* The checksums of a header: the one that it carried beside the one worked out from its bytes. */

import { make, type Child } from "../dom/make.ts";
import type { Checksum } from "../document/types.ts";
import { hex } from "../text/numbers.ts";
import { language } from "../text/language.ts";
import { layerTitle } from "./field_texts.ts";
import type { LayerView } from "./layers.ts";
import { makeProse } from "./prose.ts";
import { t } from "./texts.ts";

const SIGNS: Record<string, string> = { good: "✓", bad: "✗", offloaded: "○", unknown: "?" };

function verdictText(verdict: string): string {
  switch (verdict) {
  case "good": return t("verdict_good");
  case "bad": return t("verdict_bad");
  case "offloaded": case "partial": return t("verdict_offloaded");
  case "unknown": return t("verdict_unknown");
  default: return verdict;
  }
}

function sum(name: string, value: number, other: number | undefined): Child[] {
  const differs = other !== undefined && other !== value;
  return [" ", make("span", { class: "inspector-sum" }, `${name} `,
    make("code", { class: differs ? "is-different" : null }, `0x${hex(value, 4)}`))];
}

export function makeChecksum(
  checksum: Checksum, view: LayerView, texts: readonly string[]): HTMLElement {
  const work = texts[checksum.work ?? 0] ?? "";
  const good = checksum.verdict === "good";
  const bad = checksum.verdict === "bad";
  return make("div", { class: "inspector-checksum" },
    make("p", {}, make("b", {}, t("checksumOf", { layer: layerTitle(view.layer) })),
      ...sum(t("carried"), checksum.carried, checksum.computed),
      ...(checksum.computed === undefined ? []
        : sum(t("computed"), checksum.computed, checksum.carried)),
      " ", make("span", { class: good ? "is-good" : bad ? "is-bad" : "" },
        `${SIGNS[checksum.verdict] ?? "?"} ${verdictText(checksum.verdict)}`)),
    work !== "" && make("details", {}, make("summary", {}, t("work")),
      make("div", { lang: language() === "zh" ? "en" : null }, makeProse(work, true))));
}
