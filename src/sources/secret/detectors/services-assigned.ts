import type { Detector, Sighting, Verdict } from './detector.ts';
import { assignmentSign, tokenEnd } from './pattern.ts';

/** A service whose keys have no prefix of their own. */
interface Service {
  readonly vendor: string;
  /** For `a …`. */
  readonly what: string;
  /** The variables that the service's documentation names. */
  readonly names: readonly string[];
  readonly value: RegExp;
  readonly revokeUrl: string;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const services: readonly Service[] = [
  {
    vendor: 'Meta',
    what: 'Facebook app secret',
    names: ['FACEBOOK_APP_SECRET', 'FACEBOOK_CLIENT_SECRET', 'FACEBOOK_SECRET', 'FB_APP_SECRET'],
    value: /^[a-f0-9]{32}$/,
    revokeUrl: 'https://developers.facebook.com/apps',
  },
  {
    vendor: 'X',
    what: 'X (Twitter) API secret',
    names: [
      'TWITTER_API_SECRET',
      'TWITTER_API_KEY_SECRET',
      'TWITTER_CONSUMER_SECRET',
      'TWITTER_ACCESS_TOKEN_SECRET',
      'TWITTER_ACCESS_SECRET',
    ],
    value: /^[A-Za-z0-9]{35,50}$/,
    revokeUrl: 'https://developer.x.com/en/portal/projects-and-apps',
  },
  {
    vendor: 'Alibaba Cloud',
    what: 'Alibaba Cloud access key secret',
    names: ['ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'ALIBABA_ACCESS_KEY_SECRET', 'ALIYUN_ACCESS_KEY_SECRET'],
    value: /^[A-Za-z0-9]{30}$/,
    revokeUrl: 'https://ram.console.aliyun.com/manage/ak',
  },
  {
    vendor: 'Asana',
    what: 'Asana secret',
    names: ['ASANA_CLIENT_SECRET', 'ASANA_ACCESS_TOKEN', 'ASANA_PERSONAL_ACCESS_TOKEN'],
    value: /^(?:[12]\/(?:\d{10,20}\/)?\d{10,20}:)?[a-z0-9]{32}$/,
    revokeUrl: 'https://app.asana.com/0/my-apps',
  },
  {
    vendor: 'Atlassian',
    what: 'Atlassian API token',
    names: ['ATLASSIAN_API_TOKEN', 'JIRA_API_TOKEN', 'CONFLUENCE_API_TOKEN'],
    value: /^[A-Za-z0-9]{24}$/,
    revokeUrl: 'https://id.atlassian.com/manage-profile/security/api-tokens',
  },
  {
    vendor: 'Atlassian',
    what: 'Bitbucket client secret',
    names: ['BITBUCKET_CLIENT_SECRET', 'BITBUCKET_OAUTH_SECRET'],
    value: /^[\w-]{32}(?:[\w-]{32})?$/,
    revokeUrl: 'https://bitbucket.org/account/settings/',
  },
  {
    vendor: 'Beamer',
    what: 'Beamer API key',
    names: ['BEAMER_API_KEY', 'BEAMER_API_TOKEN'],
    value: /^b_[\w=-]{44}$/,
    revokeUrl: 'https://app.getbeamer.com/settings',
  },
  {
    vendor: 'Contentful',
    what: 'Contentful token',
    names: ['CONTENTFUL_ACCESS_TOKEN', 'CONTENTFUL_API_TOKEN'],
    value: /^[\w-]{43}$/,
    revokeUrl: 'https://app.contentful.com/account/profile/cma_tokens',
  },
  {
    vendor: 'Discord',
    what: 'Discord client secret',
    names: ['DISCORD_CLIENT_SECRET'],
    value: /^[\w-]{32}$/,
    revokeUrl: 'https://discord.com/developers/applications',
  },
  {
    vendor: 'Dropbox',
    what: 'Dropbox app secret',
    names: ['DROPBOX_APP_SECRET', 'DROPBOX_CLIENT_SECRET'],
    value: /^[a-z0-9]{15}$/,
    revokeUrl: 'https://www.dropbox.com/developers/apps',
  },
  {
    vendor: 'Dropbox',
    what: 'Dropbox access token',
    names: ['DROPBOX_ACCESS_TOKEN', 'DROPBOX_API_TOKEN'],
    value: /^(?:sl\.[\w=-]{120,1600}|[A-Za-z0-9]{11}AAAAAAAAAA[\w=-]{43}|[\w-]{64})$/,
    revokeUrl: 'https://www.dropbox.com/developers/apps',
  },
  {
    vendor: 'Fastly',
    what: 'Fastly API token',
    names: ['FASTLY_API_TOKEN', 'FASTLY_API_KEY'],
    value: /^[\w-]{32}$/,
    revokeUrl: 'https://manage.fastly.com/account/tokens',
  },
  {
    vendor: 'Finicity',
    what: 'Finicity secret',
    names: ['FINICITY_CLIENT_SECRET', 'FINICITY_PARTNER_SECRET', 'FINICITY_API_TOKEN'],
    value: /^(?:[A-Za-z0-9]{20}|[a-f0-9]{32})$/,
    revokeUrl: 'https://developer.mastercard.com/account',
  },
  {
    vendor: 'GoCardless',
    what: 'GoCardless access token',
    names: ['GOCARDLESS_ACCESS_TOKEN', 'GC_ACCESS_TOKEN'],
    value: /^live_[\w=-]{40}$/,
    revokeUrl: 'https://manage.gocardless.com/developers',
  },
  {
    vendor: 'HubSpot',
    what: 'HubSpot key',
    names: ['HUBSPOT_API_KEY', 'HUBSPOT_API_TOKEN', 'HUBSPOT_CLIENT_SECRET'],
    value: uuid,
    revokeUrl: 'https://app.hubspot.com/private-apps',
  },
  {
    vendor: 'Intercom',
    what: 'Intercom access token',
    names: ['INTERCOM_ACCESS_TOKEN', 'INTERCOM_API_TOKEN', 'INTERCOM_API_KEY'],
    value: /^[\w=]{60}$/,
    revokeUrl: 'https://app.intercom.com/a/apps/_/developer-hub',
  },
  {
    vendor: 'Intercom',
    what: 'Intercom client secret',
    names: ['INTERCOM_CLIENT_SECRET'],
    value: uuid,
    revokeUrl: 'https://app.intercom.com/a/apps/_/developer-hub',
  },
  {
    vendor: 'Ionic',
    what: 'Ionic token',
    names: ['IONIC_API_TOKEN'],
    value: /^ion_[A-Za-z0-9]{42}$/,
    revokeUrl: 'https://dashboard.ionicframework.com/settings',
  },
  {
    vendor: 'Linear',
    what: 'Linear client secret',
    names: ['LINEAR_CLIENT_SECRET'],
    value: /^[a-f0-9]{32}$/,
    revokeUrl: 'https://linear.app/settings/api',
  },
  {
    vendor: 'Lob',
    what: 'Lob API key',
    names: ['LOB_API_KEY'],
    value: /^live_[a-f0-9]{35}$/,
    revokeUrl: 'https://dashboard.lob.com/settings/api-keys',
  },
  {
    vendor: 'Mailchimp',
    what: 'Mailchimp API key',
    names: ['MAILCHIMP_API_KEY'],
    value: /^[a-f0-9]{32}-us\d{1,2}$/,
    revokeUrl: 'https://admin.mailchimp.com/account/api',
  },
  {
    vendor: 'MessageBird',
    what: 'MessageBird API key',
    names: ['MESSAGEBIRD_API_KEY', 'MESSAGEBIRD_API_TOKEN'],
    value: /^[A-Za-z0-9]{25}$/,
    revokeUrl: 'https://dashboard.messagebird.com/developers/access',
  },
  {
    vendor: 'LinkedIn',
    what: 'LinkedIn client secret',
    names: ['LINKEDIN_CLIENT_SECRET', 'LINKEDIN_SECRET'],
    value: /^[A-Za-z0-9]{16}$/,
    revokeUrl: 'https://www.linkedin.com/developers/apps',
  },
  {
    vendor: 'Twitch',
    what: 'Twitch secret',
    names: ['TWITCH_CLIENT_SECRET', 'TWITCH_ACCESS_TOKEN', 'TWITCH_API_TOKEN'],
    value: /^(?:oauth:)?[a-z0-9]{30}$/,
    revokeUrl: 'https://dev.twitch.tv/console/apps',
  },
];

/** How such names end: few enough to search for, so that a service more costs nothing. */
const endings = ['_ACCESS_TOKEN', '_API_TOKEN', '_API_KEY', '_SECRET'] as const;
const anchors = endings.flatMap((ending) => [ending, ending.toLowerCase()]);

function beginningOf(name: string): string {
  const ending = endings.find((candidate) => name.endsWith(candidate)) ?? '';
  return name.slice(0, name.length - ending.length);
}

const serviceOf = new Map(services.flatMap((service) => service.names.map((name) => [name, service] as const)));
const beginnings = [...new Set([...serviceOf.keys()].map(beginningOf))].flatMap((name) => [name, name.toLowerCase()]);

function judgeService({ value, groups }: Sighting): Verdict | null {
  const { beginning = '', ending = '' } = groups;
  const service = serviceOf.get(`${beginning}${ending}`.toUpperCase());
  if (service === undefined || !service.value.test(value)) return null;
  const { vendor, what, revokeUrl } = service;
  return { proof: 'plausible', vendor, what, revokeUrl };
}

/** The keys of such services in one detector: the name that a value is assigned to tells which it is. */
export const serviceAssignedDetectors: readonly Detector[] = [
  {
    id: 'service-key',
    vendor: null,
    what: 'service key',
    anchors,
    pattern: new RegExp(
      `(?<=(?<![A-Za-z0-9])(?<beginning>${beginnings.join('|')}))(?<ending>${anchors.join('|')})${assignmentSign}(?<value>[\\w.=:/-]{15,1700})${tokenEnd}`,
      'y',
    ),
    before: 64,
    after: 1920,
    proof: 'plausible',
    validate: judgeService,
    revokeUrl: null,
  },
];
