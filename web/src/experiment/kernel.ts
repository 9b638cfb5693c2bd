/* The states told from the wire beside those that the kernels themselves reported. */

import { make } from "../dom/make.ts";
import type { ExperimentObject, StateDifference } from "../document/types.ts";
import { reasonText } from "../machine/reasons.ts";
import { frameLink } from "../overview/frame_links.ts";
import type { Store } from "../shell/store.ts";
import { count } from "../text/numbers.ts";
import { sideName } from "../text/terms.ts";
import { makeBlock, makeBox, makeMark } from "./marks.ts";
import { t } from "./texts.ts";

/* Those that are not known here stay English. */
function reasonCell(reason: string): HTMLElement {
  const told = reasonText(reason);
  return make("td", { lang: told === reason ? "en" : null }, told);
}

function makeDifferences(
  store: Store, title: string, differences: readonly StateDifference[]): HTMLElement | null {
  if (differences.length === 0) return null;
  const heads = [t("frame"), t("who"), t("moment"), t("byWire"), t("byKernel"), t("reason")];
  const row = (d: StateDifference): HTMLElement => make("tr", {},
    make("td", {}, frameLink(store, d.frame, "experiment")),
    make("td", {}, sideName(d.host)),
    make("td", {}, t(d.moment === "sent" ? "whenSent" : "whenDelivered")),
    make("td", {}, make("code", {}, d.by_wire)), make("td", {}, make("code", {}, d.kernel)),
    reasonCell(d.reason ?? ""));
  return makeBox(title, "experiment-scroll", make("table", { class: "experiment-small" },
    make("caption", {}, title),
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, ...differences.map(row))));
}

function retransmissionWords(experiment: ExperimentObject): string | null {
  const told = experiment.kernel_retransmissions;
  if (!told) return null;
  return t("kernelSentAgain", {
    client: told.client === undefined ? "?" : count(told.client),
    server: told.server === undefined ? "?" : count(told.server),
  });
}

export function makeKernel(store: Store, experiment: ExperimentObject): HTMLElement | null {
  const states = experiment.states;
  const again = retransmissionWords(experiment);
  if (!states) return again ? makeBlock(t("kernel"), make("p", {}, again)) : null;
  const right = states.agreed === states.compared;
  return makeBlock(t("kernel"),
    make("p", {},
      makeMark(right ? "good" : "bad", t(right ? "allAgree" : "notAllAgree")), " ",
      t("statesRight", { n: count(states.agreed), all: count(states.compared) }), " ",
      states.left_out.length > 0
        ? `${t("notComparedCount", { n: count(states.left_out.length) })} ` : null,
      states.not_asked ? t("notAsked", { n: count(states.not_asked) }) : null),
    again ? make("p", {}, again) : null,
    makeDifferences(store, t("differences"), states.differences),
    makeDifferences(store, t("leftOut"), states.left_out));
}
