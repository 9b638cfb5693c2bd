/*
 * What C wrote about a field: paragraphs, each ended by a newline; lines that begin with two blanks
 * are arithmetic and keep their columns.
 */

import { make } from "../dom/make.ts";
import { language } from "../text/language.ts";

export function makeProse(text: string, isEnglish: boolean): HTMLElement {
  const prose = make("div", { class: "inspector-prose",
    lang: isEnglish && language() === "zh" ? "en" : null });
  let sums: string[] = [];
  const endSums = (): void => {
    if (sums.length > 0) prose.append(make("pre", { tabindex: 0 }, sums.join("\n")));
    sums = [];
  };
  for (const line of text.split("\n")) {
    if (line.startsWith("  ")) {
      sums.push(line.slice(2));
    } else {
      endSums();
      if (line !== "") prose.append(make("p", {}, line));
    }
  }
  endSums();
  return prose;
}
