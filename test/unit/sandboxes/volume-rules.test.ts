import { expect, it } from 'vitest';
import { checkVolumes } from '../../../src-main/sandboxes/volume-rules';

it('fills in the defaults', () => {
  expect(
    checkVolumes([
      { name: 'a', mountPath: '/a', host: { path: '/srv/a' } },
      { name: 'b', mountPath: '/b', pvc: { claimName: 'claim' }, subPath: '', readOnly: null },
      {
        name: 'c',
        mountPath: '/c/',
        pvc: { claimName: 'c', createIfNotExists: false, deleteOnSandboxTermination: true },
        subPath: 'x/y',
        readOnly: true,
      },
    ]),
  ).toEqual([
    { name: 'a', mountPath: '/a', readOnly: false, backend: { kind: 'host', path: '/srv/a' } },
    {
      name: 'b',
      mountPath: '/b',
      readOnly: false,
      backend: { kind: 'named', claimName: 'claim', createIfMissing: true, deleteWithSandbox: false },
    },
    {
      name: 'c',
      mountPath: '/c/',
      readOnly: true,
      subPath: 'x/y',
      backend: { kind: 'named', claimName: 'c', createIfMissing: false, deleteWithSandbox: true },
    },
  ]);
});

it.each(['C:\\data', 'D:/data', '/data', '/'])('takes the host path %s', (path) => {
  expect(checkVolumes([{ name: 'a', mountPath: '/a', host: { path } }])).toHaveLength(1);
});

it.each(['data', './data', 'C:data', '/a/../b', 'C:\\a\\..\\b', '/a//b', '/a/', ''])(
  'refuses the host path %j',
  (path) => {
    expect(() => checkVolumes([{ name: 'a', mountPath: '/a', host: { path } }])).toThrow(
      expect.objectContaining({ status: 400, code: 'VOLUME::INVALID_HOST_PATH' }),
    );
  },
);

it.each(['/', '//', 'a', '', '/a/../b', '/a/..'])('refuses the mount path %j', (mountPath) => {
  expect(() => checkVolumes([{ name: 'a', mountPath, host: { path: '/x' } }])).toThrow(
    expect.objectContaining({ status: 400, code: 'VOLUME::INVALID_MOUNT_PATH' }),
  );
});

it.each(['/a', '..', 'a/..', 'a\\..\\b', 'C:a'])('refuses the subPath %j', (subPath) => {
  expect(() => checkVolumes([{ name: 'a', mountPath: '/a', subPath, host: { path: '/x' } }])).toThrow(
    expect.objectContaining({ status: 400, code: 'VOLUME::INVALID_SUB_PATH' }),
  );
});
