import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { eachEntry } from '../../../src-main/engine/tar-streams';
import { TarFilter, type TarFilterEntry } from '../../../src-main/engine/tar-filter';
import { entry, paxRecord, tarWithCapability } from '../../support/capability-tar';

const END = Buffer.alloc(1024);
const CHUNK_SIZES = [1, 7, 511, 512, 513, 100_000];

function tar(...entries: Buffer[][]): Buffer {
  return Buffer.concat([...entries.flat(), END]);
}

function file(name: string, content = 'content'): Buffer[] {
  return entry({ name, type: '0', content: Buffer.from(content) });
}

async function filtered(
  source: Buffer,
  isUnwanted: (each: TarFilterEntry) => boolean,
  chunkBytes = 512,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < source.length; at += chunkBytes) chunks.push(source.subarray(at, at + chunkBytes));
  const filter = new TarFilter(isUnwanted);
  const [out] = await Promise.all([buffer(filter), pipeline(Readable.from(chunks), filter)]);
  return out;
}

const drop = (name: string) => (each: TarFilterEntry) => each.name === name;

describe('TarFilter', () => {
  it.each(CHUNK_SIZES)('passes everything on byte for byte, in pieces of %i bytes', async (size) => {
    const { tar: capable } = tarWithCapability('capable');
    const source = Buffer.concat([...file('a'), ...file('b', 'x'.repeat(5000)), capable]);
    expect(await filtered(source, () => false, size)).toEqual(source);
  });

  it.each(CHUNK_SIZES)('leaves out just the unwanted entry, in pieces of %i bytes', async (size) => {
    const source = tar(file('a'), file('b', 'y'.repeat(1500)), file('c', ''));
    expect(await filtered(source, drop('b'), size)).toEqual(tar(file('a'), file('c', '')));
  });

  it('leaves out what describes the unwanted entry along with it', async () => {
    const described = entry({
      name: 'PaxHeaders.0/b',
      type: 'x',
      content: paxRecord('mtime', Buffer.from('1.5')),
    });
    const longName = entry({ name: '././@LongLink', type: 'L', content: Buffer.from('b'.repeat(300)) });
    const source = tar(file('a'), described, longName, file('b'), file('c'));
    expect(await filtered(source, drop('b'))).toEqual(tar(file('a'), file('c')));
    expect(await filtered(source, () => false)).toEqual(source);
  });

  it('tells names whole, wherever the tar says them', async () => {
    const long = `deep/${'n'.repeat(200)}/Größe`;
    // A value may hold what looks like a record.
    const trap = paxRecord('SCHILY.xattr.user.note', Buffer.from('x\n18 path=elsewhere\n'));
    const records = Buffer.concat([trap, paxRecord('path', Buffer.from(long))]);
    const [header = END] = file('file');
    header.write('folder/of/the/prefix', 345);
    const seen: string[] = [];
    await filtered(
      tar(
        entry({ name: 'PaxHeaders.0/b', type: 'x', content: records }),
        entry({ name: 'b', type: '1', content: Buffer.alloc(0) }),
        entry({ name: '././@LongLink', type: 'L', content: Buffer.from(`${long}\0`) }),
        file('cut'),
        [header, Buffer.from('content'), Buffer.alloc(505)],
      ),
      ({ path }) => {
        seen.push(path);
        return false;
      },
    );
    expect(seen).toEqual([long, long, 'folder/of/the/prefix/file']);
  });

  it('believes a size in a pax header over the one in the plain header', async () => {
    const size = entry({
      name: 'PaxHeaders.0/big',
      type: 'x',
      content: paxRecord('size', Buffer.from('600')),
    });
    const [header = END] = file('big', '');
    const source = tar(size, [header, Buffer.alloc(1024, 'z')], file('after'));
    expect(await filtered(source, drop('big'))).toEqual(tar(file('after')));
  });

  it('reads sizes in binary, as they are written for files over 8 GiB', async () => {
    const [header = END] = file('big', '');
    header.fill(0, 124, 136);
    header[124] = 0x80;
    header.writeUIntBE(700, 130, 6);
    const seen: number[] = [];
    const source = tar([header, Buffer.alloc(1024, 'z')], file('after'));
    const note = (each: TarFilterEntry) => {
      seen.push(each.sizeBytes);
      return false;
    };
    expect(await filtered(source, note)).toEqual(source);
    expect(seen).toEqual([700, 7]);
  });

  it('tells kinds of entries apart', async () => {
    const seen: Omit<TarFilterEntry, 'sizeBytes' | 'path'>[] = [];
    const link = entry({ name: 'etc/mtab', type: '2', content: Buffer.alloc(0), linkName: '/proc/mounts' });
    await filtered(tar(link, file('plain')), ({ name, type, linkName }) => {
      seen.push({ name, type, linkName });
      return false;
    });
    expect(seen).toEqual([
      { name: 'etc/mtab', type: '2', linkName: '/proc/mounts' },
      { name: 'plain', type: '0', linkName: '' },
    ]);
  });

  it.each([100, 512, 1000])('fails when the archive ends after %i bytes', async (bytes) => {
    const cut = tar(file('a'), file('b')).subarray(0, bytes);
    await expect(filtered(cut, () => false)).rejects.toThrow('ended early');
  });

  describe('a description that is longer than any real one', () => {
    const MIB = 2 ** 20;
    const claim = (type: string, bytes: number) => {
      const [header = END] = entry({ name: 'described', type, content: Buffer.alloc(0) });
      header.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
      header.fill(' ', 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      return header;
    };

    it.each(['x', 'L', 'K', 'N', 'g'])('of type %s is refused as soon as it is announced', async (type) => {
      await expect(filtered(claim(type, 17 * MIB), () => false)).rejects.toThrow('larger than any real one');
      const reading = eachEntry(Readable.from([claim(type, 17 * MIB)]), () => undefined);
      await expect(reading).rejects.toThrow('larger than any real one');
    });

    it('is refused also when many short ones make it up', async () => {
      const one = Buffer.concat([claim('x', 4 * MIB), Buffer.alloc(4 * MIB, 'a')]);
      await expect(filtered(Buffer.concat([one, one, one]), () => false, MIB)).rejects.toThrow('ended early');
      const many = Buffer.concat([one, one, one, one]);
      await expect(filtered(many, () => false, MIB)).rejects.toThrow('larger than any real one');
    });
  });

  it('may lack its end where that is said', async () => {
    const source = Buffer.concat(file('a'));
    const filter = new TarFilter(() => false, true);
    const [out] = await Promise.all([buffer(filter), pipeline(Readable.from([source]), filter)]);
    expect(out).toEqual(source);
  });
});
