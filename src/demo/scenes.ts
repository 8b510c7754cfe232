import { material } from '../contracts/secret-value.ts'
import { rotate } from '../service/rotate.ts'
import { run } from '../service/run.ts'
import { supply, taskOf } from '../service/supply.ts'
import { addFault, clearFaults, listKeys } from './gateway.ts'
import { askStatus, claimCalls, claimDiscarded, hashTarget, readHeld, showTimeline } from './looks.ts'
import { createKey, revokeKey } from './person.ts'
import { claim, printCommand, printLine, printScene, printTask } from './print.ts'
import type { Stage } from './stage.ts'

const HOUR_MS = 3_600_000

/** Existing keys: managed from now on, and not changed. */
export async function adoptKeys({ opened }: Stage): Promise<void> {
  printScene('Adopt existing keys', [
    'Both keys were created by hand. Keyrota takes them over without rotating them.',
  ])
  printCommand('keyrota run')
  const { attended } = await run(opened.context)
  const adopted = attended.map(({ key, record }) => [key, record?.current?.adopted, record?.rotation])
  claim('renderer and trailers are adopted, and no rotation has started', adopted, [
    ['renderer', true, null],
    ['trailers', true, null],
  ])
}

export async function rotateUnattended(stage: Stage): Promise<void> {
  printScene('1  Rotate a key unattended', [
    'A REST key API, described in YAML in the config, creates and revokes the keys of renderer.',
  ])
  const old = await readHeld(stage, 'renderer')
  const before = await stage.consumers.renderer.report()
  printCommand('keyrota rotate renderer')
  const { record } = await rotate(stage.opened.context, 'renderer', { why: 'the demo' })
  await showTimeline(stage, 'renderer')
  const fresh = await readHeld(stage, 'renderer')
  claim('completed', record?.last?.end, 'completed')
  claim('renderer.env holds a different key', fresh.fingerprint === old.fingerprint, false)
  claim(`the old key ${old.fingerprint} is refused: 401`, await askStatus(stage, 'renderer', old), 401)
  claim(`the new key ${fresh.fingerprint} is accepted: 422`, await askStatus(stage, 'renderer', fresh), 422)
  await claimCalls(stage, 'renderer', before, fresh.fingerprint)
}

export async function refuseAtCreation(stage: Stage): Promise<void> {
  printScene('2  A new key that does not work', [
    'The gateway refuses the next key that it creates. Such a key must never reach the env file.',
  ])
  const old = await readHeld(stage, 'renderer')
  const file = await hashTarget(stage, 'renderer')
  const before = await stage.consumers.renderer.report()
  const known = await listKeys(stage.sandbox)
  await addFault(stage.sandbox, { kind: 'late-activation', ms: HOUR_MS, times: 1 })
  printCommand('keyrota rotate renderer')
  const { record } = await rotate(stage.opened.context, 'renderer', { why: 'the demo' })
  await showTimeline(stage, 'renderer')
  await clearFaults(stage.sandbox)
  claim('rolled back before anything was written', record?.last?.end, 'rolled-back')
  claim('renderer.env is unchanged, byte for byte', await hashTarget(stage, 'renderer'), file)
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
  printScene('3  A rollout that fails', [
    'The new key works, but renderer is broken after its restart: its health URL returns 500.',
  ])
  const old = await readHeld(stage, 'renderer')
  const before = await stage.consumers.renderer.report()
  const known = await listKeys(stage.sandbox)
  await stage.consumers.renderer.failNextStart()
  printCommand('keyrota rotate renderer')
  const { record } = await rotate(stage.opened.context, 'renderer', { why: 'the demo' })
  await showTimeline(stage, 'renderer')
  claim('rolled back', record?.last?.end, 'rolled-back')
  const { fingerprint } = await readHeld(stage, 'renderer')
  claim('renderer.env holds the old key again', fingerprint, old.fingerprint)
  const { starts } = await stage.consumers.renderer.report()
  claim('renderer was restarted twice: for the new key and for the old one', starts - before.starts, 2)
  await claimDiscarded(stage, known)
  claim(`the old key ${old.fingerprint} is accepted: 422`, await askStatus(stage, 'renderer', old), 422)
  await claimCalls(stage, 'renderer', before, old.fingerprint)
}

export async function rotateByHand(stage: Stage): Promise<void> {
  const { context } = stage.opened
  const { dashboardUrl } = stage.sandbox
  printScene('4  A key that only a person can create', [
    'ppt.video has no key API. Keyrota asks a (scripted) person to use the dashboard, and probes the result.',
  ])
  const old = await readHeld(stage, 'trailers')
  const before = await stage.consumers.trailers.report()
  printCommand('keyrota rotate trailers')
  const asked = await rotate(context, 'trailers', { why: 'the demo' })
  const create = await taskOf(context, 'trailers', asked.record)
  claim('Keyrota asks for a new key', asked.record?.rotation?.operator?.kind, 'create')
  if (create) printTask(create)
  const name = asked.record?.rotation?.operator?.name ?? ''
  const value = await createKey(dashboardUrl, name)
  printLine('    The person creates it and copies its value.')
  printCommand('keyrota supply trailers')
  const supplied = await supply(context, 'trailers', material({ value }))
  const revoke = await taskOf(context, 'trailers', supplied.record)
  claim('Keyrota asks to revoke the old key', supplied.record?.rotation?.operator?.kind, 'revoke')
  if (revoke) printTask(revoke)
  claim('until then it still works: 422', await askStatus(stage, 'trailers', old), 422)
  await revokeKey(dashboardUrl, old.fingerprint)
  printLine('    The person finds it by its fingerprint and revokes it.')
  printCommand('keyrota run')
  await run(context)
  await showTimeline(stage, 'trailers')
  const { record } = await context.journal.load('trailers')
  claim('completed: a probe found the old key revoked', record?.last?.end, 'completed')
  const fresh = await readHeld(stage, 'trailers')
  claim(`the old key ${old.fingerprint} is refused: 401`, await askStatus(stage, 'trailers', old), 401)
  claim(`the new key ${fresh.fingerprint} is accepted: 422`, await askStatus(stage, 'trailers', fresh), 422)
  await claimCalls(stage, 'trailers', before, fresh.fingerprint)
}
