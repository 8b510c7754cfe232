/** Tells people of findings, once each, and does what their policy says. */
import type { KeyConfig } from '../../contracts/config.ts'
import type { NotifyEvent } from '../../contracts/notifier.ts'
import { quoteWord } from '../../contracts/shell-word.ts'
import { documentNameOf, type Finding, type FindingsDocument } from '../../contracts/usage.ts'
import { changeOrRenew } from '../../engine/change-document.ts'
import type { Context } from '../context.ts'
import { type Requested, requestRotation } from './request-rotation.ts'

const idOf = ({ kind, about = '', since }: Finding) => `${kind} ${about} ${since}`

/** Whoever is killed in between tells it once more: not to be told is worse. */
export async function report(context: Context, key: KeyConfig, document: FindingsDocument): Promise<void> {
  const untold = document.findings.filter((one) => !one.told || (one.overAt !== undefined && !one.toldOver))
  const wanted = document.findings.filter(
    (one) => one.overAt === undefined && one.policy === 'rotate' && (!one.told || one.wantsRotation),
  )
  if (untold.length + wanted.length === 0) return
  const asked = wanted.length > 0 ? await requestRotation(context, key, wanted) : null
  for (const one of untold) context.providers.tell(eventOf(context, key, one, asked))
  const told = new Set(untold.map(idOf))
  const { journal, clock, random } = context
  const id = { kind: 'finding', name: documentNameOf(key.name) }
  await changeOrRenew<FindingsDocument>({ documents: journal.documents, clock, random }, id, (now) => {
    if (!now) return undefined
    const findings = now.findings.map((one): Finding => {
      const { wantsRotation: _, ...rest } = one
      const isWanted = wanted.some((other) => idOf(other) === idOf(one)) && asked?.is === 'later'
      return {
        ...(isWanted ? { ...rest, wantsRotation: true as const } : rest),
        ...(told.has(idOf(one)) ? { told: true as const } : {}),
        ...(told.has(idOf(one)) && one.overAt !== undefined ? { toldOver: true as const } : {}),
      }
    })
    return { ...now, findings, ...(asked?.is === 'asked' ? { rotatedAt: asked.at } : {}) }
  })
}

function eventOf(context: Context, key: KeyConfig, finding: Finding, asked: Requested | null): NotifyEvent {
  const { kind, policy, text, by, numbers, overAt } = finding
  const base = { at: context.clock.wallMs(), key: key.name, kind: `usage-${kind}` }
  if (overAt !== undefined) return { ...base, level: 'info', isOver: true, message: `over: ${text}` }
  const done = policy === 'rotate' && asked ? `; ${asked.text}` : ''
  return {
    ...base,
    level: policy === 'tell' ? 'warning' : 'alarm',
    message: `${text}${done}`,
    // What is not rotated by itself is a person's to rotate.
    command: commandFor(
      key.name,
      asked?.is === 'refused' && !key.observe ? { kind, policy: 'ask' } : finding,
    ),
    evidence: [
      ...by.map((one) => `used by ${one}`),
      Object.entries(numbers)
        .map(([name, number]) => `${name} ${number}`)
        .join(', '),
    ].filter((line) => line !== ''),
  }
}

/** What a person runs to look, or to rotate the key. */
export function commandFor(key: string, { kind, policy }: Pick<Finding, 'kind' | 'policy'>): string {
  const isAbuse = kind !== 'silence' && kind !== 'old-key'
  if (policy === 'ask' && isAbuse)
    return `keyrota rotate ${quoteWord(key)} --compromised --reason ${quoteWord(`use: ${kind}`)}`
  return `keyrota usage ${quoteWord(key)}`
}
