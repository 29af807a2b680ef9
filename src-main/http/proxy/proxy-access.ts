import { AppError } from '../../errors';
import { API_KEY_HEADER, type Access, type Admitted, type RequestHead } from '../access';
import { ACCESS_TOKEN_HEADER, type SandboxTokens } from './sandbox-tokens';

const TOKEN_HEADER = ACCESS_TOKEN_HEADER.toLowerCase();

/**
 * Who may use a sandbox's endpoints. Most clients do not send the API key there (CONTRACT.md 1.2), so the sandbox's
 * own token is enough; holders of the key and signed-in browsers may too.
 * @throws AppError 401 `MISSING_API_KEY` or `INVALID_API_KEY`, 403 for a request that another site made
 */
export function checkProxyAccess(
  head: RequestHead,
  admitted: Admitted,
  { sandboxId, access, tokens }: { sandboxId: string; access: Access; tokens: SandboxTokens },
): void {
  const token = head.headers[TOKEN_HEADER];
  if (typeof token === 'string' && token !== '') {
    if (tokens.matches(sandboxId, token)) return;
    // The Go client puts the API key here when it goes through the server.
    if (access.keyMatches(token)) {
      access.hold(admitted);
      return;
    }
    if (head.headers[API_KEY_HEADER] === undefined) {
      throw new AppError(
        401,
        'INVALID_API_KEY',
        `The ${ACCESS_TOKEN_HEADER} header does not fit this sandbox. Ask for its endpoint and send the headers that came with it.`,
      );
    }
  }
  access.check(head, admitted);
}

/** Whether only the browser's session let the request in; what it asks for may then be shown as a page. */
export function cameWithCookie({ headers }: RequestHead): boolean {
  return (headers[TOKEN_HEADER] ?? '') === '' && (headers[API_KEY_HEADER] ?? '') === '';
}
