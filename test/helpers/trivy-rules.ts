import { exampleKey } from '../../src/domain/example-key.ts';
import { filler, samples } from '../sources/secret/detector-samples.ts';

/** A value for each secret rule that Trivy has built in, which its expression accepts; made here from parts. */
export interface TrivyRuleCase {
  /** Where it is planted; `/app/RULE.txt` unless the rule wants a name. */
  readonly path?: string;
  readonly text: string;
  /** Why what the rule finds is no leak; null: it is one, and ours must find it. */
  readonly noise: string | null;
}

const hex = (length: number) => filler(length, 'hex');
const lower = (length: number) => filler(length, 'lower');
const uuid = hex(32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const secret = (text: string, path?: string): TrivyRuleCase =>
  path === undefined ? { text, noise: null } : { path, text, noise: null };
const quoted = (name: string, value: string) => secret(`${name} = "${value}"`);
const noise = (text: string, why: string): TrivyRuleCase => ({ text, noise: why });
const sampleOf = (id: string, index = 0) => secret(samples[id]?.found[index] ?? '');

const identifier = 'an identifier, which is public; the secret beside it is told';
const testMode = 'a key of the test mode, which reaches no real account';
const browser = 'a key for browsers, public by design';

export const trivyRules: Readonly<Record<string, TrivyRuleCase>> = {
  'aws-access-key-id': secret(`key = AK${'IA'}QB${filler(14, 'base32')}\n`),
  'aws-secret-access-key': secret(`aws_secret_access_key = ${filler(40, 'base64', 'aws')}\n`),
  'github-pat': sampleOf('github-token', 0),
  'github-oauth': sampleOf('github-token', 1),
  'github-app-token': sampleOf('github-token', 2),
  'github-refresh-token': secret(`ghr_${filler(76)}`),
  'github-fine-grained-pat': sampleOf('github-fine-grained-token'),
  'gitlab-pat': sampleOf('gitlab-token'),
  'hugging-face-access-token': sampleOf('hugging-face-token'),
  'private-key': secret(exampleKey()),
  'shopify-token': sampleOf('shopify-token'),
  'slack-access-token': sampleOf('slack-token'),
  'stripe-publishable-token': noise(`pk_live_${lower(24)}`, browser),
  'stripe-secret-token': secret(`sk_live_${lower(24)}`),
  'pypi-upload-token': sampleOf('pypi-token'),
  'gcp-service-account': sampleOf('gcp-service-account'),
  'heroku-api-key': secret(` heroku_api_key = "${uuid}"`),
  'slack-web-hook': sampleOf('slack-webhook'),
  'twilio-api-key': noise(`SK${hex(32)}`, 'the SID that names a key; TWILIO_API_SECRET is told'),
  'age-secret-key': sampleOf('age-key'),
  'facebook-token': quoted('FACEBOOK_APP_SECRET', hex(32)),
  'twitter-token': quoted('TWITTER_API_SECRET', hex(40)),
  'adobe-client-id': noise(`ADOBE_CLIENT_ID = "${hex(32)}"`, identifier),
  'adobe-client-secret': secret(`p8e-${lower(32)}`),
  'alibaba-access-key-id': sampleOf('alibaba-key'),
  'alibaba-secret-key': quoted('ALIBABA_ACCESS_KEY_SECRET', lower(30)),
  'asana-client-id': noise(`ASANA_CLIENT_ID = "${filler(16, 'digits')}"`, identifier),
  'asana-client-secret': quoted('ASANA_CLIENT_SECRET', lower(32)),
  'atlassian-api-token': quoted('ATLASSIAN_API_TOKEN', lower(24)),
  'bitbucket-client-id': noise(`BITBUCKET_CLIENT_ID = "${lower(32)}"`, identifier),
  'bitbucket-client-secret': quoted('BITBUCKET_CLIENT_SECRET', lower(64)),
  'beamer-api-token': quoted('BEAMER_API_TOKEN', `b_${lower(44)}`),
  'clojars-api-token': secret(`CLOJARS_${lower(60)}`),
  'contentful-delivery-api-token': quoted('CONTENTFUL_API_TOKEN', lower(43)),
  'databricks-api-token': secret(`dapi${hex(32)}`),
  'discord-api-token': noise(
    `DISCORD_PUBLIC_KEY = "${hex(64)}"`,
    'the only value of this form that Discord has is public',
  ),
  'discord-client-id': noise(`DISCORD_CLIENT_ID = "${filler(18, 'digits')}"`, identifier),
  'discord-client-secret': quoted('DISCORD_CLIENT_SECRET', lower(32)),
  'doppler-api-token': secret(`"dp.pt.${lower(43)}"`),
  'dropbox-api-secret': quoted('DROPBOX_APP_SECRET', lower(15)),
  'dropbox-short-lived-api-token': quoted('DROPBOX_ACCESS_TOKEN', `sl.${lower(135)}`),
  'dropbox-long-lived-api-token': quoted('DROPBOX_ACCESS_TOKEN', `${lower(11)}${'A'.repeat(10)}${lower(43)}`),
  'duffel-api-token': secret(`"duffel_live_${lower(43)}"`),
  'dynatrace-api-token': secret(`"dt0c01.${filler(24, 'base32')}.${filler(64, 'base32')}"`),
  'easypost-api-token': secret(`"EZAK${lower(54)}"`),
  'fastly-api-token': quoted('FASTLY_API_TOKEN', lower(32)),
  'finicity-client-secret': quoted('FINICITY_CLIENT_SECRET', lower(20)),
  'finicity-api-token': quoted('FINICITY_API_TOKEN', hex(32)),
  'flutterwave-public-key': noise(`FLWSECK_TEST-${hex(32)}-X`, `${testMode}; FLWSECK- is told`),
  'flutterwave-enc-key': noise(`FLWSECK_TEST${hex(12)}`, testMode),
  'frameio-api-token': secret(`fio-u-${lower(64)}`),
  'gocardless-api-token': quoted('GOCARDLESS_ACCESS_TOKEN', `live_${lower(40)}`),
  'grafana-api-token': sampleOf('grafana-legacy-key'),
  'hashicorp-tf-api-token': secret(`"${lower(14)}.atlasv1.${lower(67)}"`),
  'hubspot-api-token': quoted('HUBSPOT_API_TOKEN', uuid),
  'intercom-api-token': quoted('INTERCOM_API_TOKEN', lower(60)),
  'intercom-client-secret': quoted('INTERCOM_CLIENT_SECRET', uuid),
  'ionic-api-token': quoted('IONIC_API_TOKEN', `ion_${lower(42)}`),
  'jwt-token': sampleOf('jwt'),
  'linear-api-token': sampleOf('linear-key'),
  'linear-client-secret': quoted('LINEAR_CLIENT_SECRET', hex(32)),
  'lob-api-key': quoted('LOB_API_KEY', `live_${hex(35)}`),
  'lob-pub-api-key': noise(`LOB_PUB = "live_pub_${hex(31)}"`, browser),
  'mailchimp-api-key': quoted('MAILCHIMP_API_KEY', `${hex(32)}-us20`),
  'mailgun-token': quoted('MAILGUN_API_KEY', `key-${hex(32)}`),
  'mailgun-signing-key': quoted('MAILGUN_SIGNING_KEY', `${hex(32)}-${hex(8)}-${hex(8)}`),
  'mapbox-api-token': noise(`pk.${lower(60)}.${lower(22)}`, browser),
  'messagebird-api-token': quoted('MESSAGEBIRD_API_TOKEN', lower(25)),
  'messagebird-client-id': noise(`MESSAGEBIRD_CLIENT_ID = "${uuid}"`, identifier),
  'new-relic-user-api-key': secret(`"NRAK-${filler(27, 'upper')}"`),
  'new-relic-user-api-id': noise(`newrelic_id = "${filler(64, 'upper')}"`, identifier),
  'new-relic-browser-api-token': noise(`"NRJS-${hex(19)}"`, browser),
  'npm-access-token': secret(`"${(samples['npm-token']?.found[0] ?? '').slice(2).trim()}"`),
  'planetscale-password': secret(`pscale_pw_${lower(43)}`),
  'planetscale-api-token': secret(`pscale_tkn_${lower(43)}`),
  'private-packagist-token': secret(`packagist_uut_${hex(68)}`),
  'postman-api-token': sampleOf('postman-key'),
  'pulumi-api-token': secret(`pul-${hex(40)}`),
  'rubygems-api-token': secret(`rubygems_${hex(48)}`),
  'sendgrid-api-token': sampleOf('sendgrid-key'),
  'sendinblue-api-token': secret(`xkeysib-${hex(64)}-${lower(16)}`),
  'shippo-api-token': secret(`shippo_live_${hex(40)}`),
  'linkedin-client-secret': quoted('LINKEDIN_CLIENT_SECRET', lower(60).replace(/\d/g, '').slice(0, 16)),
  'linkedin-client-id': noise(`LINKEDIN_CLIENT_ID = "${lower(14)}"`, identifier),
  'twitch-api-token': quoted('TWITCH_API_TOKEN', lower(30)),
  'typeform-api-token': secret(`TYPEFORM_TOKEN = "tfp_${lower(44)}_${lower(14)}"`),
  'dockerconfig-secret': sampleOf('docker-config-secret'),
  'symfony-default-secret': noise(
    ['ThisTokenIsNotSo', 'SecretChangeIt'].join(''),
    'a default that everybody knows: weak, not leaked',
  ),
  'azure-storage-account-key': sampleOf('azure-storage-key'),
  'azure-sas-token': sampleOf('azure-sas'),
  'azure-devops-pat': secret(`AZURE_DEVOPS_PAT=${filler(52, 'base32').toLowerCase()}\n`),
  'azure-entra-client-secret': secret(`secret: ${filler(3)}8Q~${filler(34)}\n`),
  'azure-container-registry-credential': secret(`${filler(52)}JQQJ99CAACYeBjFEqg7NAAAC${'AZCR'}${filler(4)}`),
  'azure-container-registry-password': sampleOf('azure-registry-password'),
  'azure-app-config-connection-string': sampleOf('azure-app-configuration'),
  'azure-ai-services-key': secret(
    `${filler(52)}JQQJ99CA${filler(7)}XJ3w3${filler(4, 'base62', 'a')}ACOG${filler(4, 'base62', 'b')}`,
  ),
  'maven-settings-password': secret(`<server><password>${filler(20)}</password></server>`, 'app/conf/settings.xml'),
  'maven-settings-passphrase': secret(`<server><passphrase>${filler(20)}</passphrase></server>`, 'srv/m2/settings.xml'),
  'maven-settings-security-master': secret(
    `<master>{${filler(44, 'base64')}}</master>`,
    'srv/m2/settings-security.xml',
  ),
  'openai-project-api-key': sampleOf('openai-key'),
  'openai-service-account-key': sampleOf('openai-key', 2),
  'openai-admin-api-key': secret(`sk-admin-${filler(58)}T3Blbk${'FJ'}${filler(58)}`),
  'openai-legacy-api-key': sampleOf('openai-key', 1),
  'openai-service-api-key': secret(`sk-service-app-${filler(20)}T3Blbk${'FJ'}${filler(20)}`),
  'openai-realtime-client-secret': secret(`openai = ek_${hex(32)}\n`),
};
