import { describe, expect, it } from 'vitest';
import { readPushReference, readReference } from '../../../src-main/images/image-reference';

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

  it('names a tag where something is pushed', () => {
    expect(() => readPushReference(`host.example/app@${DIGEST}`)).toThrow('digest');
  });
});
