/* How much each kind of finding matters, for the table's last column and the order of the list. */

import type { ConnectionObject, Finding } from "../document/types.ts";

/* 3: something went wrong; 2: it cost time, or may mislead; 1: good to know; 0: how it ended, or
   nothing that matters. */
export type Weight = 0 | 1 | 2 | 3;

const WEIGHTS: Record<string, Weight> = {
  refused: 3, unanswered: 3, "half-open": 3, "former-connection": 3, "checksum-bad": 3,
  "bad-option": 3,
  "reset-unread-data": 3, "reset-linger": 3, "reset-half-open": 3, "reset-data-after-close": 3,
  "reset-timeout": 3, "reset-not-from-peer": 3, "reset-unexplained": 3, "network-loss": 3,
  "icmp-error": 3,
  retransmission: 2, "needless-retransmission": 2, "syn-retry": 2, "lost-syn-ack": 2,
  "zero-window": 2, "window-limited": 2, "nagle-delayed-ack": 2, reordered: 2, ecn: 2,
  "capture-loss": 2, "one-direction": 2, "time-backwards": 2, "challenge-ack": 2,
  "reset-out-of-window": 2, evicted: 2, "track-limit": 2,
  "time-wait": 0, limit: 0, "checksum-offloaded": 0,
};

const CONFIDENCES = ["sure", "likely", "unsure"];

export function weight(kind: string): Weight {
  return WEIGHTS[kind] ?? 1;
}

/* Undefined: nothing but how it ended. */
export function worstFinding(connection: ConnectionObject): Finding | undefined {
  let worst: Finding | undefined;
  for (const finding of connection.findings) {
    if (weight(finding.kind) > (worst ? weight(worst.kind) : 0)) worst = finding;
  }
  return worst;
}

/* By confidence, within it the heavier ones first, else as they are told. */
export function sortedFindings(findings: readonly Finding[]): Finding[] {
  const confidence = (f: Finding): number => CONFIDENCES.indexOf(f.confidence);
  return [...findings].sort((a, b) =>
    confidence(a) - confidence(b) || weight(b.kind) - weight(a.kind));
}
