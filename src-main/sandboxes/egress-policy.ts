import type { EngineMonitor } from '../engine/engine-monitor';
import { AppError } from '../errors';
import type { SandboxRecord } from '../store/records';
import type { Static } from 'typebox';
import type { NetworkPolicy, NetworkRule } from '../http/schemas/sandboxes';
import { networkFor, type EnforceableNetwork } from './network-policy';
import type { SandboxRegistry } from './sandbox-registry';
import { notFound } from './sandbox-service';

/** What is enforced now, in the words of egress-api.yaml. */
export interface EnforcedPolicy {
  status: 'ok';
  mode: 'allow_all' | 'deny_all';
  enforcementMode: 'docker-network';
  policy: { defaultAction: 'allow' | 'deny'; egress: Static<typeof NetworkRule>[] };
}

/**
 * What a sandbox may reach. Only everything or nothing: both are exact with Docker's own networking, by connecting the
 * container to the bridge or taking it away, also while it runs (CONTRACT.md 5). Every other policy is refused.
 */
export class EgressPolicy {
  constructor(
    private readonly registry: SandboxRegistry,
    private readonly engines: EngineMonitor,
  ) {}

  /** By the engine's word, so that what was changed past this server is told too. */
  async read(sandboxId: string): Promise<EnforcedPolicy> {
    const record = this.record(sandboxId);
    if (record.containerId === undefined) return enforced(record.network);
    const facts = await this.engines.require().networks.inspect(record.containerId);
    if (facts === undefined) throw notFound(sandboxId);
    return enforced(facts.attached ? 'bridge' : 'none');
  }

  /** @throws AppError 501 `NOT_SUPPORTED` for a policy that cannot be enforced exactly; then nothing has changed. */
  async replace(sandboxId: string, policy: Static<typeof NetworkPolicy>): Promise<EnforcedPolicy> {
    const network = networkFor(policy);
    if (network === undefined) throw notEnforceable();
    return this.registry.exclusively(sandboxId, async () => {
      const { containerId } = this.record(sandboxId);
      if (containerId === undefined) throw notReady(sandboxId);
      const { networks } = this.engines.require();
      if (network === 'none') await networks.detach(containerId);
      else await networks.attach(containerId);
      // Read again: an expiry may have been moved meanwhile.
      await this.registry.save({ ...this.record(sandboxId), network });
      return enforced(network);
    });
  }

  /** Adds rules on top of the default, which stays. */
  async patch(sandboxId: string, rules: Static<typeof NetworkRule>[]): Promise<EnforcedPolicy> {
    const current = await this.read(sandboxId);
    const { defaultAction } = current.policy;
    if (networkFor({ defaultAction, egress: rules }) === undefined) throw notEnforceable();
    return current;
  }

  /** Removes the rules for targets; there never are any, and a target without a rule is no fault. */
  remove(sandboxId: string): Promise<EnforcedPolicy> {
    return this.read(sandboxId);
  }

  private record(sandboxId: string): SandboxRecord {
    const record = this.registry.records.get(sandboxId);
    if (record === undefined || record.phase === 'deleting') throw notFound(sandboxId);
    return record;
  }
}

function enforced(network: EnforceableNetwork): EnforcedPolicy {
  const denies = network === 'none';
  return {
    status: 'ok',
    mode: denies ? 'deny_all' : 'allow_all',
    enforcementMode: 'docker-network',
    policy: { defaultAction: denies ? 'deny' : 'allow', egress: [] },
  };
}

function notEnforceable(): AppError {
  return new AppError(
    501,
    'NOT_SUPPORTED',
    'Rules for single targets cannot be enforced by this server. Allow or deny everything with defaultAction and no exceptions.',
  );
}

function notReady(sandboxId: string): AppError {
  return new AppError(
    503,
    'DOCKER::SANDBOX_NOT_RUNNING',
    `Sandbox ${sandboxId} has no container yet. Wait until it is Running.`,
  );
}
