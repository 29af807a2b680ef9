import type { BackendConfig } from '../../../src-main/backend/config';
import { createTestBackend, type TestBackend } from '../../support/test-backend';

/** A create without network: most of the lifecycle needs none, and it is the quicker half of a start. */
export const NETWORKLESS = { networkPolicy: { defaultAction: 'deny' } };

/** A test backend whose sandboxes have no network unless their request says otherwise. */
export async function createNetworklessBackend(config: Partial<BackendConfig> = {}): Promise<TestBackend> {
  const inner = await createTestBackend(config);
  // Inherits from the inner one, so that `backend` stays the current one after a restart.
  const outer = Object.create(inner) as TestBackend;
  outer.createSandbox = (overrides = {}) => inner.createSandbox({ ...NETWORKLESS, ...overrides });
  return outer;
}
