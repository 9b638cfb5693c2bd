/*
 * Findings in Chinese: a short sentence for each kind, from what the document says of it. The
 * English text beside it has the details.
 */

import type { Finding, Side } from "../document/types.ts";

/* {side}: whom it is about; {other}: the other end; {n}: how often. */
const SENTENCES: Record<string, string> = {
  midstream: "抓包开始时连接已经存在：如何建立、协商了什么，抓包中都没有。",
  "one-direction": "{side}的报文段没有（或没有全部）抓到，只能由{other}的确认推断。",
  "capture-loss": "{side}有数据已被确认，抓包中却没有：是抓包遗漏，不是网络丢失。",
  offloaded: "{side}的报文段超过 MSS：抓包时网卡尚未分段（或已合并），链路上的报文段更小、更多。",
  "checksum-offloaded": "{side}的检验和尚未填入：由网卡在抓包之后计算，并非错误。",
  "captured-twice": "{side}有 {n} 个报文段在抓包中出现两次，但不是重传。",
  "cut-short": "{side}较长的分组只保留了开头：长度可知，其余内容不可知。",
  "time-backwards": "抓包的时钟曾经倒退，跨越该处的时间不可信。",
  evicted: "同时打开的连接太多，此连接在空闲时被放弃跟踪。",
  "track-limit": "{side}的数据流中缺口过多，字节计数可能有偏差。",
  "checksum-bad": "{side}有 {n} 个报文段检验和错误，接收方会将其丢弃且不作任何通知。",
  refused: "服务器主机在运行，但该端口没有程序监听（或由防火墙代为拒绝），SYN 立即得到 RST。",
  unanswered: "SYN 没有得到任何应答：主机可能已关机，SYN 可能被防火墙丢弃，也可能全连接队列已满。",
  "syn-retry": "SYN 不得不重传，建立连接因此推迟。",
  "lost-syn-ack": "SYN-ACK 或客户端对它的确认丢失，握手的这一步重做了一次。",
  "simultaneous-open": "双方的 SYN 在途中交错，形成一个连接而不是两个，没有真正的服务器。",
  "port-reuse": "同一对端口先前用过，新的初始序号将两个连接区分开来。",
  "fast-open": "SYN 中用到 TCP 快速打开 (TFO)：凭 cookie 可在 SYN 中携带数据，省去一个往返时间。",
  "former-connection": "{side}还保留着同一对端口上先前的连接，此时发来的报文段属于那个连接：它确认的是本连接从未发送过的数据。",
  "half-open": "{side}在此连接之内重新发起连接：它曾崩溃或重启，而{other}仍以为连接存在。",
  retransmission: "{side}重传了 {n} 个报文段，原因无法从抓包中判断。",
  "needless-retransmission": "{side}的 {n} 次重传没有必要：原来的报文段已经到达。",
  "reported-twice": "{other}用 D-SACK 报告：{side}有 {n} 个报文段到达两次，抓包中却只有一次。",
  reordered: "{side}的 {n} 个报文段没有按发送顺序到达。",
  "network-loss": "{side}有数据在到达抓包点之前丢失，重传时才首次出现。",
  "labels-differ": "对 {n} 个报文段的标记与 tshark 的判断不同。",
  "zero-window": "{side}把接收窗口关闭了 {n} 次：程序没有读取，缓存已满，{other}只能停止发送。",
  "window-limited": "{side}用完了{other}给出的窗口，等待了 {n} 次。",
  "window-probe": "{side}发送零窗口探测，询问{other}的窗口是否已经打开。",
  "keep-alive": "{side}发送保活探测，以确认{other}是否仍然存在。",
  "nagle-delayed-ack": "{side}的 Nagle 算法与{other}的延迟确认互相等待，白白耗费了时间。",
  ecn: "路由器用 ECN 标记代替丢包来通知拥塞，涉及{side}发送的报文段。",
  urgent: "{side}发送了紧急（带外）数据，由紧急指针指出其位置。",
  "challenge-ack": "{side}没有理会一个可疑的报文段，而是用挑战 ACK 说明自己的序号和确认号（RFC 5961）。",
  "icmp-error": "针对{side}发送的报文段，收到了 ICMP 差错报告。",
  "bad-option": "{side}的 TCP 选项格式错误，无法读完。",
  "reset-unread-data": "{side}关闭时接收缓存中还有未读的数据，内核因此发送 RST，说明数据已丢失。",
  "reset-linger": "{side}设置了 SO_LINGER 为 0，关闭时直接发送 RST。",
  "reset-half-open": "{side}不知道有此连接，对收到的报文段以 RST 应答。",
  "reset-data-after-close": "{side}已经关闭，之后仍有数据到达，于是以 RST 应答。",
  "reset-timeout": "{side}多次得不到应答，最终放弃连接并发送 RST。",
  "reset-not-from-peer": "这个 RST 不像是{side}发送的，可能由途中的设备或他人伪造。",
  "reset-out-of-window": "以{side}名义发送的 RST，序号不是{other}所期望的，因此没有生效。",
  "reset-unexplained": "{side}发送 RST 的原因无法从抓包中判断。",
  "reset-after-close": "连接正常关闭之后，{side}又发送了 RST，不影响关闭的结果。",
  "time-wait": "{side}最后进入 TIME_WAIT 状态，保留这对端口（Linux 为 60 s），" +
    "以应答重传的 FIN，并让残留的报文段消失。",
  limit: "{limit}。",
};

const BY_CAUSE: Record<string, string> = {
  "tail-loss-probe": "{side}的最后一个报文段没有得到应答，于是重发以探测尾部丢失 (TLP)，共 {n} 次。",
  timeout: "{side}的重传计时器超时 {n} 次：一直没有收到确认，从最早未确认的报文段开始重传。",
  fast: "重复确认或 SACK 在超时之前就指出了丢失，{side}立即重传了 {n} 个报文段（快重传）。",
  sack: "恢复过程中，{side}按 SACK 指出的缺口又重传了 {n} 个报文段。",
  "go-back-n": "超时之后，{side}认为其后的数据全部丢失，依次重传了 {n} 个报文段（回退 N 步）。",
  needless: "{side}重传了 {n} 个报文段，而抓包显示数据早已到达。",
};

/* Of some kinds the English text alone tells which of two things it was. */
const SPECIAL: readonly (readonly [RegExp, string])[] = [
  [/ sent its SYN-ACK again in answer to a SYN that came again, /,
    "{side}再次收到 SYN，因此重发了 SYN-ACK，并不是计时器超时。"],
  [/ again, cut to fit, since an ICMP error had said .* too long for the path\.$/,
    "ICMP 差错报告指出分组太大，{side}于是改用较短的报文段重传，共 {n} 个。"],
  [/^The capture holds .*: the network doubled /,
    "网络把{side}的 {n} 个报文段复制成了两份，{side}自己并没有重传。"],
];

const LIMITS: Record<string, string> = {
  client: "快慢取决于客户端程序：等它发送或读取的时间最长",
  server: "快慢取决于服务器程序：等它发送或读取的时间最长",
  "round-trips": "快慢取决于往返时间：等待确认的时间最长",
  loss: "快慢取决于报文段丢失：等待重传丢失数据的时间最长",
  window: "快慢取决于接收窗口：等待接收方腾出空间的时间最长",
  idle: "空闲的时间最长：双方都没有发送，也看不出有谁应当发送",
  opening: "建立连接所用的时间最长",
  closing: "关闭连接所用的时间最长",
};

const SIDES: Record<Side, [string, string]> = {
  client: ["客户端", "服务器"],
  server: ["服务器", "客户端"],
};

/* "" for a kind that this page does not know: its English text stands alone then. */
export function chineseFinding(finding: Finding, limit = ""): string {
  const sentence = SPECIAL.find(([form]) => form.test(finding.text))?.[1] ||
    (finding.kind === "retransmission" && BY_CAUSE[finding.cause ?? ""]) ||
    SENTENCES[finding.kind] || "";
  const neither: [string, string] = ["双方", "对方"];
  const [side, other] = finding.side ? SIDES[finding.side] ?? neither : neither;
  const n = String(finding.count ?? 1);
  return sentence
    .replaceAll("{side}", side).replaceAll("{other}", other).replaceAll("{n}", n)
    .replaceAll("{limit}", LIMITS[limit] ?? "连接太短，无法判断是什么决定了它的快慢");
}
