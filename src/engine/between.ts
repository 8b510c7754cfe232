/** What is done for a key between two rotations: reading its targets, adopting its key, after-care. */
import type { Effect, KeyRecord } from '../contracts/record.ts'
import {
  adopt,
  adoptableFingerprint,
  observePlaces,
  questionsOfAdoption,
  questionsOfLook,
  showDifferences,
} from '../workflow/between/adopt.ts'
import {
  applyCare,
  clearRepaired,
  decideCare,
  endCare,
  questionsOfCare,
  revertedTargets,
} from '../workflow/between/after-care.ts'
import type { Answers } from '../workflow/words/questions.ts'
import { ask } from './ask.ts'
import type { ClaimAtHand, Subject } from './at-hand.ts'
import { commitThenSend } from './send.ts'

/** Reads every target of a key that no rotation runs for, and notes what it holds. */
export async function lookAtPlaces(hand: ClaimAtHand, subject: Subject): Promise<Answers> {
  const answers = await ask(hand, subject, questionsOfLook(subject.pin))
  const now = hand.now()
  observePlaces(subject.record, subject.pin, answers, now)
  subject.record.lookedAt = now
  return answers
}

/** Adopts the key that all targets hold already; false when there is none, or not one and the same. */
export async function adoptKey(
  hand: ClaimAtHand,
  subject: Subject,
  spreadSince: (now: number) => number,
): Promise<boolean> {
  const { record, pin } = subject
  const answers = await lookAtPlaces(hand, subject)
  const fingerprint = adoptableFingerprint(pin, answers)
  showDifferences(record, pin, answers, hand.now())
  if (!fingerprint) {
    await hand.claimed.commit({ record: structuredClone(record), audit: [] })
    return false
  }
  const more = await ask(hand, subject, questionsOfAdoption(pin, fingerprint))
  const now = hand.now()
  adopt(record, {
    pin,
    fingerprint,
    answers: { ...answers, ...more, targets: answers.targets },
    now,
    spreadSince: spreadSince(now),
  })
  observePlaces(record, pin, answers, now)
  const text = `adopted the key that every target holds (${fingerprint}); nothing is rotated for that`
  await hand.claimed.commit({
    record: structuredClone(record),
    audit: [{ at: now, key: record.key, kind: 'adopted', text }],
  })
  return true
}

/** After-care: corrects what a late write of ours turned back to a dead value. Returns what was done. */
export async function careFor(hand: ClaimAtHand, subject: Subject): Promise<string[]> {
  const { record, pin } = subject
  const seen = await lookAtPlaces(hand, subject)
  clearRepaired(record, seen, hand.now())
  const { afterCare } = record
  if (!afterCare || revertedTargets(record, seen).length === 0) return []
  if (hand.now() > afterCare.until) return tellGivenUp(hand, record, endCare(record, seen, hand.now()))
  const probed = await ask(hand, subject, questionsOfCare(record, seen))
  const at = hand.now()
  const { effects, givenUp } = decideCare(record, pin, { ...probed, targets: seen.targets }, at)
  const told = await tellGivenUp(hand, record, givenUp)
  return effects.length === 0 ? told : [...told, await repair(hand, subject, effects)]
}

async function repair(hand: ClaimAtHand, subject: Subject, effects: readonly Effect[]): Promise<string> {
  const { record, pin } = subject
  const at = hand.now()
  const names = effects.map((effect) => (effect.kind === 'write' ? effect.target : '')).join(', ')
  const text = `a late write put a dead value back into ${names}; writing the current one`
  const intents = effects.map((effect) => ({ effect, at, leaseUntil: 0 }))
  if (record.afterCare) record.afterCare.intents = intents
  const results = await commitThenSend(hand, subject, {
    intents,
    commit: async () => {
      const audit = [{ at, key: record.key, kind: 'after-care', text }]
      await hand.claimed.commit({ record: structuredClone(record), audit })
      hand.world.tell({ at, level: 'alarm', key: record.key, kind: 'after-care', message: text })
    },
  })
  applyCare(record, pin, results, hand.now())
  await lookAtPlaces(hand, subject)
  return text
}

/** A target that is given up is never silent: in the trail, to people, and in what this run reports. */
async function tellGivenUp(
  hand: ClaimAtHand,
  record: KeyRecord,
  givenUp: readonly string[],
): Promise<string[]> {
  const { key } = record
  const at = hand.now()
  const command = `keyrota rotate ${key}`
  const audit = givenUp.map((text) => ({ at, key, kind: 'gave-up', text }))
  if (audit.length > 0) await hand.claimed.commit({ record: structuredClone(record), audit })
  for (const message of givenUp)
    hand.world.tell({ at, level: 'alarm', key, kind: 'dead-value', message, command })
  return [...givenUp]
}
