import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { asError } from '../errors';
import { listApplets } from './static-busybox';

const FOLDERS = [
  'bin',
  'dev',
  'etc',
  'home',
  'lib',
  'mnt',
  'opt',
  'proc',
  'root',
  'run',
  'sbin',
  'srv',
  'sys',
  'usr',
  'usr/bin',
  'usr/lib',
  'usr/local',
  'usr/local/bin',
  'usr/sbin',
  'var',
  'var/lib',
  'var/log',
  'workspace',
];

/** World-writable with the sticky bit, as every program expects of a temporary folder. */
const TEMPORARY_FOLDERS = ['tmp', 'var/tmp'];

const TEXT_FILES: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
  'etc/group': 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n',
  'etc/shadow': 'root:*:::::::\nnobody:*:::::::\n',
  'etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
  'etc/profile': "export PS1='\\w \\$ '\n",
  'etc/os-release':
    'NAME="OpenSandbox starter"\nID=opensandbox-starter\nPRETTY_NAME="OpenSandbox starter (busybox)"\n',
};

/** A root filesystem as a tar stream: one static busybox, its commands as links, and the usual folders. */
export async function packStarterFilesystem(busybox: string): Promise<Readable> {
  const applets = await listApplets(busybox);
  const tar = pack();
  writeEntries(tar, busybox, applets).catch((error: unknown) => tar.destroy(asError(error)));
  return Readable.from(tar, { objectMode: false });
}

async function writeEntries(tar: Pack, busybox: string, applets: readonly string[]): Promise<void> {
  for (const name of FOLDERS) tar.entry({ name, type: 'directory', mode: name === 'root' ? 0o700 : 0o755 });
  for (const name of TEMPORARY_FOLDERS) tar.entry({ name, type: 'directory', mode: 0o1777 });
  for (const [name, text] of Object.entries(TEXT_FILES)) {
    tar.entry({ name, mode: name === 'etc/shadow' ? 0o640 : 0o644 }, text);
  }
  const { size } = await stat(busybox);
  await pipeline(createReadStream(busybox), tar.entry({ name: 'bin/busybox', mode: 0o755, size }));
  for (const name of applets) tar.entry({ name, type: 'symlink', linkname: '/bin/busybox', mode: 0o777 });
  tar.finalize();
}
