import type { NetworkPolicy } from '../http/schemas/sandboxes';
import type { Static } from 'typebox';

/** The two policies that Docker's own networking enforces exactly: everything, or nothing at all. */
export type EnforceableNetwork = 'bridge' | 'none';

/**
 * The network that enforces a policy exactly, or undefined when none does: rules for single targets would need a
 * filter inside the sandbox's network, and nothing is pretended (CONTRACT.md 5). A missing default denies.
 */
export function networkFor(policy: Static<typeof NetworkPolicy>): EnforceableNetwork | undefined {
  const denies = (policy.defaultAction ?? 'deny') === 'deny';
  const exceptions = (policy.egress ?? []).filter((rule) => (rule.action === 'allow') === denies);
  if (exceptions.length > 0) return undefined;
  return denies ? 'none' : 'bridge';
}
