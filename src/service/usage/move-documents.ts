/** What becomes of the numbers and findings of a key that is renamed or forgotten. */

import { documentNameOf } from '../../contracts/usage.ts'
import { parseDocument } from '../../engine/parse-document.ts'
import type { Context } from '../context.ts'

const KINDS = ['usage', 'finding'] as const

/** Under the new name, unless there are some already. */
export async function moveUsage(
  { journal }: Pick<Context, 'journal'>,
  from: string,
  to: string,
): Promise<void> {
  for (const kind of KINDS) {
    const old = await journal.documents.read({ kind, name: documentNameOf(from) })
    if (!old) continue
    const text = JSON.stringify({ ...parseDocument<object>(old), key: to })
    await journal.documents.write({ kind, name: documentNameOf(to) }, { text, revision: 0 })
    await journal.documents.remove({ kind, name: documentNameOf(from) }, old.revision)
  }
}

export async function dropUsage({ journal }: Pick<Context, 'journal'>, key: string): Promise<void> {
  for (const kind of KINDS) {
    const id = { kind, name: documentNameOf(key) }
    const old = await journal.documents.read(id)
    if (old) await journal.documents.remove(id, old.revision)
  }
}
