import type { ProviderList } from '../src/contracts/provider-entry.ts'

/**
 * Every provider that ships, by the name a config calls it. Options and adapter are imported lazily, each on its
 * own, so that a config which names one store loads one SDK. A test compares this list with the folders.
 */
export const providers: ProviderList = {
  issuers: {
    command: {
      options: () => import('./issuers/command/options.ts'),
      load: () => import('./issuers/command/index.ts'),
    },
    http: {
      options: () => import('./issuers/http/options.ts'),
      load: () => import('./issuers/http/index.ts'),
    },
    memory: {
      options: () => import('./issuers/memory/options.ts'),
      load: () => import('./issuers/memory/index.ts'),
    },
    'ppt-video': {
      options: () => import('./issuers/ppt-video/options.ts'),
      load: () => import('./issuers/ppt-video/index.ts'),
    },
  },
  stores: {
    'aws-secrets-manager': {
      options: () => import('./stores/aws-secrets-manager/options.ts'),
      load: () => import('./stores/aws-secrets-manager/index.ts'),
    },
    'azure-key-vault': {
      options: () => import('./stores/azure-key-vault/options.ts'),
      load: () => import('./stores/azure-key-vault/index.ts'),
    },
    'env-file': {
      options: () => import('./stores/env-file/options.ts'),
      load: () => import('./stores/env-file/index.ts'),
    },
    'gcp-secret-manager': {
      options: () => import('./stores/gcp-secret-manager/options.ts'),
      load: () => import('./stores/gcp-secret-manager/index.ts'),
    },
    'kubernetes-secret': {
      options: () => import('./stores/kubernetes-secret/options.ts'),
      load: () => import('./stores/kubernetes-secret/index.ts'),
    },
    memory: {
      options: () => import('./stores/memory/options.ts'),
      load: () => import('./stores/memory/index.ts'),
    },
    vault: {
      options: () => import('./stores/vault/options.ts'),
      load: () => import('./stores/vault/index.ts'),
    },
  },
  consumers: {
    command: {
      options: () => import('./consumers/command/options.ts'),
      load: () => import('./consumers/command/index.ts'),
    },
    compose: {
      options: () => import('./consumers/compose/options.ts'),
      load: () => import('./consumers/compose/index.ts'),
    },
    'external-secret': {
      options: () => import('./consumers/external-secret/options.ts'),
      load: () => import('./consumers/external-secret/index.ts'),
    },
    http: {
      options: () => import('./consumers/http/options.ts'),
      load: () => import('./consumers/http/index.ts'),
    },
    'kubernetes-rollout': {
      options: () => import('./consumers/kubernetes-rollout/options.ts'),
      load: () => import('./consumers/kubernetes-rollout/index.ts'),
    },
    systemd: {
      options: () => import('./consumers/systemd/options.ts'),
      load: () => import('./consumers/systemd/index.ts'),
    },
  },
  notifiers: {
    command: {
      options: () => import('./notifiers/command/options.ts'),
      load: () => import('./notifiers/command/index.ts'),
    },
    email: {
      options: () => import('./notifiers/email/options.ts'),
      load: () => import('./notifiers/email/index.ts'),
    },
    log: {
      options: () => import('./notifiers/log/options.ts'),
      load: () => import('./notifiers/log/index.ts'),
    },
    pagerduty: {
      options: () => import('./notifiers/pagerduty/options.ts'),
      load: () => import('./notifiers/pagerduty/index.ts'),
    },
    webhook: {
      options: () => import('./notifiers/webhook/options.ts'),
      load: () => import('./notifiers/webhook/index.ts'),
    },
  },
  meters: {
    csv: {
      options: () => import('./meters/csv/options.ts'),
      load: () => import('./meters/csv/index.ts'),
    },
    'http-json': {
      options: () => import('./meters/http-json/options.ts'),
      load: () => import('./meters/http-json/index.ts'),
    },
    promql: {
      options: () => import('./meters/promql/options.ts'),
      load: () => import('./meters/promql/index.ts'),
    },
  },
  receivers: {
    generic: {
      options: () => import('./receivers/generic/options.ts'),
      load: () => import('./receivers/generic/index.ts'),
    },
    github: {
      options: () => import('./receivers/github/options.ts'),
      load: () => import('./receivers/github/index.ts'),
    },
    gitguardian: {
      options: () => import('./receivers/gitguardian/options.ts'),
      load: () => import('./receivers/gitguardian/index.ts'),
    },
    trufflehog: {
      options: () => import('./receivers/trufflehog/options.ts'),
      load: () => import('./receivers/trufflehog/index.ts'),
    },
  },
  journals: {
    kubernetes: {
      options: () => import('./journals/kubernetes/options.ts'),
      load: () => import('./journals/kubernetes/index.ts'),
    },
    memory: {
      options: () => import('./journals/memory/options.ts'),
      load: () => import('./journals/memory/index.ts'),
    },
    sqlite: {
      options: () => import('./journals/sqlite/options.ts'),
      load: () => import('./journals/sqlite/index.ts'),
    },
  },
}

/** Where keys are declared outside the config; the config's `kubernetes.teams` opens this one. */
export const sources = {
  kubernetes: () => import('./sources/kubernetes/index.ts'),
}

/** What else is called outside; loaded when it is used. */
export const outside = {
  secrets: () => import('./shared/options/secret-source.ts'),
  heartbeat: () => import('./shared/http/heartbeat.ts'),
}
