/* Chinese titles and purposes: the relay's messages, both dialects. */

import type { FieldText, FieldTexts } from "./field_texts_zh.ts";

const FIELDS: FieldTexts = {
  text: { title: "文本", purpose: "给人看的文字，显示之前要处理其中有害的字符。" },
  data: { title: "内容", purpose: "消息的内容，可以是任意字节，也可以为空。" },
  number: { title: "编号", purpose: "客户端连接时由服务器分配的编号，服务器运行期间不会重复使用。" },
  name: { title: "名字", purpose: "客户端或房间的名字，UTF-8 编码，不含控制字符。" },
  address: { title: "地址", purpose: "服务器所看到的 IP 地址和端口。" },
  time: { title: "时间", purpose: "从 1970 年初（协调世界时）起的纳秒数。" },
  zone: { title: "时区", purpose: "服务器的本地时间比协调世界时快多少秒。" },
  entry: {
    title: "列表项",
    purpose: "列表中的一项，内部又由字段组成：客户端有编号、地址、名字和连接时间，房间有名字和人数。",
  },
  to_number: { title: "收件人编号", purpose: "按编号指定收件人。" },
  to_name: { title: "收件人名字", purpose: "按名字指定收件人。" },
  to_room: { title: "目标房间", purpose: "消息发给这个房间的所有成员。" },
  from: { title: "发件人", purpose: "谁发送了消息。由服务器填写，因此无法冒充他人。" },
  message_id: { title: "消息标识", purpose: "发件人随机选取的 16 字节，重发的消息由此可以识别。" },
  outcome: {
    title: "结果",
    purpose: "消息的真实下落：“已送达”表示收件人的客户端已经确认；“已转交”表示只有对方的 TCP 确认过，因为它" +
      "使用经典协议。",
  },
  through: { title: "直到", purpose: "一个帧应答多个：从它的标识直到这个标识，凡尚未应答的都包括在内。" },
  limit: { title: "上限", purpose: "客户端可以发送的最大消息体长度。" },
  keepalive: {
    title: "保活间隔",
    purpose: "连续沉默多少毫秒之后，服务器会询问客户端是否还在；0 表示从不询问。",
  },
  secret: { title: "密钥", purpose: "保留。" },
  auth: { title: "认证", purpose: "客户端是否需要证明身份；0 表示不需要。" },
  cursor: { title: "游标", purpose: "列表的下一部分从哪里开始。只有服务器懂得其含义，客户端原样送回。" },
  count: { title: "数量", purpose: "某种事物的数目，例如房间的成员数。" },
  flag: { title: "标志", purpose: "是或否。" },
  retry_after: { title: "重试等待", purpose: "等待多少毫秒之后再试。" },
  unknown: {
    title: "未知字段",
    purpose: "本程序不认识的字段。接收方按长度跳过这样的字段，协议因此可以扩充。",
  },
};

const PARTS: FieldTexts = {
  tag: { title: "标签", purpose: "指出这是哪个字段。" },
  length: { title: "长度", purpose: "值有多少字节。不认识的字段也能据此跳过。" },
  value: { title: "值" },
  family: { title: "地址族", purpose: "4 为 IPv4，6 为 IPv6。" },
  port: { title: "端口", purpose: "TCP 端口号。" },
  ip: { title: "IP 地址", purpose: "IPv4 占 4 字节，IPv6 占 16 字节。" },
};

const OTHERS: FieldTexts = {
  "wiretale.magic": {
    title: "魔数",
    purpose: "WT 两个字母。使用其他协议的一方在第一个字节就会被发现。",
  },
  "wiretale.version": { title: "版本", purpose: "协议的版本。" },
  "wiretale.kind": {
    title: "种类",
    purpose: "由谁发出、是否要应答：每个请求恰有一个响应；指示由服务器主动发出，其中有些需要确认。",
  },
  "wiretale.type": { title: "类型", purpose: "涉及什么事情：时间、列表、转发消息等。" },
  "wiretale.status": { title: "状态", purpose: "在响应中说明成功与否及其原因，其他情况为 0。" },
  "wiretale.id": {
    title: "标识",
    purpose: "响应由它与请求对应：可以同时有多个请求未答，响应也不必按原来的次序。",
  },
  "wiretale.length": {
    title: "长度",
    purpose: "后面的字段共有多少字节。TCP 传送的字节流没有边界，接收方由此知道一帧在哪里结束。",
  },
  "wiretale.malformed": { title: "不是字段", purpose: "不能构成字段的字节：消息已损坏，或生成有误。" },
  "classic.type": {
    title: "类型（小端）",
    purpose: "请求的种类，占 8 字节，采用发送方机器的字节序：旧程序把结构体原样写入了套接字。",
  },
  "classic.data": {
    title: "数据",
    purpose: "固定 256 字节，与实际需要无关；其中的文本到第一个零字节为止。",
  },
  "classic.data.text": { title: "文本", purpose: "256 字节中有意义的部分。" },
  "classic.data.zeros": { title: "零字节", purpose: "结束文本的零字节，以及其后的填充。" },
  "classic.send.ip": { title: "收件人 IP 地址", purpose: "与端口一起指定收件的客户端。" },
  "classic.send.port": { title: "收件人端口", purpose: "与地址一起指定收件的客户端。" },
  "classic.send.content": { title: "内容", purpose: "要转发的内容。" },
  "classic.client": { title: "客户端", purpose: "列表中的一个客户端。" },
  "classic.client.number": { title: "编号", purpose: "客户端的编号。" },
  "classic.client.port": { title: "端口", purpose: "客户端的端口。" },
  "classic.client.ip": { title: "IP 地址", purpose: "客户端的 IP 地址。" },
  "classic.hello": { title: "问候", purpose: "服务器向每个连接者发送的问候。" },
  "classic.hello.text": { title: "文本", purpose: "问候的文字。" },
  "classic.hello.zeros": { title: "零字节", purpose: "结束文本的零字节，以及其后的填充。" },
};

/* "wiretale.field.name", "wiretale.field.name.length": the parts are the same in all of them. */
export function relayFieldChinese(name: string): FieldText | undefined {
  const match = /^wiretale\.field\.(\w+)(?:\.(\w+))?$/.exec(name);
  if (!match?.[1]) return OTHERS[name];
  return match[2] === undefined ? FIELDS[match[1]] : PARTS[match[2]];
}
