import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxAnswer, TestBackend } from '../../support/test-backend';
import { waitFor } from '../../support/wait-for';
import { createNetworklessBackend } from './networkless';

interface ListAnswer {
  items: SandboxAnswer[];
  pagination: {
    page: number;
    pageSize: number;
    totalItems: number;
    totalPages: number;
    hasNextPage: boolean;
  };
  code?: string;
}

let test: TestBackend;
/** Oldest first: red Running, red Paused, blue Terminated. */
let ids: string[];
beforeAll(async () => {
  test = await createNetworklessBackend();
  const made = [
    await test.createSandbox({ metadata: { team: 'red', 'example.com/role': 'web', tier: '1' } }),
    await test.createSandbox({ metadata: { team: 'red', tier: '2' } }),
    await test.createSandbox({ metadata: { team: 'blue', empty: '' }, entrypoint: ['true'] }),
  ];
  ids = made.map((each) => each.id);
  await test.call('POST', `/v1/sandboxes/${ids[1] ?? ''}/pause`);
  await waitFor('the end of the third to show', async () =>
    (await list('?state=Terminated')).body.items.length === 1 ? true : undefined,
  );
});
afterAll(() => test.dispose());

const list = (query: string) => test.call<ListAnswer>('GET', `/v1/sandboxes${query}`);

async function namesOf(query: string): Promise<string[]> {
  const names = ['first', 'second', 'third'];
  const { status, body } = await list(query);
  expect(status).toBe(200);
  return body.items.map((item) => names[ids.indexOf(item.id)] ?? item.id);
}

describe('the list', () => {
  it('is newest first, with whole objects', async () => {
    expect(await namesOf('')).toEqual(['third', 'second', 'first']);
    const { body } = await list('');
    const single = await test.call('GET', `/v1/sandboxes/${ids[0] ?? ''}`);
    expect(body.items[2]).toEqual(single.body);
    expect(JSON.stringify(body)).not.toContain(':null');
  });

  it.each([
    ['', 1, 20, 1, false, 3],
    ['?page=1&pageSize=2', 1, 2, 2, true, 2],
    ['?page=2&pageSize=2', 2, 2, 2, false, 1],
    ['?page=3&pageSize=2', 3, 2, 2, false, 0],
    ['?page=900000&pageSize=200', 900_000, 200, 1, false, 0],
    ['?pageSize=1', 1, 1, 3, true, 1],
    ['?pageSize=3', 1, 3, 1, false, 3],
  ])('pages %s', async (query, page, pageSize, totalPages, hasNextPage, items) => {
    const { status, body } = await list(query);
    expect(status).toBe(200);
    expect(body.items).toHaveLength(items);
    expect(body.pagination).toEqual({ page, pageSize, totalItems: 3, totalPages, hasNextPage });
  });

  it.each([
    'page=0',
    'page=-1',
    'page=x',
    'page=1.5',
    'pageSize=0',
    'pageSize=201',
    'pageSize=many',
    'page=1&page=2',
  ])('refuses ?%s', async (query) => {
    const { status, body } = await list(`?${query}`);
    expect([status, body.code]).toEqual([400, 'SANDBOX::INVALID_PARAMETER']);
  });

  it('says 0 pages when nothing matches', async () => {
    const { body } = await list('?state=Nonsense');
    expect(body).toEqual({
      items: [],
      pagination: { page: 1, pageSize: 20, totalItems: 0, totalPages: 0, hasNextPage: false },
    });
  });
});

describe('filters', () => {
  it.each<[string, string[]]>([
    ['state=Running', ['first']],
    ['state=paused', ['second']],
    ['state=RUNNING&state=Terminated', ['third', 'first']],
    ['state=Running&state=Paused&state=Terminated', ['third', 'second', 'first']],
    ['state=Pausing', []],
    ['metadata=team%3Dred', ['second', 'first']],
    ['metadata=team=red', ['second', 'first']],
    ['metadata=team%3Dred%26tier%3D2', ['second']],
    ['metadata=team%253Dred', []],
    ['metadata=team%3Dred%26tier%3D3', []],
    ['metadata=team%3Dre', []],
    ['metadata=example.com/role%3Dweb', ['first']],
    ['metadata=example.com%252Frole%3Dweb', ['first']],
    ['metadata=empty%3D', ['third']],
    ['metadata=', ['third', 'second', 'first']],
    ['metadata=team%3Dred&state=Paused', ['second']],
    ['metadata=team%3Dblue&state=Paused', []],
    ['metadata=constructor%3Dx', []],
  ])('?%s finds %j', async (query, expected) => {
    if (query === 'metadata=team%253Dred') {
      // Encoded twice as a whole, there is no "=" left after decoding once.
      expect((await list(`?${query}`)).status).toBe(400);
      return;
    }
    expect(await namesOf(`?${query}`)).toEqual(expected);
  });

  it.each(['metadata=team', 'metadata=team%3Dred%26tier', 'metadata=%3Dred'])('refuse ?%s', async (query) => {
    const { status, body } = await list(`?${query}`);
    expect([status, body.code]).toEqual([400, 'INVALID_METADATA_FORMAT']);
  });
});
