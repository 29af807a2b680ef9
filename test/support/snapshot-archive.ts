import { TEST_API_KEY, type TestBackend } from './test-backend';

export interface ImportAnswer {
  status: number;
  body: { code?: string; message?: string; state?: string; result?: Record<string, string> };
}

/** The exported archive of a snapshot, whole but for what is left out. */
export async function exportSnapshot(
  test: TestBackend,
  id: string,
  leaveOut: readonly string[] = [],
): Promise<{ status: number; headers: Record<string, unknown>; archive: Buffer }> {
  const query = leaveOut.map((path) => `leaveOut=${encodeURIComponent(path)}`).join('&');
  const response = await test.backend.http.inject({
    url: `/v1/desktop/snapshots/${id}/export?${query}`,
    headers: { 'open-sandbox-api-key': TEST_API_KEY, host: 'localhost:8080' },
  });
  return { status: response.statusCode, headers: response.headers, archive: response.rawPayload };
}

export async function importSnapshot(test: TestBackend, archive: Buffer): Promise<ImportAnswer> {
  const response = await test.backend.http.inject({
    method: 'POST',
    url: '/v1/desktop/snapshots/import',
    headers: {
      'open-sandbox-api-key': TEST_API_KEY,
      host: 'localhost:8080',
      'content-type': 'application/x-tar',
    },
    payload: archive,
  });
  return { status: response.statusCode, body: response.json<ImportAnswer['body']>() };
}
