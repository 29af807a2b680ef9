/** What the preload touches of the page; the Node project knows no DOM types. */
declare const window: { dispatchEvent(event: object): boolean };
declare const history: { pushState(data: null, unused: string, url: string): void };
declare const PopStateEvent: new (type: 'popstate') => object;

/**
 * Shows another path without loading the page again. The preload's world shares history and events with the page,
 * and every router follows `popstate`, so the page needs no code for it.
 */
export function showRoute(path: string): void {
  history.pushState(null, '', path);
  window.dispatchEvent(new PopStateEvent('popstate'));
}
