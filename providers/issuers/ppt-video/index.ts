/* Issuer `ppt-video`: a person creates and deletes the keys at a dashboard; Keyrota only probes them. */

import type { ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { OperatorIssuer, OperatorTask } from '../../../src/contracts/key-issuer.ts'
import { withAuthorities } from '../../shared/options/authorities.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import type { Options } from './options.ts'
import { probePaths } from './probe.ts'

/** The ppt.video gateway. A person creates and revokes its keys at a dashboard; a probe shows which keys work. */
export function make(options: Options, context: ProviderContext): OperatorIssuer {
  const base = options.base.replace(/\/+$/, '')
  const settings = { provider: context.name, hosts: [new URL(base).host] }
  const urls = new Map(options.paths.map((path) => [path, `${base}/api/v1/generation/${path}`]))
  return {
    lifecycle: 'operator',
    traits: { parts: ['value'], settleMs: parseDurationMs(options.settle) },
    async probe(material, call) {
      const { value } = material
      if (value === undefined) {
        throw new ProviderError({
          code: 'invalid',
          provider: context.name,
          message: 'the key has no part named value',
          effect: 'none',
          nextStep: 'Map the part named value to a field of each target in the config.',
        })
      }
      return await probePaths(urls, await withAuthorities(settings, options.ca), value, call)
    },
    task: (kind, about) =>
      kind === 'create' ? describeCreate(options, about) : describeRevoke(options, about),
  }
}

function describeCreate(options: Options, about: { name: string; currentName?: string }): OperatorTask {
  const scope = options.scope === undefined ? [] : [`Limit its scope to: ${options.scope}`]
  return {
    title: `Create the key ${about.name}`,
    url: options.dashboard,
    steps: [
      `Sign in with the account ${options.account}`,
      `Create an API key named ${about.name}`,
      ...scope,
      'Copy its value: the dashboard shows it only once',
      `Do not delete ${about.currentName ?? 'the key in use'} yet; Keyrota asks for that later`,
    ],
    confirm: [
      `The key belongs to the account ${options.account}. A probe cannot prove this: a valid key of any other account gets the same response.`,
    ],
  }
}

function describeRevoke(options: Options, about: { name: string }): OperatorTask {
  return {
    title: `Delete ${about.name}`,
    url: options.dashboard,
    steps: [
      `Sign in with the account ${options.account}`,
      `Find ${about.name} in the list of keys`,
      'Delete that key only; it stops working at once',
    ],
    confirm: [`You deleted ${about.name} in the account ${options.account}, and no other key.`],
  }
}
