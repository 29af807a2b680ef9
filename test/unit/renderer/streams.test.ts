import { describe, expect, it } from 'vitest';
import { lineSplitter } from '../../../src-renderer/api/ndjson';
import { sseParser } from '../../../src-renderer/api/sse-parser';

describe('server-sent events', () => {
  const stream = ': hello\n\nid: 7\nevent: sandbox\ndata: {"a":\ndata: 1}\n\nevent: task\r\ndata:x\r\n\r\n';
  const expected = [
    { id: '7', event: 'sandbox', data: '{"a":\n1}' },
    { id: undefined, event: 'task', data: 'x' },
  ];

  it('are read from one piece', () => {
    expect(sseParser()(stream)).toEqual(expected);
  });

  it('are read from pieces cut anywhere', () => {
    for (let size = 1; size < 9; size += 1) {
      const parse = sseParser();
      const pieces = stream.match(new RegExp(`[\\s\\S]{1,${String(size)}}`, 'g')) ?? [];
      expect(pieces.flatMap(parse)).toEqual(expected);
    }
  });

  it('wait for the blank line', () => {
    const parse = sseParser();
    expect(parse('data: 1\n')).toEqual([]);
    expect(parse('\n')).toHaveLength(1);
  });
});

describe('newline-delimited JSON', () => {
  it('gives whole lines only, without blank ones', () => {
    const split = lineSplitter();
    expect(split('{"a":1}\n{"b"')).toEqual(['{"a":1}']);
    expect(split(':2}\r\n\n')).toEqual(['{"b":2}']);
  });
});
