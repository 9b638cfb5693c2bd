/* How wide a text will be, without asking the page for each: a width for every character. */

const SIZE = 12;
const MONO_SIZE = 11; /* of calls */
const NARROW_LAST = 0x2e80; /* from here on scripts whose characters are as wide as high */

export interface Measure {
  plain(text: string): number;
  bold(text: string): number;
  mono(text: string): number;
}

function ruler(font: string): (text: string) => number {
  const context = document.createElement("canvas").getContext("2d");
  const known = new Map<number, number>();
  if (context) context.font = font;
  const widthOf = (code: number): number => {
    let width = known.get(code);
    if (width === undefined) {
      width = context?.measureText(String.fromCodePoint(code)).width ?? SIZE * 0.6;
      if (code >= NARROW_LAST) width = Math.max(width, SIZE);
      known.set(code, width);
    }
    return width;
  };
  const ascii = Float64Array.from({ length: 128 }, (_, code) => widthOf(code));
  return (text) => {
    let width = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 128) {
        width += ascii[unit] ?? 0;
        continue;
      }
      const code = text.codePointAt(i) ?? 0;
      if (code > 0xffff) i++;
      width += widthOf(code);
    }
    return width;
  };
}

let made: Measure | null = null;

export function measure(): Measure {
  if (!made) {
    const style = getComputedStyle(document.documentElement);
    const family = style.getPropertyValue("--sans");
    made = {
      plain: ruler(`${SIZE}px ${family}`),
      bold: ruler(`600 ${SIZE}px ${family}`),
      mono: ruler(`${MONO_SIZE}px ${style.getPropertyValue("--mono")}`),
    };
  }
  return made;
}

/* What of it fits; with "…" where that is not all. */
export function fitting(text: string, room: number, width: (text: string) => number): string {
  if (width(text) <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (width(text.slice(0, middle) + "…") <= room) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low) + "…";
}
