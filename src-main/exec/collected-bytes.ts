/** All bytes of a stream of bytes, in memory: for what is known to be small. */
export async function collectBytes(source: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // Only byte streams come here.
  for await (const chunk of source) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
