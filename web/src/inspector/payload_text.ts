/* Bytes that no header describes, as text. */

import { make } from "../dom/make.ts";
import { visible } from "../text/visible.ts";
import type { LayerView } from "./layers.ts";
import { t } from "./texts.ts";

const SHOWN_MAX = 1000; /* bytes */
const DATA = new Set(["payload", "bytes", "padding"]);

/* Null: the layer is a header. */
export function makePayloadText(view: LayerView): HTMLElement | null {
  if (!view.bytes || view.bytes.length === 0 || !DATA.has(view.layer.name)) return null;
  const text = new TextDecoder("utf-8").decode(view.bytes.subarray(0, SHOWN_MAX));
  return make("div", { class: "inspector-payload" },
    make("h3", {}, t("asText")),
    make("pre", { tabindex: 0, translate: "no" }, visible(text)),
    view.bytes.length > SHOWN_MAX && make("p", { class: "inspector-faint" },
      t("textCut", { n: view.bytes.length - SHOWN_MAX })));
}
