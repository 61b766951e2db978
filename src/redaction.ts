import type { Finding } from './domain/finding.ts';
import type { Gap } from './domain/gap.ts';
import type { Redactor } from './sources/secret/redactor.ts';

/** Texts that may quote foreign content, with every known secret of the run blanked. */
export function redactText(text: string, redactor: Redactor): string {
  return redactor.redact(text);
}

export function redactGap(gap: Gap, redactor: Redactor): Gap {
  return { ...gap, subject: redactor.redact(gap.subject), reason: redactor.redact(gap.reason) };
}

export function redactFinding(finding: Finding, redactor: Redactor): Finding {
  const fix =
    finding.fix === null
      ? null
      : {
          description: redactor.redact(finding.fix.description),
          edits: finding.fix.edits.map((edit) => ({ ...edit, newText: redactor.redactCode(edit.newText) })),
        };
  const related = finding.related.map((place) => ({ ...place, message: redactor.redact(place.message) }));
  return { ...finding, message: redactor.redact(finding.message), related, fix };
}
