import { describe, test } from 'vitest'
import { journalLaw } from '../../../laws/journal.ts'
import { useRig } from './rig.ts'

const rig = useRig()

describe('the law of journals', () => {
  for (const rule of journalLaw) test(rule.name, () => rule.run({ ...rig.fixture, goneHolder: 'gone' }))
})
