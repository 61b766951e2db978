import { expect, it } from 'vitest';
import { BuildToolCounter } from '../../../src/sources/image/build-tools.ts';

function found(...paths: readonly string[]) {
  const counter = new BuildToolCounter();
  for (const path of paths) counter.add(path, 10);
  return counter.finish();
}

it.each([
  ['usr/bin/gcc', 'gcc'],
  ['usr/bin/x86_64-linux-gnu-gcc-12', 'gcc'],
  ['usr/bin/aarch64-linux-gnu-g++-13', 'gcc'],
  ['usr/local/bin/cpp', 'gcc'],
  ['usr/lib/gcc/x86_64-linux-gnu/12/cc1plus', 'gcc'],
  ['usr/libexec/gcc/x86_64-alpine-linux-musl/14.2.0/cc1', 'gcc'],
  ['usr/bin/clang-17', 'clang'],
  ['usr/lib/llvm-17/bin/clang++', 'clang'],
  ['usr/local/go/bin/go', 'Go'],
  ['usr/lib/go-1.22/pkg/tool/linux_amd64/compile', 'Go'],
  ['usr/local/rustup/toolchains/1.83.0-x86_64-unknown-linux-gnu/bin/rustc', 'Rust'],
  ['root/.rustup/toolchains/stable/lib/a.so', 'Rust'],
  ['usr/bin/cargo', 'Rust'],
  ['usr/bin/make', 'make'],
  ['usr/local/bin/cmake', 'make'],
  ['usr/include/openssl/ssl.h', 'C headers'],
  ['var/lib/apt/lists/deb.debian.org_Packages', 'apt package lists'],
  ['var/cache/apt/archives/gcc.deb', 'apt cache'],
  ['var/cache/apt/pkgcache.bin', 'apt cache'],
  ['var/cache/apk/APKINDEX.1.tar.gz', 'apk cache'],
  ['etc/apk/cache/gcc.apk', 'apk cache'],
  ['var/cache/dnf/x/y.rpm', 'dnf cache'],
  ['root/.cache/pip/http-v2/a/b', 'pip cache'],
  ['home/app/.cache/uv/wheels/a', 'uv cache'],
  ['root/.cache/pypoetry/cache/a', 'Poetry cache'],
  ['root/.npm/_cacache/content-v2/a', 'npm cache'],
  ['usr/local/share/.cache/yarn/v6/a', 'Yarn cache'],
  ['root/.local/share/pnpm/store/v3/a', 'pnpm store'],
  ['usr/local/cargo/registry/src/a', 'Cargo registry'],
  ['root/.cargo/registry/cache/a', 'Cargo registry'],
  ['go/pkg/mod/github.com/a', 'Go module cache'],
  ['root/go/pkg/mod/cache/a', 'Go module cache'],
  ['root/.cache/go-build/00/a', 'Go build cache'],
])('%s is %s', (path, name) => {
  expect(found(path).map((tool) => tool.name)).toEqual([name]);
});

it.each([
  'usr/bin/node',
  'usr/bin/gccgo-wrapper-x',
  'opt/gcc/bin/gcc',
  'app/Makefile',
  'usr/local/include/node/node.h',
  'usr/local/include/python3.12/Python.h',
  'var/lib/apt/lists/lock',
  'var/lib/apt/lists/partial/x',
  'var/cache/debconf/config.dat',
  'root/.npm/_logs/a.log',
  'app/go/pkg/mod/a',
  'usr/share/go/x',
])('%s is none', (path) => {
  expect(found(path)).toEqual([]);
});

it('adds up what lies in one place', () => {
  expect(found('root/.cache/pip/http-v2/a', 'root/.cache/pip/http-v2/b/c', 'root/.cache/pip/selfcheck/d')).toEqual([
    { toolKind: 'cache', name: 'pip cache', path: 'root/.cache/pip/http-v2/a', files: 2, bytes: 20 },
    { toolKind: 'cache', name: 'pip cache', path: 'root/.cache/pip/selfcheck/d', files: 1, bytes: 10 },
  ]);
});

it('tells so many places apart and no more', () => {
  expect(found(...Array.from({ length: 2000 }, (_, index) => `go/pkg/mod/${index}/a`))).toHaveLength(512);
});
