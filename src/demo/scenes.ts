import { material } from '../contracts/secret-value.ts'
import { rotate } from '../service/rotate.ts'
import { run } from '../service/run.ts'
import { supply, taskOf } from '../service/supply.ts'
import { addFault, clearFaults, listKeys } from './gateway.ts'
import { askStatus, claimCalls, claimDiscarded, hashTarget, readHeld, showTimeline } from './looks.ts'
import { createKey, revokeKey } from './person.ts'
import type { Stage } from './stage.ts'
import { claim, say, sayCommand, sayScene, sayTask } from './tell.ts'

const HOUR_MS = 3_600_000

/** Keys that were there before: known from now on, and left alone. */
export async function adoptKeys({ opened }: Stage): Promise<void> {
  sayScene('Take over the keys that are there', [
    'Both keys were made by hand. Nothing is rotated because they are new here.',
  ])
  sayCommand('keyrota run')
  const { attended } = await run(opened.context)
  const adopted = attended.map(({ key, record }) => [key, record?.current?.adopted, record?.rotation])
  claim('renderer and trailers are adopted, no rotation was started', adopted, [
    ['renderer', true, null],
    ['trailers', true, null],
  ])
}

export async function rotateUnattended(stage: Stage): Promise<void> {
  sayScene('1  Rotate a key unattended', [
    "renderer's key is made and revoked through a REST key API that the config describes in YAML alone.",
  ])
  const old = await readHeld(stage, 'renderer')
  const before = await stage.consumers.renderer.report()
  sayCommand('keyrota rotate renderer')
  const { record } = await rotate(stage.opened.context, 'renderer', { why: 'the demo' })
  await showTimeline(stage, 'renderer')
  const fresh = await readHeld(stage, 'renderer')
  claim('completed', record?.last?.end, 'completed')
  claim('renderer.env holds another key', fresh.fingerprint === old.fingerprint, false)
  claim(`the old key ${old.fingerprint} is refused: 401`, await askStatus(stage, 'renderer', old), 401)
  claim(`the new key ${fresh.fingerprint} is accepted: 422`, await askStatus(stage, 'renderer', fresh), 422)
  await claimCalls(stage, 'renderer', before, fresh.fingerprint)
}

export async function refuseAtCreation(stage: Stage): Promise<void> {
  sayScene('2  A new key that does not work', [
    'The gateway is told to refuse the next key it makes. Such a key must never reach the env file.',
  ])
  const old = await readHeld(stage, 'renderer')
  const file = await hashTarget(stage, 'renderer')
  const before = await stage.consumers.renderer.report()
  const known = await listKeys(stage.sandbox)
  await addFault(stage.sandbox, { kind: 'late-activation', ms: HOUR_MS, times: 1 })
  sayCommand('keyrota rotate renderer')
  const { record } = await rotate(stage.opened.context, 'renderer', { why: 'the demo' })
  await showTimeline(stage, 'renderer')
  await clearFaults(stage.sandbox)
  claim('rolled back before anything was written', record?.last?.end, 'rolled-back')
  claim('renderer.env is the same to the byte', await hashTarget(stage, 'renderer'), file)
  const { starts } = await stage.consumers.renderer.report()
  claim('renderer was not restarted', starts, before.starts)
  await claimDiscarded(stage, known)
  claim(
    `the key in use ${old.fingerprint} is still accepted: 422`,
    await askStatus(stage, 'renderer', old),
    422,
  )
  await claimCalls(stage, 'renderer', before, old.fingerprint)
}

export async function rollBackRollout(stage: Stage): Promise<void> {
  sayScene('3  A rollout that fails', [
    'The new key works, but renderer comes up broken after its restart: its health URL answers 500.',
  ])
  const old = await readHeld(stage, 'renderer')
  const before = await stage.consumers.renderer.report()
  const known = await listKeys(stage.sandbox)
  await stage.consumers.renderer.failNextStart()
  sayCommand('keyrota rotate renderer')
  const { record } = await rotate(stage.opened.context, 'renderer', { why: 'the demo' })
  await showTimeline(stage, 'renderer')
  claim('rolled back', record?.last?.end, 'rolled-back')
  const { fingerprint } = await readHeld(stage, 'renderer')
  claim('renderer.env holds the old key again', fingerprint, old.fingerprint)
  const { starts } = await stage.consumers.renderer.report()
  claim('renderer was restarted twice: forth and back', starts - before.starts, 2)
  await claimDiscarded(stage, known)
  claim(`the old key ${old.fingerprint} is accepted: 422`, await askStatus(stage, 'renderer', old), 422)
  await claimCalls(stage, 'renderer', before, old.fingerprint)
}

export async function rotateByHand(stage: Stage): Promise<void> {
  const { context } = stage.opened
  const { dashboardUrl } = stage.sandbox
  sayScene('4  A key that only a person can make', [
    'ppt.video has no key API. Keyrota asks, a (scripted) person works the dashboard, probes tell the rest.',
  ])
  const old = await readHeld(stage, 'trailers')
  const before = await stage.consumers.trailers.report()
  sayCommand('keyrota rotate trailers')
  const asked = await rotate(context, 'trailers', { why: 'the demo' })
  const create = await taskOf(context, 'trailers', asked.record)
  claim('a new key is asked for', asked.record?.rotation?.operator?.kind, 'create')
  if (create) sayTask(create)
  const name = asked.record?.rotation?.operator?.name ?? ''
  const value = await createKey(dashboardUrl, name)
  say('    The person creates it and copies its value.')
  sayCommand('keyrota supply trailers')
  const supplied = await supply(context, 'trailers', material({ value }))
  const revoke = await taskOf(context, 'trailers', supplied.record)
  claim("the old key's end is asked for", supplied.record?.rotation?.operator?.kind, 'revoke')
  if (revoke) sayTask(revoke)
  claim('until then it still works: 422', await askStatus(stage, 'trailers', old), 422)
  await revokeKey(dashboardUrl, old.fingerprint)
  say('    The person finds it by its fingerprint and revokes it.')
  sayCommand('keyrota run')
  await run(context)
  await showTimeline(stage, 'trailers')
  const { record } = await context.journal.load('trailers')
  claim('completed: its death was found by probing', record?.last?.end, 'completed')
  const fresh = await readHeld(stage, 'trailers')
  claim(`the old key ${old.fingerprint} is refused: 401`, await askStatus(stage, 'trailers', old), 401)
  claim(`the new key ${fresh.fingerprint} is accepted: 422`, await askStatus(stage, 'trailers', fresh), 422)
  await claimCalls(stage, 'trailers', before, fresh.fingerprint)
}
