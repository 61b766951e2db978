import { readFileSync } from 'node:fs';

/** Loaded before the program: tells at its end what it took, whatever else the machine does meanwhile. */
process.on('exit', () => {
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const { user, system } = process.cpuUsage();
  process.stderr.write(`\nmeasured ${Number(peak) / 1024} MiB ${(user + system) / 1e6} s\n`);
});
