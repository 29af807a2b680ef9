/** One server-sent event. */
export interface SseMessage {
  id: string | undefined;
  event: string;
  data: string;
}

/** Parses `text/event-stream` however it was cut; comments and fields that we do not use are dropped. */
export function sseParser(): (chunk: string) => SseMessage[] {
  let rest = '';
  let fields: { id: string | undefined; event: string; data: string[] } = fresh();
  return (chunk) => {
    const messages: SseMessage[] = [];
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line === '') {
        if (fields.data.length > 0) messages.push({ ...fields, data: fields.data.join('\n') });
        fields = fresh();
      } else {
        take(fields, line);
      }
    }
    return messages;
  };
}

function fresh() {
  return { id: undefined as string | undefined, event: 'message', data: [] as string[] };
}

function take(fields: ReturnType<typeof fresh>, line: string): void {
  const colon = line.indexOf(':');
  const name = colon === -1 ? line : line.slice(0, colon);
  const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (name === 'id') fields.id = value;
  else if (name === 'event') fields.event = value;
  else if (name === 'data') fields.data.push(value);
}
