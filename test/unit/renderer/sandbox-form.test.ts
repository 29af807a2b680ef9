import { describe, expect, it } from 'vitest';
import {
  checkSandboxForm,
  newSandboxForm,
  sandboxFormRequest,
} from '../../../src-renderer/model/sandbox-form';
import { joinWords, splitWords } from '../../../src-renderer/model/shell-words';

describe('the form of a new sandbox', () => {
  it('is valid as it comes and asks for what the contract demands', () => {
    const form = newSandboxForm();
    expect(checkSandboxForm(form)).toEqual({});
    expect(sandboxFormRequest(form)).toEqual({
      resourceLimits: { cpu: '1', memory: '2Gi' },
      entrypoint: ['tail', '-f', '/dev/null'],
    });
  });

  it('sends name as metadata, timeout in seconds and filled variables', () => {
    const form = {
      ...newSandboxForm(),
      name: 'web-1',
      timeout: '3600',
      env: [
        { name: ' MODE ', value: ' dev ' },
        { name: '', value: 'lost' },
      ],
    };
    expect(sandboxFormRequest(form)).toMatchObject({
      metadata: { name: 'web-1' },
      timeout: 3600,
      env: { MODE: ' dev ' },
    });
  });

  it('leaves out offered variables that stayed empty, but keeps typed ones', () => {
    const form = newSandboxForm({ envNames: ['TOKEN', 'MODE'] });
    const filled = {
      ...form,
      env: [
        ...form.env.map((pair) => (pair.name === 'MODE' ? { ...pair, value: 'dev' } : pair)),
        { name: 'EMPTY', value: '' },
      ],
    };
    expect(sandboxFormRequest(filled).env).toEqual({ MODE: 'dev', EMPTY: '' });
  });

  it.each([
    ['name', { name: 'has blank' }],
    ['name', { name: 'x'.repeat(64) }],
    ['cpu', { cpu: 'two' }],
    ['memory', { memory: '2 gigs' }],
    ['entrypoint', { entrypoint: '  ' }],
    ['entrypoint', { entrypoint: "sh -c 'open" }],
    ['env', { env: [{ name: 'A=B', value: '1' }] }],
    [
      'env',
      {
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
    ],
  ])('finds what is wrong with %s', (field, change) => {
    expect(Object.keys(checkSandboxForm({ ...newSandboxForm(), ...change }))).toEqual([field]);
  });
});

describe('command lines', () => {
  it.each([
    ['tail -f /dev/null', ['tail', '-f', '/dev/null']],
    [`sh -c 'echo "a b"; sleep 1'`, ['sh', '-c', 'echo "a b"; sleep 1']],
    ['a\\ b "c\\"d" \'\'', ['a b', 'c"d', '']],
    ["it''s", ['its']],
  ])('splits %s', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  it('reads back what it wrote', () => {
    const words = ['sh', '-c', `it's "quoted" $HOME \\ done`, ''];
    expect(splitWords(joinWords(words))).toEqual(words);
  });

  it('refuses an open quote', () => {
    expect(splitWords('sh -c "echo')).toBeUndefined();
  });
});
