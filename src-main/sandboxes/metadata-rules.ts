import { AppError } from '../errors';

const MAX_LABEL_LENGTH = 63;
const MAX_PREFIX_LENGTH = 253;
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const RESERVED_PREFIX = 'opensandbox.io/';

/**
 * Checks metadata against the Kubernetes label rules (CONTRACT.md 2.4).
 * @throws AppError 400 `SANDBOX::INVALID_METADATA_LABEL`
 */
export function checkMetadata(metadata: Record<string, string>): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (key.startsWith(RESERVED_PREFIX)) throw reserved(key, 'SANDBOX::INVALID_METADATA_LABEL');
    checkKey(key);
    checkValue(key, value);
  }
}

/**
 * Applies a JSON merge patch (RFC 7396): null deletes, others replace; only incoming values are checked.
 * @throws AppError 400 `INVALID_METADATA_LABEL` for a reserved key, else as {@link checkMetadata}.
 */
export function patchMetadata(
  current: Record<string, string>,
  patch: Record<string, string | null>,
): Record<string, string> {
  const next = new Map(Object.entries(current));
  for (const [key, value] of Object.entries(patch)) {
    // The reference server answers this one without a prefix, and clients compare the code.
    if (key.startsWith(RESERVED_PREFIX)) throw reserved(key, 'INVALID_METADATA_LABEL');
    if (value === null) {
      next.delete(key);
      continue;
    }
    checkKey(key);
    checkValue(key, value);
    next.set(key, value);
  }
  return Object.fromEntries(next);
}

/**
 * Reads the `metadata` list filter: `k=v&k2=v2`, decoded once by the HTTP layer and form-decoded here piece by
 * piece, because some clients encode inside it and others do not (CONTRACT.md 2.4).
 * @throws AppError 400 `INVALID_METADATA_FORMAT`
 */
export function parseMetadataFilter(query: string): Map<string, string> {
  const wanted = new Map<string, string>();
  for (const piece of query.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    if (equals < 1) {
      throw new AppError(
        400,
        'INVALID_METADATA_FORMAT',
        `The metadata filter has a piece without "key=value": "${piece}". Write it as metadata=key%3Dvalue%26key2%3Dvalue2.`,
      );
    }
    wanted.set(formDecode(piece.slice(0, equals)), formDecode(piece.slice(equals + 1)));
  }
  return wanted;
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // A bare percent sign: the text was not encoded.
    return text;
  }
}

function checkKey(key: string): void {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  const prefixIsValid =
    prefix === undefined || (prefix.length <= MAX_PREFIX_LENGTH && DNS_SUBDOMAIN.test(prefix));
  if (!prefixIsValid || name.length > MAX_LABEL_LENGTH || !NAME.test(name)) {
    throw new AppError(
      400,
      'SANDBOX::INVALID_METADATA_LABEL',
      `The metadata key "${key}" is not a valid label key: an optional DNS prefix with "/", then at most 63 letters, digits, "-", "_" or ".", starting and ending with a letter or digit.`,
    );
  }
}

function checkValue(key: string, value: string): void {
  if (value !== '' && (value.length > MAX_LABEL_LENGTH || !NAME.test(value))) {
    throw new AppError(
      400,
      'SANDBOX::INVALID_METADATA_LABEL',
      `The metadata value of "${key}" is not a valid label value: empty, or at most 63 letters, digits, "-", "_" or ".", starting and ending with a letter or digit.`,
    );
  }
}

function reserved(key: string, code: string): AppError {
  return new AppError(
    400,
    code,
    `The metadata key "${key}" uses the reserved prefix ${RESERVED_PREFIX}. Choose another prefix.`,
  );
}
