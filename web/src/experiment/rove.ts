/*
 * Many buttons below each other are one stop for Tab; the arrows go from one to the next.
 */

export function rove(container: HTMLElement, selector: string): void {
  const all = [...container.querySelectorAll<HTMLElement>(selector)];
  let current = all[0];
  all.forEach((item) => (item.tabIndex = item === current ? 0 : -1));
  container.dataset["ownKeys"] = "";

  function moveTo(item: HTMLElement | undefined): void {
    if (!item || !current) return;
    current.tabIndex = -1;
    item.tabIndex = 0;
    current = item;
    if (document.activeElement !== item) item.focus();
  }

  container.addEventListener("focusin", (event) => {
    const item = event.target as HTMLElement;
    if (item.matches(selector)) moveTo(item);
  });
  container.addEventListener("keydown", (event) => {
    const here = all.indexOf(event.target as HTMLElement);
    if (here < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const to: Record<string, number> = {
      ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1,
    };
    const place = to[event.key];
    if (place === undefined) return;
    event.preventDefault();
    moveTo(all[place]);
  });
}
