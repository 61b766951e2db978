import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { DecodingError, decodingProblem, decompress } from './compression.ts';
import { Mailbox } from './mailbox.ts';

/** Memory that goes back and forth between the threads, so that none is allocated on the way. */
const bufferSize = 1024 * 1024;
/** Stored and decoded parts under way: enough that neither thread waits for the other's turn. */
const storedBuffers = 3;
const decodedBuffers = 4;

type PackedLayer = 'gzip' | 'zstd';

/** What a worker is sent to decompress what comes through the port. */
export interface DecompressionRequest {
  readonly kind: 'decompress';
  readonly compression: PackedLayer;
  readonly port: MessagePort;
}

/** The first `length` bytes of `bytes`, whose memory is handed over. */
interface Part {
  readonly bytes: ArrayBuffer;
  readonly length: number;
}

type ToService =
  | { readonly kind: 'stored'; readonly part: Part }
  | { readonly kind: 'end' }
  | { readonly kind: 'room'; readonly bytes: ArrayBuffer };

type FromService =
  | { readonly kind: 'taken'; readonly bytes: ArrayBuffer }
  | { readonly kind: 'decoded'; readonly part: Part }
  | { readonly kind: 'end'; readonly problem: string | null };

/** Copies chunks into memory that is free, and sends it. Ends when there is none any more. */
async function sendParts(
  chunks: AsyncIterable<Buffer>,
  free: Mailbox<ArrayBuffer>,
  send: (part: Part) => void,
): Promise<void> {
  for await (const chunk of chunks) {
    for (let done = 0; done < chunk.length; ) {
      const bytes = await free.next();
      if (bytes === undefined) return;
      const length = chunk.copy(Buffer.from(bytes), 0, done, done + bytes.byteLength);
      done += length;
      send({ bytes, length });
    }
  }
}

const viewOf = ({ bytes, length }: Part): Buffer => Buffer.from(bytes, 0, length);

/**
 * As `decompress`, in a worker thread, so that this one is free for what is done with the content: for a layer that would
 * keep one processor busy while the others have nothing to do. What it gives is valid until the next is asked for.
 */
export async function* decompressApart(
  chunks: AsyncIterable<Buffer>,
  compression: PackedLayer,
  worker: Worker,
): AsyncGenerator<Buffer> {
  const { port1: port, port2 } = new MessageChannel();
  const request: DecompressionRequest = { kind: 'decompress', compression, port: port2 };
  worker.postMessage(request, [port2]);
  const send = (message: ToService, ...bytes: ArrayBuffer[]) => port.postMessage(message, bytes);
  const sendRoom = (bytes: ArrayBuffer) => send({ kind: 'room', bytes }, bytes);
  const free = new Mailbox<ArrayBuffer>();
  const replies = new Mailbox<Exclude<FromService, { kind: 'taken' }>>();
  port.on('message', (reply: FromService) => {
    if (reply.kind === 'taken') free.put(reply.bytes);
    else replies.put(reply);
  });
  // The worker keeps the process alive, and its end must end the process.
  port.unref();
  for (let count = 0; count < storedBuffers; count++) free.put(new ArrayBuffer(bufferSize));
  for (let count = 0; count < decodedBuffers; count++) sendRoom(new ArrayBuffer(bufferSize));
  const sending = sendParts(chunks, free, (part) => send({ kind: 'stored', part }, part.bytes));
  // What was read before a failure is decoded; the failure is met at the end.
  sending.catch(() => undefined).finally(() => send({ kind: 'end' }));
  try {
    for (;;) {
      const reply = await replies.next();
      if (reply?.kind !== 'decoded') {
        free.close();
        await sending;
        if (typeof reply?.problem === 'string') throw new DecodingError(reply.problem);
        return;
      }
      yield viewOf(reply.part);
      sendRoom(reply.part.bytes);
    }
  } finally {
    free.close();
    port.close();
  }
}

/** The worker's end of it; settles when the data or the port ends. What is no damage of the data rejects. */
export async function serveDecompression({ compression, port }: DecompressionRequest): Promise<void> {
  const send = (message: FromService, ...bytes: ArrayBuffer[]) => port.postMessage(message, bytes);
  const stored = new Mailbox<Part>();
  const room = new Mailbox<ArrayBuffer>();
  port.on('message', (message: ToService) => {
    if (message.kind === 'stored') stored.put(message.part);
    else if (message.kind === 'room') room.put(message.bytes);
    else stored.close();
  });
  port.on('close', () => {
    stored.close();
    room.close();
  });
  async function* incoming(): AsyncGenerator<Buffer> {
    for (let part = await stored.next(); part !== undefined; part = await stored.next()) {
      // What zstd's decoder is given must stay valid.
      yield compression === 'zstd' ? Buffer.from(viewOf(part)) : viewOf(part);
      send({ kind: 'taken', bytes: part.bytes }, part.bytes);
    }
  }
  try {
    await sendParts(decompress(incoming(), compression), room, (part) => send({ kind: 'decoded', part }, part.bytes));
    send({ kind: 'end', problem: null });
  } catch (error) {
    const problem = decodingProblem(error);
    if (problem === null) throw error;
    send({ kind: 'end', problem });
  }
  // The other end closes the port when it has read this.
}
