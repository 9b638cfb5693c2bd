/* Chinese titles and purposes: IPv4, IPv6, ICMP, UDP. */

import type { FieldTexts } from "./field_texts_zh.ts";

const VERSION = "IP 协议的版本：4 或 6，接收方由此知道后面的首部格式。";
const DSCP = "区分服务码点 (DSCP)：路由器据此给予分组不同的转发待遇。0 表示尽最大努力交付。它取代了原来的“服务类型”字段。";
const ECN = "显式拥塞通知：发送方表明支持 ECN 后，发生拥塞的路由器可以把它改成 CE 标记，而不必丢弃分组。";
const SOURCE = "发送方的 IP 地址。路由器不检查它，但应答要按它送回；经过 NAT 时会被改写。";
const DESTINATION = "接收方的 IP 地址。沿途每个路由器都根据它查找转发表，决定下一跳。";
const PROTOCOL = "数据部分属于哪个协议：6 为 TCP，17 为 UDP，1 为 ICMP，58 为 ICMPv6。";
const MORE = "数据报的最后一个分片置 0，其余分片都置 1。";
const ICMP_TYPE = "ICMP 报文的类型。差错报告报文带有出错数据报的 IP 首部和前面的若干字节，由此可知属于哪条连接。";
const ICMP_CODE = "在同一类型中进一步说明原因。";
const ICMP_CHECKSUM = "检验整个 ICMP 报文。";
const ICMP_REST = "内容随类型而定；差错报告报文大多不使用。";
const MTU = "下一段链路能通过的最大分组长度。发送方据此减小报文段，这就是路径 MTU 发现。";

export const IP_FIELDS: FieldTexts = {
  "ipv4.version": { title: "版本", purpose: VERSION },
  "ipv4.header_length": {
    title: "首部长度",
    purpose: "IP 首部的长度，以 4 字节为单位。固定部分为 20 字节，即 5；最大为 15，即 60 字节。",
  },
  "ipv4.dscp": { title: "DSCP", purpose: DSCP },
  "ipv4.ecn": { title: "ECN", purpose: ECN },
  "ipv4.total_length": {
    title: "总长度",
    purpose: "首部与数据之和的字节数，最大为 65535。TCP 首部没有数据长度字段：数据长度等于总长度减去两个首部。",
  },
  "ipv4.identification": {
    title: "标识",
    purpose: "同一个数据报的各分片具有相同的标识，接收方据此把它们重装起来。不分片的数据报中它没有作用。",
  },
  "ipv4.reserved": { title: "保留", purpose: "没有用途，为 0。" },
  "ipv4.dont_fragment": {
    title: "不能分片 (DF)",
    purpose: "置 1 时路由器不得把数据报分片：若下一段链路容纳不下，就丢弃它，并用 ICMP（类型 3 代码 4）告知" +
      "能通过多大的分组。发送方随后减小报文段，这就是路径 MTU 发现（RFC 1191）。",
  },
  "ipv4.more_fragments": { title: "还有分片 (MF)", purpose: MORE },
  "ipv4.fragment_offset": {
    title: "片偏移",
    purpose: "本分片的数据在原数据报中的相对位置，以 8 字节为单位。",
  },
  "ipv4.time_to_live": {
    title: "生存时间 (TTL)",
    purpose: "数据报还可以经过多少个路由器：每经过一个减 1，减到 0 就被丢弃，并用 ICMP 报告源主机。它防止数据报" +
      "在网络中无限循环；traceroute 正是利用了它。",
  },
  "ipv4.protocol": { title: "协议", purpose: PROTOCOL },
  "ipv4.checksum": {
    title: "首部检验和",
    purpose: "只检验首部，不检验数据。路由器改动了 TTL，所以每一跳都要重新计算。IPv6 取消了它。",
  },
  "ipv4.source": { title: "源地址", purpose: SOURCE },
  "ipv4.destination": { title: "目的地址", purpose: DESTINATION },
  "ipv4.options": {
    title: "选项",
    purpose: "记录路由、指定路由、记录时间等，很少使用，许多网络会丢弃带选项的数据报。填充到 4 字节的整数倍。",
  },
  "ipv4.option": { title: "选项", purpose: "IPv4 首部的一个选项。" },
  "ipv6.version": { title: "版本", purpose: VERSION },
  "ipv6.dscp": { title: "DSCP", purpose: DSCP },
  "ipv6.ecn": { title: "ECN", purpose: ECN },
  "ipv6.flow_label": {
    title: "流标号",
    purpose: "发送方给同一个流（例如一条连接）的所有分组标上相同的号码，路由器不必查看端口就能让它们走同一条路径。",
  },
  "ipv6.payload_length": {
    title: "有效载荷长度",
    purpose: "基本首部之后的字节数，包括扩展首部，但不包括基本首部自身的 40 字节。",
  },
  "ipv6.next_header": {
    title: "下一个首部",
    purpose: "后面是哪种首部：6 为 TCP，17 为 UDP，58 为 ICMPv6，其他值可以是 IPv6 的扩展首部。",
  },
  "ipv6.hop_limit": {
    title: "跳数限制",
    purpose: "分组还可以经过多少个路由器，相当于 IPv4 的生存时间，名称更符合它的实际作用。",
  },
  "ipv6.source": { title: "源地址", purpose: SOURCE },
  "ipv6.destination": { title: "目的地址", purpose: DESTINATION },
  "ipv6.extension.next_header": {
    title: "下一个首部",
    purpose: "后面是哪种首部：扩展首部逐个相连，每个指出下一个，TCP 在最后。",
  },
  "ipv6.extension.length": {
    title: "长度",
    purpose: "这个扩展首部的长度，使不认识它的节点可以跳过。以 8 字节为单位，不含最前面的 8 字节。",
  },
  "ipv6.extension.content": { title: "内容", purpose: "扩展首部的其余部分。" },
  "ipv6.fragment.next_header": {
    title: "下一个首部",
    purpose: "分片扩展首部：在 IPv6 中只有源主机可以分片，路由器不可以。本字段指出原数据报接下来的首部。",
  },
  "ipv6.fragment.reserved": { title: "保留", purpose: "留作今后使用，为 0。" },
  "ipv6.fragment.offset": {
    title: "片偏移",
    purpose: "本分片的数据在原数据报中的相对位置，以 8 字节为单位。",
  },
  "ipv6.fragment.more": { title: "还有分片", purpose: MORE },
  "ipv6.fragment.identification": {
    title: "标识",
    purpose: "指出哪些分片属于同一个数据报。有 32 位，不像 IPv4 的 16 位那样很快就会重复。",
  },
  "icmp.type": { title: "类型", purpose: `${ICMP_TYPE}3 为终点不可达，11 为超时，8 和 0 为 ping。` },
  "icmp.code": {
    title: "代码",
    purpose: `${ICMP_CODE}已建立的连接不会因此放弃，因为任何人都能伪造这种报文；TCP 会继续重传直到自己超时。` +
      "connect() 则可能立即失败。",
  },
  "icmp.checksum": { title: "检验和", purpose: ICMP_CHECKSUM },
  "icmp.unused": { title: "未用", purpose: "没有用途，为 0。" },
  "icmp.mtu": { title: "下一跳 MTU", purpose: MTU },
  "icmp.rest": { title: "首部其余部分", purpose: ICMP_REST },
  "icmpv6.type": {
    title: "类型",
    purpose: `${ICMP_TYPE}小于 128 的是差错报告：1 为终点不可达，2 为分组太长，3 为超时；128 和 129 为 ping。`,
  },
  "icmpv6.code": { title: "代码", purpose: ICMP_CODE },
  "icmpv6.checksum": {
    title: "检验和",
    purpose: "检验整个 ICMPv6 报文，并像 TCP 一样加上含有地址的伪首部。",
  },
  "icmpv6.mtu": { title: "MTU", purpose: `${MTU}IPv6 的路由器从不分片。` },
  "icmpv6.rest": { title: "首部其余部分", purpose: ICMP_REST },
  "udp.source_port": { title: "源端口", purpose: "发送方的端口。隧道常用它来区分其中的各个流。" },
  "udp.destination_port": {
    title: "目的端口",
    purpose: "指出是哪种隧道，例如 4789 为 VXLAN，6081 为 Geneve。",
  },
  "udp.length": { title: "长度", purpose: "UDP 首部与数据之和的字节数。" },
  "udp.checksum": {
    title: "检验和",
    purpose: "算法与 TCP 相同，伪首部中的协议为 17。在 IPv4 中为 0 表示没有计算。",
  },
};
