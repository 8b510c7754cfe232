import { describe, test } from 'vitest'
import { journalLaw } from '../../laws/journal.ts'
import { useJournalRig } from '../../shared/stand-ins/kubernetes/journal-rig.ts'

const rig = useJournalRig()

describe('kubernetes keeps the law of journals: kube-apiserver', () => {
  for (const rule of journalLaw)
    test(rule.name, () => rule.run({ ...rig.fixture, leaseMs: 1_500, goneHolder: 'gone' }))
})
