import type { Journal } from '../contracts/journal.ts'
import type { KeyRecord, Pin } from '../contracts/record.ts'
import {
  adopt,
  adoptableFingerprint,
  observePlaces,
  questionsOfAdoption,
  questionsOfLook,
  showDifferences,
} from '../workflow/between/adopt.ts'
import { applyCare, decideCare, questionsOfCare, revertedTargets } from '../workflow/between/after-care.ts'
import type { Answers, Question } from '../workflow/words/questions.ts'
import { ask } from './ask.ts'
import { performAll } from './perform.ts'
import type { Session } from './session.ts'
import type { Values } from './values.ts'
import type { World } from './world.ts'

export interface Looking {
  journal: Journal
  session: Session
  world: World
  values: Values
  pin: Pin
  random: () => string
}

/** Reads every target of a key that no rotation runs for, and notes what it holds. */
export async function lookAtPlaces(looking: Looking, record: KeyRecord): Promise<Answers> {
  const answers = await askFor(looking, record, questionsOfLook(looking.pin))
  observePlaces(record, looking.pin, answers, looking.session.now())
  return answers
}

/** Adopts the key that all targets hold already; false when there is none, or not one and the same. */
export async function adoptKey(
  looking: Looking,
  record: KeyRecord,
  spreadSince: (now: number) => number,
): Promise<boolean> {
  const answers = await lookAtPlaces(looking, record)
  const fingerprint = adoptableFingerprint(looking.pin, answers)
  showDifferences(record, looking.pin, answers, looking.session.now())
  if (!fingerprint) {
    await looking.session.commit({ record: structuredClone(record), audit: [] })
    return false
  }
  const more = await askFor(looking, record, questionsOfAdoption(looking.pin, fingerprint))
  const now = looking.session.now()
  adopt(record, {
    pin: looking.pin,
    fingerprint,
    answers: { ...answers, ...more, targets: answers.targets },
    now,
    spreadSince: spreadSince(now),
  })
  observePlaces(record, looking.pin, answers, now)
  const text = `adopted the key that every target holds (${fingerprint}); nothing is rotated for that`
  await looking.session.commit({
    record: structuredClone(record),
    audit: [{ at: now, key: record.key, kind: 'adopted', text }],
  })
  return true
}

/** After-care: puts right what a late write of ours turned back to a dead value. Answers what was done. */
export async function careFor(looking: Looking, record: KeyRecord): Promise<string[]> {
  const { session, pin } = looking
  const seen = await lookAtPlaces(looking, record)
  if (
    !record.afterCare ||
    session.now() > record.afterCare.until ||
    revertedTargets(record, seen).length === 0
  )
    return []
  const probed = await askFor(looking, record, questionsOfCare(record, seen))
  const effects = decideCare(record, pin, { ...probed, targets: seen.targets }, session.now())
  if (effects.length === 0) return []
  const leaseUntil = session.leaseUntil()
  record.afterCare.intents = effects.map((effect) => ({ effect, at: session.now(), leaseUntil }))
  const names = effects.map((effect) => (effect.kind === 'write' ? effect.target : '')).join(', ')
  const text = `a late write put a dead value back into ${names}; writing the current one`
  const at = session.now()
  await session.commit({
    record: structuredClone(record),
    audit: [{ at, key: record.key, kind: 'after-care', text }],
  })
  looking.world.tell({ at, level: 'alarm', key: record.key, kind: 'after-care', message: text })
  const results = await performAll(
    { ...looking, record, now: () => session.now(), beforeSend: session.beforeSend },
    effects,
  )
  applyCare(record, results, session.now())
  await lookAtPlaces(looking, record)
  return [text]
}

function askFor(looking: Looking, record: KeyRecord, questions: readonly Question[]): Promise<Answers> {
  const { world, values, journal, pin, session, random } = looking
  return ask(
    {
      world,
      values,
      journal,
      record,
      pin,
      runUntil: 0,
      random,
      now: () => session.now(),
      beforeSend: session.beforeSend,
    },
    questions,
  )
}
