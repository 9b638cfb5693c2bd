/* What programs print is not ours: characters that would not be seen, or turn text around, are. */

/* Line ends and tabs stay. C0 and DEL become their pictures, others their numbers. */
const HIDDEN = new RegExp("[" + [
  "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f", /* control characters */
  "\\xad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff", /* unseen; direction, lines */
].join("") + "]", "g");

export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}

/* What stands in one line: line ends and tabs as their pictures too. */
export function visibleLine(text: string): string {
  return visible(text).replace(/[\t\n]/g, (character) =>
    String.fromCharCode(0x2400 + character.charCodeAt(0)));
}
