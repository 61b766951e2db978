import { readFileSync } from 'node:fs';

/** In KiB. Linux's `maxRSS` starts with what the parent had, so its own mark is read where there is one. */
function peakMemory() {
  try {
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}

/** Loaded before the program: tells the most memory the process had when it ends. */
process.on('exit', () => process.stderr.write(`\npeak-memory ${peakMemory()}\n`));
