/* What the fields of the relay's messages are for. Those of the headers come with the document. */

const FIELDS: Readonly<Partial<Record<string, string>>> = {
  text: "A text for people. Whoever shows it makes it harmless before.",
  data: "The content of a message: any bytes, and none is fine too.",
  number: "The number that the server gave a client when it connected; it is not used again.",
  name: "The name of a client or of a room, in UTF-8 without control characters.",
  address: "An IP address with its port, as the server sees it.",
  time: "A moment: nanoseconds since the beginning of 1970, UTC.",
  zone: "By how many seconds the server's local time is ahead of UTC.",
  entry: "One row of a list. It holds fields itself: a client with number, address, name and " +
    "since when it is connected, or a room with name and members.",
  to_number: "The recipient, by its number.",
  to_name: "The recipient, by its name.",
  to_room: "The room whose members are to get the message.",
  from: "Who sent the message: the server puts it in, so that nobody can pretend to be another.",
  message_id: "16 random bytes that the sender chose: by them a message that is sent again is " +
    "recognised.",
  outcome: "What really became of the message: delivered means that the recipient's client has " +
    "acknowledged it; passed, that only its TCP has, for it speaks the classic dialect.",
  through: "One frame answers for many: all that are open from its id up to this one.",
  limit: "The largest body that a client may send.",
  keepalive: "How many milliseconds of silence there may be before the server asks whether " +
    "anybody is still there; 0: it never asks.",
  secret: "Reserved.",
  auth: "Whether a client must prove who it is: 0, it need not.",
  cursor: "Where the next part of a list begins. Only the server understands it; the client " +
    "gives it back as it is.",
  count: "A number of things, as the members of a room.",
  flag: "Yes or no.",
  retry_after: "How many milliseconds to wait before trying again.",
  unknown: "A field that this program does not know. A receiver skips such a field by its " +
    "length: so the protocol can grow.",
};

const OTHERS: Readonly<Partial<Record<string, string>>> = {
  "wiretale.magic": "The two letters WT: whoever speaks another protocol is found out at the " +
    "first byte.",
  "wiretale.version": "The version of the protocol.",
  "wiretale.kind": "Who speaks, and whether a reply is due: a request is answered by exactly one " +
    "response; an indication comes unasked, and some are acknowledged.",
  "wiretale.type": "What it is about: the time, a list, a message to be passed on.",
  "wiretale.status": "In a response: whether it could be done, or why not. Elsewhere 0.",
  "wiretale.id": "Which request a response belongs to: many may be open at a time, and the " +
    "answers need not keep their order.",
  "wiretale.length": "How many bytes of fields follow. TCP carries a stream without boundaries: " +
    "by this number the receiver knows where the frame ends.",
  "wiretale.malformed": "Bytes that are no field: the message is damaged, or was made wrongly.",
  "classic.type": "What is asked for, 8 bytes in the byte order of the machine that sent it: an " +
    "old program wrote its struct to the socket as it was.",
  "classic.data": "256 bytes, whatever the message needs; a text that ends at the first zero.",
  "classic.data.text": "The part of the 256 bytes that means something.",
  "classic.data.zeros": "The zero that ends the text, and what fills up the rest.",
  "classic.send.ip": "The recipient's IP address.",
  "classic.send.port": "The recipient's port: with the address it tells which client is meant.",
  "classic.send.content": "What is to be passed on.",
  "classic.client": "One client of the list.",
  "classic.hello": "What the server says to everybody who connects.",
};

const PARTS: Readonly<Partial<Record<string, string>>> = {
  tag: "Which field it is.",
  length: "How many bytes its value has: so one can step over a field that one does not know.",
};

export function relayFieldEnglish(name: string): string | undefined {
  const match = /^wiretale\.field\.(\w+)(?:\.(\w+))?$/.exec(name);
  if (!match?.[1]) return OTHERS[name];
  return PARTS[match[2] ?? ""] ?? FIELDS[match[1]];
}
