import { describe, expect, it } from 'vitest';
import { readTagReference, readReference } from '../../../src-main/images/image-reference';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('a reference', () => {
  it.each([
    ['team/app', 'docker.io', 'team/app:latest'],
    ['registry.example.com/team/app:v1', 'registry.example.com', 'registry.example.com/team/app:v1'],
    ['127.0.0.1:5000/app', '127.0.0.1:5000', '127.0.0.1:5000/app:latest'],
    ['localhost/app:x', 'localhost', 'localhost/app:x'],
    [`host.example/app@${DIGEST}`, 'host.example', `host.example/app@${DIGEST}`],
    [`host.example/app:v1@${DIGEST}`, 'host.example', `host.example/app@${DIGEST}`],
  ])('is read as Docker reads it: %s', (text, host, name) => {
    expect(readReference(text)).toMatchObject({ host, name });
  });

  it.each(['', 'UPPER/app', 'a b', 'user:secret@host/app', 'app:', 'https://host/app', '../app', 'a//b'])(
    'is refused when it can be none: "%s"',
    (text) => {
      expect(() => readReference(text)).toThrow('cannot name an image');
    },
  );

  it.each([
    'opensandbox-snapshots:snap_x',
    'docker.io/library/opensandbox-snapshots:snap_x',
    'docker.io/opensandbox-volumes:snap_x-0',
    'library/opensandbox-snapshots:snap_x',
    'index.docker.io/opensandbox/network:1',
  ])('is refused when an image of this product has it: %s', (text) => {
    expect(() => readReference(text)).toThrow('an image of this app itself');
  });

  it.each(['registry.example.com/opensandbox-snapshots:v1', 'team/opensandbox-snapshots'])(
    'may be like one of this product elsewhere: %s',
    (text) => {
      expect(readReference(text).repo).toBe(text.replace(':v1', ''));
    },
  );

  it('names a tag where an image gets it', () => {
    expect(() => readTagReference(`host.example/app@${DIGEST}`)).toThrow('digest');
  });
});
