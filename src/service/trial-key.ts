/** A key that is made for a check alone: the looks at it, each of which becomes a line of the report. */
import type { Call } from '../contracts/call.ts'
import type { ApiIssuer, HeldKey, KeyRef } from '../contracts/key-issuer.ts'
import { showsKey } from '../contracts/listing.ts'
import { refuseSecretInRef } from '../contracts/secret-in-ref.ts'
import { holdsSecret, type Material, redactSecrets, type SecretValue } from '../contracts/secret-value.ts'
import { limitCall, toFailure } from '../engine/limit-call.ts'
import { makeGarbage } from '../engine/probe.ts'
import type { Context } from './context.ts'

export interface IssueStep {
  step: 'list' | 'create' | 'listed' | 'probe' | 'revoke' | 'refused' | 'unlisted'
  level: 'ok' | 'problem' | 'skipped'
  text: string
  nextStep?: string
}

/** Time limit of one call, and the pause between two looks. */
const CALL_LIMIT_MS = 60_000
const PAUSE_MS = 1_000

export interface Trial {
  context: Context
  issuer: ApiIssuer
  name: string
  secrets: SecretValue[]
  steps: IssueStep[]
}

/** The key that was just made has to be in the list: only then does a list that lacks a key prove anything. */
export async function seeListed(trial: Trial, held: HeldKey): Promise<KeyRef> {
  const { context, issuer, steps } = trial
  const ref = held.ref ?? { id: '' }
  const until = context.clock.monotonicMs() + issuer.traits.listDelayMs
  for (;;) {
    const keys = await attempt(trial, 'listed', async (call) => {
      const listed = await issuer.list(call)
      for (const key of listed) refuseSecretInRef(key, trial.secrets, { provider: trial.name, made: false })
      return listed
    })
    if (keys === null) return ref
    if (showsKey(keys, held)) {
      const { name } = keys.find(({ id }) => id === ref.id) ?? {}
      if (ref.name !== undefined && issuer.traits.onLostAnswer === 'find' && name !== ref.name) {
        steps.push({
          step: 'listed',
          level: 'problem',
          text: `the list shows it ${name === undefined ? 'without a name' : 'under another name'}, so a key whose creation had no answer could not be found`,
          nextStep: 'Correct list.name: it has to select the name that create sends.',
        })
        return ref
      }
      steps.push({ step: 'listed', level: 'ok', text: `the list shows it among ${keys.length} live keys` })
      return ref
    }
    if (context.clock.monotonicMs() < until) {
      await context.clock.sleep(PAUSE_MS)
      continue
    }
    const sameName = keys.filter((key) => key.name !== undefined && key.name === ref.name)
    const [only, second] = sameName
    const isThere = only !== undefined && second === undefined
    steps.push({
      step: 'listed',
      level: 'problem',
      text: isThere
        ? `the list shows it as ${only.id}, and the answer to its creation said ${ref.id}`
        : `the list does not show it among ${keys.length} live keys`,
      nextStep: isThere
        ? 'Correct create.id or list.id: both have to select the same id.'
        : 'Correct list.items, list.id or the pages of the list, or raise listDelay.',
    })
    return isThere ? only : ref
  }
}

/** The key as it can be shown: what a wrong config reads as its id or name may be its value. */
export function showRef({ id, name }: KeyRef, secrets: readonly SecretValue[]): KeyRef {
  const shown = (text: string) => (holdsSecret(text, secrets) ? '[secret]' : text)
  return { id: shown(id), ...(name === undefined ? {} : { name: shown(name) }) }
}

/** Probes the key with a garbage key beside it until the verdict is there, within the settle time. */
export async function seeVerdict(
  trial: Trial,
  material: Material,
  wanted: 'accepted' | 'rejected',
): Promise<boolean> {
  const { context, issuer, steps } = trial
  const step = wanted === 'accepted' ? 'probe' : 'refused'
  const { settleMs, revokeSettleMs = settleMs } = issuer.traits
  const until = context.clock.monotonicMs() + (wanted === 'accepted' ? settleMs : revokeSettleMs)
  for (;;) {
    const answers = await attempt(trial, step, async (call) => ({
      key: await issuer.probe(material, call),
      garbage: await issuer.probe(issuer.garbage?.() ?? makeGarbage(issuer, context.random), call),
    }))
    if (answers === null) return false
    const { key, garbage } = answers
    if (key.verdict === wanted && garbage.verdict === 'rejected') {
      steps.push({
        step,
        level: 'ok',
        text: `the key is ${wanted}, a garbage key is rejected (${key.why ?? key.status ?? ''})`,
      })
      return true
    }
    if (garbage.verdict === 'accepted' || context.clock.monotonicMs() >= until) {
      const told = redactSecrets(`${key.why ?? ''}; garbage: ${garbage.why ?? ''}`, trial.secrets)
      steps.push({
        step,
        level: 'problem',
        text: `expected ${wanted} beside a rejected garbage key, got ${key.verdict} and ${garbage.verdict} (${told})`,
        nextStep: 'Correct the probe, or raise settle if the service takes longer.',
      })
      return false
    }
    await context.clock.sleep(PAUSE_MS)
  }
}

/** Runs one call; a failure becomes the report of this step, and null. */
export async function attempt<T>(
  trial: Trial,
  step: IssueStep['step'],
  verb: (call: Call) => Promise<T>,
): Promise<T | null> {
  try {
    const limited = { provider: trial.name, verb: step, limitMs: CALL_LIMIT_MS }
    return await limitCall({ clock: trial.context.clock, beforeSend: () => {} }, limited, verb)
  } catch (error) {
    const { message, nextStep } = toFailure(error, trial.name)
    trial.steps.push({
      step,
      level: 'problem',
      text: redactSecrets(message, trial.secrets),
      nextStep: redactSecrets(nextStep, trial.secrets),
    })
    return null
  }
}
