/** The documents of one key: how much it was used, and what was found. */

import { documentNameOf, type FindingsDocument, type UsageDocument } from '../../contracts/usage.ts'
import { parseOrNone } from '../../engine/parse-document.ts'
import { newUsage } from '../../usage/take.ts'
import type { Context } from '../context.ts'

export async function readUsage({ journal }: Pick<Context, 'journal'>, key: string): Promise<UsageDocument> {
  const stored = await journal.documents.read({ kind: 'usage', name: documentNameOf(key) })
  return parseOrNone<UsageDocument>(stored) ?? newUsage(key)
}

export async function readFindings(
  { journal }: Pick<Context, 'journal'>,
  key: string,
): Promise<FindingsDocument | null> {
  const stored = await journal.documents.read({ kind: 'finding', name: documentNameOf(key) })
  return parseOrNone<FindingsDocument>(stored)
}

const PAGE = 200

/** Findings of all keys that have any, by the key. */
export async function readAllFindings({
  journal,
}: Pick<Context, 'journal'>): Promise<Map<string, FindingsDocument>> {
  const all = new Map<string, FindingsDocument>()
  let after: string | undefined
  for (;;) {
    const page = await journal.documents.list('finding', {
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    })
    for (const stored of page) {
      const document = parseOrNone<FindingsDocument>(stored)
      if (document) all.set(document.key, document)
    }
    after = page.at(-1)?.name
    if (page.length < PAGE) return all
  }
}
