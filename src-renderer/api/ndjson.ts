/** Reads newline-delimited JSON; `onValues` gets every batch that one read completed. */
export async function readNdjson(response: Response, onValues: (values: unknown[]) => void): Promise<void> {
  const split = lineSplitter();
  for await (const text of textChunks(response)) {
    const values = split(text).map((line): unknown => JSON.parse(line));
    if (values.length > 0) onValues(values);
  }
}

/** A response body as decoded text, however the bytes were cut. */
export async function* textChunks(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Collects chunks into whole non-empty lines. */
export function lineSplitter(): (chunk: string) => string[] {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    return lines.map((line) => line.replace(/\r$/, '')).filter((line) => line !== '');
  };
}
