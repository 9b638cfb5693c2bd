/* Above the ladder: who its two ends are, and how it is to be drawn. */

import { make } from "../dom/make.ts";
import type { ConnectionObject, State } from "../document/types.ts";
import { t } from "./texts.ts";

export interface Ends {
  element: HTMLElement;
  show(connection: ConnectionObject | undefined): void;
  /* In which states they are where the view begins. */
  states(client: State | null, server: State | null): void;
}

export function makeEnds(): Ends {
  const make1 = (name: "client" | "server") => {
    const address = make("span", { class: "ladder-address mono" });
    const state = make("span", { class: "ladder-now" });
    const element = make("div", { class: `ladder-who ladder-who-${name}` },
      make("strong", {}, t(name)), " ", address, state);
    return { element, address, state };
  };
  const client = make1("client");
  const server = make1("server");
  const say = (element: HTMLElement, state: State | null): void => {
    const text = t("state", { state: state ?? t("stateUnknown") });
    if (element.textContent !== text) element.textContent = text;
  };
  return {
    element: make("div", { class: "ladder-ends" }, client.element, server.element),
    show(connection) {
      client.address.textContent = connection?.client ?? "";
      server.address.textContent = connection?.server ?? "";
    },
    states(ofClient, ofServer) {
      say(client.state, ofClient);
      say(server.state, ofServer);
    },
  };
}

export interface Switch {
  element: HTMLElement;
  input: HTMLInputElement;
}

export function makeSwitch(
  text: string, title: string, on: boolean, changed: (on: boolean) => void): Switch {
  const input = make("input", { type: "checkbox", checked: on,
    onchange: () => changed(input.checked) });
  return { input, element: make("label", { class: "ladder-switch", title: title || null },
    input, " ", text) };
}
