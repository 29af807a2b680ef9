import { describe, expect, it } from 'vitest';
import { desktopArguments } from '../../../src-main/desktop/desktop-arguments';

describe('our options among Electron’s arguments', () => {
  it('follow the app’s folder when started from source', () => {
    const argv = [
      '/x/electron',
      '--inspect=0',
      '.',
      '--no-sandbox',
      '--port',
      '8090',
      'opensandbox://snapshots/s1',
    ];
    expect(desktopArguments(argv, false)).toEqual(['--port', '8090']);
  });

  it('follow the executable when installed', () => {
    const argv = ['/opt/OpenSandbox/opensandbox', '--data-dir', '/d', 'opensandbox://sandboxes/s1'];
    expect(desktopArguments(argv, true)).toEqual(['--data-dir', '/d']);
  });

  it('are none when there are none', () => {
    expect(desktopArguments(['/x/electron', '.'], false)).toEqual([]);
    expect(desktopArguments(['/x/electron'], true)).toEqual([]);
  });
});
