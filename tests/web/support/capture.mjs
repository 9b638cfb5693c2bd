/*
 * Capture files of TCP connections, written byte by byte, so that tests know what is in them:
 * pcap with Ethernet, IPv4 and right checksums.
 */

const CLIENT = { mac: [2, 0, 0, 0, 0, 1], address: [10, 9, 8, 7], port: 40000, first: 1000 };
const SERVER = { mac: [2, 0, 0, 0, 0, 2], address: [10, 9, 8, 6], port: 7000, first: 5000 };
const FLAGS = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32 };
const SYN_OPTIONS = [2, 4, 0x05, 0xb4, 1, 1, 4, 2, 1, 3, 3, 7];

function sum(buffer, start = 0) {
  let total = start;
  for (let i = 0; i < buffer.length; i += 2)
    total += (buffer[i] << 8) + (i + 1 < buffer.length ? buffer[i + 1] : 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

function ip(from, to, segment, id) {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + segment.length, 2);
  header.writeUInt16BE(id & 0xffff, 4);
  header.writeUInt16BE(0x4000, 6);
  header[8] = 64;
  header[9] = 6;
  header.set(from.address, 12);
  header.set(to.address, 16);
  header.writeUInt16BE(~sum(header) & 0xffff, 10);
  const pseudo = Buffer.from([...from.address, ...to.address, 0, 6,
    segment.length >> 8, segment.length & 255]);
  segment.writeUInt16BE(~sum(segment, sum(pseudo)) & 0xffff, 16);
  return Buffer.concat([Buffer.from([...to.mac, ...from.mac, 8, 0]), header, segment]);
}

function tcp(from, to, { flags, seq, ack, window, options, payload }) {
  const header = Buffer.alloc(20 + options.length);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt32BE(seq >>> 0, 4);
  header.writeUInt32BE(ack >>> 0, 8);
  header[12] = (header.length / 4) << 4;
  header[13] = [...flags].reduce((bits, flag) => bits | FLAGS[flag], 0);
  header.writeUInt16BE(window, 14);
  header.set(options, 20);
  return Buffer.concat([header, payload]);
}

export class Capture {
  constructor() {
    const head = Buffer.alloc(24);
    head.writeUInt32LE(0xa1b2c3d4, 0);
    head.writeUInt16LE(2, 4);
    head.writeUInt16LE(4, 6);
    head.writeUInt32LE(262144, 16);
    head.writeUInt32LE(1, 20);
    this.parts = [head];
    this.microseconds = 1_700_000_000_000_000;
    this.segments = 0;
  }

  /* A connection of which every segment is recorded here; ports count up. */
  connect(number = 0) {
    return new Connection(this, { ...CLIENT, port: CLIENT.port + number }, { ...SERVER });
  }

  add(frame, gap) {
    this.microseconds += gap;
    this.segments++;
    const head = Buffer.alloc(16);
    head.writeUInt32LE(Math.floor(this.microseconds / 1_000_000), 0);
    head.writeUInt32LE(this.microseconds % 1_000_000, 4);
    head.writeUInt32LE(frame.length, 8);
    head.writeUInt32LE(frame.length, 12);
    this.parts.push(head, frame);
  }

  bytes() {
    return Buffer.concat(this.parts);
  }
}

class Connection {
  constructor(capture, client, server) {
    this.capture = capture;
    this.ends = { client, server };
    this.next = { client: client.first, server: server.first };
  }

  /* Any segment; what is not said is as the connection would have it. */
  segment(side, flags, { payload = Buffer.alloc(0), options = [], gap = 500, window = 502 } = {}) {
    const other = side === "client" ? "server" : "client";
    const [from, to] = [this.ends[side], this.ends[other]];
    const ack = flags.includes("A") ? this.next[other] : 0;
    const bytes = tcp(from, to, { flags, seq: this.next[side], ack, window, options, payload });
    this.capture.add(ip(from, to, bytes, this.capture.segments), gap);
    this.next[side] += payload.length + (/[SF]/.test(flags) ? 1 : 0);
    return this;
  }

  open() {
    return this.segment("client", "S", { options: SYN_OPTIONS, window: 64240 })
      .segment("server", "SA", { options: SYN_OPTIONS, window: 65160 })
      .segment("client", "A");
  }

  send(side, payload, gap = 500) {
    return this.segment(side, "PA", { payload: Buffer.from(payload), gap });
  }

  acknowledge(side, gap = 500) {
    return this.segment(side, "A", { gap });
  }

  /* Four segments, `first` begins. */
  close(first = "client") {
    const second = first === "client" ? "server" : "client";
    return this.segment(first, "FA").segment(second, "A").segment(second, "FA")
      .segment(first, "A");
  }
}

/* So many segments of one connection: data one way, an acknowledgement for every other one. */
export function longCapture(segments, bytes = 1400) {
  const capture = new Capture();
  const connection = capture.connect().open();
  for (let i = 0; capture.segments + 4 < segments; i++) {
    if (i % 3 === 2) connection.acknowledge("server", 100);
    else connection.send("client", Buffer.alloc(bytes, 65 + i % 26), 100);
  }
  return connection.close().capture.bytes();
}
