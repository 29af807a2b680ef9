import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Docker from 'dockerode';
import { extract } from 'tar-stream';

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

/** A real registry (Docker Registry HTTP API v2) with one image, which answers only once it is told to. */
export interface SlowRegistry {
  /** What to create a sandbox from. */
  image: string;
  /** Lets pulls go on: with the image, or with "not found". */
  answer(how: 'found' | 'missing'): void;
  close(): void;
}

/** Serves a local image from 127.0.0.1, where engines need no TLS. */
export async function startSlowRegistry(docker: Docker, image: string, name: string): Promise<SlowRegistry> {
  const blobs = await blobsOf(docker, image);
  let release: (how: 'found' | 'missing') => void = () => undefined;
  const told = new Promise<'found' | 'missing'>((resolve) => (release = resolve));
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    // The engine gives up on a registry whose front door does not open within 15 s.
    if (path === '/v2/') {
      response.end('{}');
      return;
    }
    void told.then((how) => {
      if (how === 'missing') response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
      else if (path.includes('/manifests/')) send(response, blobs.manifest, MANIFEST_TYPE);
      else sendBlob(response, blobs.byDigest.get(path.slice(path.lastIndexOf('/') + 1)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is not a path.
  const { port } = server.address() as AddressInfo;
  return {
    image: `127.0.0.1:${port}/${name}:latest`,
    answer: (how) => release(how),
    close() {
      release('missing');
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Blobs {
  manifest: Buffer;
  byDigest: Map<string, Buffer>;
}

async function blobsOf(docker: Docker, image: string): Promise<Blobs> {
  const files = await filesOf(await docker.getImage(image).get());
  const [saved] = JSON.parse(String(files.get('manifest.json'))) as { Config: string; Layers: string[] }[];
  if (saved === undefined) throw new Error(`The engine saved nothing of ${image}.`);
  const byDigest = new Map<string, Buffer>();
  const describe = (name: string, mediaType: string) => {
    const content = files.get(name) ?? Buffer.alloc(0);
    byDigest.set(digestOf(content), content);
    return { mediaType, size: content.length, digest: digestOf(content) };
  };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: describe(saved.Config, 'application/vnd.docker.container.image.v1+json'),
    layers: saved.Layers.map((layer) => describe(layer, 'application/vnd.docker.image.rootfs.diff.tar.gzip')),
  });
  return { manifest: Buffer.from(manifest), byDigest };
}

async function filesOf(tar: NodeJS.ReadableStream): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const entry of tar.pipe(extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name, Buffer.concat(chunks));
  }
  return files;
}

function sendBlob(response: ServerResponse, content: Buffer | undefined): void {
  if (content === undefined) response.writeHead(404).end();
  else send(response, content, 'application/octet-stream');
}

function send(response: ServerResponse, content: Buffer, type: string): void {
  const headers = { 'Content-Type': type, 'Content-Length': content.length };
  response.writeHead(200, { ...headers, 'Docker-Content-Digest': digestOf(content) }).end(content);
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
