/* Light or dark: by the system's setting until somebody chooses. */

export type Theme = "light" | "dark";

const KEY = "wiretale-theme";

function chosen(): Theme | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : null;
  } catch {
    return null;
  }
}

export function theme(): Theme {
  const shown = document.documentElement.dataset["theme"];
  return shown === "dark" ? "dark" : "light";
}

export function showTheme(value: Theme): void {
  document.documentElement.dataset["theme"] = value;
}

export function startTheme(changed: () => void): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  showTheme(chosen() ?? (system.matches ? "dark" : "light"));
  system.addEventListener("change", () => {
    if (chosen()) return;
    showTheme(system.matches ? "dark" : "light");
    changed();
  });
  /* Paper is white. */
  let before: Theme = "light";
  addEventListener("beforeprint", () => {
    before = theme();
    if (before === "light") return;
    showTheme("light");
    changed();
  });
  addEventListener("afterprint", () => {
    if (before === "light") return;
    showTheme(before);
    changed();
  });
}

export function chooseTheme(value: Theme): void {
  showTheme(value);
  try {
    localStorage.setItem(KEY, value);
  } catch { /* a page from a file may be refused its storage */ }
}

/* A colour of tokens.css as the canvas wants it: colour("--client"). */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
