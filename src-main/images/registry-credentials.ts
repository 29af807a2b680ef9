import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dockerConfigFolder, valueAt } from '../engine/discovery-contexts';
import type { RegistryAuth } from '../engine/engine-types';
import { AppError } from '../errors';

/** A helper may ask the person for a password of the key store. */
const HELPER_DEADLINE_MS = 30_000;
const MAX_HELPER_ANSWER_BYTES = 256 * 1024;
/** What the Docker CLI keeps the credentials of docker.io under. */
const HUB_KEY = 'https://index.docker.io/v1/';
/** The user name by which a helper says that the secret is a token. */
const TOKEN_USER = '<token>';

/**
 * What the Docker CLI would send to a registry: from the credential helper that `config.json` names for it, else from
 * `config.json` itself. Secrets go from here to the engine and nowhere else: no error tells any of what was read.
 * @param host as `docker login` takes it.
 * @returns undefined where nothing is kept for this registry.
 * @throws AppError 500 `REGISTRY::CREDENTIALS_FAILED` when something is kept but cannot be had
 */
export async function findCredentials(
  host: string,
  environment: NodeJS.ProcessEnv,
): Promise<RegistryAuth | undefined> {
  const config = await readConfig(join(dockerConfigFolder(environment), 'config.json'));
  const key = host === 'docker.io' ? HUB_KEY : host;
  const helper = valueAt(valueAt(config, 'credHelpers'), key) ?? valueAt(config, 'credsStore');
  if (typeof helper === 'string' && helper !== '') {
    const found = await askHelper(helper, key, environment);
    if (found !== undefined) return found;
  }
  return keptIn(valueAt(config, 'auths'), host, key);
}

async function readConfig(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw failed(`${file} cannot be read`, 'Make it readable');
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote what it read, secrets included.
    throw failed(`${file} is no JSON`, 'Mend it');
  }
}

/** Older versions of the CLI wrote whole addresses as keys. */
function keptIn(auths: unknown, host: string, key: string): RegistryAuth | undefined {
  if (typeof auths !== 'object' || auths === null) return undefined;
  const keys = Object.keys(auths);
  const found = keys.includes(key) ? key : keys.find((each) => hostOf(each) === host);
  if (found === undefined) return undefined;
  const entry = valueAt(auths, found);
  const token = valueAt(entry, 'identitytoken');
  if (typeof token === 'string' && token !== '') return { identitytoken: token };
  const encoded = valueAt(entry, 'auth');
  if (typeof encoded !== 'string' || encoded === '') return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 1) throw failed(`what the Docker configuration keeps for ${host} cannot be read`);
  // The CLI pads passwords with zero bytes.
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') };
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

/** The protocol of docker-credential-helpers: the server on stdin, JSON on stdout, errors there too. */
async function askHelper(
  helper: string,
  server: string,
  environment: NodeJS.ProcessEnv,
): Promise<RegistryAuth | undefined> {
  const program = `docker-credential-${helper}`;
  if (!/^[A-Za-z0-9_.-]+$/.test(helper))
    throw failed('the Docker configuration names a credential helper that cannot be one');
  const { code, output } = await runHelper(program, server, environment);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw failed(`${program} ended with code ${String(code)}`);
  }
  return readAnswer(program, output);
}

function readAnswer(program: string, output: string): RegistryAuth {
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    throw failed(`${program} answered something else than JSON`);
  }
  const username = valueAt(answer, 'Username');
  const secret = valueAt(answer, 'Secret');
  if (typeof username !== 'string' || typeof secret !== 'string')
    throw failed(`${program} answered without a user name and a secret`);
  return username === TOKEN_USER ? { identitytoken: secret } : { username, password: secret };
}

function runHelper(
  program: string,
  input: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], { env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const giveUp = (why: string): void => {
      child.kill('SIGKILL');
      reject(failed(why));
    };
    const deadline = setTimeout(
      () => giveUp(`${program} did not answer within ${String(HELPER_DEADLINE_MS / 1000)} s`),
      HELPER_DEADLINE_MS,
    );
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_HELPER_ANSWER_BYTES) giveUp(`${program} answers without end`);
      else chunks.push(chunk);
    });
    child.once('error', () => {
      clearTimeout(deadline);
      reject(failed(`${program}, which the Docker configuration names, cannot be started`, 'Install it'));
    });
    child.once('close', (code) => {
      clearTimeout(deadline);
      resolve({ code: code ?? -1, output: Buffer.concat(chunks).toString('utf8') });
    });
    // A helper that does not read what it is asked ends by itself.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function failed(what: string, remedy = 'Run "docker login" again'): AppError {
  return new AppError(
    500,
    'REGISTRY::CREDENTIALS_FAILED',
    `The credentials for the registry could not be had: ${what}. ${remedy}, or give a user name and a password with the request.`,
  );
}
