const BLOCK_BYTES = 512;
/** `security.capability`, version 2: setuid and net_raw permitted and effective; holds bytes that are no UTF-8. */
const CAPABILITY = Buffer.from('0100000280200000000000000000000000000000', 'hex');

/**
 * A tar of one file with a file capability, an extended attribute in binary, written by hand because libraries take
 * it for text.
 * @returns the tar, and the pax record that every faithful copy of it holds.
 */
export function tarWithCapability(name: string): { tar: Buffer; record: Buffer } {
  const record = paxRecord('SCHILY.xattr.security.capability', CAPABILITY);
  const content = Buffer.from('capable\n');
  const tar = Buffer.concat([
    ...entry({ name: 'PaxHeaders.0/file', type: 'x', content: record }),
    ...entry({ name, type: '0', content }),
    Buffer.alloc(2 * BLOCK_BYTES),
  ]);
  return { tar, record };
}

/** One entry of a tar as blocks: header and padded content (POSIX ustar). */
export function entry(of: { name: string; type: string; content: Buffer; linkName?: string }): Buffer[] {
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(of.name, 0);
  header.write('0000755\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${of.content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(of.type, 156);
  header.write(of.linkName ?? '', 157);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((BLOCK_BYTES - (of.content.length % BLOCK_BYTES)) % BLOCK_BYTES);
  return [header, of.content, padding];
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
export function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
