import { describe, expect, it } from 'vitest';
import { engineMessage, translateEngineError } from '../../../src-main/engine/engine-errors';

const operation = { code: 'DOCKER::SANDBOX_START_FAILED', doing: 'Could not start the sandbox' };

/** As dockerode throws it; a call that answers with a stream has no `json`. */
function thrown(statusCode: number, message: string, json?: unknown): Error {
  return Object.assign(new Error(message), { statusCode, ...(json === undefined ? {} : { json }) });
}

describe("the engine's own words", () => {
  it.each([
    [
      thrown(500, '(HTTP code 500) server error - no such host ', { message: 'no such host' }),
      'no such host',
    ],
    [
      thrown(500, '(HTTP code 500) server error - Get "https://x-y/": no such host '),
      'Get "https://x-y/": no such host',
    ],
    [thrown(404, '(HTTP code 404) no such container - two\nlines '), 'two\nlines'],
    [new Error('read ECONNRESET'), 'read ECONNRESET'],
  ])('are %s without the frame of the library', (error, words) => {
    expect(engineMessage(error)).toBe(words);
  });

  it('are what a caller reads', () => {
    const error = thrown(500, '(HTTP code 500) server error - no such runtime ');
    expect(translateEngineError(error, operation)).toMatchObject({
      status: 500,
      message: 'Could not start the sandbox: no such runtime',
    });
  });

  it.each([
    thrown(409, '(HTTP code 409) conflict - cannot start a container that is marked for removal '),
    thrown(
      500,
      '(HTTP code 500) server error - RWLayer of container e54e9279c3664f649eead9e8281d1d91 is unexpectedly nil ',
    ),
  ])('are told as a container that is gone: %s', (error) => {
    expect(translateEngineError(error, operation)).toMatchObject({
      status: 404,
      code: 'DOCKER::SANDBOX_NOT_FOUND',
    });
  });

  it('are told as a full disk where they are about that', () => {
    const error = thrown(
      500,
      '(HTTP code 500) server error - mkdir /var/lib/docker/x: no space left on device ',
    );
    const translated = translateEngineError(error, operation);
    expect(translated.status).toBe(507);
    expect(translated.message).toMatch(
      /^Could not start the sandbox, the engine's disk is full: mkdir.*Free space/,
    );
  });
});
