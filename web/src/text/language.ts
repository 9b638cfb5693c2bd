/* The page's two languages. Each part keeps its own texts beside it, in both. */

export type Language = "en" | "zh";

const KEY = "wiretale-language";

let current: Language = "en";

/* By what was chosen before, else by what the browser prefers. */
export function startLanguage(): Language {
  const chosen = remembered();
  const preferred = navigator.languages?.[0] ?? navigator.language ?? "en";
  current = chosen ?? (preferred.toLowerCase().startsWith("zh") ? "zh" : "en");
  return current;
}

export function language(): Language {
  return current;
}

export function setLanguage(chosen: Language): void {
  current = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch { /* a page from a file may be refused its storage */ }
}

function remembered(): Language | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === "en" || value === "zh" ? value : null;
  } catch {
    return null;
  }
}

/* Between two sentences: none in Chinese, where the full stop has its own room. */
export function sentences(...all: string[]): string {
  return all.filter((text) => text !== "").join(current === "zh" ? "" : " ");
}

export type Texts<K extends string> = Record<Language, Record<K, string>>;
export type Parameters = Record<string, string | number>;

/*
 * t = translator({ en: { greeting: "Hello {name}" }, zh: { greeting: "{name}，你好" } });
 * t("greeting", { name: "Ann" })
 */
export function translator<K extends string>(texts: Texts<K>) {
  return (key: K, parameters: Parameters = {}): string =>
    (texts[current][key] ?? String(key)).replace(/\{(\w+)\}/g, (whole, name: string) =>
      name in parameters ? String(parameters[name]) : whole);
}
