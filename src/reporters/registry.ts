import type { ReportFormat } from '../domain/report.ts';
import { github } from './github.ts';
import { html } from './html.ts';
import { json } from './json.ts';
import { markdown } from './markdown.ts';
import type { Reporter } from './reporter.ts';
import { sarif } from './sarif.ts';
import { text } from './text.ts';

/** Every format there is. */
export const reporters: Readonly<Record<ReportFormat, Reporter>> = { text, json, sarif, markdown, html, github };
