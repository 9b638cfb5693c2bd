/* What the two SYNs offered, and so what holds. */

import { make, type Child } from "../dom/make.ts";
import type { ConnectionObject, Offer } from "../document/types.ts";
import { count } from "../text/numbers.ts";
import { t } from "./texts.ts";

type Show = (offer: Offer) => string | null; /* null: it did not say so */

function flag(name: keyof Offer | "mptcp" | "md5" | "ao"): Show {
  return (offer) => ((offer as Record<string, unknown>)[name] ? "✓" : null);
}

const showScale: Show = (offer) =>
  offer.window_scale === undefined ? null : t("scale", {
    n: offer.window_scale, unit: count(2 ** Math.min(offer.window_scale, 14)),
  });

const showNumber = (name: "mss" | "window"): Show => (offer) => {
  const value = offer[name];
  return value === undefined ? null : t("inBytes", { n: count(value) });
};

function holds(value: boolean | undefined): string {
  return value === undefined ? "" : t(value ? "holds" : "holdsNot");
}

/* Each end takes the other's word for the largest segment it may send. */
function bothSizes(client: Offer | undefined, server: Offer | undefined): string {
  return client?.mss === undefined || server?.mss === undefined ? "" : t("sizes", {
    toServer: count(server.mss), toClient: count(client.mss),
  });
}

function cell(offer: Offer | undefined, show: Show): Child {
  const shown = offer ? show(offer) : null;
  if (shown !== null) return shown;
  return make("span", { class: "overview-faint" },
    make("span", { "aria-hidden": "true" }, "–"),
    make("span", { class: "visually-hidden" }, t(offer ? "notOffered" : "notSeen")));
}

export function makeAgreed(connection: ConnectionObject): HTMLElement | null {
  const client = connection.from_client.offer;
  const server = connection.from_server.offer;
  if (!client && !server) return null;
  const agreed = connection.opening.agreed;
  const both = (show: Show): boolean | undefined =>
    client && server && Boolean(show(client) && show(server));
  const all: [string, Show, string, boolean][] = [
    [t("mss"), showNumber("mss"), bothSizes(client, server), true],
    [t("window"), showNumber("window"), "", true],
    [t("windowScale"), showScale, holds(agreed?.window_scale), true],
    [t("sack"), flag("sack_permitted"), holds(agreed?.sack), true],
    [t("timestamps"), flag("timestamps"), holds(agreed?.timestamps), true],
    [t("ecn"), flag("ecn"), holds(agreed?.ecn), true],
    [t("fastOpen"), flag("fast_open"), "", false],
    [t("mptcp"), flag("mptcp"), holds(both(flag("mptcp"))), false],
    [t("md5"), flag("md5"), "", false],
    ["TCP-AO", flag("ao"), "", false],
  ];
  const asked = all.filter(([, show, , always]) =>
    always || (client && show(client)) || (server && show(server)));
  return make("div", { class: "overview-sideways", tabindex: 0, role: "region",
    "aria-label": t("agreed") },
  make("table", { class: "overview-small" },
    make("thead", {}, make("tr", {},
      make("th", { scope: "col" }, t("option")), make("th", { scope: "col" }, t("clientOffers")),
      make("th", { scope: "col" }, t("serverOffers")), make("th", { scope: "col" }, t("result")))),
    make("tbody", {}, ...asked.map(([name, show, result]) =>
      make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, cell(client, show)),
        make("td", {}, cell(server, show)), make("td", {}, result))))));
}
