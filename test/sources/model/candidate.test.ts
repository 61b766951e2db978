import { describe, expect, it } from 'vitest';
import { candidacyOf, extensionOf } from '../../../src/sources/model/candidate.ts';

describe('candidacyOf', () => {
  it.each([
    ['models/a.gguf', 0, 'by-name'],
    ['models/a.GGUF', 0, 'by-name'],
    ['a.safetensors', 10, 'by-name'],
    ['a.pth', 10, 'by-name'],
    ['a.tflite', 10, 'by-name'],
    ['a.pkl', 10, 'by-magic'],
    ['a.bin', 64, 'by-magic'],
    ['a.bin', 63, null],
    ['blobs/sha256-0123', 64, 'by-magic'],
    ['weights', 1000, 'by-magic'],
    ['weights', 12, null],
    ['a.model', 1000, 'by-magic'],
    ['a.q4_k_m', 1000, 'by-magic'],
    ['a.npz', 1000, null],
    ['src/app.py', 100_000, null],
    ['README', 100_000, null],
    ['web/Dockerfile', 100_000, null],
    ['.gitignore', 1000, null],
    ['a.zip', 1000, null],
  ])('%s of %d bytes: %s', (path, size, candidacy) => {
    expect(candidacyOf({ path, size, isTracked: true })).toBe(candidacy);
  });
});

describe('extensionOf', () => {
  it.each([
    ['a/b.c/d', ''],
    ['a/b.tar.GZ', 'gz'],
    ['.gitignore', 'gitignore'],
    ['a.', ''],
  ])('%s has %j', (path, extension) => {
    expect(extensionOf(path)).toBe(extension);
  });
});
