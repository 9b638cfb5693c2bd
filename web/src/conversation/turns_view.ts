/* Who spoke when, where the bytes themselves are not known. */

import { make } from "../dom/make.ts";
import type { ConnectionObject } from "../document/types.ts";
import type { Store } from "../shell/store.ts";
import { bytes, duration, moment } from "../text/numbers.ts";
import { t } from "./texts.ts";

const MOST = 500;

export function makeTurns(store: Store, connection: ConnectionObject): HTMLElement | null {
  const turns = connection.turns ?? [];
  if (turns.length === 0) return null;
  const clock = store.report.clock(connection.number);
  const heads = [t("time"), t("who"), t("bytes"), t("waited"), t("frames")];
  return make("div", { class: "conversation-wide" },
    make("table", { class: "conversation-turns" },
      make("caption", {}, t("turnsInstead")),
      make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, ...turns.slice(0, MOST).map((turn) =>
        make("tr", {},
          make("td", {}, moment(turn.start + clock)),
          make("td", {}, t(`from_${turn.from}`)),
          make("td", {}, bytes(turn.bytes)),
          make("td", {}, turn.thought === undefined ? "" : duration(turn.thought)),
          make("td", {}, make("button", { type: "button", class: "quiet",
            "aria-label": t("chooseFrame", { n: turn.first_frame }),
            onclick: () => store.selectFrame(turn.first_frame, "conversation") },
          turn.first_frame)))))));
}
