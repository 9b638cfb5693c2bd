/* What the segments prove or make likely, each with the frames to look at. */

import { make } from "../dom/make.ts";
import type { ConnectionObject, Finding } from "../document/types.ts";
import type { Store } from "../shell/store.ts";
import { entry } from "../text/entry.ts";
import { language } from "../text/language.ts";
import { count } from "../text/numbers.ts";
import { causeName, confidenceName, sideName } from "../text/terms.ts";
import { visible } from "../text/visible.ts";
import { findingChip } from "./chips.ts";
import { sortedFindings } from "./finding_kinds.ts";
import { chineseFinding } from "./findings_zh.ts";
import { frameList } from "./frame_links.ts";
import { t } from "./texts.ts";

/* The circle is full, half full or empty: sure, likely, unsure. */
const SURENESS: Record<string, string> = { sure: "●", likely: "◐", unsure: "○" };

function about(finding: Finding): string {
  const facts: string[] = [];
  if (finding.side) facts.push(sideName(finding.side));
  if (finding.cause) facts.push(causeName(finding.cause));
  if ((finding.count ?? 0) > 1) facts.push(t("times", { n: count(finding.count ?? 0) }));
  return facts.join(t("comma"));
}

function makeFinding(
  store: Store, connection: ConnectionObject, finding: Finding): HTMLElement {
  const chinese = language() === "zh" ? chineseFinding(finding, connection.limit) : "";
  const frames = frameList(store, finding.frames, "overview");
  const more = (finding.count ?? 0) > finding.frames.length && finding.frames.length > 1;
  return make("li", {},
    make("div", { class: "overview-finding-head" },
      findingChip(finding),
      make("span", { class: "overview-faint" }, about(finding)),
      make("span", { class: "overview-sureness" },
        make("span", { "aria-hidden": "true" }, `${entry(SURENESS, finding.confidence) ?? ""} `),
        confidenceName(finding.confidence))),
    chinese ? make("p", {}, chinese, " ", frames) : null,
    make("p", { lang: "en", class: chinese ? "overview-faint" : null }, visible(finding.text),
      chinese ? null : " ", chinese ? null : frames),
    more ? make("p", { class: "overview-faint" }, t("moreFrames")) : null);
}

export function makeFindings(store: Store, connection: ConnectionObject): HTMLElement {
  const left = Number(connection["findings_left_out"] ?? 0);
  if (connection.findings.length === 0) return make("p", {}, t("noFindings"));
  return make("div", {},
    make("ul", { class: "overview-findings" },
      ...sortedFindings(connection.findings).map((finding) =>
        makeFinding(store, connection, finding))),
    left > 0 ? make("p", {}, t("findingsLeftOut", { n: count(left) })) : null);
}
