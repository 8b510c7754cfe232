/** The verb `rollback`. */
import { type Attended, attend } from '../engine/attend.ts'
import { abandonOrRollBack } from '../workflow/people/confirm.ts'
import { type Context, requireKnown, ServiceError } from './context.ts'
import { refuseValues } from './refuse-values.ts'

/**
 * Turns the running rotation back, on a person's word.
 * @throws ServiceError `nothing-to-do` without a rotation, `refused` once the old key is being revoked, and for
 * words that have the value of a key in them.
 */
export async function rollBack(context: Context, name: string, why: string): Promise<Attended> {
  await requireKnown(context, name)
  if (context.keys.has(name)) await refuseValues(context, name, [why])
  return attend(context, name, {
    takeOver: true,
    change: (record, now) => {
      if (!record.rotation)
        throw new ServiceError(
          'nothing-to-do',
          `no rotation of ${name} is running`,
          `See: keyrota status ${name}`,
        )
      const rotation = record.rotation.id
      const done = abandonOrRollBack(record, now, why)
      if ('refused' in done) throw new ServiceError('refused', done.refused, `See: keyrota explain ${name}`)
      return [{ at: now, key: name, rotation, kind: 'rollback', text: `a person asked to roll back: ${why}` }]
    },
    start: () => null,
  })
}
