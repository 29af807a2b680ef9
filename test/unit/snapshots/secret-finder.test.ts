import { afterAll, describe, expect, it } from 'vitest';
import { SecretFinder } from '../../../src-main/snapshots/secrets/secret-finder';

/** Open nothing; only their form is that of tokens. */
const FIRST = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const SECOND = `ghp_${'z9Y8x7W6v5U4'.repeat(3)}`;

const finder = new SecretFinder();
afterAll(() => finder.close());

const find = (content: Uint8Array | string, path = '/srv/file.txt') =>
  finder.find(path, new Uint8Array(Buffer.from(content)));

describe('a look into a text', () => {
  it('tells line and name of what it found, and no letter of any secret around it', async () => {
    const found = await find(
      `quiet\n\ncopy "token": "${FIRST}", ${SECOND}=${FIRST}\n/* secretlint-disable */ ${SECOND}`,
    );
    expect(found).toEqual([
      { rule: 'github', kind: 'GITHUB_TOKEN', line: 3, preview: 'token": "••••••••' },
      { rule: 'github', kind: 'GITHUB_TOKEN', line: 4, preview: '••••••••' },
    ]);
    expect(await find(`${SECOND}=${FIRST}`)).toEqual([
      { rule: 'github', kind: 'GITHUB_TOKEN', line: 1, preview: '••••••••' },
    ]);
    expect(await find('nothing here')).toEqual([]);
  });

  it('reads what is no UTF-8, and knows what is no text', async () => {
    const latin = Buffer.concat([Buffer.from([0x67, 0xfc, 0x6e, 0xff, 0x0a]), Buffer.from(FIRST)]);
    expect(await find(latin)).toMatchObject([{ line: 2, kind: 'GITHUB_TOKEN' }]);
    expect(await find(Buffer.concat([Buffer.from([0]), Buffer.from(FIRST)]))).toBe('binary');
  });

  it('is given up when it takes too long, and the next one begins anew', async () => {
    const hasty = new SecretFinder(0);
    const bytes = () => new Uint8Array(Buffer.from(FIRST.repeat(1_000)));
    expect(await hasty.find('/slow', bytes())).toBe('unread');
    expect(await hasty.find('/slow', bytes())).toBe('unread');
    await hasty.close();
  });
});
