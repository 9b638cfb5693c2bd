/* Numbers for people. */

const GROUPED = new Intl.NumberFormat("en-US");

/* 12,345 */
export function count(value: number): string {
  return GROUPED.format(Math.round(value));
}

/* Three digits and a unit: "10.1 ms", "2.35 s", "81 µs", "0 s". Captures count nanoseconds; what is
   less comes of the subtraction. */
export function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 0.5e-9) return "0 s";
  if (size < 0.9995e-6) return `${digits(seconds * 1e9)} ns`;
  if (size < 0.9995e-3) return `${digits(seconds * 1e6)} µs`;
  if (size < 0.9995) return `${digits(seconds * 1e3)} ms`;
  if (size < 600) return `${digits(seconds)} s`;
  return `${digits(seconds / 60)} min`;
}

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0).replace(/\.0+$|(\.\d*?)0+$/, "$1");
}

/* A point in time within a connection: "1.234567". */
export function moment(seconds: number): string {
  return seconds.toFixed(6);
}

export function bytes(value: number): string {
  if (value < 10000) return `${count(value)} B`;
  if (value < 10e6) return `${digits(value / 1e3)} kB`;
  return `${digits(value / 1e6)} MB`;
}

export function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, "0");
}
