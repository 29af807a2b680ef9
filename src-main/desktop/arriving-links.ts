import { app } from 'electron';
import { DEEP_LINK_SCHEME, deepLinkRoute, deepLinkRouteIn } from './deep-link';

/** Deep links, which may come before there is a window to follow them. */
export interface ArrivingLinks {
  /** The page that this start is to show first. */
  readonly first: string | undefined;
  /** From here on `open` follows links, and other instances that were started. */
  follow(open: (route: string | undefined) => void): void;
}

/**
 * Collects deep links from this start, from macOS and from further instances that were started; one of those
 * without a link just wants the window.
 */
export function followDeepLinks(args: readonly string[]): ArrivingLinks {
  let first = deepLinkRouteIn(args);
  let follower: ((route: string | undefined) => void) | undefined;
  const arrive = (route: string | undefined) => {
    if (follower === undefined) first = route ?? first;
    else follower(route);
  };
  app.on('second-instance', (_event, argv) => {
    arrive(deepLinkRouteIn(argv));
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    arrive(deepLinkRoute(url));
  });
  // Only the installed app takes the scheme: a start from source would leave it pointing at a checkout.
  if (app.isPackaged) app.setAsDefaultProtocolClient(DEEP_LINK_SCHEME);
  return {
    get first() {
      return first;
    },
    follow: (open) => {
      follower = open;
    },
  };
}
