/* The story: the document's own in English, one composed from the facts in Chinese. */

import { make } from "../dom/make.ts";
import type { ConnectionObject } from "../document/types.ts";
import type { Store } from "../shell/store.ts";
import { language } from "../text/language.ts";
import { linkFrames } from "./frame_links.ts";
import { chineseStory } from "./story_zh.ts";
import { t } from "./texts.ts";

export function makeStory(store: Store, connection: ConnectionObject): HTMLElement {
  const english = (): HTMLElement =>
    make("p", { lang: "en" }, ...linkFrames(store, connection.story, "overview"));
  if (language() === "en") return make("div", { class: "overview-story" }, english());
  return make("div", { class: "overview-story" },
    ...chineseStory(connection).map((text) =>
      make("p", {}, ...linkFrames(store, text, "overview"))),
    connection.story
      ? make("details", { class: "overview-original" },
        make("summary", {}, t("original")), english())
      : null);
}
