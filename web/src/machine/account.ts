/* What a step through the states was: the edge of the figure that it took, or why it took none. */

import type { SegmentObject, State } from "../document/types.ts";
import {
  stateAt, statesBetween, transitionBetween, type ActionName, type EventName, type Transition,
} from "./figure.ts";
import type { Step } from "./states.ts";

export interface Account {
  kind: "figure" | "reset-received" | "reset-sent" | "gone" | "through" | "corrected";
  transition: Transition | null; /* only of "figure" */
  event: EventName | null;
  action: ActionName | "sndRst" | null;
  seenEarly: boolean; /* closed by its program, as the kernel knows; no FIN has left */
  refused: boolean;
  through: readonly State[];
}

const NOTHING: Account = {
  kind: "corrected", transition: null, event: null, action: null, seenEarly: false,
  refused: false, through: [],
};

/* By what the connection ended at once; null: it ended otherwise, or did not. */
function byReset(step: Step, segment: SegmentObject): Account | null {
  if (stateAt(step.to) !== "CLOSED" || !segment.flags.includes("R") || !step.own) return null;
  if (step.moment === "sent")
    return { ...NOTHING, kind: "reset-sent", event: "sndRst", action: "sndRst" };
  return { ...NOTHING, kind: "reset-received", event: "rcvRst", action: "deleteTcb",
    refused: step.from === "SYN_SENT" };
}

const ENDS_BY_ITSELF: readonly string[] = ["LISTEN", "LAST_ACK", "TIME_WAIT"];

export function accountOf(step: Step, segment: SegmentObject): Account {
  const reset = byReset(step, segment);
  if (reset) return reset;
  if (stateAt(step.to) === "CLOSED" && !ENDS_BY_ITSELF.includes(step.from))
    return { ...NOTHING, kind: "gone" };
  const transition = transitionBetween(step.from, step.to);
  if (transition) {
    const fin = step.own && step.moment === "sent" && segment.flags.includes("F");
    return { ...NOTHING, kind: "figure", transition, event: transition.event,
      action: transition.action,
      seenEarly: transition.event === "close" && transition.action === "sndFin" && !fin };
  }
  const through = statesBetween(step.from, step.to) ?? [];
  return { ...NOTHING, kind: through.length > 0 ? "through" : "corrected", through };
}
