/* The fields' Chinese titles and purposes, and the names of the headers. Here those of TCP. */

import { entry } from "../text/entry.ts";
import { IP_FIELDS } from "./field_texts_zh_ip.ts";
import { LINK_FIELDS } from "./field_texts_zh_link.ts";
import { relayFieldChinese } from "./field_texts_zh_relay.ts";

export interface FieldText {
  title: string;
  purpose?: string;
}

export type FieldTexts = Readonly<Partial<Record<string, FieldText>>>;

const TCP_FIELDS: FieldTexts = {
  "tcp.source_port": {
    title: "源端口",
    purpose: "指明发送方主机上的哪个应用进程。内核按端口把到达的数据交给对应的套接字。一条 TCP 连接由四元组" +
      "（双方的 IP 地址和端口）唯一确定，因此服务器的一个端口可以同时有成千上万条连接。",
  },
  "tcp.destination_port": {
    title: "目的端口",
    purpose: "指明接收方主机上的哪个应用进程。应答的报文段中，源端口与目的端口互换。",
  },
  "tcp.sequence": {
    title: "序号",
    purpose: "TCP 是面向字节流的，按字节而不是按报文段编号：序号是本报文段数据第一个字节的编号。SYN 和 " +
      "FIN 各占用一个序号，因此也能被确认和重传。双方各自选择初始序号（由时钟和密钥产生），使旧连接的报文段" +
      "对不上号，外人也难以猜中。为便于阅读，本页的相对序号从 0 开始。",
  },
  "tcp.acknowledgment": {
    title: "确认号",
    purpose: "期望收到的下一个字节的序号。确认是累积的：确认号为 N，表明序号 N 之前的所有字节都已正确收到，" +
      "所以丢失个别 ACK 并无妨碍。它说明数据已到达对方内核，并不说明应用程序已经读取。",
  },
  "tcp.data_offset": {
    title: "数据偏移",
    purpose: "数据从何处开始，也就是首部长度，以 4 字节为单位。固定首部为 20 字节；4 位最大为 15，即 " +
      "60 字节，因此选项最多 40 字节。",
  },
  "tcp.reserved": {
    title: "保留",
    purpose: "留作今后使用，发送时置 0，接收时忽略。现在的 CWR、ECE 和 AE 三个标志就是从这里划出去的。",
  },
  "tcp.ae": {
    title: "AE",
    purpose: "精确 ECN：与 CWR、ECE 组成三位的计数器，报告收到了多少个拥塞标记，而不只是有没有。这一位" +
      "以前叫作 NS（RFC 3540）。",
  },
  "tcp.cwr": {
    title: "CWR",
    purpose: "拥塞窗口减小：数据的发送方用它应答 ECE，表示已经减小拥塞窗口。在 SYN 中与 ECE 一起，" +
      "表示请求使用显式拥塞通知。",
  },
  "tcp.ece": {
    title: "ECE",
    purpose: "显式拥塞通知回显：数据的接收方把路由器打上的拥塞标记告诉发送方，因为只有发送方能够降低速率。",
  },
  "tcp.urg": {
    title: "URG",
    purpose: "紧急标志：置 1 时紧急指针字段有效。原意是在大量数据中插入“停止”一类的命令，如 telnet；" +
      "新的应用不宜再使用（RFC 6093）。",
  },
  "tcp.ack": {
    title: "ACK",
    purpose: "确认标志：置 1 时确认号字段有效。除了最初的 SYN 和某些 RST，所有报文段都把它置 1：确认号字段" +
      "本来就在首部中，不增加开销。",
  },
  "tcp.psh": {
    title: "PSH",
    purpose: "推送标志。发送时，清空发送缓存的那个报文段会置 PSH，所以它常出现在一次 send() 的末尾，但并不" +
      "标志一条应用消息的结束。接收时，要求尽快把数据交付应用进程。Linux 无论有没有 PSH 都会立即交付，" +
      "它只是结束 TCP 之下的报文段合并（GRO）。",
  },
  "tcp.rst": {
    title: "RST",
    purpose: "复位标志：连接异常终止，或者根本不存在。RST 不会被确认，途中的数据随之丢失。常见原因：端口上" +
      "没有进程监听、收到不属于任何连接的报文段、程序没读完数据就关闭（或用 SO_LINGER 0 要求复位）。",
  },
  "tcp.syn": {
    title: "SYN",
    purpose: "同步标志：在建立连接时把初始序号告诉对方，它自己占用这一个序号。有些选项只能出现在 SYN 中。",
  },
  "tcp.fin": {
    title: "FIN",
    purpose: "终止标志：发送方的数据已经发完，程序调用了 close() 或 shutdown()。FIN 排在数据之后，占用一个" +
      "序号，因此同样要被确认，丢失时会重传。另一个方向仍然打开，直到对方也发送 FIN。",
  },
  "tcp.window": {
    title: "窗口",
    purpose: "用于流量控制：从确认号算起，本报文段的发送方还能接收多少字节，对方发送的数据不得超过它。16 位" +
      "最大为 65535；若双方在 SYN 中都带有窗口扩大选项，则要再乘以扩大倍数。",
  },
  "tcp.checksum": {
    title: "检验和",
    purpose: "检验首部和数据两部分，计算时还要在前面加上伪首部，其中有 IP 首部的地址，使送错主机的报文段" +
      "也能被发现。",
  },
  "tcp.urgent_pointer": {
    title: "紧急指针",
    purpose: "仅在 URG 置 1 时有效：指出紧急数据到哪里为止，从本报文段的序号算起。RFC 793 的两处说法相差 " +
      "1；许多教科书取“紧急数据的最后一个字节”，而各种实现以及 RFC 6093、RFC 9293 取它的下一个字节。" +
      "Linux 只把指针之前的一个字节当作紧急数据。",
  },
  "tcp.option.end": {
    title: "选项表结束",
    purpose: "选项到此为止，其后直到首部末尾都是填充。",
  },
  "tcp.option.padding": { title: "填充", purpose: "把首部补足为 4 字节的整数倍。" },
  "tcp.option.nop": {
    title: "无操作",
    purpose: "一个没有意义的字节，用来使后面的选项对齐到 4 字节边界。",
  },
  "tcp.option.mss": {
    title: "最大报文段长度",
    purpose: "告诉对方：本方一个报文段中最多接收多少字节的数据（不含首部）。只出现在 SYN 中，双方的值可以" +
      "不同。通常等于接口的 MTU 减去 IP 和 TCP 的固定首部。",
  },
  "tcp.option.window_scale": {
    title: "窗口扩大",
    purpose: "16 位的窗口最大只有 65535 字节，在带宽与时延的乘积很大的路径上不够用。双方的 SYN 都带有此选项" +
      "时，各自的窗口字段都要左移所声明的位数。",
  },
  "tcp.option.sack_permitted": {
    title: "允许 SACK",
    purpose: "在 SYN 中声明：可以向本方发送选择确认。",
  },
  "tcp.option.sack": {
    title: "选择确认 (SACK)",
    purpose: "累积确认只能指出第一个缺口在哪里；SACK 还报告缺口之后已经收到的字节块，使发送方只重传真正" +
      "缺少的部分。",
  },
  "tcp.option.timestamps": {
    title: "时间戳",
    purpose: "发送方写入自己的时钟值，对方在确认中原样送回，两者之差就是往返时间，重传的报文段也能准确测量。" +
      "时间戳还能识别序号绕回之后才到达的旧报文段（PAWS）。",
  },
  "tcp.option.md5": {
    title: "MD5 签名",
    purpose: "用共享密钥对报文段签名，多用于 BGP 会话；已被认证选项 (TCP-AO) 取代。",
  },
  "tcp.option.ao": {
    title: "认证 (TCP-AO)",
    purpose: "用共享密钥对报文段签名，使第三者不能插入或篡改，取代了 MD5 签名。",
  },
  "tcp.option.user_timeout": {
    title: "用户超时",
    purpose: "告诉对方：数据多长时间得不到确认，本方就会放弃连接。",
  },
  "tcp.option.fast_open": {
    title: "快速打开 cookie",
    purpose: "客户端先取得服务器发给它的 cookie，以后再连接时凭它在 SYN 中就带上数据，省去一个往返时间。",
  },
  "tcp.option.mptcp": {
    title: "多路径 TCP",
    purpose: "让一条连接同时使用多条路径，例如 Wi-Fi 和移动网络。",
  },
  "tcp.option.accurate_ecn": {
    title: "精确 ECN",
    purpose: "按 ECN 标记分类统计的字节数，比首部中三位的计数更精确。",
  },
  "tcp.option.other": { title: "其他选项", purpose: "本程序不认识的选项，按其长度跳过。" },
  "tcp.option.kind": {
    title: "种类",
    purpose: "选项的编号。除选项表结束 (0) 和无操作 (1) 外，种类之后都有一个长度字节。",
  },
  "tcp.option.length": {
    title: "长度",
    purpose: "整个选项的字节数，包括种类和长度这两个字节，使不认识它的接收方也能跳过。",
  },
  "tcp.option.mss.value": {
    title: "报文段长度",
    purpose: "最多接收的数据字节数。以太网的 MTU 为 1500，减去 IPv4 首部 20 字节和 TCP 首部 20 字节，" +
      "即 1460。",
  },
  "tcp.option.window_scale.shift": {
    title: "移位位数",
    purpose: "窗口字段要左移的位数，最大为 14，窗口最大约 1 GB。",
  },
  "tcp.option.sack.left": { title: "左边界", purpose: "这一块中第一个字节的序号。" },
  "tcp.option.sack.right": { title: "右边界", purpose: "这一块最后一个字节之后的序号。" },
  "tcp.option.timestamps.value": {
    title: "时间戳值 (TSval)",
    purpose: "发送这个报文段时发送方的时钟值。只有发送方自己才知道它的单位和起点。",
  },
  "tcp.option.timestamps.echo": {
    title: "时间戳回送 (TSecr)",
    purpose: "把对方最近送来的时间戳原样送回，供对方计算往返时间。",
  },
  "tcp.option.content": { title: "内容", purpose: "选项的其余字节。" },
};

const LAYERS: Readonly<Partial<Record<string, string>>> = {
  "Frame": "帧",
  "Ethernet header": "以太网首部",
  "VLAN tag": "VLAN 标签",
  "IPv4 header": "IPv4 首部",
  "IPv6 header": "IPv6 首部",
  "TCP header": "TCP 首部",
  "UDP header": "UDP 首部",
  "ICMP header": "ICMP 首部",
  "ICMPv6 header": "ICMPv6 首部",
  "GRE header": "GRE 首部",
  "PPP header": "PPP 首部",
  "PPPoE header": "PPPoE 首部",
  "LLC header": "LLC 首部",
  "MPLS labels": "MPLS 标签",
  "Loopback header": "环回首部",
  "Linux cooked header": "Linux 伪链路首部",
  "Linux cooked header v2": "Linux 伪链路首部 v2",
  "Authentication header": "认证首部",
  "Data": "数据",
  "Fragment of a datagram": "数据报的分片",
  "Bytes": "字节",
  "Padding or trailer": "填充或帧尾",
};

/* The names of messages stay as docs/protocol.md has them. */
export function layerChinese(name: string, title: string): string {
  if (name === "wiretale")
    return title.replace(/^Wiretale frame: /, "Wiretale 帧：")
      .replace(/part of a message$/, "消息的一部分");
  if (name === "classic")
    return title.replace(/^Classic greeting: /, "经典协议问候：")
      .replace(/^Classic message: /, "经典协议消息：");
  return entry(LAYERS, title) ?? title;
}

export function fieldChinese(name: string): FieldText | undefined {
  return TCP_FIELDS[name] ?? IP_FIELDS[name] ?? LINK_FIELDS[name] ?? relayFieldChinese(name);
}
