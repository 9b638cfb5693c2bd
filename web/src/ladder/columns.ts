/* Where things stand across: frame numbers, the client's band, the arrows, the server's band. */

const NARROW = 520;
const WIDE_BAND = 86;
const NARROW_BAND = 18;
const DIGIT = 6.6;
const PADDING = 8;

export interface Columns {
  width: number;
  narrow: boolean; /* no column of frames, no times in the bands; states' names stand upright */
  frames: number; /* where the numbers end */
  band: number; /* how wide */
  client: number; /* the ends' lines */
  server: number;
  text: number; /* where the arrows' texts begin */
  room: number; /* and how wide they may be */
}

export function columnsOf(width: number, greatestFrame: number): Columns {
  const narrow = width < NARROW;
  const frames = narrow ? 0 : String(greatestFrame).length * DIGIT + 10;
  const band = narrow ? NARROW_BAND : WIDE_BAND;
  const client = frames + band;
  const server = Math.max(client + 120, width - band - 1);
  return {
    width, narrow, frames: frames - 6, band, client, server,
    text: client + PADDING, room: server - client - 2 * PADDING,
  };
}
