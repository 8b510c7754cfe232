import { loadConfig } from '../../src/config/load.ts'
import { type Config, ConfigError } from '../../src/contracts/config.ts'
import { tinyProviders } from './tiny-providers.ts'

const env = { HOME: '/home/ada' }

export function load(text: string, more: Record<string, string> = {}): Promise<Config> {
  return loadConfig({
    path: '/etc/keyrota/keyrota.yaml',
    text,
    providers: tinyProviders,
    env: { ...env, ...more },
  })
}

/** Each problem as `line:column path: message | expected | suggestion`. */
export async function problemsOf(text: string): Promise<string[]> {
  const refused = await load(text).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (refused === undefined) return []
  if (!(refused instanceof ConfigError)) throw refused
  return refused.problems.map(({ line, column, path, message, expected, suggestion }) =>
    [`${line}:${column} ${path}: ${message}`, expected ?? '-', suggestion ?? '-'].join(' | '),
  )
}

export const head = `installation: k7f3
issuers:
  api: { type: rest, base: https://api.example.com }
stores:
  aws: { type: cloud }
  dotenv: { type: file }
consumers:
  renderer: { type: page, url: https://renderer.internal/health }
`

export const key = `{ environment: production, service: renderer, owner: video-team, issuer: api, targets: [{ store: aws, secret: prod/renderer, field: API_KEY }] }`
