import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/domain/nearest.ts';

const keys = ['path', 'sha256', 'size', 'format', 'source_path', 'in_image', 'expires'];

describe('nearest', () => {
  it.each([
    ['sha265', 'sha256'],
    ['SHA256', 'sha256'],
    ['sha-256', 'sha256'],
    ['inImage', 'in_image'],
    ['sourcepath', 'source_path'],
    ['siez', 'size'],
    ['formt', 'format'],
  ])('finds %s near %s', (word, expected) => {
    expect(nearest(word, keys)).toBe(expected);
  });

  it.each(['', 'checksum', 'x', 'completely-different', 'a'.repeat(65)])('finds nothing near %j', (word) => {
    expect(nearest(word, keys)).toBeNull();
  });

  it('takes the nearest, and the first of equals', () => {
    expect(nearest('cat', ['cart', 'cat'])).toBe('cat');
    expect(nearest('bat', ['cat', 'hat'])).toBe('cat');
    expect(nearest('word', [])).toBeNull();
  });
});
