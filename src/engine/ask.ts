/** Answers the questions of the workflow by asking providers and the journal. Changes nothing. */
import type { Call } from '../contracts/call.ts'
import { hasNothing } from '../contracts/value-shape.ts'
import type { Answers, CheckReading, Listed, Question, TargetReading } from '../workflow/words/questions.ts'
import { answerEach, type Kind, only } from './answer-each.ts'
import { askConsumers } from './ask-consumers.ts'
import { askUse } from './ask-use.ts'
import type { AtHand, Subject } from './at-hand.ts'
import { fetchValue } from './fetch-value.ts'
import { findHoldings } from './find-holdings.ts'
import { besideOf, findUnfit, nameValue } from './held-value.ts'
import { keepSecretsIn } from './keep-secrets.ts'
import { limitCall, toFailure } from './limit-call.ts'
import { lookUpHolders } from './look-up-holders.ts'
import { refuseUnusable, targetOf } from './perform.ts'
import { probeAll } from './probe.ts'
import { readKey } from './stored-key.ts'

/** A question's surroundings: what is at hand, and the key it is about. */
type Asking = AtHand & Subject

/** Answers the questions: targets first, since their values are what the probes need, the rest at the same time. */
export async function ask(hand: AtHand, subject: Subject, questions: readonly Question[]): Promise<Answers> {
  const asking: Asking = { ...hand, ...subject }
  const present = await asking.world.pin()
  const targets = await answerEach(
    only(questions, 'target'),
    (question) => question.target,
    (question) => readTarget(asking, question.target),
  )
  const [checks, found, consumers, holders, list, identified, readBack, unfit, probe, gone, use] =
    await Promise.all([
      answerEach(
        only(questions, 'check'),
        (question) => question.target,
        (question) => checkTarget(asking, question.target),
      ),
      answerEach(
        only(questions, 'find'),
        (question) => question.mark,
        (question) => find(asking, question),
      ),
      askConsumers(asking, questions),
      answerEach(
        only(questions, 'holders'),
        (question) => question.fingerprint,
        (question) => findHoldings(asking, question),
      ),
      only(questions, 'list').length > 0 ? listKeys(asking) : undefined,
      identify(asking, only(questions, 'identify')[0]),
      only(questions, 'read-back').length > 0 ? readBackKey(asking) : undefined,
      findUnfit(asking, only(questions, 'fit')[0]?.fingerprint),
      askProbe(asking, questions),
      askVersions(asking, questions),
      askUse(asking, only(questions, 'use')[0]),
    ])
  const guard = { ...asking, holders: (fingerprint: string) => lookUpHolders(asking, fingerprint) }
  return keepSecretsIn(guard, {
    ...{ targets, checks, found, ...consumers, holders },
    ...(list ? { list } : {}),
    ...(identified ? { identified } : {}),
    ...(readBack ? { readBack } : {}),
    ...(unfit ? { unfit } : {}),
    ...(probe ? { probe } : {}),
    ...gone,
    ...(use ? { use } : {}),
    held: asking.values.fingerprints(),
    present,
    runUntil: asking.runUntil,
  })
}

function limited<T>(
  asking: Asking,
  [provider, verb]: readonly [string, string],
  run: (call: Call) => Promise<T>,
): Promise<T> {
  return limitCall(asking, { provider, verb, limitMs: asking.pin.policy.callLimitMs }, run)
}

async function readTarget(asking: Asking, id: string): Promise<TargetReading> {
  const target = targetOf(asking.pin, id)
  try {
    const store = await asking.world.store(target.store)
    const stored = await limited(asking, [target.store, 'read'], (call) =>
      readKey(store, target, 'current', call),
    )
    if (hasNothing(stored.material)) return { is: 'absent', missing: 'field' }
    return {
      is: 'value',
      ...nameValue(asking, stored.material),
      version: stored.version,
      ...(stored.mark ? { mark: stored.mark } : {}),
      ...(stored.writer ? { writer: stored.writer } : {}),
      ...(asking.world.isShared(target) ? { shared: true } : {}),
      ...besideOf(asking, target, stored.others),
    }
  } catch (error) {
    const failure = toFailure(error, target.store)
    if (failure.code === 'not_found' && failure.missing !== 'version') {
      const { missing = 'secret', fields } = failure
      return { is: 'absent', missing, ...(fields ? { fields } : {}) }
    }
    return { is: 'failed', failure }
  }
}

async function askProbe(asking: Asking, questions: readonly Question[]): Promise<Answers['probe']> {
  const asked = only(questions, 'probe')
  if (asked.length === 0) return undefined
  const subjects = new Set(asked.flatMap((question) => question.subjects))
  return probeAll(asking, [...subjects])
}

async function askVersions(asking: Asking, questions: readonly Question[]): Promise<Pick<Answers, 'gone'>> {
  const asked = only(questions, 'version')
  if (asked.length === 0) return {}
  return {
    gone: await answerEach(
      asked,
      ({ target }) => target,
      (question) => isGone(asking, question),
    ),
  }
}

/** Whether the store says that it no longer has the version; a store that says nothing may still have it. */
async function isGone(asking: Asking, question: Kind<'version'>): Promise<boolean> {
  const target = targetOf(asking.pin, question.target)
  try {
    const store = await asking.world.store(target.store)
    await limited(asking, [target.store, 'read'], (call) => store.read(target, question.version, call))
    return false
  } catch (error) {
    return toFailure(error, target.store).code === 'not_found'
  }
}

async function checkTarget(asking: Asking, id: string): Promise<CheckReading> {
  const target = targetOf(asking.pin, id)
  try {
    const store = await asking.world.store(target.store)
    return {
      is: 'ok',
      ...(await limited(asking, [target.store, 'check'], (call) => store.check(target, call))),
    }
  } catch (error) {
    return { is: 'failed', failure: toFailure(error, target.store) }
  }
}

async function find(asking: Asking, question: Kind<'find'>): Promise<Listed> {
  const { name } = asking.pin.issuer
  try {
    const issuer = await asking.world.issuer(name)
    if (issuer.lifecycle === 'operator') return { is: 'ok', keys: [] }
    const seen = asking.record.rotation?.seen ?? []
    return {
      is: 'ok',
      keys: await limited(asking, [name, 'find'], (call) =>
        issuer.find({ name: question.name, mark: question.mark, seen }, call),
      ),
    }
  } catch (error) {
    return { is: 'failed', failure: toFailure(error, name) }
  }
}

async function listKeys(asking: Asking): Promise<Listed> {
  const { name } = asking.pin.issuer
  try {
    const issuer = await asking.world.issuer(name)
    return {
      is: 'ok',
      keys:
        issuer.lifecycle === 'operator'
          ? []
          : await limited(asking, [name, 'list'], (call) => issuer.list(call)),
    }
  } catch (error) {
    return { is: 'failed', failure: toFailure(error, name) }
  }
}

async function identify(
  asking: Asking,
  question: Kind<'identify'> | undefined,
): Promise<Answers['identified']> {
  if (!question) return undefined
  const { name } = asking.pin.issuer
  try {
    const issuer = await asking.world.issuer(name)
    const material = await fetchValue(asking, question.fingerprint)
    const verb = issuer.identify?.bind(issuer)
    if (!verb || !material) return undefined
    return { is: 'ok', ref: await limited(asking, [name, 'identify'], (call) => verb(material, call)) }
  } catch (error) {
    return { is: 'failed', failure: toFailure(error, name) }
  }
}

/** The issuer's current key; its value is kept, since it may be the one whose creation had no answer. */
async function readBackKey(asking: Asking): Promise<Answers['readBack']> {
  const { name } = asking.pin.issuer
  try {
    const issuer = await asking.world.issuer(name)
    const verb = issuer.lifecycle === 'operator' ? undefined : issuer.readBack?.bind(issuer)
    if (!verb) return undefined
    const { ref, material } = await limited(asking, [name, 'read-back'], (call) => verb(call))
    refuseUnusable(material, asking.pin.issuer)
    return { is: 'ok', ref, fingerprint: asking.values.keep(material) }
  } catch (error) {
    return { is: 'failed', failure: toFailure(error, name) }
  }
}
