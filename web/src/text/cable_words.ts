/*
 * What the cable did to a segment, as the document says it in English: what has a fixed form is
 * said in Chinese. The rules themselves stay as they stand in the experiment's file.
 */

import { language } from "./language.ts";

const CHINESE: readonly (readonly [RegExp, string])[] = [
  [/^the cable is cut$/, "网线已断开"],
  [/^the cable was cut$/, "网线被断开"],
  [/^longer than the MTU of (\d+) bytes$/, "超过 MTU（$1 字节）"],
  [/^between the captures$/, "在两处抓包之间"],
  [/^rule (\d+): /, "规则 $1："],
];

export function cableWords(text: string): string {
  if (language() === "en") return text;
  for (const [form, chinese] of CHINESE)
    if (form.test(text)) return text.replace(form, chinese);
  return text;
}
