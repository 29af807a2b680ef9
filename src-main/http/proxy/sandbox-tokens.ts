import { createHmac, timingSafeEqual } from 'node:crypto';

/** The header that every official client sends back on each call to an endpoint (CONTRACT.md 1.2). */
export const ACCESS_TOKEN_HEADER = 'X-EXECD-ACCESS-TOKEN';

const MAX_REMEMBERED = 10_000;

/**
 * Tokens that open one sandbox's endpoints and nothing else. Derived from the sandbox's id, so they stay valid for its
 * whole life, also over restarts, and none is ever stored.
 */
export class SandboxTokens {
  private readonly digests = new Map<string, Buffer>();

  constructor(private readonly secret: string) {}

  tokenOf(sandboxId: string): string {
    return this.digest(sandboxId).toString('base64url');
  }

  /** Takes the same time whatever is given. */
  matches(sandboxId: string, given: string): boolean {
    const token = Buffer.from(given, 'base64url');
    const expected = this.digest(sandboxId);
    return token.length === expected.length && timingSafeEqual(token, expected);
  }

  private digest(sandboxId: string): Buffer {
    const known = this.digests.get(sandboxId);
    if (known !== undefined) return known;
    const digest = createHmac('sha256', this.secret).update(`sandbox-endpoint:${sandboxId}`).digest();
    // Computing costs more than forwarding a request does; ids that callers make up must not fill the memory.
    if (this.digests.size >= MAX_REMEMBERED) this.digests.clear();
    this.digests.set(sandboxId, digest);
    return digest;
  }
}
