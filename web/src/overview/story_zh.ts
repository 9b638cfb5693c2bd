/*
 * The story of a connection in Chinese, from the facts in the document; the document's own story
 * is English. Frame numbers stand in brackets, as in that one.
 */

import type { ConnectionObject, Side, Turn } from "../document/types.ts";
import { bytes, count, duration } from "../text/numbers.ts";
import { chineseFinding } from "./findings_zh.ts";

const TURNS_TOLD_MAX = 4;
const NOTABLE_PAUSE = .1;
const TOLD_FIRST = ["one-direction", "capture-loss", "time-backwards", "evicted"];
const SIDE: Record<Side, string> = { client: "客户端", server: "服务器" };
const CAUSE: Record<string, string> = {
  "tail-loss-probe": "尾部丢失探测", timeout: "超时", fast: "快重传", sack: "SACK 修复",
  "go-back-n": "回退 N 步", needless: "不必要的重传", unknown: "原因不明的重传",
};

function other(side: Side): Side {
  return side === "client" ? "server" : "client";
}

function at(...frames: (number | undefined)[]): string {
  const known = frames.filter((frame) => frame !== undefined);
  return known.length > 0 ? ` [${known.join(" ")}]` : "";
}

function size(value: number): string {
  return value < 10000 ? `${count(value)} 字节` : bytes(value);
}

/* "甲、乙和丙" */
function list(parts: string[]): string {
  const last = parts.pop();
  const before = parts.join("、");
  return before === "" ? last ?? "" : `${before}${before.endsWith(")") ? " " : ""}和${last ?? ""}`;
}

/* ---- opening ---- */

function agreement(c: ConnectionObject): string {
  const client = c.from_client.offer;
  const server = c.from_server.offer;
  const agreed = c.opening.agreed;
  const parts: string[] = [];
  if (!client || !server || !agreed) return "";
  if (client.mss !== undefined && server.mss !== undefined)
    parts.push(client.mss === server.mss ? `最大报文段长度 (MSS) ${count(client.mss)} 字节` :
      `发往服务器的报文段最多 ${count(server.mss)} 字节数据、发往客户端的最多 ` +
      `${count(client.mss)} 字节`);
  if (agreed.window_scale && client.window_scale !== undefined &&
      server.window_scale !== undefined) {
    const [ours, theirs] = [2 ** client.window_scale, 2 ** server.window_scale];
    parts.push(ours === theirs ? `窗口以 ${count(ours)} 字节为单位` :
      `客户端的窗口以 ${count(ours)} 字节、服务器的以 ${count(theirs)} 字节为单位`);
  }
  if (agreed.sack) parts.push("选择确认 (SACK)");
  if (agreed.timestamps) parts.push("时间戳");
  if (agreed.ecn) parts.push("显式拥塞通知 (ECN)");
  return parts.length > 0 ? `双方商定：${list(parts)}。` : "双方没有商定任何选项。";
}

function handshake(c: ConnectionObject, frames: string): string {
  const rtt = c.opening.rtt;
  const whole = c.ledger?.opening ?? rtt;
  let time = "";
  if (rtt !== undefined && whole !== undefined) {
    const again = whole > rtt * 1.01 ? `（SYN 重传之后 ${duration(rtt)}）` : "";
    time = `，用时 ${duration(whole)}${again}`;
  }
  return `客户端 ${c.client} 经三次握手与服务器 ${c.server} 建立连接${time}${frames}。${agreement(c)}`;
}

function opening(c: ConnectionObject): string {
  const frames = at(...(c.opening.frames ?? []));
  const asked = `客户端 ${c.client} 向服务器 ${c.server} 请求建立连接`;
  switch (c.opening.kind) {
    case "handshake":
      return handshake(c, frames);
    case "simultaneous":
      return `${c.client} 与 ${c.server} 同时打开连接：双方在收到对方的 SYN 之前都已发出自己的 SYN` +
        `${frames}。${agreement(c)}`;
    case "refused":
      return `${asked}，但被拒绝：SYN 得到的应答是 RST${frames}。`;
    case "unanswered":
      return `${asked}，但没有得到任何应答${frames}。`;
    case "half":
      return `${asked}，服务器已应答 SYN-ACK，` + (c.closing.kind === "reset" ?
        `客户端却没有完成握手，而是用 RST 中断，端口扫描常常如此${frames}。` :
        `但握手始终没有完成${frames}。`);
    case "midstream":
      return `抓包开始时，客户端 ${c.client} 与服务器 ${c.server} 之间的连接已经存在：如何建立、` +
        "协商了什么，抓包中没有；谁是客户端只能由端口号推断。";
  }
}

/* ---- what was said, and said again ---- */

function turnFrames(turn: Turn): string {
  if (turn.last_frame > turn.first_frame + 1) return ` [${turn.first_frame}-${turn.last_frame}]`;
  return turn.last_frame > turn.first_frame ? at(turn.first_frame, turn.last_frame) :
    at(turn.first_frame);
}

function tellTurn(c: ConnectionObject, turn: Turn, place: number): string {
  const side = SIDE[turn.from];
  if (place === 0) {
    const pause = turn.start - (c.ledger?.opening ?? c.opening.rtt ?? 0);
    return `${pause >= NOTABLE_PAUSE ? `${duration(pause)} 之后，` : ""}` +
      `${side}发送 ${size(turn.bytes)}${turnFrames(turn)}`;
  }
  const after = turn.thought !== undefined ? `经过 ${duration(turn.thought)}，` : "";
  return place === 1 ? `${after}${side}应答 ${size(turn.bytes)}${turnFrames(turn)}` :
    `${after}${side}又发送 ${size(turn.bytes)}${turnFrames(turn)}`;
}

function exchange(c: ConnectionObject): string {
  const [up, down] = [c.from_client.bytes, c.from_server.bytes];
  const turns = c.turns ?? [];
  if (up + down === 0)
    return /handshake|simultaneous/.test(c.opening.kind) ? "双方都没有发送数据。" : "";
  const name = c.name && c.protocol !== "text" ? `应用层协议为 ${c.name}。` : "";
  if (turns.length > 0 && turns.length === c.turn_count && turns.length <= TURNS_TOLD_MAX) {
    const silent = up === 0 ? "；客户端没有发送数据" : down === 0 ? "；服务器没有发送数据" : "";
    return `${name}${turns.map((turn, i) => tellTurn(c, turn, i)).join("；")}${silent}。`;
  }
  const rounds = c.turn_count ? `双方交替发送 ${count(c.turn_count)} 轮，` : "";
  return `${name}${rounds}客户端共发送 ${size(up)}，服务器共发送 ${size(down)}。`;
}

function repeats(c: ConnectionObject): string {
  const [up, down] = [c.from_client.retransmissions, c.from_server.retransmissions];
  if (up + down === 0 || c.opening.kind === "simultaneous") return "";
  const causes = c.findings.filter((f) => f.kind === "retransmission" && f.cause).map((f) =>
    `${f.side ? SIDE[f.side] : ""}${CAUSE[f.cause ?? ""] ?? f.cause ?? ""} ${f.count ?? 1} 次` +
    at(...f.frames));
  const sides = [up > 0 ? `客户端 ${count(up)} 个` : "", down > 0 ? `服务器 ${count(down)} 个` : ""]
    .filter(Boolean).join("，");
  return `重传的报文段：${sides}${causes.length > 0 ? `；${causes.join("，")}` : ""}。`;
}

/* ---- closing ---- */

function timeWait(c: ConnectionObject): string {
  const who = c.closing.time_wait;
  if (!who) return "";
  const whom = who === "both" ? "双方都" : SIDE[who];
  return `此后${whom}处于 TIME_WAIT 状态（Linux 为 60 s）。`;
}

function orderly(c: ConnectionObject, first: Side, four: boolean): string {
  const frames = c.closing.frames ?? [];
  const [one, two] = [SIDE[first], SIDE[other(first)]];
  if (frames.length !== (four ? 4 : 3))
    return `${one}首先关闭，${two}随后也关闭${at(...frames)}；最后的确认不在抓包中，` +
      `或与其他报文段合在一起。${timeWait(c)}`;
  const [fin, second, third, last] = frames;
  return (four ?
    `${one}首先关闭${at(fin)}：${two}先确认了这个 FIN${at(second)}，之后才发送自己的 FIN${at(third)}，` +
    `${one}再予以确认${at(last)}，因此关闭连接共用了四个报文段（四次挥手）。` :
    `${one}首先关闭${at(fin)}：${two}的 FIN${at(second)} 同时捎带了对它的确认，${one}再予以确认` +
    `${at(third)}，因此关闭连接只用了三个报文段。`) + timeWait(c);
}

function reset(c: ConnectionObject, by: Side): string {
  const frames = c.closing.frames ?? [];
  const last = frames[frames.length - 1];
  const before = frames.slice(0, -1);
  const closed = before.length > 0 ? `已有一方开始关闭${at(...before)}，随后` : "";
  return `${closed}${SIDE[by]}用 RST 强行中断了连接${at(last)}。`;
}

function closing(c: ConnectionObject): string {
  const first: Side = c.closing.first === "server" ? "server" : "client";
  const frames = c.closing.frames ?? [];
  if (/refused|unanswered|half/.test(c.opening.kind) && c.closing.kind !== "half-closed") return "";
  switch (c.closing.kind) {
    case "orderly-4":
      return orderly(c, first, true);
    case "orderly-3":
      return orderly(c, first, false);
    case "simultaneous":
      return `双方同时关闭：各自在看到对方的 FIN 之前都已发出自己的 FIN${at(...frames.slice(0, 2))}，` +
        (frames.length === 4 ? `然后互相确认${at(...frames.slice(2))}。` :
          `之后的确认没有全部抓到${at(...frames.slice(2))}。`) + timeWait(c);
    case "reset":
      return reset(c, first);
    case "half-closed":
      return `${SIDE[first]}已表示不再发送 (FIN)${at(...frames)}，${SIDE[other(first)]}却没有关闭自己的` +
        "方向：连接停留在半关闭状态。";
    case "open":
      return "抓包结束时，双方都还没有关闭连接。";
  }
}

/* One paragraph each: opening; exchange; closing. Empty ones are left out. */
export function chineseStory(c: ConnectionObject): string[] {
  const unknown = c.findings.filter((f) => TOLD_FIRST.includes(f.kind))
    .map((f) => chineseFinding(f));
  return [unknown.join(""), opening(c), exchange(c) + repeats(c), closing(c)].filter(Boolean);
}
