import "./text/browser_language.ts";
import "./style/tokens.css";
import "./style/page.css";
import { make } from "./dom/make.ts";
import { readDocument } from "./document/read_document.ts";
import type { Report } from "./document/report.ts";
import { followAddress } from "./shell/address.ts";
import { showPage } from "./shell/page.ts";
import { Store } from "./shell/store.ts";
import { startTheme } from "./shell/theme.ts";
import { startLanguage } from "./text/language.ts";

function complain(root: HTMLElement, sentence: string): void {
  root.replaceChildren(make("p", { class: "nothing", role: "alert" }, sentence));
}

function showReport(root: HTMLElement, report: Report): void {
  const store = new Store(report);
  let end: () => void = () => undefined;
  const rebuild = (): void => {
    const y = scrollY;
    const focused = document.activeElement?.id;
    end();
    end = showPage(root, store, rebuild);
    scrollTo(0, y);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };
  startLanguage();
  startTheme(rebuild);
  followAddress(store, rebuild);
}

function start(): void {
  const root = document.getElementById("page");
  /* A long document stands in several elements. */
  const data = [...document.querySelectorAll("#wiretale-document, .wiretale-document-more")];
  if (!root) return;
  try {
    const read = readDocument(data.map((part) => part.textContent).join("") || "null");
    data.forEach((part) => part.remove()); /* its text need not be kept twice */
    if (typeof read === "string") complain(root, read);
    else showReport(root, read);
  } catch (error) { /* an edited document may be wrong in any way: never an empty page */
    console.error(error);
    complain(root, `This page cannot show what is in its data: ${String(error)}`);
  }
}

start();
