/*
 * What a team may say in each field of a ManagedKey. Keyrota acts with rights that no team has, so every field that
 * could turn these rights against somebody else is bounded or refused. A field without a row here does not compile.
 */
import type { TeamGrant } from '../../contracts/config.ts'
import type { RawManagedKey } from '../schema/managed-key-spec.ts'
import { defaultPolicy } from '../schema/schema.ts'

export type Decision =
  /** It concerns nobody but the team. */
  | { is: 'own' }
  /** One of the names that the grant opens. */
  | { is: 'granted'; by: 'environments' | 'issuers' | 'scopes' }
  /** A place in the namespace of the object; `read-team-key.ts` adds the namespace. */
  | { is: 'placed' }
  /** Only the config of the platform says it. */
  | { is: 'refused' }
  /** Between these, or up to what `defaults` of the config says where that goes further. */
  | { is: 'bounded'; least: number; most: number; unit: 'ms' | 'times' }
  /** This value, and the other one only where `defaults` of the config says it. */
  | { is: 'only'; value: boolean }

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

function between(least: number, most: number): Decision {
  return { is: 'bounded', least, most, unit: 'ms' }
}

export const decisions: Readonly<Record<keyof RawManagedKey, Decision>> = {
  environment: { is: 'granted', by: 'environments' },
  service: { is: 'own' },
  owner: { is: 'own' },
  issuer: { is: 'granted', by: 'issuers' },
  targets: { is: 'placed' },
  workloads: { is: 'placed' },
  // A consumer of the config may run a command or call an address with the platform's rights.
  consumers: { is: 'refused' },
  // Keyrota's token at the issuer may create keys that are allowed more than the team is.
  scopes: { is: 'granted', by: 'scopes' },
  first: { is: 'own' },
  // Its name gets the namespace in front, so that it is never the group of somebody else.
  group: { is: 'own' },
  // They choose a key for a campaign of the platform, which shows what it has chosen.
  labels: { is: 'own' },
  window: { is: 'own' },
  // A freeze of the platform is not the team's to lift; what `defaults` names holds for its keys too.
  blackouts: { is: 'refused' },
  // Each rotation counts against the limits that all share, and against the issuer's.
  every: between(DAY_MS, 3650 * DAY_MS),
  expiresAfter: between(DAY_MS, 3650 * DAY_MS),
  // Two keys live through the overlap, and an account has a limited number of them.
  overlap: between(0, 30 * DAY_MS),
  settle: between(0, HOUR_MS),
  readyLimit: between(10 * SECOND_MS, HOUR_MS),
  // After it the old key is revoked without proof that the consumers have moved.
  quietFor: between(MINUTE_MS, 365 * DAY_MS),
  // Every verdict is a request to the issuer, with the platform's account.
  confirmations: { is: 'bounded', least: defaultPolicy.confirmations, most: 20, unit: 'times' },
  askBefore: between(0, 90 * DAY_MS),
  // A reminder goes to people of the platform.
  remindEvery: between(HOUR_MS, 365 * DAY_MS),
  operatorDeadline: between(HOUR_MS, 90 * DAY_MS),
  afterCare: between(0, 7 * DAY_MS),
  // Pauses keep a key that fails from taking the time of all others.
  lookEvery: between(15 * MINUTE_MS, 365 * DAY_MS),
  giveUp: between(10 * MINUTE_MS, 7 * DAY_MS),
  retryMin: between(SECOND_MS, HOUR_MS),
  retryMax: between(30 * SECOND_MS, DAY_MS),
  // How long a worker and a claim may be held.
  callLimit: { is: 'refused' },
  lease: { is: 'refused' },
  // It says that every unknown key in the account is ours, and such a key is revoked.
  exclusive: { is: 'refused' },
  // A roll may end the key of everybody who shares the account.
  allowOutage: { is: 'only', value: false },
  observe: { is: 'only', value: true },
}

/** Whether a namespace is one of those that the grant names. */
export function opensNamespace({ namespaces }: Pick<TeamGrant, 'namespaces'>, namespace: string): boolean {
  return namespaces.some((pattern) => matches(pattern, namespace))
}

/** `*` stands for any characters, also none. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return pattern === name
  if (!name.startsWith(first) || !name.endsWith(last)) return false
  let from = first.length
  for (const part of rest) {
    const at = name.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return from <= name.length - last.length
}
