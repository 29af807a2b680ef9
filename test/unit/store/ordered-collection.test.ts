import { describe, expect, it } from 'vitest';
import { OrderedCollection } from '../../../src-main/store/ordered-collection';
import { pageOf } from '../../../src-main/store/pages';
import type { Collection } from '../../../src-main/store/state-store';

interface Item {
  id: string;
  createdAt: string;
  value?: number;
}

/** Memory with the contract of a store's collection; `failNext` stands for a full disk. */
class MemoryCollection implements Collection<Item> {
  private readonly items = new Map<string, Item>();
  failNext = false;

  get size(): number {
    return this.items.size;
  }
  get(id: string): Item | undefined {
    return this.items.get(id);
  }
  values(): IterableIterator<Item> {
    return this.items.values();
  }
  async put(item: Item): Promise<void> {
    const before = this.items.get(item.id);
    this.items.set(item.id, item);
    await this.settle(() =>
      before === undefined ? this.items.delete(item.id) : this.items.set(item.id, before),
    );
  }
  async delete(id: string): Promise<void> {
    const before = this.items.get(id);
    this.items.delete(id);
    await this.settle(() => before !== undefined && this.items.set(id, before));
  }
  private async settle(undo: () => unknown): Promise<void> {
    await Promise.resolve();
    if (!this.failNext) return;
    this.failNext = false;
    undo();
    throw new Error('disk full');
  }
}

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const ids = (collection: OrderedCollection<Item>) => collection.inCreationOrder().map((item) => item.id);

describe('OrderedCollection', () => {
  it('keeps creation order whatever the order of arrival', async () => {
    const collection = new OrderedCollection(new MemoryCollection());
    for (const second of [5, 1, 3, 2, 4]) await collection.put({ id: `i${second}`, createdAt: at(second) });
    expect(ids(collection)).toEqual(['i1', 'i2', 'i3', 'i4', 'i5']);
    expect(collection.indexOf('i3')).toBe(2);
    expect(collection.indexOf('unknown')).toBe(-1);
  });

  it('orders records of one instant by id, and replaces a record in its place', async () => {
    const collection = new OrderedCollection(new MemoryCollection());
    for (const id of ['b', 'a', 'c']) await collection.put({ id, createdAt: at(1) });
    await collection.put({ id: 'b', createdAt: at(1), value: 7 });
    expect(collection.inCreationOrder()).toEqual([
      { id: 'a', createdAt: at(1) },
      { id: 'b', createdAt: at(1), value: 7 },
      { id: 'c', createdAt: at(1) },
    ]);
  });

  it('shows what the store holds after a write that failed', async () => {
    const memory = new MemoryCollection();
    const collection = new OrderedCollection(memory);
    await collection.put({ id: 'a', createdAt: at(1), value: 1 });
    memory.failNext = true;
    await expect(collection.put({ id: 'b', createdAt: at(2) })).rejects.toThrow('disk full');
    memory.failNext = true;
    await expect(collection.put({ id: 'a', createdAt: at(1), value: 2 })).rejects.toThrow('disk full');
    memory.failNext = true;
    await expect(collection.delete('a')).rejects.toThrow('disk full');
    expect(collection.inCreationOrder()).toEqual([{ id: 'a', createdAt: at(1), value: 1 }]);
  });

  it('hides records without touching them, and shows them again', async () => {
    const memory = new MemoryCollection();
    const collection = new OrderedCollection(memory);
    for (const value of [1, 2]) await collection.put({ id: `i${value}`, createdAt: at(value), value });
    expect(collection.narrow((item) => item.value === 2)).toEqual(['i1']);
    expect(ids(collection)).toEqual(['i2']);
    expect(collection.get('i1')).toBeUndefined();
    expect(collection.indexOf('i1')).toBe(-1);
    await collection.delete('i1');
    expect(collection.getHidden('i1')).toEqual({ id: 'i1', createdAt: at(1), value: 1 });
    // A late write of something hidden reaches the store, not the list.
    await collection.put({ id: 'i1', createdAt: at(1), value: 3 });
    expect(collection.size).toBe(1);
    expect(collection.narrow(() => true)).toEqual(['i1']);
    expect(ids(collection)).toEqual(['i1', 'i2']);
    expect(collection.get('i1')?.value).toBe(3);
  });

  it('counts what has the same key, through changes, failed writes, removals and hiding', async () => {
    const memory = new MemoryCollection();
    const collection = new OrderedCollection(memory);
    await collection.put({ id: 'early', createdAt: at(1), value: 1 });
    const counts = collection.countBy((item) => item.value?.toString());
    const all = () => [1, 2].map((value) => counts.of(`${value}`));
    expect(all()).toEqual([1, 0]);
    await collection.put({ id: 'late', createdAt: at(2), value: 1 });
    await collection.put({ id: 'none', createdAt: at(3) });
    expect(all()).toEqual([2, 0]);
    await collection.put({ id: 'early', createdAt: at(1), value: 2 });
    expect(all()).toEqual([1, 1]);
    for (const change of [
      () => collection.put({ id: 'late', createdAt: at(2), value: 2 }),
      () => collection.put({ id: 'new', createdAt: at(4), value: 2 }),
      () => collection.delete('late'),
    ]) {
      memory.failNext = true;
      await expect(change()).rejects.toThrow('disk full');
      expect(all()).toEqual([1, 1]);
    }
    collection.narrow((item) => item.id !== 'late');
    expect(all()).toEqual([0, 1]);
    await collection.put({ id: 'late', createdAt: at(2), value: 2 });
    expect(all()).toEqual([0, 1]);
    collection.narrow(() => true);
    expect(all()).toEqual([0, 2]);
    await collection.delete('late');
    await collection.delete('early');
    expect(all()).toEqual([0, 0]);
  });
});

describe('pageOf', () => {
  const oldestFirst = [1, 2, 3, 4, 5];

  it('takes pages newest first', () => {
    expect(pageOf(oldestFirst, 1, 2).items).toEqual([5, 4]);
    expect(pageOf(oldestFirst, 3, 2).items).toEqual([1]);
  });

  it('says whether more comes, and answers an empty page beyond the end', () => {
    expect(pageOf(oldestFirst, 2, 2).pagination).toEqual({
      page: 2,
      pageSize: 2,
      totalItems: 5,
      totalPages: 3,
      hasNextPage: true,
    });
    expect(pageOf(oldestFirst, 4, 2)).toMatchObject({ items: [], pagination: { hasNextPage: false } });
    expect(pageOf([], 1, 20)).toMatchObject({ items: [], pagination: { totalPages: 0, hasNextPage: false } });
  });
});
