import { describe, expect, it } from 'vitest';
import { parseResourceLimits } from '../../../src-main/sandboxes/resource-limits';

describe('cpu', () => {
  it.each([
    ['500m', 500e6],
    ['250m', 250e6],
    ['1', 1e9],
    ['1.5', 1.5e9],
    [' 2 ', 2e9],
    ['10m', 10e6],
    ['0.01', 10e6],
  ])('reads %j', (cpu, nanoCpus) => {
    expect(parseResourceLimits({ cpu })).toEqual({ nanoCpus });
  });

  it.each(['', '0', '0m', '0.0000000001', '9m', '0.009', '-1', '1,5', 'one', '1k', '.5', '9'.repeat(400)])(
    'refuses %j',
    (cpu) => {
      expect(() => parseResourceLimits({ cpu })).toThrow(/resourceLimits\.cpu/);
    },
  );
});

it.each([
  [{ cpu: '1m' }, 'resourceLimits.cpu is "1m", which is too little. Use at least 10m.'],
  [{ memory: '1' }, 'resourceLimits.memory is "1", which is too little. Use at least 6Mi.'],
  [{ cpu: 'one' }, 'resourceLimits.cpu is "one", which cannot be read. Use a value such as 500m or 1.5.'],
])('says of %j whether it is unreadable or too little', (limits: Record<string, string>, message) => {
  expect(() => parseResourceLimits(limits)).toThrow(message);
});

describe('memory', () => {
  it.each([
    ['67108864', 2 ** 26],
    ['67108864b', 2 ** 26],
    ['64m', 64e6],
    ['64MB', 64e6],
    ['64Mi', 2 ** 26],
    ['64mib', 2 ** 26],
    ['65536k', 65_536e3],
    ['65536Ki', 2 ** 26],
    ['1g', 1e9],
    ['1Gi', 2 ** 30],
    ['1T', 1e12],
    ['1TiB', 2 ** 40],
    ['64 Mi', 2 ** 26],
    ['6Mi', 6 * 2 ** 20],
  ])('reads %j', (memory, memoryBytes) => {
    expect(parseResourceLimits({ memory })).toEqual({ memoryBytes });
  });

  it.each(['', '0', '1.5Gi', '64Xi', '-64Mi', 'Mi', '5Mi', '6m', '99999999999Ti', '1e9'])(
    'refuses %j',
    (memory) => {
      expect(() => parseResourceLimits({ memory })).toThrow(/resourceLimits\.memory/);
    },
  );
});

describe('gpu', () => {
  it.each([
    ['1', 1],
    ['8', 8],
    ['all', -1],
    ['ALL', -1],
  ])('reads %j', (gpu, gpus) => {
    expect(parseResourceLimits({ gpu })).toEqual({ gpus });
  });

  it.each(['', '0', '-1', '1.5', '0x1', '1e1', 'some'])('refuses %j', (gpu) => {
    expect(() => parseResourceLimits({ gpu })).toThrow(/resourceLimits\.gpu/);
  });
});

it('leaves other resource types without effect', () => {
  expect(parseResourceLimits({ 'ephemeral-storage': 'whatever' })).toEqual({});
});
