/* What wiretale put into the page. */

import { FrameShelf, withoutFrames } from "./frame_shelf.ts";
import { Report } from "./report.ts";
import { sane } from "./sane.ts";
import type { ReportDocument } from "./types.ts";

/* A sentence where it put nothing that this page can read. */
export function readDocument(text: string): Report | string {
  const [rest, frames] = withoutFrames(text);
  let document: unknown;
  try {
    document = JSON.parse(rest);
  } catch (error) {
    return `The data in this page is damaged: ${String(error)}`;
  }
  if (document === null) return "This page has no data in it: it is the empty template.";
  const read = document as ReportDocument;
  if (read.type !== "report" || read.version !== 1)
    return "The data in this page is not of version 1.";
  sane(read);
  return new Report(read, new FrameShelf(frames, read.frames));
}
