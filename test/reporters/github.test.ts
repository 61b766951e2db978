import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileLocation } from '../../src/domain/location.ts';
import type { ReportFinding } from '../../src/domain/report.ts';
import { github } from '../../src/reporters/github.ts';
import { formatCommand } from '../../src/reporters/workflow-command.ts';
import { hostileReport, hostileTexts } from '../helpers/hostile-report.ts';
import { anyReport } from '../helpers/report-arbitrary.ts';
import { reportFinding, reportOf, sampleContext, sampleReport } from '../helpers/sample-report.ts';

interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

function decode(text: string): string {
  return text
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%25', '%');
}

/** What the runner reads from a line, as ActionCommand.TryParseV2 does; null for a plain line. */
function parseCommand(line: string): Command | null {
  const trimmed = line.trimStart();
  if (!trimmed.startsWith('::')) return null;
  const end = trimmed.indexOf('::', 2);
  if (end < 0) return null;
  const [name = '', ...rest] = trimmed.slice(2, end).split(' ');
  const pairs = rest
    .join(' ')
    .split(',')
    .map((pair) => [pair.slice(0, pair.indexOf('=')), decode(pair.slice(pair.indexOf('=') + 1))]);
  return { name, properties: Object.fromEntries(pairs), message: decode(trimmed.slice(end + 2)) };
}

function commandsOf(output: string): readonly Command[] {
  return output.split('\n').flatMap((line) => parseCommand(line) ?? []);
}

const many = (size: number, parts: Partial<ReportFinding>) =>
  Array.from({ length: size }, (_, index) =>
    reportFinding({
      ruleId: 'unfrozen-install',
      message: `defect ${index}`,
      at: fileLocation(`file-${index}`, { line: 2, column: 3, endLine: 2, endColumn: 9 }),
      ...parts,
    }),
  );

describe('formatCommand', () => {
  it('escapes data and properties as the toolkit does', () => {
    expect(
      formatCommand({
        level: 'error',
        title: '50%: a,b',
        message: '100% a:b,c\nd\re',
        place: { path: 'a:b,c%.txt', line: 1, endLine: 1, column: 2, endColumn: 3 },
      }),
    ).toBe(
      '::error file=a%3Ab%2Cc%25.txt,line=1,endLine=1,col=2,endColumn=3,title=50%25%3A a%2Cb::100%25 a:b,c%0Ad%0De',
    );
  });

  it('leaves columns out where the place has several lines', () => {
    const place = { path: 'a', line: 1, endLine: 2, column: 2, endColumn: 3 };
    expect(formatCommand({ level: 'notice', title: 't', message: 'm', place })).toBe(
      '::notice file=a,line=1,endLine=2,title=t::m',
    );
  });

  it('cuts a message at the 4,096 characters of the runner', () => {
    const line = formatCommand({ level: 'notice', title: 't', message: 'm'.repeat(9000), place: null });
    expect(parseCommand(line)?.message).toHaveLength(4096);
  });

  it.each(hostileTexts)('is one command with the text inside: %j', (text) => {
    const line = formatCommand({ level: 'warning', title: 't', message: text.slice(0, 4000), place: null });
    expect(line).not.toMatch(/[\r\n]/);
    expect(line).not.toContain('##[');
    expect(parseCommand(line)?.name).toBe('warning');
  });
});

describe('levels', () => {
  it('makes errors of what blocks, warnings of advice from medium up, notices of the rest', () => {
    const findings = [
      ...many(1, { disposition: 'blocking', severity: 'low' }),
      ...many(2, { severity: 'high' }).slice(1),
      ...many(3, { severity: 'low' }).slice(2),
    ];
    expect(commandsOf(github.render(reportOf(findings), sampleContext)).map(({ name }) => name)).toEqual([
      'error',
      'warning',
      'notice',
    ]);
  });

  it('leaves out what was set aside and counts it in the verdict', () => {
    const output = github.render(reportOf(many(3, { disposition: 'triaged' })), sampleContext);
    expect(output).toBe('hullcheck: pass: nothing open in 214 files and 1 image — exit 0; set aside: 3 triaged\n');
  });

  it('warns of gaps, and makes them errors when they decide the exit code', () => {
    const [gap] = sampleReport.gaps;
    const gaps = gap === undefined ? [] : [gap];
    const names = (exitCode: 0 | 3) =>
      commandsOf(github.render(reportOf([], { gaps, exitCode }), sampleContext)).map(({ name }) => name);
    expect(names(0)).toEqual(['warning']);
    expect(names(3)).toEqual(['error']);
    const accepted = gaps.map((each) => ({ ...each, triagedBy: 'known' }));
    expect(commandsOf(github.render(reportOf([], { gaps: accepted }), sampleContext))).toEqual([]);
  });
});

describe('the budget', () => {
  it('uses all ten slots when that is enough', () => {
    const commands = commandsOf(github.render(reportOf(many(10, { disposition: 'blocking' })), sampleContext));
    expect(commands).toHaveLength(10);
    expect(commands.at(-1)?.message).toBe('defect 9');
  });

  it('says in the last slot how many more there are, how bad and where', () => {
    const findings = [
      ...many(30, { disposition: 'blocking', severity: 'high' }),
      ...many(4, { disposition: 'blocking', severity: 'critical', message: 'worst' }),
    ];
    const commands = commandsOf(github.render(reportOf(findings), sampleContext));
    expect(commands).toHaveLength(10);
    expect(commands[0]?.message).toMatch(/^worst/);
    expect(commands.at(-1)).toEqual({
      name: 'error',
      properties: { title: '21 more' },
      message: 'and 21 more blocking findings in 21 places: 21 high; the job summary lists them',
    });
  });

  it('keeps room for gaps, and sums up the gaps themselves', () => {
    const [gap] = sampleReport.gaps;
    const gaps = Array.from({ length: 12 }, (_, index) => ({ ...gap, subject: `image-${index}` })).flatMap((each) =>
      gap === undefined ? [] : [{ ...gap, ...each }],
    );
    const commands = commandsOf(
      github.render(reportOf(many(20, { severity: 'medium' }), { gaps, exitCode: 0 }), sampleContext),
    );
    expect(commands).toHaveLength(10);
    expect(commands.slice(0, 3).map(({ properties }) => properties['title'])).toEqual(Array(3).fill('not examined'));
    expect(commands[2]?.message).toMatch(/^10 more were not examined: image-2, .*, …; the job summary lists them$/);
    expect(commands.at(-1)?.message).toMatch(/^and 14 more advisory findings/);
  });

  it('makes one annotation of findings of one rule on one line', () => {
    const at = fileLocation('Dockerfile', { line: 1, column: 1, endLine: 1, endColumn: 5 });
    const commands = commandsOf(
      github.render(reportOf(many(12, { at, anchor: { path: 'Dockerfile', line: 1 } })), sampleContext),
    );
    expect(commands).toHaveLength(1);
    expect(commands[0]?.message).toMatch(/^defect 0\n11 more of this rule on this line:\n- medium: defect 1\n/);
    expect(commands[0]?.message).toMatch(/\nand 3 more; the job summary lists them$/);
  });

  it('holds for any report, with one line per annotation and the verdict last', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const lines = github.render(report, sampleContext).trimEnd().split('\n');
        const commands = lines.slice(0, -1).map(parseCommand);
        expect(commands).not.toContain(null);
        expect(lines.at(-1)).toMatch(/^hullcheck: (?:pass|fail|incomplete): /);
        for (const level of ['error', 'warning', 'notice']) {
          expect(commands.filter((command) => command?.name === level).length).toBeLessThanOrEqual(10);
        }
        for (const command of commands) {
          expect(['error', 'warning', 'notice']).toContain(command?.name);
          expect(command?.message.length).toBeLessThanOrEqual(4096);
          for (const line of command?.message.split('\n') ?? []) expect(line.trimStart().startsWith('::')).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('places', () => {
  it('names no file that is not written as it is, and says where it is instead', () => {
    const commands = commandsOf(github.render(hostileReport, sampleContext));
    for (const { properties } of commands) {
      expect(properties['file'] ?? 'Dockerfile').toMatch(/^(?:[a-g]\/)?Dockerfile$|^<\/summary>/);
    }
    const leaked = commands.find(({ properties }) => properties['title'] === 'leaked-private-key (critical)');
    expect(leaked?.properties['file']).toBeUndefined();
    expect(leaked?.message).toContain('\nFrom : :error file=README.md::forged:7');
  });

  it('puts a finding in an image on the line that caused it', () => {
    const [first] = commandsOf(github.render(sampleReport, sampleContext));
    expect(first?.properties).toEqual({
      file: 'Dockerfile',
      line: '7',
      endLine: '7',
      title: 'leaked-dotenv (critical)',
    });
    expect(first?.message).toContain('\nIn out/app.tar, layer 3: app/.env (deleted in a later layer)\n');
  });
});
