/* What a person is asked to do at any dashboard, as the options describe it. */

import type { OperatorTask } from '../../../src/contracts/key-issuer.ts'
import type { Options } from './options.ts'
import { fillValue } from './template.ts'

/** Returns the task with its templates filled. */
export function describeTask(
  options: Options,
  kind: 'create' | 'revoke',
  about: { name: string; currentName?: string },
): OperatorTask {
  const { operator } = options
  const dashboard = operator?.dashboard ?? ''
  const task = operator?.[kind]
  const vars = Object.fromEntries(
    Object.entries(options.vars).filter(([, value]) => typeof value !== 'object' || value === null),
  )
  const scope = { name: about.name, current_name: about.currentName ?? 'the key in use', vars }
  const fill = (text: string) => String(fillValue(text, scope).value ?? '')
  const title = kind === 'create' ? `Create the key ${about.name}` : `Revoke the key ${about.name}`
  const steps = task?.steps.map(fill) ?? [`Sign in and find ${about.name}`, 'Revoke it and no other key']
  return {
    title,
    url: task?.url === undefined ? dashboard : fill(task.url),
    steps: steps.some((line) => line.includes(about.name)) ? steps : [...steps, `Its name: ${about.name}`],
    confirm: task?.confirm?.map(fill) ?? [
      kind === 'create'
        ? 'The key belongs to the account that the service uses. A probe cannot show this.'
        : `The revoked key was ${about.name}, and no other.`,
    ],
  }
}
