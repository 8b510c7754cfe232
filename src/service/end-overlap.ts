/** What a person does in a sitting: ends the overlap before its time. */
import { type Attended, attend } from '../engine/attend.ts'
import type { Context } from './context.ts'

/** Ends the overlap of a running rotation now, on a person's word; the evidence is asked for all the same. */
export function endOverlap(context: Context, name: string): Promise<Attended> {
  return attend(context, name, {
    takeOver: true,
    change: (record, now) => {
      if (record.rotation?.overlapUntil === undefined) return []
      record.rotation.overlapUntil = now
      return [
        {
          at: now,
          key: name,
          rotation: record.rotation.id,
          kind: 'confirmed',
          text: 'a person ended the overlap',
        },
      ]
    },
    start: () => null,
  })
}
