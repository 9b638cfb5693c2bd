/*
 * What the segment as a whole does, in Chinese: C says it in English sentences of fixed form. If
 * one of them is not known here, all of it stays English: half a translation reads worse.
 */

type Pattern = readonly [RegExp, string];

const WHEN = "(?:, (.+? (?:s|ms|us|µs|ns|min)) after (?:the segment before|frame \\d+))?";
const SIDE = "([Tt]he (?:client|server))";

function pattern(text: string, chinese: string): Pattern {
  return [new RegExp(`^${text.replace(/SIDE/g, SIDE).replace(/WHEN/g, WHEN)}$`), chinese];
}

const SENTENCES: readonly Pattern[] = [
  pattern("The first step of the three-way handshake: the client asks for a connection, tells " +
    "its initial number, and offers options\\.",
  "三次握手的第一步：客户端请求建立连接，告知自己的初始序号，并提出可用的选项。"),
  pattern("An offer counts only if the answer takes it up\\.", "选项只有得到对方响应才生效。"),
  pattern("The second step of the three-way handshake: the server acknowledges the client's SYN " +
    "and sends its own in the same segmentWHEN\\.",
  "三次握手的第二步：服务器确认客户端的 SYN，并在同一个报文段中发送自己的 SYN。"),
  pattern("Its kernel does this; the server's program learns of the connection from " +
    "accept\\(\\), when the handshake is over\\.",
  "这是由内核完成的；握手结束后，服务器程序才从 accept() 得知这个连接。"),
  pattern("The third step of the three-way handshake: the client acknowledges the server's SYN" +
    "WHEN\\.", "三次握手的第三步：客户端确认服务器的 SYN。"),
  pattern("Now each side knows that the other has its initial numberWHEN\\.",
    "至此，双方都知道对方已收到自己的初始序号。"),
  pattern("Now each side knows that the other has its initial number; and the first data come " +
    "with it\\.", "至此，双方都知道对方已收到自己的初始序号；同时带来了第一批数据。"),
  pattern("The server too sends a SYN, before it got the client's: a simultaneous open\\.",
    "服务器在收到客户端的 SYN 之前也发送了 SYN：双方同时打开。"),
  pattern("Both will acknowledge, and one connection comes of it \\(RFC 9293 section 3\\.5\\)\\.",
    "双方都将予以确认，形成一个连接（RFC 9293 第 3.5 节）。"),
  pattern("The SYN of SIDE again, now with the acknowledgement of the other one: the second step " +
    "of a simultaneous open\\.",
  "再次发送$1的 SYN，这次带有对另一个 SYN 的确认：同时打开的第二步。"),
  pattern("The SYN again, now that a former connection of these ports is resetWHEN\\.",
    "重传 SYN：这对端口上先前的连接已被复位。"),
  pattern("The client resets a former connection of these ports, of which it knows nothing any " +
    "more: an RST with the number that was acknowledged \\(RFC 9293 section 3\\.5\\.1\\)\\.",
  "客户端复位这对端口上先前的连接，它已不知有那个连接：RST 的序号就是对方所确认的号码" +
    "（RFC 9293 第 3.5.1 节）。"),
  pattern("It acknowledges what this connection never sent: the server still holds a former " +
    "connection of these ports, perhaps in TIME_WAIT, and speaks of that one\\.",
  "它确认的是本连接从未发送过的数据：服务器还保留着这对端口上先前的连接（也许处于 TIME_WAIT），" +
    "这个报文段属于那个连接。"),
  pattern("Who asked for a new one answers such with an RST \\(RFC 9293 sections 3\\.5\\.1 and " +
    "3\\.10\\.7\\.3\\)\\.", "请求新连接的一方以 RST 应答（RFC 9293 第 3.5.1 节和第 3.10.7.3 节）。"),
  pattern("The SYN again, since no answer has reached the clientWHEN\\.",
    "重传 SYN：客户端没有收到应答。"),
  pattern("The wait doubles from one to the next; Linux, since 6\\.5, sends the first few a " +
    "second apart\\.", "每次等待的时间加倍；Linux 自 6.5 版起，最初几次各相隔一秒。"),
  pattern("The SYN-ACK again: the client's ACK has not arrived, or the first answer was lost\\.",
    "重传 SYN-ACK：客户端的 ACK 没有到达，或第一个 SYN-ACK 已丢失。"),
  pattern("A SYN with another initial number inside a connection that lives: SIDE has forgotten " +
    "it, after a restart perhaps, or somebody else made the SYN up\\.",
  "在现存的连接中出现初始序号不同的 SYN：$1可能重启过，已不知有此连接；也可能是他人伪造的 SYN。"),
  pattern("A challenge ACK will ask, and an RST clear it up \\(RFC 9293 section " +
    "3\\.10\\.7\\.4\\)\\.", "对方将用挑战 ACK 询问，再由 RST 澄清（RFC 9293 第 3.10.7.4 节）。"),
  pattern("A keep-alive: nothing was said for long, and SIDE asks whether SIDE is still there, " +
    "with a number that must be contradicted \\(RFC 9293 section 3\\.8\\.4\\)\\.",
  "保活探测：长时间没有传输数据，$1用一个对方必须纠正的旧序号，询问$2是否仍然存在" +
    "（RFC 9293 第 3.8.4 节）。"),
  pattern("It stands between the two FINs, but acknowledges only data that came before the " +
    "first one: it is no part of the closing\\.",
  "它位于两个 FIN 之间，但只确认第一个 FIN 之前的数据：不属于关闭连接的报文段。"),
  pattern("It carries ([\\d,]+) bytes? as well\\.", "它还带有 $1 字节数据。"),
  pattern("What was under way is lost; its FIN came before, so recv\\(\\) of SIDE still finds " +
    "the end of file, but send\\(\\) fails with EPIPE\\.",
  "途中的数据丢失；它的 FIN 先已到达，因此$1的 recv() 仍读到文件结束，send() 则失败，错误为 EPIPE。"),
  pattern("What was under way is lost, and there was no connection yet for a program to " +
    "lose\\.", "途中的数据丢失；此时连接尚未建立，程序没有什么可失去。"),
  pattern("SIDE sends again ([\\d,]+) bytes?: cut to fit, since an ICMP error had called what " +
    "was sent too long for the pathWHEN\\.",
  "$1重传 $2 字节：ICMP 差错报告指出原来的分组太大，因此改用较短的报文段。"),
  pattern("SIDE sends ([\\d,]+) bytes?WHEN\\.", "$1发送 $2 字节数据。"),
  pattern("SIDE sends ([\\d,]+) bytes?, its firstWHEN\\.", "$1发送 $2 字节数据，这是它的第一批数据。"),
  pattern("SIDE sends ([\\d,]+) bytes?(?:, its first)?WHEN, and acknowledges ([\\d,]+) bytes? of " +
    "SIDE: an ACK rides with data at no cost\\.",
  "$1发送 $2 字节数据，同时确认$5的 $4 字节：确认随数据捎带，没有额外开销。"),
  pattern("SIDE sends again ([\\d,]+) bytes?: SACK blocks showed that it is missingWHEN\\.",
    "$1重传 $2 字节：SACK 块表明它们没有到达。"),
  pattern("SIDE sends again ([\\d,]+) bytes?: duplicate ACKs asked for it, before any " +
    "timeoutWHEN\\.", "$1重传 $2 字节：重复确认要求重传，没有等到超时。"),
  pattern("SIDE sends again ([\\d,]+) bytes?: the retransmission timer ran outWHEN\\.",
    "$1重传 $2 字节：重传计时器到期。"),
  pattern("SIDE sends again ([\\d,]+) bytes?: a probe of the end: no ACK came for the last " +
    "segment, and waiting for the timeout would take longWHEN\\.",
  "$1重传 $2 字节：尾部丢失探测，最后的报文段没有得到确认，而等到超时太久。"),
  pattern("SIDE sends again ([\\d,]+) bytes?: no ACK came for it, and it is a probe of the end, " +
    "or the retransmission timer ran out: the time to the next tellsWHEN\\.",
  "$1重传 $2 字节：没有得到确认；是尾部丢失探测，还是重传计时器到期，要看到下一次重传的间隔。"),
  pattern("SIDE sends again ([\\d,]+) bytes?: needlessly, it had arrivedWHEN\\.",
    "$1重传 $2 字节：其实没有必要，数据已经到达。"),
  pattern("SIDE sends again ([\\d,]+) bytes?: after a timeout the sender goes over everything " +
    "againWHEN\\.", "$1重传 $2 字节：超时之后，发送方把后面的数据全部重传。"),
  pattern("An acknowledgement of ([\\d,]+) bytes?WHEN, and nothing else\\.",
    "确认 $1 字节，没有其他作用。"),
  pattern("SIDE can forget them; nobody acknowledges an ACK\\.",
    "$1可以把它们从发送缓存中删除；ACK 本身不会再被确认。"),
  pattern("An acknowledgement of nothing new\\.", "没有新的确认。"),
  pattern("A duplicate acknowledgement: something reached SIDE behind a gap, and it says once " +
    "more what it waits for\\.",
  "重复确认：缺口之后的数据到达了$1，它再次说明自己在等待哪个字节。"),
  pattern("A window update: the program of SIDE has read, there is room for more\\.",
    "窗口更新：$1的程序读走了数据，又有了接收空间。"),
  pattern("The first FIN: SIDE closes first, and will be the one that waits in TIME_WAIT, unless " +
    "both close at once\\.", "第一个 FIN：$1先关闭，除非双方同时关闭，否则由它进入 TIME_WAIT 等待。"),
  pattern("SIDE may still send: its program reads an end of file, and closes when it likes\\.",
    "$1仍可发送数据：它的程序读到文件结束，可在合适的时候关闭。"),
  pattern("The second FIN: SIDE has sent all it had, too\\.", "第二个 FIN：$1的数据也已发完。"),
  pattern("It acknowledges the FIN of SIDE in the same segment, so that three segments close the " +
    "connection: FIN, FIN with ACK, ACK\\.",
  "它在同一个报文段中确认$1的 FIN，因此关闭连接只用三个报文段：FIN、FIN+ACK、ACK。"),
  pattern("The FIN of SIDE had its ACK in frame (\\d+), so that four segments close the " +
    "connection: FIN, ACK, FIN, ACK\\.",
  "$1的 FIN 已在帧 $2 得到确认，因此关闭连接用了四个报文段：FIN、ACK、FIN、ACK。"),
  pattern("It does not acknowledge the other FIN: both left before either arrived, a " +
    "simultaneous close\\.", "它没有确认对方的 FIN：两个 FIN 在途中交错，即同时关闭。"),
  pattern("Both sides pass through CLOSING \\(RFC 9293 section 3\\.6\\)\\.",
    "双方都要经过 CLOSING 状态（RFC 9293 第 3.6 节）。"),
  pattern("It acknowledges the FIN of SIDE, and brings none of its own: the connection is half " +
    "closed\\.", "它确认$1的 FIN，自己却不发 FIN：连接处于半关闭状态。"),
  pattern("SIDE sends no more, SIDE still may\\.", "$1不再发送，$2仍可发送。"),
  pattern("It acknowledges the FIN of SIDE, the last that was open: with it the connection is " +
    "closed in both directions\\.", "它确认$1的 FIN，即最后一个未确认的 FIN：至此两个方向都已关闭。"),
  pattern("It acknowledges the FIN of SIDE\\.", "它确认$1的 FIN。"),
  pattern("The FIN of frame (\\d+) again: its ACK has not come\\.",
    "重传帧 $1 的 FIN：它的确认没有到达。"),
  pattern("The last ([\\d,]+) bytes? of SIDE, and its FIN with them\\.",
    "$2的最后 $1 字节数据，并带有 FIN。"),
  pattern("The server refuses: nothing listens at this port \\(or somebody on the way says " +
    "so\\)\\.", "服务器拒绝连接：这个端口上没有进程监听（或者是途中的设备代为拒绝）。"),
  pattern("The client's connect\\(\\) fails with ECONNREFUSED\\.",
    "客户端的 connect() 失败，错误为 ECONNREFUSED。"),
  pattern("SIDE breaks the connection off\\.", "$1强行中断连接。"),
  pattern("What was under way is lost; recv\\(\\) of SIDE fails with ECONNRESET\\.",
    "途中的数据丢失，$1的 recv() 失败，错误为 ECONNRESET。"),
  pattern("What was under way is lost; if the program of SIDE still reads, recv\\(\\) fails with " +
    "ECONNRESET\\.", "途中的数据丢失；若$1的程序仍在读取，recv() 会失败，错误为 ECONNRESET。"),
  pattern("A reset that ends nothing: its number does not fit\\.",
    "这个 RST 没有效果：它的序号不符合要求。"),
  pattern("One more reset of a connection that is over: the answer to a segment that was still " +
    "under way\\.", "连接已经结束后的又一个 RST：应答途中残留的报文段。"),
  pattern("The answer to a keep-alive: SIDE is there\\.", "对保活探测的应答：$1仍然存在。"),
  pattern("The answer to the probe: the window is still closed\\.",
    "对窗口探测的应答：窗口仍然关闭。"),
  pattern("A probe of a closed window: SIDE has data and may not send them, and asks whether the " +
    "window is open now\\.", "零窗口探测：$1有数据却不能发送，询问窗口是否已经打开。"),
  pattern("It acknowledges, and closes the window: SIDE has no room for more\\.",
    "它作出确认，同时关闭窗口：$1的接收缓存已满。"),
  pattern("SIDE has no room for more: the window is closed\\.", "$1的接收缓存已满，窗口关闭。"),
  pattern("SIDE is in (\\w+) now(?: \\([^)]*\\))?; SIDE, when it gets this, in (\\w+)" +
    "(?: \\([^)]*\\))?\\.", "此时$1处于 $2；$3收到后处于 $4。"),
  pattern("Both sides are in (\\w+) then(?:: [^.]*)?\\.", "此后双方都处于 $1。"),
];

function inChinese(sentence: string): string | null {
  for (const [form, chinese] of SENTENCES)
    if (form.test(sentence))
      return sentence.replace(form, chinese).replace(/[Tt]he client/g, "客户端")
        .replace(/[Tt]he server/g, "服务器");
  return null;
}

/* Null: it cannot be said in Chinese here. */
export function wholeChinese(text: string): string | null {
  const sentences = text.trim().split(/(?<=\.) (?=[A-Z])/).map(inChinese);
  return sentences.includes(null) ? null : sentences.join("");
}
