import { Stream } from 'node:stream';
import { asError } from '../../errors';
import { fileEnd, fileHead, type NewHeader } from './file-tars';
import type { Spooled } from './spool';

/**
 * A tar of one spooled file, as the body of a request. It writes to what it is piped into and waits until that has
 * passed each piece on, which a stream that is read cannot know, so that two pieces of memory are enough for any size.
 */
export class SpooledTar extends Stream {
  constructor(
    private readonly header: NewHeader,
    private readonly content: Spooled,
  ) {
    super();
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    this.writeTo(destination).catch((error: unknown) => this.emit('error', asError(error)));
    return destination;
  }

  private async writeTo(destination: NodeJS.WritableStream): Promise<void> {
    const write = (piece: Buffer) =>
      new Promise<void>((resolve, reject) => {
        destination.write(piece, (error) => {
          if (error) reject(error);
          else resolve();
        });
      });
    const { size } = this.content;
    await write(await fileHead({ ...this.header, size }));
    await this.content.pour(write);
    destination.end(fileEnd(size));
  }
}
