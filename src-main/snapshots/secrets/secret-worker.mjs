import { extname } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';

/**
 * What of the rules' interface is used (secretlint, "Secretlint Rule"); the package's own types name packages that it
 * does not bring.
 * @typedef {{ range: readonly [number, number], message: { messageId: string } }} Report
 * @typedef {{ content: string, filePath: string, ext: string, contentType: 'text', hasBOM: boolean }} Source
 * @typedef {{ file?: (source: Source) => unknown }} Handler
 * @typedef {{
 *   sharedOptions: object,
 *   createTranslator: (messages: unknown) => (messageId: string) => { messageId: string },
 *   ignore: () => void,
 *   report: (report: Report) => void,
 * }} Context
 * @typedef {{ meta: { id: string }, create: (context: Context, options: object) => Handler }} Rule
 *
 * @typedef {import('./secret-finder').FoundSecret} FoundSecret
 * @typedef {{ rule: string, messageId: string, start: number, end: number }} Match
 */

const PREFIX = '@secretlint/secretlint-rule-';
/** Lets a file exempt itself by a comment, which is for whoever owns the file, not for whoever looks for secrets. */
const EXEMPTING = `${PREFIX}filter-comments`;
/** As git tells binary from text. */
const PROBE_BYTES = 8_000;
/** The name that a secret has, directly before it. */
const NAME_BEFORE = /[A-Za-z_][\w.-]{0,60}["']?[ \t]*[:=][ \t]*["']?$/;
const NAME_REACH = 80;
/** As many as the secret has letters would tell its length. */
const HIDDEN = '••••••••';

/** @type {Match[]} */
let matches = [];

const handlers = /** @type {readonly Rule[]} */ (/** @type {unknown} */ (rules))
  .filter((rule) => rule.meta.id !== EXEMPTING)
  .map((rule) => rule.create(contextOf(rule.meta.id.replace(PREFIX, '')), {}));

/**
 * The rules' messages hold the secrets; only which message it is goes on.
 * @param {string} rule
 * @returns {Context}
 */
function contextOf(rule) {
  return {
    sharedOptions: {},
    createTranslator: () => (messageId) => ({ messageId }),
    ignore: () => undefined,
    report: ({ range: [start, end], message: { messageId } }) => {
      matches.push({ rule, messageId, start, end });
    },
  };
}

parentPort?.on('message', (/** @type {{ path: string, bytes: Uint8Array }} */ { path, bytes }) => {
  void look(path, bytes).then((found) => parentPort?.postMessage(found));
});
parentPort?.postMessage('ready');

/**
 * @param {string} path
 * @param {Uint8Array} bytes
 * @returns {Promise<FoundSecret[] | 'binary'>}
 */
async function look(path, bytes) {
  if (bytes.subarray(0, PROBE_BYTES).includes(0)) return 'binary';
  const content = textOf(bytes);
  const source = { content, filePath: path, ext: extname(path), contentType: /** @type {const} */ ('text') };
  matches = [];
  for (const handler of handlers) await handler.file?.({ ...source, hasBOM: false });
  const found = matches.sort((a, b) => a.start - b.start);
  /** @type {Map<string, FoundSecret>} */
  const told = new Map();
  let line = 1;
  let counted = 0;
  for (const match of found) {
    line += newlines(content, counted, match.start);
    counted = match.start;
    const { rule, messageId: kind } = match;
    const key = `${line} ${rule} ${kind}`;
    if (!told.has(key)) told.set(key, { rule, kind, line, preview: previewOf(content, match, found) });
  }
  return [...told.values()];
}

/**
 * What is no UTF-8 is read byte by byte: secrets are ASCII.
 * @param {Uint8Array} bytes
 */
function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/**
 * @param {string} content
 * @param {number} from
 * @param {number} to
 */
function newlines(content, from, to) {
  let count = 0;
  for (let at = content.indexOf('\n', from); at >= 0 && at < to; at = content.indexOf('\n', at + 1))
    count += 1;
  return count;
}

/**
 * What the secret is called there, never a letter of it or of another one.
 * @param {string} content
 * @param {Match} match
 * @param {readonly Match[]} all
 */
function previewOf(content, { start }, all) {
  const before = content.slice(Math.max(0, start - NAME_REACH), start);
  const name = NAME_BEFORE.exec(before)?.[0] ?? '';
  const isSecret = all.some((other) => other.start < start && other.end > start - name.length);
  return isSecret ? HIDDEN : name + HIDDEN;
}
