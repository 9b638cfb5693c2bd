/* Which header is shown: tabs, or a list where a segment carries very many messages. */

import { make } from "../dom/make.ts";
import { visibleLine } from "../text/visible.ts";
import { layerTab } from "./field_texts.ts";
import type { LayerView } from "./layers.ts";
import { t } from "./texts.ts";

const TABS_MAX = 9;
const SUMMARY_MAX = 40; /* characters */

/* "TIME request: id 19": of a hundred requests only the summary tells which. */
function listed({ layer }: LayerView): string {
  const name = layerTab(layer);
  if (layer.summary === "") return name;
  const cut = layer.summary.length > SUMMARY_MAX;
  return `${name}: ${layer.summary.slice(0, SUMMARY_MAX)}${cut ? "…" : ""}`;
}

function makeList(layers: readonly LayerView[], chosen: number,
  choose: (layer: number) => void): HTMLElement {
  const list = make("select", { id: "inspector-layers", "aria-label": t("layers") },
    ...layers.map((view, index) => make("option", { value: index, selected: index === chosen },
      visibleLine(listed(view)))));
  list.addEventListener("change", () => choose(Number(list.value)));
  return make("div", { class: "inspector-layers" }, list);
}

export function makeLayerChoice(layers: readonly LayerView[], chosen: number,
  choose: (layer: number) => void): HTMLElement {
  if (layers.length > TABS_MAX) return makeList(layers, chosen, choose);
  const tabs = make("div", { class: "inspector-layers", role: "tablist",
    "aria-label": t("layers"), "data-own-keys": true });
  layers.forEach((view, index) => {
    const isChosen = index === chosen;
    tabs.append(make("button", { type: "button", role: "tab",
      "aria-selected": isChosen ? "true" : "false", tabindex: isChosen ? 0 : -1,
      "aria-controls": "inspector-layer", onclick: () => choose(index) },
      visibleLine(layerTab(view.layer))));
  });
  tabs.addEventListener("keydown", (event) => {
    const to: Record<string, number> = {
      ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: layers.length - 1,
    };
    const layer = to[event.key];
    if (layer === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    choose((layer + layers.length) % layers.length);
  });
  return tabs;
}
