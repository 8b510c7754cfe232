import type { ConsumerCheckReading } from '../../src/workflow/words/questions.ts'
import { failure } from './changes.ts'
import type { Answer } from './given.ts'

/* What a consumer says of itself before anything is done. */

const saidOfApp =
  (reading: ConsumerCheckReading): Answer =>
  (answers) => {
    answers.consumerChecks = { app: reading }
  }

export const cannotRestart = saidOfApp({
  is: 'ok',
  problems: [{ text: 'it is paused', nextStep: 'Resume it.' }],
  notes: [],
})

export const isNoted = saidOfApp({ is: 'ok', problems: [], notes: ['no container has a readiness probe'] })

export const consumerCheckFails = (code: Parameters<typeof failure>[0]): Answer =>
  saidOfApp({ is: 'failed', failure: failure(code) })
