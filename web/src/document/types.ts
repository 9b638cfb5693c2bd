/*
 * The document that a page carries: what docs/report.md describes, member by member. Version 1.
 * Objects with a "type" are those that `--json` prints; members are added, never renamed. What is
 * not known is absent. All times are in seconds.
 */

export type Side = "client" | "server";

export type State =
  | "CLOSED" | "LISTEN" | "SYN_SENT" | "SYN_RECV" | "ESTABLISHED" | "FIN_WAIT1" | "FIN_WAIT2"
  | "CLOSE_WAIT" | "CLOSING" | "LAST_ACK" | "TIME_WAIT";

export interface ReportDocument {
  type: "report";
  version: 1;
  program: string; /* "wiretale 0.1.0" */
  created: string; /* 2026-11-21T18:00:00Z */
  title: string; /* the file's name, the interface, the experiment's title */
  index?: string; /* a file beside this one: the page that leads to all */
  source: "trace" | "live" | "pair" | "lab" | "try";
  file?: FileObject; /* of trace and live */
  pair?: PairObject[]; /* of pair: the lines of `trace FILE FILE --json`, as they are */
  experiment?: ExperimentObject; /* of lab and try */
  connections: ConnectionObject[]; /* by number */
  segments: SegmentObject[]; /* in the order of the file, or of sending */
  field_kinds: FieldKind[];
  fields?: PackedField[]; /* those that frames share: most are the same in most frames */
  texts: string[]; /* texts[0] is "" */
  frames: PackedFrame[]; /* ascending by frame; a segment may have none: see left_out */
  streams: StreamObject[];
  left_out: LeftOut;
}

/* What the page was too small for. 0 or absent: nothing. */
export interface LeftOut {
  connections?: number; /* objects not in `connections` */
  segments?: number; /* not in `segments` */
  frames?: number; /* of those in `segments`, without a frame here */
  bytes?: number; /* of frames' ends that were cut off */
  stream_bytes?: number; /* of conversations */
}

export interface FileObject {
  type: "file";
  packets: number;
  tcp: number;
  connections: number;
  problems: string[];
  [more: string]: unknown;
}

export interface PairObject {
  type: string;
  [more: string]: unknown;
}

/* ---- connections ---- */

export type OpeningKind =
  | "handshake" | "simultaneous" | "refused" | "unanswered" | "half" | "midstream";
export type ClosingKind =
  | "orderly-4" | "orderly-3" | "simultaneous" | "reset" | "half-closed" | "open";

export interface Offer {
  mss?: number;
  window_scale?: number;
  window?: number;
  sack_permitted?: boolean;
  timestamps?: boolean;
  ecn?: boolean;
  fast_open?: unknown;
}

export interface Direction {
  segments: number;
  bytes: number;
  retransmissions: number;
  largest_payload?: number;
  rtt?: { min: number; mean: number; max: number; samples: number };
  offer?: Offer;
}

export interface Finding {
  kind: string;
  side?: Side;
  count?: number;
  frames: number[];
  confidence: "sure" | "likely" | "unsure";
  cause?: string;
  text: string;
}

export interface Message {
  from: Side;
  frame?: number;
  time: number;
  bytes: number;
  name: string;
  detail: string;
  whole: boolean;
}

export interface Turn {
  from: Side;
  bytes: number;
  first_frame: number;
  last_frame: number;
  start: number;
  end: number;
  thought?: number;
}

export const LEDGER_PARTS = [
  "opening", "network", "client", "server", "recovery", "window", "closing", "idle",
] as const;
export type LedgerPart = (typeof LEDGER_PARTS)[number];

export interface ConnectionObject {
  type: "connection";
  number: number;
  client: string;
  server: string;
  first_frame: number;
  last_frame: number;
  start: number; /* since 1970 */
  duration: number;
  opening: {
    kind: OpeningKind;
    rtt?: number;
    frames?: number[];
    agreed?: { window_scale: boolean; sack: boolean; timestamps: boolean; ecn: boolean };
  };
  closing: {
    kind: ClosingKind;
    first?: Side | "both";
    segments?: number;
    time_wait?: Side | "both";
    frames?: number[];
  };
  states: { client: State; server: State };
  from_client: Direction;
  from_server: Direction;
  labels: Record<string, number>;
  ledger?: Record<LedgerPart, number>;
  limit?: string;
  protocol?: string;
  name?: string;
  messages?: Message[];
  messages_left_out?: number;
  turns?: Turn[];
  turn_count?: number;
  findings: Finding[];
  story: string;
  hosts?: { client: Side; server: Side }; /* lab: which host plays which part */
  [more: string]: unknown;
}

/* ---- segments ---- */

export interface Options {
  mss?: number;
  window_scale?: number;
  sack_permitted?: boolean;
  timestamps?: { value: number; echo: number };
  sack?: [number, number][]; /* relative, as seq */
  [more: string]: unknown;
}

/* TCP_INFO of one end at that moment. */
export interface KernelInfo {
  cwnd?: number; /* segments */
  ssthresh?: number; /* segments; absent: none yet */
  rto?: number;
  rtt?: number; /* smoothed */
  total_retrans?: number;
  send_queue?: number; /* bytes */
  receive_queue?: number;
  timer?: string; /* "retransmit", "keep-alive", "time-wait", ... */
  timer_left?: number;
}

export interface Kernel {
  sent?: { client: State; server: State };
  delivered?: { client: State; server: State };
  /* only in reports */
  sent_info?: { client?: KernelInfo; server?: KernelInfo };
  delivered_info?: { client?: KernelInfo; server?: KernelInfo };
}

/* A message of the relay, or of another protocol that is known, with bytes in this segment. */
export interface CarriedMessage {
  name: string; /* "TIME request" */
  detail?: string;
  begins: boolean;
  ends: boolean;
}

export interface SegmentObject {
  type: "segment";
  frame: number;
  connection: number;
  time: number; /* since the connection's first frame, where it was captured */
  from: Side;
  flags: string; /* "SA" */
  seq: number;
  seq_raw: number;
  ack?: number;
  ack_raw?: number;
  window?: number;
  window_raw: number;
  length: number;
  options: Options;
  labels: string[];
  cause?: string;
  client_state: State;
  server_state: State;
  ttl?: number;
  ip_id?: number;
  ecn?: string;
  former?: boolean; /* of a former connection of these ports; seq and ack are 0 */
  urgent_pointer?: number;
  /* of labs and pairs; since the run's beginning, or the connection's first sending */
  sent?: number;
  delivered?: number;
  lost?: string; /* by what: "rule 1: drop data 3 once"; pair: "between the captures" */
  cable?: string; /* what else the cable did to it */
  /* Of pairs, where each capture has it. `frame` is the first capture's (of the two, the one nearer
     to the client); of what only the other one has, its own and so much more that none is both. */
  sent_frame?: number;
  delivered_frame?: number;
  forged?: boolean;
  changed?: boolean;
  copy_of?: number;
  overtaken_by?: number;
  host?: Side;
  kernel?: Kernel;
  carries?: CarriedMessage[]; /* only in reports */
  [more: string]: unknown;
}

/* ---- frames: `--detail --json`, packed ---- */

export interface FieldKind {
  name: string; /* "tcp.sequence" */
  title: string;
  defined?: string; /* "RFC 9293 section 3.4" */
  purpose?: string; /* what it is for: paragraphs, each ended by a newline */
}

/*
 * [kind, level, offset, bytes, first_bit, bits, value, meaning, explained?]: kind is a place in
 * field_kinds; value, meaning, explained are places in texts; offset counts in the layer. bytes 0:
 * it stands nowhere (as "captured at").
 */
export type PackedField = number[];

export interface PackedLayer {
  name: string; /* "ipv4", "tcp", "wiretale" */
  title: number; /* in texts */
  summary: number;
  at?: number; /* where it begins in the frame; absent: it cannot be found there */
  length: number;
  bytes?: string; /* base64: its own, where not all of it can be found in the frame */
  fields: (PackedField | number)[]; /* a number: a place in the document's `fields` */
}

export interface Checksum {
  layer: number; /* in layers */
  verdict: string; /* "good", "bad", ... */
  carried: number;
  computed?: number;
  work?: number; /* in texts: the sum worked out, line by line */
}

export interface PackedFrame {
  frame: number;
  length: number; /* on the wire */
  captured: number; /* in the file */
  bytes: string; /* base64; of those captured, perhaps not all */
  layers: PackedLayer[];
  checksums?: Checksum[];
  cut?: boolean; /* not all of it was taken apart */
  explained?: number; /* in texts: what the segment as a whole does */
}

/* ---- what was said ---- */

export interface StreamPiece {
  from: Side;
  frame: number;
  time: number;
  offset: number; /* of its first byte in that side's stream */
  data?: string; /* base64 */
  missing?: number; /* bytes that are not in the capture, in place of data */
}

export interface StreamObject {
  connection: number;
  pieces: StreamPiece[]; /* in the order in which they became readable */
  left_out?: { client: number; server: number }; /* bytes */
}

/* ---- the lab ---- */

export interface ExperimentStep {
  line: number;
  text: string;
  host?: Side; /* who does it; absent: the cable, the clock, an expectation of a connection */
  began?: number; /* since the run's beginning; absent: it never did */
  ended?: number;
  done: boolean;
  held: boolean;
  result?: string;
  connection?: number;
  kind: "socket" | "program" | "cable" | "clock" | "sysctl" | "expect";
}

export interface TranscriptEntry {
  time: number;
  kind: "started" | "typed" | "input-ended" | "signalled" | "printed" | "left-out" | "dropped"
    | "ended" | "cable";
  program?: number; /* in programs */
  text?: string;
  untimed?: boolean;
}

export interface ProgramResult {
  host: Side;
  name?: string;
  command: string;
  exit: number | null;
  signal: string | null;
  error?: string;
  ended_by_lab?: boolean;
  output: string;
  output_dropped?: number;
}

export interface StateDifference {
  frame: number;
  connection: number;
  host: Side;
  moment: "sent" | "delivered";
  by_wire: State;
  kernel: State;
  reason?: string;
}

export interface ExperimentTexts {
  title?: string;
  question?: string;
  explanation?: string;
}

export interface ExperimentObject {
  type: "experiment";
  name: string;
  title: string;
  passed: boolean;
  failure?: string;
  interrupted?: boolean;
  seed: number;
  duration: number;
  connections: number;
  segments: number;
  expectations?: { text: string; held: boolean; line: number; judged?: boolean;
    difference?: string }[];
  unused_rules?: { text: string; line: number }[];
  states?: { compared: number; agreed: number; left_out: StateDifference[];
    differences: StateDifference[]; not_asked?: number };
  kernel_retransmissions?: { client?: number; server?: number };
  programs?: ProgramResult[];
  transcript?: TranscriptEntry[];
  transcript_left_out?: number;
  settings?: string;
  lacks?: string;
  /* only in reports */
  question?: string;
  explanation?: string;
  translations?: Record<string, ExperimentTexts>; /* by language, as BCP 47 has it: "zh-CN" */
  script?: string; /* the experiment's file, whole */
  steps?: ExperimentStep[];
  [more: string]: unknown;
}
