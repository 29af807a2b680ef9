import type Docker from 'dockerode';
import { engineStatus, translateEngineError } from './engine-errors';
import { jsonLines } from './json-stream';
import { usageSample, type UsageSample } from './stats-frame';

const NANOS_PER_CPU = 1e9;
const operation = { code: 'RUNTIME_ERROR', doing: 'Could not read what the sandbox uses' };

/** What a container may use, and since when it does. */
export interface ContainerAllotment {
  /** CPUs by its limit; undefined when it may use all of the machine's. */
  cpus?: number;
  /** Unix milliseconds of the engine's clock; undefined when it never started. */
  startedAtMs?: number;
}

/** What containers use. Every failure is an AppError. */
export class ContainerStats {
  constructor(private readonly docker: Docker) {}

  /** Undefined when there is no such container. */
  async allotment(containerId: string): Promise<ContainerAllotment | undefined> {
    try {
      const { HostConfig: host, State: state } = await this.docker.getContainer(containerId).inspect();
      const cpus = cpuLimit(host);
      const startedAtMs = Date.parse(state.StartedAt);
      return {
        ...(cpus === undefined ? {} : { cpus }),
        ...(startedAtMs > 0 ? { startedAtMs } : {}),
      };
    } catch (error) {
      if (engineStatus(error) === 404) return undefined;
      throw translateEngineError(error, operation);
    }
  }

  /**
   * What the container uses, about once a second (`GET /containers/{id}/stats?stream=true`). The first sample comes at
   * once, unless the engine already counts for another container: then with its next second. Ends when the container
   * does not run, or with the signal.
   */
  async *samples(containerId: string, signal: AbortSignal): AsyncGenerator<UsageSample> {
    try {
      // The typings do not know the signal, dockerode does.
      const options = { stream: true as const, abortSignal: signal };
      const stream = await this.docker.getContainer(containerId).stats(options);
      for await (const frame of jsonLines(stream)) {
        const sample = usageSample(frame);
        if (sample === undefined) return;
        yield sample;
      }
    } catch (error) {
      if (signal.aborted) return;
      throw translateEngineError(error, operation);
    }
  }
}

/** Set by `--cpus`, or as a share of time by who made the container. */
function cpuLimit({
  NanoCpus: nanos,
  CpuQuota: quota,
  CpuPeriod: period,
}: Docker.HostConfig): number | undefined {
  if (nanos !== undefined && nanos > 0) return nanos / NANOS_PER_CPU;
  if (quota !== undefined && quota > 0 && period !== undefined && period > 0) return quota / period;
  return undefined;
}
