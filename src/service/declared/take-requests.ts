/** Takes what people ask for at a declared key into its record, and answers. */
import type { Answer, DeclaredKey, KeySource, LeftRequest } from '../../contracts/key-source.ts'
import { amend } from '../../engine/amend.ts'
import { takeRequest } from '../../workflow/people/requests.ts'
import { type Context, ServiceError } from '../context.ts'
import { refuseValues } from '../refuse-values.ts'

/** Another process that commits for this key is waited for so long. */
const PATIENCE_MS = 2_000

/**
 * Takes every request that is left at the key, in one commit, and answers each after that: a crash in between leaves
 * requests that are on record as taken. @returns `claimed` while another process works on the key: they are taken later.
 */
export async function takeRequests(
  context: Context,
  source: Pick<KeySource, 'answer'>,
  declared: DeclaredKey,
): Promise<'nothing' | 'taken' | 'claimed'> {
  if (declared.requests.length === 0) return 'nothing'
  const answers: Answer[] = []
  const sound: LeftRequest[] = []
  for (const request of declared.requests) {
    const text = await whyNoWords(context, declared, request)
    if (text === null) sound.push(request)
    else answers.push({ request, isTaken: false, text })
  }
  const key = context.keys.get(declared.key)
  const about = key && {
    observe: key.observe,
    isOfTeam: declared.isOfTeam,
    isLeaving: declared.isLeaving,
    ...(key.first === undefined ? {} : { first: key.first }),
  }
  try {
    const change = (record: Parameters<typeof takeRequest>[0], now: number) =>
      sound.flatMap((request) => {
        const { audit, isTaken, text } = takeRequest(record, request, { key: about, now })
        answers.push({ request, isTaken, text })
        return audit
      })
    const patienceMs = Math.min(PATIENCE_MS, context.waitMs)
    if (sound.length > 0 && (await amend(context, declared.key, change, patienceMs)) === 'claimed')
      return 'claimed'
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const refused = { isTaken: false, text: `${error.message}. ${error.nextStep}` }
    await source.answer(
      declared,
      declared.requests.map((request) => ({ request, ...refused })),
    )
    return 'nothing'
  }
  await source.answer(declared, answers)
  return answers.some(({ isTaken }) => isTaken) ? 'taken' : 'nothing'
}

/** A value of a key among the words would be kept, shown and logged. */
async function whyNoWords(
  context: Context,
  { key }: DeclaredKey,
  { words }: LeftRequest,
): Promise<string | null> {
  if (words === '' || !context.keys.has(key)) return null
  try {
    await refuseValues(context, key, [words])
    return null
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return `that is the value of a key; it was not taken, but whoever reads this object has seen it: keyrota rotate ${key} --compromised`
  }
}
