import type { KeyboardEvent, MouseEvent } from 'react';

/** The keys that ask for the menu of what has the focus. */
export function isMenuKey(event: KeyboardEvent): boolean {
  return event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
}

/** For a line of a list: the right mouse button and the menu keys ask for its menu, at the place of the window. */
export function menuHandlers(onMenu: (x: number, y: number) => void) {
  return {
    onContextMenu: (event: MouseEvent): void => {
      event.preventDefault();
      onMenu(event.clientX, event.clientY);
    },
    onKeyDown: (event: KeyboardEvent): void => {
      if (!isMenuKey(event) || !(event.target instanceof Element)) return;
      event.preventDefault();
      const box = event.target.getBoundingClientRect();
      onMenu(box.left, box.bottom);
    },
  };
}
