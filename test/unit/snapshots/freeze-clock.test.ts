import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { DockerEngine } from '../../../src-main/engine/docker-engine';
import { EngineMonitor } from '../../../src-main/engine/engine-monitor';
import { FreezeClock } from '../../../src-main/snapshots/freeze-clock';

const MILLI = 1e6;

function monitor() {
  const engines = new EngineMonitor({
    environment: {},
    pickedEndpoint: () => undefined,
    reconcile: () => Promise.resolve(),
    logger: pino({ level: 'silent' }),
  });
  const happened = (action: string, atMillis: number, id = 'container') => {
    // The clock reads only the event; the engine beside it is for other listeners.
    const engine = undefined as unknown as DockerEngine;
    engines.emit(
      'event',
      { type: 'container', action, id, attributes: {}, timeNano: atMillis * MILLI },
      engine,
    );
  };
  return { engines, happened };
}

describe('FreezeClock', () => {
  it('measures from freeze to thaw by the clock of the engine', async () => {
    const { engines, happened } = monitor();
    const clock = new FreezeClock(engines, 'container');
    happened('pause', 1_000);
    happened('pause', 1_500, 'another');
    happened('unpause', 1_234);
    expect(await clock.stop()).toBe(234);
  });

  it('waits a moment for a thaw that is told late', async () => {
    const { engines, happened } = monitor();
    const clock = new FreezeClock(engines, 'container');
    happened('pause', 1_000);
    const stopped = clock.stop();
    happened('unpause', 1_010);
    expect(await stopped).toBe(10);
  });

  it('says nothing when the engine does not tell, and never waits for ever', async () => {
    const { engines, happened } = monitor();
    expect(await new FreezeClock(engines, 'container').stop()).toBeUndefined();
    const clock = new FreezeClock(engines, 'container');
    happened('pause', 1_000);
    expect(await clock.stop()).toBeUndefined();
  });

  it('leaves no listener behind', async () => {
    const { engines } = monitor();
    const clocks = Array.from({ length: 30 }, () => new FreezeClock(engines, 'container'));
    await Promise.all(clocks.map((clock) => clock.stop()));
    expect(engines.listenerCount('event')).toBe(0);
  });
});
