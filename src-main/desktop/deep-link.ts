import { GUI_PATH } from './app-origin';

export const DEEP_LINK_SCHEME = 'opensandbox';

/** Sections a link may open, each of them a list with one object by id. */
const LINKED_SECTIONS = new Set(['sandboxes', 'snapshots']);
const ID_PATTERN = /^[a-z0-9][a-z0-9_.-]{0,127}$/i;

/**
 * The page that a deep link such as `opensandbox://sandboxes/<id>` opens; undefined for anything else. Links come
 * from outside, so they only ever open a page: query and fragment are refused, and the id must look like one.
 */
export function deepLinkRoute(link: string): string | undefined {
  const match = /^opensandbox:\/\/([a-z]+)\/([^/?#]+)\/?$/i.exec(link);
  const section = match?.[1]?.toLowerCase();
  const id = match?.[2];
  if (section === undefined || id === undefined) return undefined;
  if (!LINKED_SECTIONS.has(section) || !ID_PATTERN.test(id)) return undefined;
  return `${GUI_PATH}${section}/${id}`;
}

/** The first deep link among command-line arguments, as a page; how Windows and Linux deliver links. */
export function deepLinkRouteIn(args: readonly string[]): string | undefined {
  for (const arg of args) {
    const route = deepLinkRoute(arg);
    if (route !== undefined) return route;
  }
  return undefined;
}

/** True for arguments that are links rather than options. */
export function isDeepLink(arg: string): boolean {
  return arg.toLowerCase().startsWith(`${DEEP_LINK_SCHEME}:`);
}
