import { Type, type Static } from 'typebox';

/** execd-api.yaml, Metrics. */
export const Metrics = Type.Object(
  {
    cpu_count: Type.Number({
      description: 'CPUs that the sandbox may use; a fraction where its limit is one.',
    }),
    cpu_used_pct: Type.Number({ description: '0 to 100, of the CPUs that it may use.' }),
    mem_total_mib: Type.Number({ description: 'Its limit, else the memory of the engine’s machine.' }),
    mem_used_mib: Type.Number({ description: 'Without page cache, as `docker stats` counts.' }),
    timestamp: Type.Integer({ description: 'Unix milliseconds.' }),
  },
  { $id: 'Metrics' },
);
export type Metrics = Static<typeof Metrics>;
