/** Copyable ways to do the same outside the window. None ever holds the API key, only where it lies. */
export interface Snippet {
  id: 'curl' | 'python' | 'javascript';
  label: string;
  code: string;
}

export interface SnippetContext {
  /** `http://localhost:8080` */
  address: string;
  /** Where the API key lies, when the server told. */
  apiKeyFile?: string | undefined;
}

/** How to start the first sandbox, for the empty list. */
export function createSnippets(context: SnippetContext, imageUri: string): Snippet[] {
  const body = JSON.stringify({
    image: { uri: imageUri },
    entrypoint: ['tail', '-f', '/dev/null'],
    resourceLimits: { cpu: '1', memory: '2Gi' },
    timeout: 3600,
  });
  return [
    curl(context, 'POST', '/v1/sandboxes', body),
    python(context, 'Sandbox', [
      `sandbox = await Sandbox.create(`,
      `    ${quote(imageUri)}, connection_config=config`,
      `)`,
      'print(sandbox.id)',
    ]),
    javascript(context, 'Sandbox', [
      'const sandbox = await Sandbox.create({',
      `  connectionConfig, image: ${quote(imageUri)},`,
      '});',
      'console.log(sandbox.id);',
    ]),
  ];
}

/** How to snapshot this sandbox. */
export function sandboxSnippets(context: SnippetContext, sandboxId: string): Snippet[] {
  const name = quote('before-migration');
  return [
    curl(context, 'POST', `/v1/sandboxes/${sandboxId}/snapshots`, `{"name":${name}}`),
    python(context, 'SandboxManager', [
      'manager = await SandboxManager.create(connection_config=config)',
      `snapshot = await manager.create_snapshot(${quote(sandboxId)}, name=${name})`,
      'print(snapshot.id)',
    ]),
    javascript(context, 'SandboxManager', [
      'const manager = SandboxManager.create({ connectionConfig });',
      `const snapshot = await manager.createSnapshot(${quote(sandboxId)}, { name: ${name} });`,
      'console.log(snapshot.id);',
    ]),
  ];
}

/** How to start a sandbox from this snapshot. */
export function restoreSnippets(context: SnippetContext, snapshotId: string): Snippet[] {
  const body = JSON.stringify({ snapshotId, resourceLimits: { cpu: '1', memory: '2Gi' } });
  return [
    curl(context, 'POST', '/v1/sandboxes', body),
    python(context, 'Sandbox', [
      'sandbox = await Sandbox.create(',
      `    snapshot_id=${quote(snapshotId)}, connection_config=config`,
      ')',
      'print(sandbox.id)',
    ]),
    javascript(context, 'Sandbox', [
      'const sandbox = await Sandbox.create({',
      `  connectionConfig, snapshotId: ${quote(snapshotId)},`,
      '});',
      'console.log(sandbox.id);',
    ]),
  ];
}

/** The shell line that puts the key into the environment; every snippet needs it once. */
export function keyExport(context: SnippetContext): string {
  const file = context.apiKeyFile;
  return file === undefined
    ? 'export OPEN_SANDBOX_API_KEY=…'
    : `export OPEN_SANDBOX_API_KEY="$(cat ${shellQuote(file)})"`;
}

function curl(context: SnippetContext, method: string, path: string, body: string): Snippet {
  const lines = [
    keyExport(context),
    `curl -X ${method} ${context.address}${path} \\`,
    '  -H "OPEN-SANDBOX-API-KEY: $OPEN_SANDBOX_API_KEY" \\',
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${shellQuote(body)}`,
  ];
  return { id: 'curl', label: 'curl', code: lines.join('\n') };
}

function python(context: SnippetContext, name: string, lines: string[]): Snippet {
  const code = [
    '# pip install opensandbox; the key comes from OPEN_SANDBOX_API_KEY',
    'import asyncio',
    `from opensandbox import ${name}`,
    'from opensandbox.config import ConnectionConfig',
    '',
    'async def main():',
    `    config = ConnectionConfig(domain=${quote(hostOf(context.address))})`,
    ...lines.map((line) => `    ${line}`),
    '',
    'asyncio.run(main())',
  ].join('\n');
  return { id: 'python', label: 'Python', code };
}

function javascript(context: SnippetContext, name: string, lines: string[]): Snippet {
  const code = [
    '// npm install @alibaba-group/opensandbox; the key comes from OPEN_SANDBOX_API_KEY',
    `import { ConnectionConfig, ${name} } from '@alibaba-group/opensandbox';`,
    '',
    `const connectionConfig = new ConnectionConfig({ domain: ${quote(hostOf(context.address))} });`,
    ...lines,
  ].join('\n');
  return { id: 'javascript', label: 'JavaScript', code };
}

function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, '');
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
