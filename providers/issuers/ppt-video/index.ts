import type { ProviderContext } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { OperatorIssuer, OperatorTask } from '../../../src/contracts/key-issuer.ts'
import { parseDurationMs } from '../../shared/options/duration.ts'
import type { Options } from './options.ts'
import { probePaths } from './probe.ts'

/** The gateway of ppt.video: a person makes and revokes its keys at a dashboard, a probe finds out what works. */
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
          message: 'the key has no part called value',
          effect: 'none',
          nextStep: 'Store this key in one field, as the part value.',
        })
      }
      return await probePaths(urls, settings, value, call)
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
      `Leave ${about.currentName ?? 'the key in use'} alone; you are asked to delete it later`,
    ],
    confirm: [
      `The key was made in the account ${options.account}. A probe cannot prove this: a good key of any other account gets the same answer.`,
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
      'Delete it and no other; it stops working at once',
    ],
    confirm: [`The deleted key was ${about.name} of the account ${options.account}, and no other.`],
  }
}
