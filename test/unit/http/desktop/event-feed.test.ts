import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Changes } from '../../../../src-main/activity/changes';
import { EventFeed } from '../../../../src-main/http/desktop/event-feed';
import type { DesktopEvent } from '../../../../src-main/http/schemas/desktop';

interface Frame {
  id: string;
  event: string;
  data: DesktopEvent;
}

/** The frames that a stream has ready now. */
function framesOf(stream: Readable): Frame[] {
  const text = String(stream.read() ?? '');
  return text
    .split('\n\n')
    .map((block) => new Map(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string])))
    .filter((fields) => fields.has('data'))
    .map((fields) => ({
      id: fields.get('id') ?? '',
      event: fields.get('event') ?? '',
      data: JSON.parse(fields.get('data') ?? '') as DesktopEvent,
    }));
}

function feedOf() {
  const changes = new Changes();
  let views = 0;
  const feed = new EventFeed(changes, (type, id) => {
    views += 1;
    return { type: 'sandbox', id: `${type} ${id}`, value: null };
  });
  return { changes, feed, views: () => views };
}

describe('EventFeed', () => {
  it('tells an entity that changed several times in one turn once', async () => {
    const { changes, feed, views } = feedOf();
    const stream = feed.open(undefined);
    framesOf(stream);
    for (let count = 0; count < 50; count += 1) changes.emit('sandbox', 'a');
    changes.emit('sandbox', 'b');
    await nextTurn();
    expect(framesOf(stream).map((frame) => frame.data.id)).toEqual(['sandbox a', 'sandbox b']);
    expect(views()).toBe(2);
    feed.close();
  });

  it('resumes after the last event that a client saw, with each entity once', async () => {
    const { changes, feed } = feedOf();
    const first = feed.open(undefined);
    changes.emit('sandbox', 'a');
    await nextTurn();
    const seen = framesOf(first).at(-1)?.id;
    first.destroy();
    for (const id of ['b', 'c', 'b']) {
      changes.emit('snapshot', id);
      await nextTurn();
    }
    const resumed = framesOf(feed.open(seen));
    expect(resumed.map((frame) => frame.data.id)).toEqual(['snapshot b', 'snapshot c']);
    feed.close();
  });

  it('asks a client to read everything anew when it was away too long or comes from another run', async () => {
    const { changes, feed } = feedOf();
    const first = feed.open(undefined);
    changes.emit('sandbox', 'first');
    await nextTurn();
    const seen = framesOf(first).at(-1)?.id ?? '';
    for (let count = 0; count < 2_500; count += 1) changes.emit('sandbox', `s${count}`);
    await nextTurn();
    expect(framesOf(feed.open(seen)).map((frame) => frame.event)).toEqual(['reset']);
    expect(framesOf(feed.open('other-3')).map((frame) => frame.event)).toEqual(['reset']);
    feed.close();
  });

  it('makes no views while nobody listens', async () => {
    const { changes, feed, views } = feedOf();
    changes.emit('sandbox', 'a');
    await nextTurn();
    expect(views()).toBe(0);
    feed.close();
  });

  it('cuts off who does not read, and goes on for who does', async () => {
    const changes = new Changes();
    const text = 'x'.repeat(2 ** 20);
    const feed = new EventFeed(changes, (_type, id) => ({
      type: 'sandbox',
      id: `${id}${text}`,
      value: null,
    }));
    const [slow, quick] = [feed.open(undefined), feed.open(undefined)];
    let told = 0;
    quick.on('data', (chunk: Buffer) => (told += chunk.length));
    for (let count = 0; count < 8; count += 1) {
      changes.emit('sandbox', String(count));
      await nextTurn();
      await nextTurn();
    }
    expect([slow.destroyed, quick.destroyed]).toEqual([true, false]);
    expect(told).toBeGreaterThan(8 * 2 ** 20);
    feed.close();
  });
});
