/* What the names that the JSON uses are called. In English mostly what they are. */

import { language } from "./language.ts";

type Names = Record<string, { en: string; zh: string }>;

const OPENINGS: Names = {
  handshake: { en: "three-way handshake", zh: "三次握手" },
  simultaneous: { en: "simultaneous open", zh: "同时打开" },
  refused: { en: "refused", zh: "被拒绝" },
  unanswered: { en: "unanswered", zh: "无应答" },
  half: { en: "unfinished handshake", zh: "握手未完成" },
  midstream: { en: "before the capture", zh: "抓包之前已打开" },
};

const CLOSINGS: Names = {
  "orderly-4": { en: "four segments", zh: "四次挥手" },
  "orderly-3": { en: "three segments", zh: "三次挥手" },
  simultaneous: { en: "both at once", zh: "同时关闭" },
  reset: { en: "reset", zh: "复位 (RST)" },
  "half-closed": { en: "half closed", zh: "半关闭" },
  open: { en: "still open", zh: "尚未关闭" },
};

const SIDES: Names = {
  client: { en: "client", zh: "客户端" },
  server: { en: "server", zh: "服务器" },
  both: { en: "both", zh: "双方" },
};

const LABELS: Names = {
  retransmission: { en: "retransmission", zh: "重传" },
  "fast-retransmission": { en: "fast retransmission", zh: "快重传" },
  "spurious-retransmission": { en: "spurious retransmission", zh: "伪重传" },
  "out-of-order": { en: "out of order", zh: "乱序" },
  "duplicate-ack": { en: "duplicate ACK", zh: "重复确认" },
  "keep-alive": { en: "keep-alive", zh: "保活探测" },
  "keep-alive-ack": { en: "keep-alive ACK", zh: "保活确认" },
  "zero-window": { en: "zero window", zh: "零窗口" },
  "zero-window-probe": { en: "zero-window probe", zh: "零窗口探测" },
  "zero-window-probe-ack": { en: "zero-window probe ACK", zh: "零窗口探测确认" },
  "window-full": { en: "window full", zh: "窗口已满" },
  "window-update": { en: "window update", zh: "窗口更新" },
  "lost-segment": { en: "a segment before is missing", zh: "之前的报文段缺失" },
  "ack-lost-segment": { en: "acknowledges what was not captured", zh: "确认了未抓到的数据" },
  "reused-ports": { en: "reused ports", zh: "端口重用" },
};

const CAUSES: Names = {
  "tail-loss-probe": { en: "tail loss probe", zh: "尾部丢失探测" },
  timeout: { en: "timeout", zh: "超时" },
  fast: { en: "fast retransmit", zh: "快重传" },
  sack: { en: "SACK repair", zh: "SACK 修复" },
  "go-back-n": { en: "go-back-N", zh: "回退 N 步" },
  needless: { en: "needless", zh: "不必要的重传" },
  unknown: { en: "unknown", zh: "未知" },
};

const LEDGER: Names = {
  opening: { en: "opening", zh: "建立连接" },
  network: { en: "network", zh: "网络" },
  client: { en: "client thinks", zh: "客户端处理" },
  server: { en: "server thinks", zh: "服务器处理" },
  recovery: { en: "loss recovery", zh: "丢失恢复" },
  window: { en: "window closed", zh: "窗口关闭" },
  closing: { en: "closing", zh: "关闭连接" },
  idle: { en: "idle", zh: "空闲" },
};

const CONFIDENCES: Names = {
  sure: { en: "sure", zh: "确定" },
  likely: { en: "likely", zh: "很可能" },
  unsure: { en: "unsure", zh: "不确定" },
};

/* What set the pace of a connection. */
const LIMITS: Names = {
  client: { en: "the client's program", zh: "客户端程序" },
  server: { en: "the server's program", zh: "服务器程序" },
  "round-trips": { en: "round trips", zh: "往返时间" },
  loss: { en: "losses", zh: "报文段丢失" },
  window: { en: "the receiver's window", zh: "接收窗口" },
  idle: { en: "idle time", zh: "空闲时间" },
  opening: { en: "the opening", zh: "建立连接" },
  closing: { en: "the closing", zh: "关闭连接" },
};

/* The kinds of findings, in the order in which they are told. */
const FINDINGS: Names = {
  midstream: { en: "begins midstream", zh: "抓包始于连接中途" },
  "one-direction": { en: "one direction only", zh: "只抓到一个方向" },
  "capture-loss": { en: "lost by the capture", zh: "抓包遗漏" },
  offloaded: { en: "segmentation offload", zh: "网卡分段卸载" },
  "checksum-offloaded": { en: "checksum offload", zh: "网卡计算检验和" },
  "captured-twice": { en: "captured twice", zh: "重复抓到" },
  "cut-short": { en: "cut short by the capture", zh: "抓包截短" },
  "time-backwards": { en: "the clock steps back", zh: "时间倒退" },
  evicted: { en: "given up while idle", zh: "空闲时放弃跟踪" },
  "track-limit": { en: "more gaps than can be tracked", zh: "缺口过多" },
  "checksum-bad": { en: "wrong checksum", zh: "检验和错误" },
  refused: { en: "refused", zh: "连接被拒绝" },
  unanswered: { en: "SYN without an answer", zh: "SYN 无应答" },
  "syn-retry": { en: "SYN sent again", zh: "SYN 重传" },
  "lost-syn-ack": { en: "SYN-ACK lost", zh: "SYN-ACK 丢失" },
  "simultaneous-open": { en: "simultaneous open", zh: "同时打开" },
  "port-reuse": { en: "ports used again", zh: "端口重用" },
  "fast-open": { en: "TCP Fast Open", zh: "TCP 快速打开 (TFO)" },
  "former-connection": { en: "former connection", zh: "先前的连接" },
  "half-open": { en: "half-open connection", zh: "半打开连接" },
  retransmission: { en: "retransmission", zh: "重传" },
  "needless-retransmission": { en: "needless retransmission", zh: "不必要的重传" },
  "reported-twice": { en: "reported twice", zh: "报告重复到达" },
  reordered: { en: "reordering", zh: "乱序" },
  "network-loss": { en: "loss in the network", zh: "网络中丢失" },
  "labels-differ": { en: "labels differ from tshark's", zh: "标记与 tshark 不同" },
  "zero-window": { en: "zero window", zh: "零窗口" },
  "window-limited": { en: "held back by the window", zh: "受窗口限制" },
  "window-probe": { en: "zero-window probes", zh: "零窗口探测" },
  "keep-alive": { en: "keep-alives", zh: "保活探测" },
  "nagle-delayed-ack": { en: "Nagle meets delayed ACK", zh: "Nagle 算法遇上延迟确认" },
  ecn: { en: "congestion marked (ECN)", zh: "拥塞标记 (ECN)" },
  urgent: { en: "urgent data", zh: "紧急数据" },
  "challenge-ack": { en: "challenge ACK", zh: "挑战 ACK" },
  "icmp-error": { en: "ICMP error", zh: "ICMP 差错报告" },
  "bad-option": { en: "unreadable options", zh: "选项格式错误" },
  "reset-unread-data": { en: "reset: data left unread", zh: "复位：数据未读" },
  "reset-linger": { en: "reset: SO_LINGER 0", zh: "复位：SO_LINGER 为 0" },
  "reset-half-open": { en: "reset: connection unknown", zh: "复位：不知有此连接" },
  "reset-data-after-close": { en: "reset: data after close", zh: "复位：关闭后仍有数据" },
  "reset-timeout": { en: "reset: gave up waiting", zh: "复位：等待超时" },
  "reset-not-from-peer": { en: "reset by somebody else", zh: "复位：来自他人" },
  "reset-out-of-window": { en: "reset with a wrong number", zh: "序号不符的复位" },
  "reset-unexplained": { en: "unexplained reset", zh: "原因不明的复位" },
  "reset-after-close": { en: "reset after the close", zh: "关闭之后的复位" },
  "time-wait": { en: "TIME_WAIT", zh: "TIME_WAIT 等待" },
  limit: { en: "what set the pace", zh: "决定快慢的因素" },
};

/* What each state means, in a sentence. */
const STATES: Names = {
  CLOSED: { en: "There is no connection.", zh: "没有连接。" },
  LISTEN: { en: "Waits for a SYN from anyone.", zh: "等待任何一方发来 SYN。" },
  SYN_SENT: { en: "Has sent a SYN and waits for the answer.", zh: "已发送 SYN，等待应答。" },
  SYN_RECV: {
    en: "Has received a SYN, answered it, and waits for the ACK.",
    zh: "已收到 SYN 并应答，等待 ACK。",
  },
  ESTABLISHED: { en: "Open: data can flow in both directions.", zh: "连接已建立，可双向传输数据。" },
  FIN_WAIT1: {
    en: "Has sent its FIN; that is not acknowledged yet.",
    zh: "已发送 FIN，尚未得到确认。",
  },
  FIN_WAIT2: {
    en: "Its FIN is acknowledged; waits for the other side's.",
    zh: "FIN 已被确认，等待对方的 FIN。",
  },
  CLOSE_WAIT: {
    en: "The other side has closed; its own program has not yet.",
    zh: "对方已关闭，本方程序尚未关闭。",
  },
  CLOSING: {
    en: "Both FINs have crossed; waits for the ACK of its own.",
    zh: "双方的 FIN 在途中交错，等待自己 FIN 的确认。",
  },
  LAST_ACK: {
    en: "Closed second; waits for the ACK of its FIN.",
    zh: "后关闭的一方，等待自己 FIN 的确认。",
  },
  TIME_WAIT: {
    en: "Closed, but waits: the FIN may come again, and stray segments must die out.",
    zh: "已关闭，仍须等待：对方可能重传 FIN，残留的报文段须先消失。",
  },
};

function named(names: Names): (key: string) => string {
  return (key) => names[key]?.[language()] ?? key;
}

export const openingName = named(OPENINGS);
export const closingName = named(CLOSINGS);
export const sideName = named(SIDES);
export const labelName = named(LABELS);
export const causeName = named(CAUSES);
export const ledgerName = named(LEDGER);
export const stateMeaning = named(STATES);
export const confidenceName = named(CONFIDENCES);
export const limitName = named(LIMITS);
export const findingName = named(FINDINGS);
