/*
 * What a table has under a name. Words from a wire may be any, "constructor" too, which every
 * object has by nature.
 */
export function entry<T>(table: Readonly<Partial<Record<string, T>>>, name: string): T | undefined {
  return Object.prototype.hasOwnProperty.call(table, name) ? table[name] : undefined;
}
