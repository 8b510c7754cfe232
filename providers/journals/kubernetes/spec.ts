/** The `spec` of a ManagedKey of the config: the key with every default filled in, in the words of the config. */
import type { ConfiguredTarget, KeyConfig } from '../../../src/contracts/config.ts'
import { formatDuration } from '../../../src/contracts/duration.ts'

type Spec = Readonly<Record<string, unknown>>

export function describeSpec(key: KeyConfig): Spec {
  const { policy, window } = key
  return dropUndefined({
    environment: key.environment,
    service: key.service,
    owner: key.owner,
    issuer: key.issuer,
    targets: key.targets.map(describeTarget),
    consumers: key.consumers.length > 0 ? key.consumers : undefined,
    scopes: key.scopes,
    group: key.group,
    first: key.first,
    window: window && { cron: window.cron, for: formatDuration(window.forMs), timeZone: window.timeZone },
    every: formatDuration(policy.everyMs),
    overlap: formatDuration(policy.overlapMs),
    settle: durationOf(key.settleMs),
    confirmations: policy.confirmations,
    quietFor: durationOf(policy.quietForMs),
    askBefore: formatDuration(policy.askBeforeMs),
    remindEvery: formatDuration(policy.remindEveryMs),
    operatorDeadline: formatDuration(policy.operatorDeadlineMs),
    callLimit: formatDuration(policy.callLimitMs),
    lease: formatDuration(key.leaseMs),
    readyLimit: formatDuration(policy.readyLimitMs),
    giveUp: formatDuration(policy.giveUpMs),
    afterCare: formatDuration(policy.afterCareMs),
    lookEvery: formatDuration(key.lookEveryMs),
    retryMin: formatDuration(policy.retryMinMs),
    retryMax: formatDuration(policy.retryMaxMs),
    expiresAfter: durationOf(key.expiresAfterMs),
    allowOutage: policy.allowOutage,
    observe: key.observe,
    exclusive: key.exclusive,
  })
}

function describeTarget({ store, secret, fields, template }: ConfiguredTarget): Spec {
  const names = Object.entries(fields)
  const [first] = names
  const isOne = names.length === 1 && first?.[0] === 'value'
  return dropUndefined({
    store,
    secret,
    field: isOne ? (first?.[1] ?? undefined) : undefined,
    fields: isOne ? undefined : fields,
    template,
  })
}

function durationOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : formatDuration(ms)
}

function dropUndefined(fields: Spec): Spec {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
