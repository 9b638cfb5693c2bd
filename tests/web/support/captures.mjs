/* The captures that several tests look at. */

import { Capture } from "./capture.mjs";

/* One is closed by its server; the other, of which the beginning is missing, by a reset. */
export function twoConnections() {
  const capture = new Capture();
  capture.connect(0).open().send("client", "hello there").acknowledge("server", 20_000)
    .send("server", "and to you\r\n", 90_000).acknowledge("client").close("server");
  capture.connect(1).send("client", "more").acknowledge("server").send("server", "less")
    .segment("client", "R");
  return capture.bytes();
}
