import type { Finding } from './domain/finding.ts';
import type { Gap } from './domain/gap.ts';
import type { AttributedSbom, ComponentCause, SbomObject } from './domain/sbom.ts';
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

function redactCause(cause: ComponentCause | null, redactor: Redactor): ComponentCause | null {
  if (cause === null || cause.instruction === null) return cause;
  const instruction = { ...cause.instruction, instruction: redactor.redactCode(cause.instruction.instruction) };
  return { ...cause, instruction };
}

/** Labels of an image stand in the metadata of its SBOM, the only place where the value of a setting gets into one. */
export function redactSbom(attributed: AttributedSbom, redactor: Redactor): AttributedSbom {
  let redacted = 0;
  const redactValue = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const shown = redactor.redact(value);
      if (shown !== value) redacted += 1;
      return shown;
    }
    if (Array.isArray(value)) return value.map(redactValue);
    return typeof value === 'object' && value !== null ? redactObject(value) : value;
  };
  const redactObject = (value: object): SbomObject =>
    Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redactValue(inner)]));
  const metadata = redactObject(attributed.sbom.metadata);
  const causes = attributed.causes.map((cause) => redactCause(cause, redactor));
  return { ...attributed, sbom: { ...attributed.sbom, metadata }, causes, redacted };
}
