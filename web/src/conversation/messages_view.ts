/* The messages of a known protocol, one below the other; the relay's own unfold to their fields. */

import { make, type Child } from "../dom/make.ts";
import type { Field } from "../document/report.ts";
import type { ConnectionObject, Message } from "../document/types.ts";
import type { Store } from "../shell/store.ts";
import { bytes, count, duration, moment } from "../text/numbers.ts";
import { sideName } from "../text/terms.ts";
import { delayOf, fieldsOf, hasFields, saidOf, type Said } from "./messages.ts";
import { readable } from "./readable.ts";
import { t } from "./texts.ts";

const AT_ONCE = 200;

/* One line: what a program sent stays text of one line. */
function line(text: string): string {
  return readable(text).replace(/\n/g, "");
}

function fieldTable(said: Said, fields: readonly Field[] | null): HTMLElement {
  if (!fields || fields.length === 0)
    return make("p", { class: "conversation-faint" }, t("noFields"));
  return make("div", { class: "conversation-wide" },
    make("table", { class: "conversation-fields" },
      make("caption", { class: "visually-hidden" }, t("fields", { name: line(said.message.name) })),
      make("thead", {}, make("tr", {},
        ...[t("field"), t("value"), t("meaning")].map((head) =>
          make("th", { scope: "col" }, head)))),
      make("tbody", {}, ...fields.map((field) =>
        make("tr", {},
          make("th", { scope: "row", class: `conversation-level-${Math.min(3, field.level)}` },
            field.kind.title),
          make("td", {}, line(field.value)), make("td", {}, line(field.meaning)))))));
}

export class MessagesView {
  readonly element = make("div", { class: "conversation-messages", tabindex: 0,
    role: "region", "aria-label": t("region_messages") });
  private readonly list = make("ol", { class: "conversation-list" });
  private readonly more = make("p", {});
  private readonly said: Said[];
  private items = new Map<number, HTMLElement[]>(); /* by frame */
  private fitting: Said[];
  private shown = 0;

  constructor(private readonly store: Store, private readonly connection: ConnectionObject) {
    this.said = saidOf(connection, store.report.segments(connection.number));
    this.fitting = this.said;
    this.element.append(this.list, this.more);
    const left = (connection.messages?.length ?? 0) + (connection.messages_left_out ?? 0) -
      this.said.length;
    if (left > 0) {
      this.element.append(make("p", { class: "conversation-faint" },
        t("messagesLeftOut", { n: count(left) }),
        store.report.stream(connection.number) ? ` ${t("messagesInText")}` : null));
    }
    this.render();
  }

  get found(): number {
    return this.fitting.length;
  }

  search(wanted: string): void {
    const small = wanted.toLowerCase();
    this.fitting = this.said.filter(({ message }) =>
      `${message.name} ${message.detail}`.toLowerCase().includes(small));
    this.render();
  }

  choose(scroll: boolean): void {
    const { frame } = this.store.selection;
    const at = scroll ? this.fitting.findIndex(({ message }) => message.frame === frame) : -1;
    while (frame !== null && at >= this.shown) this.showMore();
    for (const item of this.list.querySelectorAll(".conversation-chosen")) {
      item.classList.remove("conversation-chosen");
      item.removeAttribute("aria-current");
    }
    for (const item of this.items.get(this.store.selection.frame ?? -1) ?? []) {
      item.classList.add("conversation-chosen");
      item.setAttribute("aria-current", "true");
    }
    if (scroll) this.scrollToChosen();
  }

  /* In the list's own box: the page stays where it is. */
  private scrollToChosen(): void {
    const item = this.list.querySelector(".conversation-chosen");
    if (!item) return;
    const box = this.element.getBoundingClientRect();
    const at = item.getBoundingClientRect();
    if (at.top < box.top || at.bottom > box.bottom)
      this.element.scrollTop += at.top - box.top - box.height / 3;
  }

  private render(): void {
    this.list.replaceChildren();
    this.items = new Map();
    this.shown = 0;
    this.showMore();
  }

  private showMore(): void {
    const next = this.fitting.slice(this.shown, this.shown + AT_ONCE);
    this.shown += next.length;
    for (const said of next) this.list.append(this.item(said));
    const rest = this.fitting.length - this.shown;
    this.more.replaceChildren();
    if (this.fitting.length === 0) this.more.append(t("noMessage"));
    if (rest > 0) {
      this.more.append(make("button", { type: "button", onclick: () => this.showMore() },
        t("moreMessages", { n: count(rest) })));
    }
    this.choose(false);
  }

  private item(said: Said): HTMLElement {
    const { message } = said;
    const item = make("li", { class: `conversation-message conversation-from-${message.from}` },
      hasFields(this.connection) ? this.unfolding(said) : make("div", {}, ...this.words(said)),
      message.frame !== undefined && make("button", { type: "button", class: "quiet",
        onclick: () => this.store.selectFrame(message.frame ?? 0, "conversation") },
      t("frame", { n: message.frame })));
    if (message.frame !== undefined) {
      const same = this.items.get(message.frame);
      if (same) same.push(item);
      else this.items.set(message.frame, [item]);
    }
    return item;
  }

  private words(said: Said): Child[] {
    const { message, answers } = said;
    return [
      make("span", { class: "conversation-time" }, moment(message.time +
        this.store.report.clock(this.connection.number))), " ",
      make("span", { class: "conversation-who" },
        message.from === "client" ? "→ " : "← ", sideName(message.from)), " ",
      make("strong", {}, line(message.name)), " ",
      make("span", { class: "conversation-detail" }, line(message.detail)), " ",
      message.bytes > 0 && make("span", { class: "conversation-faint" }, bytes(message.bytes)), " ",
      !message.whole && make("span", { class: "conversation-cut" }, t("cut")), " ",
      answers && this.answerWords(said, answers.message),
    ];
  }

  /* Which it answers, after how long, and where that was measured. */
  private answerWords(said: Said, asked: Message): HTMLElement {
    const delay = delayOf(this.store.report, said);
    const told = { time: delay ? duration(delay.time) : "", side: sideName(asked.from) };
    return make("span", {
      class: "conversation-faint", title: delay ? t(`title_${delay.where}`, told) : null,
    },
    asked.frame === undefined ? t("answersSame") : t("answers", { frame: asked.frame }),
    delay ? t(`after_${delay.where}`, told) : "");
  }

  private unfolding(said: Said): HTMLElement {
    const details = make("details", {}, make("summary", {}, ...this.words(said)));
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1)
        details.append(fieldTable(said, fieldsOf(this.store.report, this.said, said)));
    });
    return details;
  }
}
