/** The verb `usage accept`: a person says that what was found is all right. */
import {
  documentNameOf,
  type Finding,
  type FindingKind,
  type FindingsDocument,
} from '../../contracts/usage.ts'
import { changeOrRenew } from '../../engine/change-document.ts'
import { openFindings } from '../../usage/findings.ts'
import { type Context, ServiceError } from '../context.ts'

/**
 * The open findings of the key, or those of one kind, need nobody any more; they end by themselves as others do.
 * @throws ServiceError `nothing-to-do` when there is none
 */
export async function acceptFindings(context: Context, key: string, kind?: FindingKind): Promise<Finding[]> {
  const { journal, clock, random } = context
  const at = clock.wallMs()
  let accepted: Finding[] = []
  const hand = { documents: journal.documents, clock, random }
  await changeOrRenew<FindingsDocument>(hand, { kind: 'finding', name: documentNameOf(key) }, (before) => {
    const open = new Set(
      openFindings(before?.findings ?? []).filter((one) => kind === undefined || one.kind === kind),
    )
    accepted = [...open]
    if (!before || open.size === 0) return undefined
    const findings = before.findings.map((one): Finding => {
      const { wantsRotation: _, ...rest } = one
      return open.has(one) ? { ...rest, acceptedAt: at } : one
    })
    return { ...before, findings }
  })
  if (accepted.length > 0) return accepted
  throw new ServiceError('nothing-to-do', `nothing is open for ${key}`, `See: keyrota usage`)
}
