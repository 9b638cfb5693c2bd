/* What an experiment says to people, in the page's language where its file has that too. */

import type { ExperimentObject, ReportDocument } from "./types.ts";

export interface Words {
  text: string; /* "": it says nothing */
  lang: string; /* for the attribute: what a screen reader is to read it as */
}

type Kind = "title" | "question" | "explanation";

const REGIONS: Record<string, string> = { zh: "zh-cn" }; /* as the page itself speaks it */

/* Of what its file says without a language: those that come with wiretale are English. */
function writtenIn(text: string): string {
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return "ja";
  if (/\p{Script=Han}/u.test(text)) return "zh";
  return /^[\P{L}\p{Script=Latin}]*$/u.test(text) ? "en" : "";
}

/* The region's own before another region's. */
function translationTag(experiment: ExperimentObject, kind: Kind, language: string) {
  const tags = Object.keys(experiment.translations ?? {}).filter((tag) => {
    const [first] = tag.toLowerCase().split("-");
    return first === language && typeof experiment.translations?.[tag]?.[kind] === "string";
  });
  return tags.find((tag) => tag.toLowerCase() === REGIONS[language]) ?? tags[0];
}

export function experimentWords(
  experiment: ExperimentObject, kind: Kind, language: string): Words {
  const tag = translationTag(experiment, kind, language);
  const original = experiment[kind] ?? "";
  return tag === undefined
    ? { text: original, lang: writtenIn(original) }
    : { text: experiment.translations?.[tag]?.[kind] ?? "", lang: tag };
}

/* What stands at the head of the page: of an experiment its title, else the name of a file. */
export function headWords(document: ReportDocument, language: string): Words {
  const { experiment, title } = document;
  return experiment && experiment.title === title
    ? experimentWords(experiment, "title", language)
    : { text: title, lang: "" };
}
