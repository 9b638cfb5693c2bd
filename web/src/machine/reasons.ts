/* Why a kernel's state was not what the wire showed: as wiretale says it, and in Chinese. */

import { entry } from "../text/entry.ts";
import { language } from "../text/language.ts";

const CHINESE: Record<string, string> = {
  "it was closed, and its FIN had not left yet": "它已关闭，但 FIN 尚未发出",
  "nobody listened there, which only the RST tells that answers":
    "那里没有监听者，只有应答的 RST 才能说明",
  "it answers with a SYN cookie, and remembers nothing": "它以 SYN cookie 应答，不保存任何状态",
  "it answered with a SYN cookie, and remembers nothing": "它以 SYN cookie 应答，没有保存任何状态",
  "the listener dropped the SYN: its queue was full": "监听队列已满，SYN 被丢弃",
  "its socket was gone, and the RST that tells had not left yet":
    "套接字已不存在，说明这一点的 RST 尚未发出",
  "its TIME_WAIT was over: how long it lasts is each host's own affair":
    "TIME_WAIT 已结束：其长短由各主机自定",
  "it waited for the other side's FIN no longer: how long is its own affair":
    "它不再等待对方的 FIN：等待多久由各主机自定",
  "its socket was gone, and no segment said so": "套接字已不存在，没有报文段说明",
  "it had left before the other side's FIN came, and its kernel was asked after that":
    "它在对方的 FIN 到达之前发出，而内核是在那之后被询问的",
  "its kernel had not looked at the segment yet: a program was busy with the socket":
    "内核尚未处理该报文段：程序正在使用这个套接字",
  "it was damaged on its way, which looks like a checksum that a network card was to fill in":
    "它在途中损坏，看上去像是留给网卡填写的检验和",
  "the listener did not take the ACK: its queue was full, or it waits for data":
    "监听者没有接受 ACK：队列已满，或在等待数据",
  ["the RST had not the very next number: whether it is obeyed shows only in what its receiver " +
    "does then"]: "RST 的序号不是恰好期望的序号：是否生效只能看接收方之后的行为",
};

export function reasonText(reason: string): string {
  return language() === "zh" ? entry(CHINESE, reason) ?? reason : reason;
}
