/* What a label or a cause says about a segment, in a sentence. */

import { language } from "../text/language.ts";

type Sentences = Record<string, { en: string; zh: string }>;

const LABELS: Sentences = {
  retransmission: {
    en: "Bytes that this side had sent before, sent again.",
    zh: "这些字节此前已经发送过，现在再次发送。",
  },
  "fast-retransmission": {
    en: "Sent again after duplicate ACKs, without waiting for the timer.",
    zh: "收到重复确认后立即重传，不等重传计时器到期。",
  },
  "spurious-retransmission": {
    en: "Sent again although the other side had acknowledged it already.",
    zh: "对方已经确认过，却仍然重传。",
  },
  "out-of-order": {
    en: "Its numbers are lower than some seen before: it was overtaken, or repairs a gap.",
    zh: "它的序号小于先前已见的序号：途中被超过，或用来补上缺口。",
  },
  "duplicate-ack": {
    en: "Acknowledges the same number again: something arrived, but not the next byte expected.",
    zh: "再次确认同一个序号：有数据到达，但不是所期待的下一个字节。",
  },
  "keep-alive": {
    en: "An old number on purpose, to learn whether the other side is still there.",
    zh: "故意使用旧序号，以探查对方是否仍然存在。",
  },
  "keep-alive-ack": {
    en: "The answer to a keep-alive: still there.",
    zh: "对保活探测的应答：仍然存在。",
  },
  "zero-window": {
    en: "Its sender has no room: the other side must stop sending.",
    zh: "发送它的一方接收缓存已满，对方必须停止发送。",
  },
  "zero-window-probe": {
    en: "Asks whether a closed window has opened again.",
    zh: "询问已关闭的窗口是否重新打开。",
  },
  "zero-window-probe-ack": {
    en: "The answer to a probe: what the window is now.",
    zh: "对零窗口探测的应答，报告当前窗口。",
  },
  "window-full": {
    en: "With these bytes all the room that the other side granted is used up.",
    zh: "发完这些字节后，对方给出的窗口已用尽。",
  },
  "window-update": {
    en: "Acknowledges nothing new; it tells that there is more room.",
    zh: "没有新的确认，只是告知窗口变大了。",
  },
  "lost-segment": {
    en: "Numbers before it were not captured: something of this side is missing.",
    zh: "它之前的一些序号没有抓到：这一方有报文段缺失。",
  },
  "ack-lost-segment": {
    en: "Acknowledges bytes that the capture does not have.",
    zh: "确认了抓包中没有的字节。",
  },
  "reused-ports": {
    en: "The same addresses and ports as an earlier connection, with a new initial number.",
    zh: "与先前某个连接的地址和端口相同，但初始序号是新的。",
  },
};

const CAUSES: Sentences = {
  "tail-loss-probe": {
    en: "Nothing was left that could draw duplicate ACKs, so the last segment was sent again " +
      "early, to draw one.",
    zh: "后面没有数据能引出重复确认，于是提前重传最后一个报文段以引出确认。",
  },
  timeout: {
    en: "The retransmission timer ran out without an acknowledgment.",
    zh: "重传计时器到期，仍未收到确认。",
  },
  fast: {
    en: "Duplicate ACKs or SACK blocks told of the loss before the timer ran out.",
    zh: "在计时器到期之前，重复确认或 SACK 块就表明有报文段丢失。",
  },
  sack: {
    en: "SACK blocks showed this gap.",
    zh: "SACK 块指出了这个缺口。",
  },
  "go-back-n": {
    en: "After a timeout all that followed was sent again.",
    zh: "超时之后，把其后的数据也依次重传。",
  },
  needless: {
    en: "The other side had it already.",
    zh: "对方其实已经收到。",
  },
  unknown: { en: "The capture does not show why.", zh: "从抓包中看不出原因。" },
};

const FLAGS: Record<string, string> = {
  F: "FIN", S: "SYN", R: "RST", P: "PSH", A: "ACK", U: "URG", E: "ECE", C: "CWR", N: "AE",
};

export function labelSentence(label: string): string {
  return LABELS[label]?.[language()] ?? "";
}

export function causeSentence(cause: string): string {
  return CAUSES[cause]?.[language()] ?? "";
}

export function flagNames(flags: string): string[] {
  return [...flags].map((letter) => FLAGS[letter] ?? letter);
}
