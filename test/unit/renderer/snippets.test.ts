import { describe, expect, it } from 'vitest';
import {
  createSnippets,
  keyExport,
  restoreSnippets,
  sandboxSnippets,
} from '../../../src-renderer/model/snippets';

const CONTEXT = { address: 'http://localhost:9090', apiKeyFile: "/home/o'neil/key" };

describe('snippets', () => {
  const all = [
    ...createSnippets(CONTEXT, 'python:3.12'),
    ...sandboxSnippets(CONTEXT, 'sbx_1'),
    ...restoreSnippets(CONTEXT, 'snap_1'),
  ];

  it('come as curl, Python and JavaScript each', () => {
    expect(all.map((snippet) => snippet.id)).toEqual(
      [1, 2, 3].flatMap(() => ['curl', 'python', 'javascript']),
    );
  });

  it('go to the address that this server listens on', () => {
    for (const { code } of all) expect(code).toContain('localhost:9090');
  });

  it('wait for the sandbox as the SDKs do by themselves', () => {
    for (const { code } of all) expect(code).not.toMatch(/skip_?health/i);
  });

  it('read the key from its file and quote the path for the shell', () => {
    expect(keyExport(CONTEXT)).toBe(`export OPEN_SANDBOX_API_KEY="$(cat '/home/o'\\''neil/key')"`);
  });

  it('send valid JSON with what the contract demands of a create', () => {
    const body = /-d '(.*)'/.exec(all[0]?.code ?? '')?.[1] ?? '';
    expect(JSON.parse(body)).toMatchObject({
      image: { uri: 'python:3.12' },
      entrypoint: ['tail', '-f', '/dev/null'],
    });
  });
});
