import type { Metrics } from '../../src-main/http/schemas/metrics';
import { openStream } from './http-client';
import { readNdjson } from './ndjson';

/**
 * Tells what a sandbox uses, once a second, until it stops running or the signal says stop.
 * @throws ApiError 404, 503 unless the sandbox runs
 */
export async function watchMetrics(
  sandboxId: string,
  signal: AbortSignal,
  onReadings: (readings: Metrics[]) => void,
): Promise<void> {
  const response = await openStream(
    `/desktop/sandboxes/${encodeURIComponent(sandboxId)}/metrics/watch`,
    signal,
  );
  // The server makes each line from the schema that Metrics was derived from.
  await readNdjson(response, (lines) => onReadings(lines as Metrics[]));
}
