import { distinctSettings, draftSetting } from '../domain/image-setting-draft.ts';
import { defineRule } from '../domain/rule.ts';

const remedy =
  'use RUN --mount=type=secret instead of a build argument, or build with --provenance=mode=min, and push again';

export const secretInProvenance = defineRule({
  id: 'secret-in-provenance',
  summary: "A build argument with a credential stands in the image's build provenance",
  severity: 'medium',
  confidence: 'medium',
  consumes: ['image-setting'],
  isSecret: true,
  docs: {
    why: 'BuildKit records every `--build-arg` in the provenance attestation that is pushed beside the image (SLSA provenance; mode=max is the default of docker/build-push-action in public repositories). The value is readable by everyone who can pull the image, although neither the image config nor any layer holds it.',
    fix: 'Revoke the credential first. Then pass it with `RUN --mount=type=secret,id=token` and `--secret`, which leaves no trace, and push the image again.',
  },
  examples: [],
  *check(view) {
    for (const setting of distinctSettings(view.of('image-setting'))) {
      if (setting.part === 'provenance') yield draftSetting(setting, remedy);
    }
  },
});
