import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE, execIn } from '../../support/docker';
import { TEST_API_KEY, createTestBackend, type TestBackend } from '../../support/test-backend';

let test: TestBackend;
beforeAll(async () => {
  test = await createTestBackend();
});
afterAll(() => test.dispose());

async function readRecipe(id: string): Promise<{ status: number; type: unknown; text: string }> {
  const response = await test.backend.http.inject({
    url: `/v1/desktop/snapshots/${id}/recipe`,
    headers: { 'open-sandbox-api-key': TEST_API_KEY, host: 'localhost:8080' },
  });
  return { status: response.statusCode, type: response.headers['content-type'], text: response.body };
}

async function generation(source: object, command: string, name: string): Promise<string> {
  const { id } = await test.createSandbox({ ...source, env: { API_TOKEN: 'secret-value' } });
  await execIn(test.docker, test.containerOf(id), ['sh', '-c', command]);
  return (await test.takeSnapshot(id, name)).id;
}

function sections(text: string): string[] {
  return text.split(/^# ---- /m).slice(1);
}

describe('the recipe of a snapshot', () => {
  it('says so where nothing was changed', async () => {
    const first = await generation({}, 'true', 'nothing');
    expect((await readRecipe(first)).text).toContain('# Nothing changed since the start of its sandbox.');
    const second = await generation({ image: undefined, snapshotId: first }, 'true', 'nothing again');
    expect((await readRecipe(second)).text).toContain('# Nothing changed since the step before.');
  });

  it('tells three generations, and what is left of them when the middle one is deleted', async () => {
    const first = await generation({}, 'echo 1 > /workspace/one', 'first\nRUN evil');
    const second = await generation(
      { image: undefined, snapshotId: first },
      'mkdir "/workspace/a b"; rm /workspace/one',
      'second',
    );
    const third = await generation(
      { image: undefined, snapshotId: second },
      'echo 3 > /workspace/three',
      'third',
    );
    const { status, type, text } = await readRecipe(third);
    expect(status).toBe(200);
    expect(type).toBe('text/plain; charset=utf-8');
    const lines = text.split('\n');
    for (const line of lines) expect(line).toMatch(/^($|#|FROM |ENTRYPOINT )/);
    expect(lines).toContain(`FROM ${BUSYBOX_IMAGE}`);
    expect(lines).toContain('ENTRYPOINT ["tail", "-f", "/dev/null"]');
    expect(lines).toContain('#   ENV API_TOKEN=');
    expect(text).not.toContain('secret-value');
    const [one, two, three] = sections(text);
    expect(one).toContain('+ /workspace/one (2 bytes)');
    expect(two).toContain('+ /workspace/a b/');
    expect(two).toContain('- /workspace/one');
    expect(three).toContain('+ /workspace/three (2 bytes)');
    expect(three).not.toContain('/workspace/one');

    await test.call('DELETE', `/v1/snapshots/${second}`);
    const [, gone, after] = sections((await readRecipe(third)).text);
    expect(gone).toContain('It was deleted');
    expect(after).toContain('Since the start of its sandbox');
    expect(after).toContain('+ /workspace/three (2 bytes)');
    expect((await readRecipe('snap_none')).status).toBe(404);
  });
});
