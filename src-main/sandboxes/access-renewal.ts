import type { Logger } from 'pino';
import type { SandboxRegistry } from './sandbox-registry';

export const RENEW_EXTENSION = 'access.renew.extend.seconds';
/** Traffic may be thousands of requests a second; the expiry is written at most this often. */
const COALESCE_MS = 2_000;

/**
 * Keeps a sandbox alive while it is used: what goes through its endpoints moves the expiry to at least N seconds from
 * now, if the create asked for it (CONTRACT.md 2.5, "Renew on access"). An expiry is never moved earlier.
 */
export class AccessRenewal {
  constructor(
    private readonly registry: SandboxRegistry,
    private readonly logger: Logger,
  ) {}

  /** For a connection that stays open: to be called whenever something passes through it, however often that is. */
  onTraffic(sandboxId: string): () => void {
    let quietUntil = 0;
    return () => {
      const now = Date.now();
      if (now < quietUntil) return;
      quietUntil = now + COALESCE_MS;
      this.touch(sandboxId);
    };
  }

  /** To be called for every request to a sandbox's endpoint; costs two look-ups when there is nothing to do. */
  touch(sandboxId: string): void {
    const record = this.registry.records.get(sandboxId);
    const seconds = record?.extensions[RENEW_EXTENSION];
    if (record?.expiresAt === undefined || seconds === undefined) return;
    if (record.phase !== 'active' || this.registry.status(record).state !== 'Running') return;
    const wanted = Date.now() + Number(seconds) * 1_000;
    if (wanted - Date.parse(record.expiresAt) < COALESCE_MS) return;
    this.registry.save({ ...record, expiresAt: new Date(wanted).toISOString() }).catch((error: unknown) => {
      this.logger.warn({ error, sandboxId }, 'a renewal on access could not be written');
    });
  }
}
