/* The states' names in RFC 9293: the page uses those that Linux and its tools print. */

import type { State } from "../document/types.ts";
import { t } from "./texts.ts";

const NAMES: Record<State, string> = {
  CLOSED: "CLOSED", LISTEN: "LISTEN", SYN_SENT: "SYN-SENT", SYN_RECV: "SYN-RECEIVED",
  ESTABLISHED: "ESTABLISHED", FIN_WAIT1: "FIN-WAIT-1", FIN_WAIT2: "FIN-WAIT-2",
  CLOSE_WAIT: "CLOSE-WAIT", CLOSING: "CLOSING", LAST_ACK: "LAST-ACK", TIME_WAIT: "TIME-WAIT",
};

export function rfcName(state: State): string {
  return NAMES[state];
}

/* "SYN_RECV (RFC 9293: SYN-RECEIVED)"; one name where it is the same. */
export function bothNames(state: State): string {
  const name = rfcName(state);
  return name === state ? state : t("bothNames", { state, name });
}
