/** What the bench runs inside a page, as text: this project does not know a page's globals. */

/** Remembers when the first row of a list was drawn, in milliseconds since the navigation began. */
export const NOTE_FIRST_ROW = `
  new MutationObserver((_, observer) => {
    if (document.querySelector('[data-row-id]') === null) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => (window.firstRowAt = performance.now())));
  }).observe(document, { subtree: true, childList: true });
`;

export const FIRST_PAINT = `performance.getEntriesByName('first-contentful-paint')[0]?.startTime`;

/** Resolves with the wall clock when a text is first drawn anywhere in the page. */
export function whenDrawn(text: string): string {
  return `new Promise((resolve) => {
    const wanted = ${JSON.stringify(text)};
    const look = () => {
      if (!document.body.textContent.includes(wanted)) return false;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.timeOrigin + performance.now())));
      return true;
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    window.watching = true;
  })`;
}

/**
 * Scrolls a list by a screen's part per frame. For each frame: the milliseconds from its start until it is drawn, and
 * those since the frame before.
 */
export function scroll(frames: number, pixels: number): string {
  return `new Promise((resolve) => {
    const list = document.querySelector('[role=grid]');
    const work = [];
    const intervals = [];
    let before;
    const frame = (now) => {
      if (before !== undefined) intervals.push(now - before);
      before = now;
      const start = performance.now();
      list.scrollTop += ${pixels};
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        work.push(performance.now() - start);
        if (work.length < ${frames}) requestAnimationFrame(frame);
        else resolve({ work, intervals });
      };
      channel.port2.postMessage(null);
    };
    requestAnimationFrame(frame);
  })`;
}

/** Puts a text into the filter as typing does; resolves with the milliseconds until the list is drawn anew. */
export function filter(text: string): string {
  return `new Promise((resolve) => {
    const input = document.querySelector('[role=search] input');
    const list = document.querySelector('[role=grid]');
    const start = performance.now();
    new MutationObserver((_, observer) => {
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    }).observe(list, { attributes: true, attributeFilter: ['aria-rowcount'] });
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, ${JSON.stringify(text)});
    input.dispatchEvent(new Event('input', { bubbles: true }));
  })`;
}

/** Remembers the milliseconds of every task of the main thread that took longer than 50 ms. */
export const NOTE_LONG_TASKS = `
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
`;

/** Presses a key and resolves with the milliseconds until something is drawn that was not there before. */
export function whenShown(selector: string, { key, control }: { key: string; control: boolean }): string {
  return `new Promise((resolve) => {
    const start = performance.now();
    const look = () => {
      if (document.querySelector(${JSON.stringify(selector)}) === null) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true });
    document.body.dispatchEvent(
      new KeyboardEvent('keydown', { key: ${JSON.stringify(key)}, ctrlKey: ${control}, bubbles: true, cancelable: true }));
  })`;
}
