const BASE_ADDRESS = 0x400000n;
const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const CODE_OFFSET = HEADER_BYTES + PROGRAM_HEADER_BYTES;
const PAGE_BYTES = 0x1000n;
const LOADABLE = 1;
const READ_AND_EXECUTE = 5;
const EXECUTABLE = 2;

/** ELF's number of the machine, and machine code that waits for a signal for ever. */
const MACHINES: Readonly<Record<string, { machine: number; code: readonly number[] }>> = {
  amd64: {
    machine: 62,
    code: [
      ...[0xb8, 34, 0, 0, 0], // mov eax, pause
      ...[0x0f, 0x05], // syscall
      ...[0xeb, 0xf7], // jmp to the first
    ],
  },
  arm64: {
    machine: 183,
    code: [
      ...[0x00, 0x00, 0x80, 0xd2], // mov x0, 0
      ...[0x01, 0x00, 0x80, 0xd2], // mov x1, 0
      ...[0x02, 0x00, 0x80, 0xd2], // mov x2, 0
      ...[0x03, 0x00, 0x80, 0xd2], // mov x3, 0
      ...[0x28, 0x09, 0x80, 0xd2], // mov x8, ppoll
      ...[0x01, 0x00, 0x00, 0xd4], // svc 0
      ...[0xfa, 0xff, 0xff, 0x17], // b to the first
    ],
  },
};

/**
 * A whole program for Linux that does nothing and needs nothing, as the main process of a container that is there
 * for its network alone; an ELF file of some 130 bytes (elf(5)).
 * @param architecture as the engine names it (`GET /version`, `Arch`)
 * @returns undefined for one that is not known here
 */
export function pauseProgram(architecture: string): Buffer | undefined {
  const target = MACHINES[architecture];
  if (target === undefined) return undefined;
  const size = CODE_OFFSET + target.code.length;
  const file = Buffer.alloc(size);
  // 64 bits, little-endian, version 1.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(EXECUTABLE, 16);
  file.writeUInt16LE(target.machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BASE_ADDRESS + BigInt(CODE_OFFSET), 24);
  file.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  file.writeUInt16LE(HEADER_BYTES, 52);
  file.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(LOADABLE, HEADER_BYTES);
  file.writeUInt32LE(READ_AND_EXECUTE, HEADER_BYTES + 4);
  file.writeBigUInt64LE(BASE_ADDRESS, HEADER_BYTES + 16);
  file.writeBigUInt64LE(BASE_ADDRESS, HEADER_BYTES + 24);
  file.writeBigUInt64LE(BigInt(size), HEADER_BYTES + 32);
  file.writeBigUInt64LE(BigInt(size), HEADER_BYTES + 40);
  file.writeBigUInt64LE(PAGE_BYTES, HEADER_BYTES + 48);
  file.set(target.code, CODE_OFFSET);
  return file;
}
