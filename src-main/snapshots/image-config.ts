import { DEFAULT_ENTRYPOINT } from '../sandboxes/create-plan';
import { OWN_LABELS } from '../engine/labels';
import type { ImageConfig, ImageFacts } from '../engine/engine-types';
import type { SandboxRecord } from '../store/records';

/**
 * The configuration that a snapshot's image gets: the source image's own, with our labels instead of the source's
 * (DESIGN.md, "Truth"): nothing of the sandbox but its filesystem travels.
 */
export function snapshotConfig(base: ImageFacts, labels: Record<string, string>): ImageConfig {
  const foreign = Object.entries(base.config.Labels ?? {}).filter(([name]) => !OWN_LABELS.includes(name));
  return {
    ...base.config,
    // Empty lists, not null: the engine fills what is missing from the container.
    Env: base.config.Env ?? [],
    Cmd: base.config.Cmd ?? [],
    Entrypoint: base.config.Entrypoint ?? [],
    Labels: { ...Object.fromEntries(foreign), ...labels },
  };
}

/**
 * Whether a plain commit would bake something of the sandbox into the image that the commit's own configuration
 * cannot take out again: environment variables, which the engine always merges, and the container's command and
 * labels, which older engines keep beside the configuration (`container_config`).
 */
export function commitWouldLeak(sandbox: SandboxRecord, base: ImageFacts): boolean {
  const { envNames, metadata, extensions, volumes } = sandbox;
  if (envNames.length + volumes.length + keyCount(metadata) + keyCount(extensions) > 0) return true;
  const imagesOwn = [...(base.config.Entrypoint ?? []), ...(base.config.Cmd ?? [])];
  return !sameWords(sandbox.entrypoint, DEFAULT_ENTRYPOINT) && !sameWords(sandbox.entrypoint, imagesOwn);
}

function keyCount(values: Record<string, string>): number {
  return Object.keys(values).length;
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}
