import type { EngineStatus } from '../../src-main/http/schemas/desktop';

/** The product's name as discovery knows it, such as `Docker` or `Colima`; an engine itself only tells its host's. */
export function engineName(engine: EngineStatus): string {
  const chosen = engine.candidates.find((candidate) => candidate.outcome === 'chosen');
  // Named by the variable or setting that pointed there: then nobody knows the product.
  return chosen === undefined || chosen.name === chosen.source ? 'Engine' : chosen.name;
}
