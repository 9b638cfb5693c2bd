/* The range of time that all graphs show together. */

const CLOSEST = 2e-6; /* seconds: nothing finer is measured */

export class View {
  from: number;
  to: number;
  private readonly listeners = new Set<() => void>();

  constructor(readonly whole: { from: number; to: number }) {
    this.from = whole.from;
    this.to = whole.to;
  }

  get isWhole(): boolean {
    return this.from <= this.whole.from && this.to >= this.whole.to;
  }

  subscribe(listener: () => void): void {
    this.listeners.add(listener);
  }

  set(from: number, to: number): void {
    const { whole } = this;
    const width = Math.min(Math.max(to - from, CLOSEST), whole.to - whole.from);
    const start = Math.min(Math.max(from, whole.from), whole.to - width);
    if (start === this.from && start + width === this.to) return;
    this.from = start;
    this.to = start + width;
    for (const listener of this.listeners) listener();
  }

  /* factor > 1: closer. `at` stays where it is. */
  zoom(factor: number, at: number): void {
    const middle = Math.min(Math.max(at, this.from), this.to);
    this.set(middle - (middle - this.from) / factor, middle + (this.to - middle) / factor);
  }

  /* By a part of what is seen. */
  pan(part: number): void {
    const width = this.to - this.from;
    this.set(this.from + part * width, this.to + part * width);
  }

  reset(): void {
    this.set(this.whole.from, this.whole.to);
  }

  /* Moves only where `time` is not seen. */
  reveal(time: number): void {
    if (time >= this.from && time <= this.to) return;
    const half = (this.to - this.from) / 2;
    this.set(time - half, time + half);
  }
}
