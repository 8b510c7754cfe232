import type { Pin, Policy } from '../../src/contracts/pin.ts'
import { type KeyRecord, newRecord } from '../../src/contracts/record.ts'
import { startRotation } from '../../src/workflow/between/start.ts'

export const policy: Policy = {
  everyMs: 90 * 86_400_000,
  overlapMs: 3_600_000,
  confirmations: 3,
  callLimitMs: 10_000,
  readyLimitMs: 60_000,
  giveUpMs: 600_000,
  askBeforeMs: 0,
  remindEveryMs: 86_400_000,
  operatorDeadlineMs: 3 * 86_400_000,
  afterCareMs: 86_400_000,
  retryMinMs: 1_000,
  retryMaxMs: 60_000,
  allowOutage: false,
}

function makePin(lifecycle: 'many' | 'operator' = 'many'): Pin {
  return {
    issuer: {
      name: 'issuer',
      lifecycle,
      traits: {
        parts: ['value'],
        settleMs: 5_000,
        onLostAnswer: 'find',
        oldKeyOnIssue: 'lives',
        listDelayMs: 0,
      },
      canDisable: false,
      canIdentify: true,
    },
    targets: [],
    consumers: [],
    policy,
  }
}

/** A key with a running rotation at its head. */
export function makeRecord(lifecycle: 'many' | 'operator' = 'many'): KeyRecord {
  const record = newRecord('video', 'k7f3')
  record.current = {
    fingerprint: 'oldoldoldoldoldo',
    since: 0,
    sinceFrom: 'issuer',
    adopted: true,
    versions: {},
  }
  startRotation(record, { id: '20261122-aaaaaa', reason: 'asked', pin: makePin(lifecycle) }, 1_000)
  return record
}

/** The same, with the new key made and in its place. */
export function makeDeployed(): KeyRecord {
  const record = makeRecord()
  const { rotation } = record
  if (!rotation) throw new Error('no rotation')
  rotation.step = 'revoke'
  rotation.overlapUntil = 3_600_000
  rotation.attempts = [
    {
      mark: 'k7f3-20261122-aaaaaa-1',
      name: 'keyrota-video-k7f3-20261122-aaaaaa-1',
      state: 'issued',
      at: 1_000,
      landsBy: 0,
      fingerprint: 'newnewnewnewnewn',
    },
  ]
  return record
}
