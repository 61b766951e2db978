import { describeProblem, type Host } from '../../host/host.ts';
import type { ReportProblem } from './report-json.ts';
import type { Scanner } from './run-scanner.ts';
import type { ScannerReport } from './scanner-report.ts';

const chunkSize = 1024 * 1024;

/** Reads a report in parts: its size does not count, only what is used of it. */
export async function readReportFile(
  scanner: Scanner,
  path: string,
  host: Host,
): Promise<ScannerReport | ReportProblem> {
  try {
    const file = await host.files.open(path);
    try {
      const reader = scanner.createReader();
      const target = Buffer.allocUnsafeSlow(chunkSize);
      for (let done = 0; ; ) {
        const chunk = target.subarray(0, await file.readAt(target, done));
        if (chunk.length === 0) return reader.finish();
        done += chunk.length;
        reader.push(chunk);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    return { problem: describeProblem(error) };
  }
}
