import { z } from 'zod'
import { secretSource } from '../../providers/shared/options/secret-source.ts'
import { serviceUrl } from '../../providers/shared/options/service-url.ts'
import type { OptionsModule, ProviderList } from '../../src/contracts/provider-entry.ts'

/** Names of the options that were imported, so that a test can tell which ones were not. */
export const imported: string[] = []

async function refuseToLoad(): Promise<never> {
  throw new Error('reading a config must not import an adapter')
}

function entry(name: string, module: OptionsModule) {
  return {
    options: async () => {
      imported.push(name)
      return module
    },
    load: refuseToLoad,
  }
}

const none = z.strictObject({})

/** Providers with just enough options to make every mistake with. */
export const tinyProviders: ProviderList = {
  issuers: {
    rest: entry('rest', {
      summary: 'Keys of a REST API',
      options: z.strictObject({
        base: serviceUrl.describe('address of the API'),
        token: secretSource.optional().describe('token of the management API'),
        lifecycle: z.enum(['many', 'slots', 'roll']).default('many').describe('how keys are replaced'),
        oldKeyOnIssue: z.enum(['lives', 'dies']).default('dies').describe('what a roll does to the old key'),
        exclusive: z.boolean().default(false).describe('nobody else makes keys in this account'),
        idempotency: z.enum(['marked', 'none']).default('marked').describe('how a lost creation is found'),
      }),
    }),
    dashboard: entry('dashboard', { summary: 'Keys made by a person', options: none }),
  },
  stores: {
    cloud: entry('cloud', {
      summary: 'Secrets of a cloud',
      options: z.strictObject({ region: z.string().default('near').describe('where it is') }),
      checkAddress: ({ secret }) =>
        /^[a-z/-]+$/.test(secret) ? [] : ['the secret must be named with lower case letters'],
    }),
    file: entry('file', {
      summary: 'A line of a file',
      options: z.strictObject({ folder: z.string().optional().describe('where paths start') }),
      secretIs: 'file',
    }),
  },
  consumers: { page: entry('page', { summary: 'A page', options: z.strictObject({ url: serviceUrl }) }) },
  notifiers: {
    log: entry('log', { summary: 'A log', options: none, isDirect: true }),
    chat: entry('chat', { summary: 'A chat', options: none }),
    pager: entry('pager', { summary: 'A pager', options: none, isPager: true }),
  },
  meters: { numbers: entry('numbers', { summary: 'Numbers', options: none }) },
  receivers: {},
  journals: { sqlite: entry('sqlite', { summary: 'A file', options: none }) },
}
