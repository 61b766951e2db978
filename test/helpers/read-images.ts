import type { Request } from '../../src/request.ts';
import type { ImageAccess } from '../../src/sources/image/image-access.ts';
import { type ImageInterest, type ImageReading, readImages } from '../../src/sources/image/source.ts';
import { withSpool } from '../../src/sources/image/spool.ts';
import { createRedactor } from '../../src/sources/secret/redactor.ts';
import { hostOn } from './check-example.ts';

/** Runs `work` with what opening images needs: the real host, offline, and a gigabyte of spool. */
export async function withAccess<T>(
  work: (access: ImageAccess) => Promise<T>,
  more: Partial<ImageAccess> = {},
  spoolLimit = 2 ** 30,
): Promise<T> {
  const host = more.host ?? hostOn();
  return await withSpool(host, spoolLimit, (spool) =>
    work({ host, spool, offline: true, platform: null, directory: '/', cache: null, ...more }),
  );
}

/** What the image source reads; the spool is gone then. */
export async function readAll(
  images: Request['images'],
  interest: Partial<ImageInterest> = {},
  more: Partial<ImageAccess> = {},
): Promise<ImageReading> {
  const whole = { fileNames: [], hashPaths: [], ...interest };
  return await withAccess((access) => readImages(images, whole, access, createRedactor()), more);
}
