/** The end of a key whose declaration was deleted: what runs for it ends safely, and what is left is said. */
import type { DeclaredKey, KeySource } from '../../contracts/key-source.ts'
import type { KeyRecord } from '../../contracts/record.ts'
import { amend } from '../../engine/amend.ts'
import { abandonOrRollBack } from '../../workflow/people/confirm.ts'
import type { Context } from '../context.ts'
import { describeLeft } from '../rename.ts'

const WHY = 'its declaration was deleted'

/**
 * Turns a running rotation back where that is possible, else lets it go on to its end; once nothing runs, the
 * declaration is let go. Nothing that is in use is revoked for this, and no rotation starts. @returns whether it is gone.
 */
export async function endLeaving(
  context: Context,
  source: Pick<KeySource, 'show' | 'letGo'>,
  declared: DeclaredKey,
): Promise<boolean> {
  const { record, now } = await context.journal.load(declared.key)
  // It is held for another installation, which may have taken it since the objects were listed.
  if (record && record.installation !== context.installation) return true
  if (!record) {
    await source.letGo(declared, 'Keyrota knew no key of it')
    return true
  }
  if (record.rotation) {
    await turnBack(context, declared, record)
    await source.show(declared, describeWaiting(context, declared, record))
    return false
  }
  if (record.quietUntil > now) {
    const until = new Date(record.quietUntil).toISOString()
    const text = `calls of the last rotation may still take effect until ${until}; then it is let go`
    await source.show(declared, { is: 'leaving', text, isBlocked: false })
    return false
  }
  const left = describeLeaving(context, declared, record)
  const done = await amend(context, declared.key, ({ key, rotation }, at) =>
    rotation ? [] : [{ at, key, kind: 'left', text: `${WHY}; what is left: ${left}` }],
  )
  if (done === 'claimed' || done.rotation) return false
  await source.letGo(declared, left)
  return true
}

/** Another installation, which keeps its record, lets it go; if there is none any more, a person does. */
export async function showKept(source: Pick<KeySource, 'show'>, declared: DeclaredKey): Promise<void> {
  const { installation, name, namespace } = declared
  const text = `the installation ${installation} keeps its record and lets it go. If there is no such installation any more: ${letGoByHand({ name, namespace })}`
  await source.show(declared, { is: 'leaving', text, isBlocked: true })
}

function letGoByHand({ name, namespace }: Pick<DeclaredKey, 'name' | 'namespace'>): string {
  return `kubectl patch managedkey ${name} -n ${namespace} --type=merge -p '{"metadata":{"finalizers":null}}'`
}

/** Once; a rotation that is on its way back or cannot go back any more is only driven on. */
async function turnBack(context: Context, declared: DeclaredKey, { rotation }: KeyRecord): Promise<void> {
  const isAsked = rotation?.confirmed.some(({ what }) => what === 'abandon') ?? false
  if (!rotation || isAsked || rotation.ending || rotation.rollback || rotation.step === 'rollback') return
  if (rotation.revocation?.intendedAt !== undefined) return
  await amend(context, declared.key, (record, now) => {
    const id = record.rotation?.id
    const said = abandonOrRollBack(record, now, WHY)
    if ('refused' in said || id === undefined) return []
    record.wakeAt = now
    return [
      {
        at: now,
        key: record.key,
        rotation: id,
        kind: 'rollback',
        text: `${WHY}: its rotation is turned back`,
      },
    ]
  })
}

function describeWaiting(context: Context, { key, namespace, name }: DeclaredKey, { rotation }: KeyRecord) {
  const { id, step, standing, hold } = rotation ?? {}
  const isBlocked = standing === 'blocked' || standing === 'awaiting-operator'
  const why = hold ? `: ${hold.detail}` : ''
  const known = context.keys.has(key) ? '' : ' (it is no accepted key any more)'
  const out = isBlocked
    ? `. ${hold?.needs ? `State what is asked (keyrota.dev/confirm=${hold.needs}), or give` : 'Remove the cause, or give'} the rotation up, with whatever it leaves behind: ${letGoByHand({ name, namespace })}`
    : ''
  const text = `the rotation ${id} ends first (${step}, ${standing}${why})${known}${out}`
  return { is: 'leaving' as const, text, isBlocked }
}

function describeLeaving(context: Context, { key }: DeclaredKey, record: KeyRecord): string {
  const issuer = context.keys.get(key)?.issuer
  const places = Object.entries(record.places).flatMap(([id, { holds }]) => (holds === 'current' ? [id] : []))
  const left = describeLeft(record)
  if (left.length === 0) return 'nothing'
  const at = issuer === undefined ? '' : ` (issuer ${issuer})`
  return `${left.join('; ')}${at}${places.length > 0 ? `; it stands in ${places.join(', ')}` : ''}`
}
