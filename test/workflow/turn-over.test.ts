/* What a record still shows once a rotation has put a new key in the place of the old one. */
import { expect, test } from 'vitest'
import type { KeyRecord } from '../../src/contracts/record.ts'
import { turnOver } from '../../src/workflow/keys/turn-over.ts'
import type { Turn } from '../../src/workflow/words/turn.ts'
import { setViolation } from '../../src/workflow/words/violations.ts'
import { makeDeployed } from './record.ts'

const NOW = 5_000

function finish(record: KeyRecord): void {
  turnOver({ record, rotation: record.rotation, now: NOW } as unknown as Turn)
}

test('a clock that differs still does after a rotation; drift of the old key is over', () => {
  const record = makeDeployed()
  setViolation(record, 'clock-differs', 'the clock is 20 minutes ahead', 1)
  setViolation(record, 'drift:store/a#KEY', 'a holds another value', 1)
  finish(record)
  expect(record.violations.map(({ kind }) => kind)).toEqual(['clock-differs'])
})

test('a key that is handed over does not take the place of one that was handed over before', () => {
  const record = makeDeployed()
  record.past = [
    { fingerprint: 'earlierearlierea', rotation: 'r', state: 'handed-over', usedBy: ['first'], until: 1 },
    { fingerprint: 'deaddeaddeaddead', rotation: 'q', state: 'revoked', usedBy: ['gone'], until: 1 },
  ]
  if (!record.rotation) throw new Error('no rotation')
  record.rotation.handedTo = ['second']
  record.rotation.revocation = { state: 'handed-over', landsBy: 0, tries: 0, nextTryAt: 0 }
  finish(record)
  const [shown, more] = record.violations
  expect(more).toBeUndefined()
  expect(shown?.kind).toBe('handed-over')
  expect(shown?.detail).toContain('used by first')
  expect(shown?.detail).toContain('used by second')
  expect(shown?.detail).not.toContain('gone')
})
