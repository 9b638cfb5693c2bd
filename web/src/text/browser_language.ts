/*
 * WebKitGTK in the locale C (as in containers and over ssh) says that its language is "C", of which
 * Intl wants to know nothing. uPlot asks it for its numbers as soon as it is loaded, and the whole
 * page would end there: main.ts imports this before anything else.
 */

try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en", configurable: true });
}
