/*
 * Whether the page is being printed. Kept for the page as a whole: the shell makes all parts anew
 * when it turns light for that, and what is made while the listeners of `beforeprint` are being
 * called is not among them any more. It has to ask.
 */

let printing = false;
addEventListener("beforeprint", () => { printing = true; });
addEventListener("afterprint", () => { printing = false; });

export function isPrinting(): boolean {
  return printing;
}
