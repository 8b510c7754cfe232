/**
 * The verb `check --issue`: makes one key at an issuer, sees it listed and accepted, revokes it and sees it dead. It
 * proves what no look can: that the config reads the answers of this service rightly.
 */
import { fingerprintOf } from '../contracts/fingerprint.ts'
import type { HeldKey, KeyRef } from '../contracts/key-issuer.ts'
import { type LifecycleRules, lifecycleRules } from '../contracts/lifecycle.ts'
import { showsKey } from '../contracts/listing.ts'
import { refuseSecretInRef, secretParts } from '../contracts/secret-in-ref.ts'
import { type Material, redactSecrets } from '../contracts/secret-value.ts'
import { type Context, ServiceError } from './context.ts'
import { attempt, type IssueStep, seeListed, seeVerdict, showRef, type Trial } from './trial-key.ts'

export interface IssueCheck {
  issuer: string
  steps: IssueStep[]
  /** A key that this check made and could not end. */
  leftOver: KeyRef | null
}

/** @throws ServiceError `refused` where making a key could end one in use, or only a person makes keys. */
export async function checkIssuer(
  context: Context,
  name: string,
  announce: (keyName: string) => void,
): Promise<IssueCheck> {
  const issuer = await context.providers.issuer(name)
  if (issuer.lifecycle === 'operator')
    throw new ServiceError(
      'refused',
      `${name}: a person makes its keys, so none is made here`,
      'Run: keyrota check',
    )
  const rules = lifecycleRules({
    lifecycle: issuer.lifecycle,
    traits: issuer.traits,
    canEndOverlap: issuer.endOverlap !== undefined,
    canReadBack: issuer.readBack !== undefined,
  })
  refuseUnsafe(name, rules)
  const trial: Trial = { context, issuer, name, secrets: [], steps: [] }
  const leftOver = await runTrial(trial, rules, announce)
  const steps = trial.steps.map((step) => ({ ...step, text: redactSecrets(step.text, trial.secrets) }))
  return { issuer: name, steps, leftOver: leftOver && showRef(leftOver, trial.secrets) }
}

/** Only a key that ends alone can be made for nothing. */
function refuseUnsafe(name: string, rules: LifecycleRules): void {
  const isAlone = rules.createAgain === 'harmless' && rules.oldOnCreate === 'lives'
  if (isAlone && rules.endOld === 'revoke') return
  throw new ServiceError(
    'refused',
    `${name}: making a key here changes the key in use, so none is made for a check`,
    'Run: keyrota check; the first rotation shows the rest.',
  )
}

async function runTrial(
  trial: Trial,
  rules: LifecycleRules,
  announce: (keyName: string) => void,
): Promise<KeyRef | null> {
  const { context, issuer, steps } = trial
  const mark = `${context.installation}-${context.random(8)}-check`
  const request = { name: `keyrota-check-${mark}`, mark, seen: [] as string[] }
  if (rules.isListed) {
    const before = await attempt(trial, 'list', async (call) => issuer.list(call))
    if (before === null) return null
    request.seen = before.map((key) => key.id)
    steps.push({ step: 'list', level: 'ok', text: `lists ${before.length} live keys` })
  } else steps.push({ step: 'list', level: 'skipped', text: 'this issuer has no list' })
  announce(request.name)
  const made = await attempt(trial, 'create', async (call) => {
    const key = await issuer.issue(request, call)
    trial.secrets.push(...secretParts(key.material, issuer.traits.publicParts))
    refuseSecretInRef(key.ref, trial.secrets, { provider: trial.name, made: true })
    return key
  })
  if (made === null) return await endLost(trial, rules, request)
  steps.push({
    step: 'create',
    level: 'ok',
    text: `made ${made.ref.name ?? made.ref.id} (id ${made.ref.id})`,
  })
  const held: HeldKey = { ...made, fingerprint: fingerprintOf(made.material) }
  if (rules.isListed) held.ref = await seeListed(trial, held)
  await seeVerdict(trial, made.material, 'accepted')
  return (await endAndSee(trial, rules, held, made.material)) ? null : (held.ref ?? made.ref)
}

/** It was made, but not as the config says: what the list shows by its mark is ended again. */
async function endLost(
  trial: Trial,
  rules: LifecycleRules,
  request: { name: string; mark: string; seen: readonly string[] },
): Promise<KeyRef | null> {
  if (!rules.isListed) return null
  const { issuer } = trial
  await trial.context.clock.sleep(issuer.traits.listDelayMs)
  const found = (await attempt(trial, 'listed', async (call) => issuer.find(request, call))) ?? []
  const [only, second] = found
  if (only === undefined || second !== undefined) return null
  const ended = await attempt(trial, 'revoke', async (call) => {
    await issuer.revoke({ ref: only }, call)
    return true
  })
  const { name, id } = showRef(only, trial.secrets)
  if (ended !== null) trial.steps.push({ step: 'revoke', level: 'ok', text: `revoked ${name ?? id} again` })
  return ended === null ? only : null
}

async function endAndSee(
  trial: Trial,
  rules: LifecycleRules,
  held: HeldKey,
  material: Material,
): Promise<boolean> {
  const { issuer, steps } = trial
  const ended = await attempt(trial, 'revoke', async (call) => {
    await issuer.revoke(held, call)
    return true
  })
  if (ended === null) return false
  steps.push({ step: 'revoke', level: 'ok', text: 'revoked it' })
  const isDead = await seeVerdict(trial, material, 'rejected')
  if (!rules.isListed) return isDead
  const keys = await attempt(trial, 'unlisted', async (call) => issuer.list(call))
  const isListed = keys !== null && showsKey(keys, held)
  if (keys !== null)
    steps.push(
      isListed
        ? {
            step: 'unlisted',
            level: 'problem',
            text: 'the list still shows it as live',
            nextStep: 'Describe revoked keys under list.skip.',
          }
        : { step: 'unlisted', level: 'ok', text: 'the list shows it no more' },
    )
  return isDead
}
