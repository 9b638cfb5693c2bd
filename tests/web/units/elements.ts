/*
 * As much of a page as dom/make.ts and ladder/measure.ts ask for: elements that remember what was
 * put into them. Without a canvas every character is taken to be equally wide.
 */

type Listener = (event: unknown) => void;

export class FakeNode {
  readonly attributes = new Map<string, string>();
  readonly listeners = new Map<string, Listener>();
  readonly children: (FakeNode | string)[] = [];

  constructor(readonly tag: string) {}

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  addEventListener(name: string, listener: Listener): void {
    this.listeners.set(name, listener);
  }

  append(...children: (FakeNode | string)[]): void {
    this.children.push(...children);
  }

  getContext(): null {
    return null;
  }

  get textContent(): string {
    return this.children.map((c) => (typeof c === "string" ? c : c.textContent)).join("");
  }

  /* All below it with this tag. */
  all(tag: string): FakeNode[] {
    return this.children.flatMap((child) => typeof child === "string" ? []
      : [...(child.tag === tag ? [child] : []), ...child.all(tag)]);
  }
}

const PAGE = {
  Node: FakeNode,
  document: {
    createElement: (tag: string) => new FakeNode(tag),
    createElementNS: (space: string, tag: string) => new FakeNode(`${space} ${tag}`),
    getElementById: () => null,
    documentElement: new FakeNode("html"),
  },
  getComputedStyle: () => ({ getPropertyValue: () => "" }),
};

/* Only while `body` runs: the process may be another's too, who asks whether it is in a page. */
export function inPage(body: () => void): () => void {
  return () => {
    Object.assign(globalThis, PAGE);
    try {
      body();
    } finally {
      for (const name of Object.keys(PAGE)) Reflect.deleteProperty(globalThis, name);
    }
  };
}
