import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectFormat, formatOf, parsePointer } from '../../../src/sources/model/format.ts';

const bytes = (latin1: string) => Buffer.from(latin1, 'latin1');
const digest = '0123456789abcdef'.repeat(4);

function safetensors(headerLength: bigint, header = '{"__metadata__":{}}'): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength);
  return Buffer.concat([length, Buffer.from(header)]);
}

function zip(name: string): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 0, 'latin1');
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), Buffer.from('\x80\x02}', 'latin1')]);
}

describe('detectFormat', () => {
  it('knows a GGUF that gguf-py wrote', () => {
    const file = readFileSync(new URL('../../../fixtures/models/tiny.gguf', import.meta.url));
    expect(file.length).toBeLessThan(1000);
    expect(detectFormat(file)).toBe('gguf');
    expect(detectFormat(file.subarray(0, 64))).toBe('gguf');
  });

  it.each([
    ['little-endian GGUF', bytes('GGUF\x03\0\0\0'), 'gguf'],
    ['big-endian GGUF', bytes('GGUF\0\0\0\x03'), 'gguf'],
    ['safetensors', safetensors(19n), 'safetensors'],
    ['safetensors without tensors', safetensors(2n, '{}'), 'safetensors'],
    ['safetensors with the longest header', safetensors(100_000_000n), 'safetensors'],
    ['pickle protocol 2', bytes('\x80\x02}q\0.'), 'pickle'],
    ['pickle protocol 3', bytes('\x80\x03cos\nsystem\n'), 'pickle'],
    ['pickle protocol 4 with a frame', bytes('\x80\x04\x95\x1a\0\0\0\0\0\0\0}.'), 'pickle'],
    ['pickle protocol 5 without a frame', bytes('\x80\x05}.'), 'pickle'],
    ['legacy torch', bytes('\x80\x02\x8a\x0al\xfc\x9cF'), 'pickle'],
    ['torch zip', zip('archive/data.pkl'), 'pytorch-zip'],
    ['torch zip by another name', zip('resnet18/data.pkl'), 'pytorch-zip'],
    ['HDF5', bytes('\x89HDF\r\n\x1a\n\0\0'), 'hdf5'],
  ])('knows %s', (_, start, format) => {
    expect(detectFormat(start)).toBe(format);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(64)],
    ['the magic alone', bytes('GGUF')],
    ['prose about GGUF', bytes('GGUF models are quantised')],
    ['GGUF of version 0', bytes('GGUF\0\0\0\0')],
    ['a header over 100 MB', safetensors(100_000_001n)],
    ['a header that is a list', safetensors(19n, '[{"a":1}]')],
    ['a header that is no JSON', safetensors(19n, '{\0\0\0\0\0\0\0')],
    ['JSON', bytes('{"a": "b", "c": "d"}')],
    ['pickle protocol 1', bytes('\x80\x01}q\0.')],
    ['pickle protocol 6', bytes('\x80\x06}q\0.')],
    ['an opcode that cannot follow', bytes('\x80\x02\0\0\0\0')],
    ['a frame in protocol 2', bytes('\x80\x02\x95\x1a\0\0\0\0\0\0\0}.')],
    ['a frame of 2^56 bytes', bytes('\x80\x04\x95\0\0\0\0\0\0\0\x01}.')],
    ['a zip of something else', zip('word/document.xml')],
    ['a zip with data.pkl outside a folder', zip('data.pkl')],
    ['an HTML page', bytes('<!DOCTYPE html><html><head><title>403</title></head></html>')],
  ])('does not take %s for a model', (_, start) => {
    expect(detectFormat(start)).toBeNull();
  });

  it('never throws', () => {
    const magic = fc.constantFrom('GGUF', '\x80\x02', '\x80\x04\x95', 'PK\x03\x04', '\x89HDF', '\x08', '');
    fc.assert(
      fc.property(
        magic,
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom('onnx', 'pt', ''),
        (start, rest, extension) => {
          const content = Buffer.concat([bytes(start), rest]);
          detectFormat(content);
          formatOf(extension, content);
        },
      ),
    );
  });
});

describe('formatOf', () => {
  const onnx = bytes('\x08\x08\x12\x07pytorch\x1a\x052.1.0:');

  it.each([
    ['onnx', onnx, 'onnx'],
    ['onnx', bytes('\x12\x07pytorch\x1a\x052.1.0'), 'onnx'],
    ['onnx', bytes('<html></html>'), 'unknown'],
    ['onnx', bytes('version https://git-lfs.github.com/spec/v1\n'), 'unknown'],
    ['onnx', bytes('read me first, then load the model'), 'unknown'],
    ['onnx', Buffer.alloc(0), 'unknown'],
    ['gguf', onnx, 'unknown'],
    ['gguf', bytes('<html></html>'), 'unknown'],
    ['gguf', Buffer.alloc(0), 'unknown'],
    ['gguf', safetensors(19n), 'safetensors'],
    ['pt', zip('a-very-long-name-of-a-checkpoint-folder/data.pkl').subarray(0, 64), 'pytorch-zip'],
    ['pth', zip('archive/version'), 'pytorch-zip'],
    ['keras', zip('metadata.json'), 'unknown'],
    ['tflite', bytes('\x1c\0\0\0TFL3'), 'unknown'],
  ])('.%s with %j is %s', (extension, start, format) => {
    expect(formatOf(extension, start)).toBe(format);
  });
});

describe('parsePointer', () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize 4700000000\n`;
  const read = (text: string) => parsePointer(Buffer.from(text));

  it.each([
    ['as git-lfs writes it', pointer],
    ['without the last newline', pointer.trimEnd()],
    ['of the first version', pointer.replace('git-lfs.github.com', 'hawser.github.com')],
    ['with an extension', pointer.replace('oid', `ext-0-foo sha256:${digest}\noid`)],
  ])('reads a pointer %s', (_, text) => {
    expect(read(text)).toEqual({ sha256: digest, size: 4_700_000_000 });
  });

  it.each([
    ['nothing', ''],
    ['the version line alone', 'version https://git-lfs.github.com/spec/v1\n'],
    ['another version', pointer.replace('spec/v1', 'spec/v2')],
    ['keys out of order', `version https://git-lfs.github.com/spec/v1\nsize 12\noid sha256:${digest}\n`],
    ['a duplicate key', pointer.replace('size', `oid sha256:${digest}\nsize`)],
    ['an upper-case digest', pointer.replace(digest, digest.toUpperCase())],
    ['a short digest', pointer.replace(digest, digest.slice(1))],
    ['SHA-1', pointer.replace('sha256', 'sha1')],
    ['a negative size', pointer.replace('4700000000', '-1')],
    ['a size beyond what is exact', pointer.replace('4700000000', '9999999999999999')],
    ['an empty line', pointer.replace('oid', '\noid')],
    ['CRLF', pointer.replaceAll('\n', '\r\n')],
    ['text before it', ` ${pointer}`],
    ['more than 1024 bytes', pointer.replace('oid', `ext-0-foo ${'x'.repeat(1000)}\noid`)],
  ])('does not read %s', (_, text) => {
    expect(read(text)).toBeNull();
  });

  it('never throws', () => {
    const line = fc.oneof(
      fc.constantFrom('version https://git-lfs.github.com/spec/v1', `oid sha256:${digest}`, 'size 12', ''),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(fc.property(fc.array(line), (lines) => void read(lines.join('\n'))));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1100 }), (content) => void parsePointer(Buffer.from(content))));
  });
});
