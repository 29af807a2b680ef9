/**
 * Reads the newline-delimited JSON that long engine calls answer with (pull, load, import, events).
 * Chunks may split anywhere; whatever is not an object is skipped.
 */
export async function* jsonLines(stream: NodeJS.ReadableStream): AsyncGenerator<Record<string, unknown>> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const value = parseObject(line);
      if (value !== undefined) yield value;
    }
  }
  const last = parseObject(rest);
  if (last !== undefined) yield last;
}

/** The `{error}` entry that stands for failure in an answer whose status was already 200. */
export function streamedError(entry: Record<string, unknown>): Error | undefined {
  return typeof entry['error'] === 'string' ? new Error(entry['error']) : undefined;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (line.trim() === '') return undefined;
  const value: unknown = JSON.parse(line);
  // An object that JSON.parse made has string keys; arrays are of no use to any caller.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
