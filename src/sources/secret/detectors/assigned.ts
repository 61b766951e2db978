import type { Detector } from './detector.ts';
import { assigned, spellings } from './pattern.ts';

/**
 * A key without a prefix of its own, told by the setting it is assigned to. `names` are the variables that the vendor's
 * own tools read.
 */
function assignedKey(
  id: string,
  vendor: string,
  names: readonly string[],
  value: string,
  revokeUrl: string,
  what = `${vendor} API key`,
): Detector {
  const anchors = spellings(...names);
  return { id, vendor, what, anchors, pattern: assigned(anchors, value), proof: 'plausible', revokeUrl };
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** Keys whose format alone says nothing: plausible at best. */
export const assignedDetectors: readonly Detector[] = [
  assignedKey(
    'deepseek-key',
    'DeepSeek',
    ['DEEPSEEK_API_KEY'],
    'sk-[a-f0-9]{32}',
    'https://platform.deepseek.com/api_keys',
  ),
  assignedKey(
    'kimi-key',
    'Moonshot AI',
    ['MOONSHOT_API_KEY', 'KIMI_API_KEY'],
    String.raw`sk-[\w-]{48}`,
    'https://platform.moonshot.ai/console/api-keys',
  ),
  assignedKey(
    'zai-key',
    'Z.ai',
    ['ZAI_API_KEY', 'ZHIPUAI_API_KEY', 'GLM_API_KEY'],
    String.raw`[0-9a-f]{32}\.[A-Za-z0-9]{16}`,
    'https://z.ai/manage-apikey/apikey-list',
  ),
  assignedKey(
    'ollama-key',
    'Ollama',
    ['OLLAMA_API_KEY'],
    String.raw`[0-9a-f]{32}\.[\w-]{24}`,
    'https://ollama.com/settings/keys',
  ),
  assignedKey(
    'elevenlabs-key',
    'ElevenLabs',
    ['ELEVENLABS_API_KEY', 'ELEVEN_API_KEY', 'XI_API_KEY', 'xi-api-key'],
    'sk_[0-9a-f]{48}',
    'https://elevenlabs.io/app/settings/api-keys',
  ),
  assignedKey('mistral-key', 'Mistral', ['MISTRAL_API_KEY'], '[A-Za-z0-9]{32}', 'https://console.mistral.ai/api-keys'),
  assignedKey(
    'cohere-key',
    'Cohere',
    ['CO_API_KEY', 'COHERE_API_KEY'],
    '[A-Za-z0-9]{40}',
    'https://dashboard.cohere.com/api-keys',
  ),
  assignedKey('deepgram-key', 'Deepgram', ['DEEPGRAM_API_KEY'], '[a-f0-9]{40}', 'https://console.deepgram.com'),
  assignedKey(
    'assemblyai-key',
    'AssemblyAI',
    ['ASSEMBLYAI_API_KEY', 'AAI_API_KEY'],
    '[a-f0-9]{32}',
    'https://www.assemblyai.com/dashboard/api-keys',
  ),
  assignedKey('cursor-key', 'Cursor', ['CURSOR_API_KEY'], 'key_[0-9a-f]{64}', 'https://cursor.com/dashboard'),
  assignedKey(
    'fireworks-key',
    'Fireworks AI',
    ['FIREWORKS_API_KEY'],
    'fw_[A-Za-z0-9]{20,40}',
    'https://app.fireworks.ai/settings/users/api-keys',
  ),
  assignedKey(
    'voyage-key',
    'Voyage AI',
    ['VOYAGE_API_KEY'],
    String.raw`pa-[\w-]{40,60}`,
    'https://dashboard.voyageai.com',
  ),
  assignedKey('wandb-legacy-key', 'Weights & Biases', ['WANDB_API_KEY'], '[0-9a-f]{40}', 'https://wandb.ai/settings'),
  assignedKey(
    'together-legacy-key',
    'Together AI',
    ['TOGETHER_API_KEY', 'TOGETHERAI_API_KEY'],
    '[0-9a-f]{64}',
    'https://api.together.ai/settings/api-keys',
  ),
  assignedKey(
    'stability-key',
    'Stability AI',
    ['STABILITY_API_KEY'],
    'sk-[A-Za-z0-9]{48}',
    'https://platform.stability.ai/account/keys',
  ),
  assignedKey(
    'azure-openai-legacy-key',
    'Azure',
    ['AZURE_OPENAI_API_KEY', 'AZURE_OPENAI_KEY'],
    '[0-9a-f]{32}',
    'https://portal.azure.com',
    'Azure OpenAI key',
  ),
  assignedKey(
    'modal-token',
    'Modal',
    ['MODAL_TOKEN_SECRET'],
    'as-[A-Za-z0-9]{22}',
    'https://modal.com/settings/tokens',
    'Modal token',
  ),
  assignedKey(
    'firecrawl-key',
    'Firecrawl',
    ['FIRECRAWL_API_KEY'],
    'fc-[a-f0-9]{32}',
    'https://www.firecrawl.dev/app/api-keys',
  ),
  assignedKey('serper-key', 'Serper', ['SERPER_API_KEY'], '[0-9a-f]{40}', 'https://serper.dev/api-keys'),
  assignedKey('exa-key', 'Exa', ['EXA_API_KEY'], uuid, 'https://dashboard.exa.ai/api-keys'),
  assignedKey(
    'litellm-key',
    'LiteLLM',
    ['LITELLM_MASTER_KEY', 'LITELLM_SALT_KEY'],
    String.raw`sk-[\w-]{16,80}`,
    'https://docs.litellm.ai/docs/proxy/virtual_keys',
    'LiteLLM proxy key',
  ),
  assignedKey(
    'discord-token',
    'Discord',
    ['DISCORD_TOKEN', 'DISCORD_BOT_TOKEN'],
    String.raw`[\w-]{24,28}\.[\w-]{6}\.[\w-]{27,40}`,
    'https://discord.com/developers/applications',
    'Discord bot token',
  ),
  assignedKey(
    'cloudflare-legacy-token',
    'Cloudflare',
    ['CLOUDFLARE_API_TOKEN', 'CF_API_TOKEN', 'CLOUDFLARE_API_KEY'],
    String.raw`[\w-]{37,40}`,
    'https://dash.cloudflare.com/profile/api-tokens',
    'Cloudflare API token',
  ),
  assignedKey(
    'datadog-key',
    'Datadog',
    ['DD_API_KEY', 'DATADOG_API_KEY', 'DD_APP_KEY', 'DD_APPLICATION_KEY'],
    '[0-9a-f]{32}(?:[0-9a-f]{8})?',
    'https://app.datadoghq.com/organization-settings/api-keys',
  ),
  assignedKey(
    'twilio-token',
    'Twilio',
    ['TWILIO_AUTH_TOKEN', 'TWILIO_API_SECRET', 'TWILIO_API_KEY_SECRET'],
    '[A-Za-z0-9]{32}',
    'https://console.twilio.com',
    'Twilio auth token',
  ),
  assignedKey(
    'mailgun-key',
    'Mailgun',
    ['MAILGUN_API_KEY', 'MAILGUN_WEBHOOK_SIGNING_KEY', 'MAILGUN_SIGNING_KEY'],
    '(?:key-)?[0-9a-f]{32}(?:-[0-9a-f]{8}-[0-9a-f]{8})?',
    'https://app.mailgun.com/settings/api_security',
  ),
  assignedKey(
    'resend-key',
    'Resend',
    ['RESEND_API_KEY'],
    're_[A-Za-z0-9]{6,10}_[A-Za-z0-9]{20,30}',
    'https://resend.com/api-keys',
  ),
  assignedKey(
    'heroku-legacy-key',
    'Heroku',
    ['HEROKU_API_KEY'],
    uuid,
    'https://dashboard.heroku.com/account/applications',
  ),
  assignedKey('snyk-token', 'Snyk', ['SNYK_TOKEN'], uuid, 'https://app.snyk.io/account', 'Snyk token'),
  assignedKey(
    'hetzner-token',
    'Hetzner',
    ['HCLOUD_TOKEN'],
    '[A-Za-z0-9]{64}',
    'https://console.hetzner.cloud',
    'Hetzner Cloud token',
  ),
  assignedKey(
    'crates-token',
    'crates.io',
    ['CARGO_REGISTRY_TOKEN'],
    'cio[A-Za-z0-9]{32}',
    'https://crates.io/settings/tokens',
    'crates.io token',
  ),
  assignedKey(
    'ngrok-token',
    'ngrok',
    ['NGROK_AUTHTOKEN'],
    '[A-Za-z0-9]{20,32}_[A-Za-z0-9]{17,24}',
    'https://dashboard.ngrok.com/authtokens',
    'ngrok token',
  ),
  assignedKey(
    'azure-devops-token',
    'Azure',
    ['AZURE_DEVOPS_PAT', 'AZURE_DEVOPS_EXT_PAT', 'ADO_PAT'],
    '(?:[a-z2-7]{52}|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})',
    'https://dev.azure.com/_usersSettings/tokens',
    'Azure DevOps token',
  ),
];
