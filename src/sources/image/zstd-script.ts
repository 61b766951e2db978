import { type BlockBytes, blockMargin, createBlockBytes, type EntropyTable } from './zstd-entropy.ts';
import {
  blockLimit,
  createFrameReader,
  damaged,
  type FrameHeader,
  type FrameReader,
  type FrameToken,
} from './zstd-frame.ts';
import { readLiterals } from './zstd-literals.ts';
import { readSequencesHead, type SequenceTables } from './zstd-sequence-tables.ts';
import { executeSequences } from './zstd-sequences.ts';

/** Decoded bytes are handed on in parts of about this size. */
const outputSize = 1024 * 1024;

/** What lasts from block to block of one frame. */
interface FrameState {
  readonly window: number;
  readonly contentSize: number | null;
  literalTable: EntropyTable | null;
  sequenceTables: SequenceTables | null;
  readonly recent: Int32Array;
  /** Bytes decoded so far. */
  produced: number;
}

/** Decoded bytes with the history that later blocks refer to; grows with what is really decoded, up to the window. */
interface Output {
  bytes: Uint8Array;
  end: number;
  /** Bytes before it were handed on. */
  taken: number;
}

function takeOutput(output: Output): Buffer {
  const part = Buffer.from(output.bytes.subarray(output.taken, output.end));
  output.taken = output.end;
  return part;
}

/** Makes room for one more block behind the history. What was decoded must have been handed on. */
function makeRoom(output: Output, state: FrameState): void {
  if (output.end + blockLimit <= output.bytes.length) return;
  const kept = Math.min(state.produced, state.window, output.end);
  const from = output.end - kept;
  const largest = state.window + Math.max(outputSize, state.window / 4) + blockLimit;
  if (output.bytes.length < largest && kept > output.bytes.length / 4) {
    const grown = new Uint8Array(Math.min(4 * output.bytes.length, largest));
    grown.set(output.bytes.subarray(from, output.end));
    output.bytes = grown;
  } else {
    output.bytes.copyWithin(0, from, output.end);
  }
  output.end = kept;
  output.taken = kept;
}

function newFrame({ window, contentSize }: FrameHeader): FrameState {
  return { window, contentSize, literalTable: null, sequenceTables: null, recent: Int32Array.of(1, 4, 8), produced: 0 };
}

interface Scratch {
  readonly block: BlockBytes;
  readonly literals: Uint8Array;
}

/** One compressed block (RFC 8878, 3.1.1.3): literals, then sequences, then the literals that are left. */
function decodeBlock(body: Buffer, state: FrameState, output: Output, { block, literals }: Scratch): void {
  block.bytes.set(body, blockMargin);
  const end = blockMargin + body.length;
  const largest = Math.min(blockLimit, state.window);
  const limit = output.end + largest;
  const section = readLiterals(block, blockMargin, end, largest, state.literalTable, literals);
  state.literalTable = section.table;
  const head = readSequencesHead(block, section.next, end, state.sequenceTables);
  let used = 0;
  if (head.tables !== null) {
    state.sequenceTables = head.tables;
    const reach = Math.min(state.window, state.produced);
    const input = {
      block,
      end,
      head,
      tables: head.tables,
      literals,
      literalCount: section.count,
      recent: state.recent,
    };
    const done = executeSequences(input, { bytes: output.bytes, end: output.end, limit, reach, window: state.window });
    output.end = done.end;
    used = done.used;
  } else if (head.start !== end) throw damaged('a block is longer than what it holds');
  const rest = section.count - used;
  if (output.end + rest > limit) throw damaged('a block holds more than its frame allows');
  output.bytes.set(literals.subarray(used, section.count), output.end);
  output.end += rest;
}

function addBlock(token: FrameToken & { kind: 'block' }, state: FrameState, output: Output, scratch: Scratch): void {
  const before = output.end;
  const body = token.bytes.subarray(3);
  if (token.type === 'compressed') {
    decodeBlock(body, state, output, scratch);
  } else {
    if (token.type === 'raw') output.bytes.set(body, output.end);
    else output.bytes.fill(body[0] ?? 0, output.end, output.end + token.size);
    output.end += token.size;
  }
  state.produced += output.end - before;
}

function checkSize({ contentSize, produced }: FrameState): void {
  if (contentSize !== null && contentSize !== produced) throw damaged('a frame has not the size it states');
}

/** Decodes what the reader has; hands on whenever there is no room for another block, or enough for a part. */
function* decodeFrames(reader: FrameReader, progress: Progress, scratch: Scratch): Generator<Buffer> {
  const { output } = progress;
  for (let token = reader.next(); token !== null; token = reader.next()) {
    if (token.kind === 'frame') progress.state = newFrame(token.header);
    if (token.kind === 'end') checkSize(progress.state);
    if (token.kind !== 'block') continue;
    const isFull = output.end + blockLimit > output.bytes.length || output.end - output.taken >= outputSize;
    if (isFull && output.end > output.taken) yield takeOutput(output);
    if (isFull) makeRoom(output, progress.state);
    addBlock(token, progress.state, output, scratch);
  }
  if (output.end > output.taken) yield takeOutput(output);
}

interface Progress {
  readonly output: Output;
  state: FrameState;
}

/**
 * Decodes zstd without Node's own decoder, which Node 20 does not have. Memory is the frame's window, a quarter more and
 * a few hundred kilobytes; time is bounded by what a block may hold (fzstd 0.1.1 spends minutes on a block of 230
 * bytes). The content checksum is not compared: a layer's digest and diffID are the stronger proof.
 */
export async function* decodeInScript(chunks: AsyncIterable<Buffer>, windowLimit: number): AsyncGenerator<Buffer> {
  const reader = createFrameReader(windowLimit);
  const scratch = { block: createBlockBytes(blockLimit), literals: new Uint8Array(blockLimit) };
  const output: Output = { bytes: new Uint8Array(outputSize), end: 0, taken: 0 };
  const progress: Progress = { output, state: newFrame({ window: 0, contentSize: null, hasChecksum: false }) };
  for await (const chunk of chunks) {
    reader.push(chunk);
    yield* decodeFrames(reader, progress, scratch);
  }
  reader.finish();
}
