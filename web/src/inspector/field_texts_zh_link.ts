/* Chinese titles and purposes: the capture itself, the links, GRE, data. */

import type { FieldTexts } from "./field_texts_zh.ts";

const ETHERTYPE = "上面是哪种协议：0x0800 为 IPv4，0x86dd 为 IPv6，0x0806 为 ARP，0x8100 为 VLAN 标签。";

export const LINK_FIELDS: FieldTexts = {
  "frame.number": { title: "帧号", purpose: "这一帧在抓包文件中的编号，从 1 开始。" },
  "frame.time": { title: "抓包时刻", purpose: "抓包的机器看到这一帧的时刻，不是发送或接收的时刻。" },
  "frame.length": { title: "链路上的字节数", purpose: "这一帧在链路上的长度。" },
  "frame.captured_length": {
    title: "抓到的字节数",
    purpose: "抓包时可以限制每帧保存的长度，因此可能少于链路上的字节数。",
  },
  "frame.interface": { title: "接口", purpose: "在文件所列的第几个接口上抓到。" },
  "frame.link_type": {
    title: "链路类型",
    purpose: "帧以哪种链路首部开头：1 为以太网，101 为直接以 IP 首部开头。",
  },
  "frame.problem": { title: "问题", purpose: "解析这一帧时发现的不合规之处。" },
  "ethernet.destination": {
    title: "目的地址",
    purpose: "本链路上接收方的 MAC 地址。它只在一段链路上有效，经过路由器就会更换。",
  },
  "ethernet.source": { title: "源地址", purpose: "本链路上发送方的 MAC 地址，交换机由它学习端口。" },
  "ethernet.type": { title: "类型", purpose: ETHERTYPE },
  "vlan.priority": { title: "优先级", purpose: "帧的优先级，0 至 7，交换机据此安排发送的先后。" },
  "vlan.drop_eligible": { title: "可丢弃", purpose: "置 1 表示拥塞时可以优先丢弃。" },
  "vlan.id": { title: "VLAN 标识", purpose: "帧属于同一条链路上的哪个虚拟局域网，1 至 4094。" },
  "vlan.type": { title: "类型", purpose: `标签之后是什么。${ETHERTYPE}` },
  "sll.packet_type": {
    title: "分组类型",
    purpose: "伪链路首部由 Linux 在抓包时生成，用于同时抓取各种接口或没有链路首部的接口，并没有在链路上传送。" +
      "本字段说明分组的方向。",
  },
  "sll.hardware_type": { title: "硬件类型", purpose: "接口的种类，用 Linux 的 ARPHRD 编号。" },
  "sll.address_length": {
    title: "地址长度",
    purpose: "地址字段中有效的字节数：以太网为 6，接口没有地址时为 0。",
  },
  "sll.address": { title: "发送方地址", purpose: "发送方的链路地址。伪链路首部不保存接收方的地址。" },
  "sll.interface": {
    title: "接口索引",
    purpose: "抓包的机器上接口的编号（ip link 可以列出），由此区分在两个接口上看到的同一个分组。",
  },
  "sll.reserved": { title: "保留", purpose: "没有用途，为 0。" },
  "sll.protocol": { title: "协议", purpose: ETHERTYPE },
  "loopback.family": {
    title: "地址族",
    purpose: "BSD、macOS 和 Windows 的环回接口没有地址，只有地址族编号，字节序随抓包的机器：2 为 IPv4，" +
      "IPv6 随系统为 10、24、28 或 30。",
  },
  "gre.has_checksum": {
    title: "有检验和",
    purpose: "GRE 让一个网络的分组穿过另一个网络。最前面的几位说明后面有哪些字段，这一位：有检验和。",
  },
  "gre.has_routing": { title: "有路由", purpose: "后面有路由信息，现已不用。" },
  "gre.has_key": { title: "有关键字", purpose: "后面有关键字字段。" },
  "gre.has_sequence": { title: "有序号", purpose: "后面有序号字段。" },
  "gre.reserved": { title: "保留", purpose: "留作今后使用，为 0。" },
  "gre.has_acknowledgment": { title: "有确认号", purpose: "后面有确认号，用于 PPTP 的 GRE。" },
  "gre.version": { title: "版本", purpose: "0；PPTP 使用的为 1。" },
  "gre.protocol": { title: "协议类型", purpose: `隧道中是什么。${ETHERTYPE}` },
  "gre.checksum": { title: "检验和", purpose: "对 GRE 首部及其载荷计算的因特网检验和。" },
  "gre.offset": { title: "保留或偏移", purpose: "原为路由信息中的偏移，现已不用。" },
  "gre.key": { title: "关键字", purpose: "两个路由器之间有多条隧道时，指出是哪一条。" },
  "gre.sequence": {
    title: "序号",
    purpose: "给隧道中的分组编号，以便丢弃迟到的分组，与里面的 TCP 序号无关。",
  },
  "gre.acknowledgment": { title: "确认号", purpose: "从隧道另一端收到的最大序号。" },
  "payload": {
    title: "数据",
    purpose: "应用程序发送的数据，是字节流中的一段。TCP 保证字节不丢失、不乱序，但不保留边界：一次 send() 可以分成" +
      "多个报文段，多次也可以合成一个，recv() 又会重新划分。消息在哪里结束，要由上层协议规定。",
  },
  "padding": {
    title: "填充或帧尾",
    purpose: "以太网帧至少 64 字节，其中最后 4 字节是帧检验序列，抓包时不保存；不足的部分要填充到 60 字节。" +
      "只有根据 IP 首部中的长度才能区分数据与填充。",
  },
  "bytes": { title: "字节", purpose: "没有解析的字节：未知的首部，或被截断的内容。" },
};
