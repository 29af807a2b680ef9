import { describe, expect, it } from 'vitest';
import { deepLinkRoute, deepLinkRouteIn, isDeepLink } from '../../../src-main/desktop/deep-link';

describe('deep links', () => {
  it.each([
    ['opensandbox://sandboxes/sbx_01jd', '/app/sandboxes/sbx_01jd'],
    ['opensandbox://snapshots/snap_01jd/', '/app/snapshots/snap_01jd'],
    ['OpenSandbox://Sandboxes/sbx_01jd', '/app/sandboxes/sbx_01jd'],
  ])('opens the page of %s', (link, route) => {
    expect(deepLinkRoute(link)).toBe(route);
  });

  it.each([
    'opensandbox://settings/x',
    'opensandbox://sandboxes',
    'opensandbox://sandboxes/',
    'opensandbox://sandboxes/sbx_1/delete',
    'opensandbox://sandboxes/sbx_1?action=delete',
    'opensandbox://sandboxes/sbx_1#x',
    'opensandbox://sandboxes/..',
    'opensandbox://sandboxes/%2e%2e',
    'opensandbox://user@sandboxes/sbx_1',
    'https://sandboxes/sbx_1',
    'javascript:alert(1)',
  ])('ignores %s', (link) => {
    expect(deepLinkRoute(link)).toBeUndefined();
  });

  it('finds the link among the arguments of a second start', () => {
    const args = ['/usr/bin/opensandbox', '--allow-file-access', 'opensandbox://snapshots/snap_2'];
    expect(deepLinkRouteIn(args)).toBe('/app/snapshots/snap_2');
    expect(args.filter(isDeepLink)).toEqual(['opensandbox://snapshots/snap_2']);
  });
});
