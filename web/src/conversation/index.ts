/* What the two sides of the chosen connection said: as messages, as text, as bytes. */

import "./conversation.css";
import { make } from "../dom/make.ts";
import type { ConnectionObject } from "../document/types.ts";
import type { Part } from "../shell/part.ts";
import type { Change, Store } from "../shell/store.ts";
import { bytes, count } from "../text/numbers.ts";
import { BytesView, type Mode } from "./bytes_view.ts";
import { MessagesView } from "./messages_view.ts";
import { looksLikeText } from "./readable.ts";
import { t } from "./texts.ts";
import { MOST_HITS, Transcript, type Hit } from "./transcript.ts";
import { makeTurns } from "./turns_view.ts";

type Choice = Mode | "messages";

/* Kept while language and theme change: the part is made anew then. */
const kept: { connection: number; choice: Choice | null; wanted: string } =
  { connection: 0, choice: null, wanted: "" };

const ENCRYPTED = /^(tls|ssl|ssh|https|quic|dtls)/i;
const PATIENCE = 200; /* milliseconds after the last key until the search begins */

class Conversation {
  readonly element = make("div", { class: "conversation" });
  private readonly end: () => void;
  private readonly place = make("span", { class: "conversation-place", role: "status" });
  private transcript: Transcript | null = null;
  private bytesView: BytesView | null = null;
  private messagesView: MessagesView | null = null;
  private hits: Hit[] = [];
  private hit = -1;
  private timer = 0;

  constructor(private readonly store: Store) {
    this.end = store.subscribe((_selection, change) => this.change(change));
    this.showConnection();
  }

  destroy(): void {
    clearTimeout(this.timer);
    this.end();
  }

  private change(change: Change): void {
    if (change.connection) {
      this.showConnection();
      return;
    }
    this.bytesView?.choose(change.by !== "conversation");
    this.messagesView?.choose(change.by !== "conversation");
  }

  private showConnection(): void {
    const { connection } = this.store;
    clearTimeout(this.timer);
    this.element.replaceChildren();
    this.transcript = null;
    if (!connection) return;
    if (kept.connection !== connection.number)
      Object.assign(kept, { connection: connection.number, choice: null, wanted: "" });
    const stream = this.store.report.stream(connection.number);
    if (stream && stream.pieces.length > 0) this.transcript = new Transcript(stream);
    this.show(connection);
  }

  private choices(connection: ConnectionObject): Choice[] {
    const choices: Choice[] = [];
    if (connection.messages && connection.messages.length > 0) choices.push("messages");
    if (this.transcript) choices.push("text", "hex");
    return choices;
  }

  private choice(choices: readonly Choice[]): Choice | null {
    if (kept.choice && choices.includes(kept.choice)) return kept.choice;
    const lines = this.store.connection?.protocol === "text"; /* they are the text once more */
    if (!this.transcript || (choices.includes("messages") && !lines)) return choices[0] ?? null;
    const first = this.transcript.pieces.find((piece) => piece.length > 0);
    return !first || looksLikeText(this.transcript.bytes(first)) ? "text" : "hex";
  }

  private show(connection: ConnectionObject): void {
    this.bytesView = null;
    this.messagesView = null;
    this.hits = [];
    this.hit = -1;
    this.place.textContent = "";
    const choices = this.choices(connection);
    const choice = this.choice(choices);
    this.element.replaceChildren();
    if (choice) this.element.append(this.makeTools(connection, choices, choice));
    this.element.append(...this.notes(connection));
    if (choice === "messages") {
      this.messagesView = new MessagesView(this.store, connection);
      this.element.append(this.messagesView.element);
    } else if (choice && this.transcript) {
      this.bytesView = new BytesView(this.store, this.transcript, choice);
      this.element.append(this.bytesView.element,
        make("p", { class: "conversation-faint" }, t("hint")));
    }
    if (!this.transcript) {
      const turns = makeTurns(this.store, connection);
      if (turns) this.element.append(turns);
    }
    if (kept.wanted !== "") this.search();
    this.settle();
  }

  /* Once it stands in the page and has a size: how wide rows may be, and where to scroll to. */
  private settle(): void {
    const { bytesView, messagesView } = this;
    requestAnimationFrame(() => {
      if (bytesView !== this.bytesView || messagesView !== this.messagesView) return;
      bytesView?.fit();
      if (this.hit < 0) bytesView?.choose(true);
      messagesView?.choose(true);
    });
  }

  private makeTools(
    connection: ConnectionObject, choices: readonly Choice[], chosen: Choice): HTMLElement {
    const field = make("input", { type: "search", id: "conversation-search", value: kept.wanted,
      "aria-label": t("search"), autocomplete: "off", spellcheck: "false",
      placeholder: t(chosen === "messages" ? "searchMessages" : "searchPlaceholder") });
    field.addEventListener("input", () => {
      kept.wanted = field.value;
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.search(), PATIENCE);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.go(event.shiftKey ? -1 : 1);
    });
    const go = (text: string, name: string, by: number): HTMLElement | false =>
      chosen !== "messages" && make("button", { type: "button", "aria-label": name, title: name,
        onclick: () => this.go(by) }, text);
    return make("div", { class: "conversation-tools" },
      make("div", { class: "conversation-choices", role: "group", "aria-label": t("show") },
        ...choices.map((choice) => make("button", { type: "button", id: `conversation-as-${choice}`,
          "aria-pressed": choice === chosen ? "true" : "false", onclick: () => {
            kept.choice = choice;
            this.show(connection);
            document.getElementById(`conversation-as-${choice}`)?.focus();
          } }, t(choice)))),
      make("div", { class: "conversation-search", role: "search" }, field,
        go("▲", t("previousHit"), -1), go("▼", t("nextHit"), 1), this.place));
  }

  private notes(connection: ConnectionObject): HTMLElement[] {
    const notes: HTMLElement[] = [];
    const say = (text: string, name = "conversation-faint"): void => {
      notes.push(make("p", { class: name }, text));
    };
    const protocol = connection.protocol ?? "";
    const encrypted = ENCRYPTED.test(protocol);
    const said = connection.from_client.bytes + connection.from_server.bytes;
    if (this.transcript) {
      say(t("total", {
        client: bytes(connection.from_client.bytes), server: bytes(connection.from_server.bytes),
        turns: count(connection.turn_count ?? this.transcript.turns.length),
      }));
      if (encrypted) say(t("encrypted", { protocol }));
      const { client, server } = this.transcript.leftOut;
      if (client + server > 0)
        say(t("leftOut", { client: bytes(client), server: bytes(server) }), "nothing");
    } else if (said === 0) say(t("nothing"), "nothing");
    else say(encrypted ? t("encryptedNoText", { protocol }) : t("notKept"), "nothing");
    return notes;
  }

  private search(): void {
    this.hit = -1;
    if (this.messagesView) {
      this.messagesView.search(kept.wanted);
      this.place.textContent =
        kept.wanted === "" ? "" : t("hits", { all: count(this.messagesView.found) });
      return;
    }
    this.hits = this.transcript?.search(kept.wanted) ?? [];
    this.bytesView?.setHits(this.hits);
    if (this.hits.length > 0) this.go(1);
    else this.place.textContent = kept.wanted === "" ? "" : t("noHit");
  }

  private go(by: number): void {
    const all = this.hits.length;
    if (all === 0 || !this.bytesView) return;
    this.hit = this.hit < 0 ? (by > 0 ? 0 : all - 1) : (this.hit + by + all) % all;
    this.bytesView.goToHit(this.hit);
    const most = all >= MOST_HITS ? ` (${t("hitsMost", { all: count(all) })})` : "";
    this.place.textContent = t("hit", { n: count(this.hit + 1), all: count(all) }) + most;
  }
}

export function makeConversation(store: Store): Part | null {
  if (store.report.document.connections.length === 0) return null;
  const conversation = new Conversation(store);
  return { element: conversation.element, destroy: () => conversation.destroy() };
}
