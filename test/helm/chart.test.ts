import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { describeValues } from '../../.ci/chart/files.ts'
import { chartValues } from '../../.ci/chart/values.ts'
import type { JsonSchema } from '../../src/config/describe/json-schema.ts'
import { schemasAt } from '../../src/config/schema/schema-walk.ts'
import { misspellAll } from '../shared/rigs/chart/misspell.ts'
import { valuesOfOneKey } from '../shared/rigs/chart/values.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'helm', 'keyrota')
const read = (path: string) => readFileSync(join(folder, path), 'utf8')
const templates = readdirSync(join(folder, 'templates'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(yaml|tpl|txt)$/.test(name))
  .map((name) => read(join('templates', name)))
  .join('\n')

/** The schema as Helm reads it, not the one it was made from. */
const schema: JsonSchema = JSON.parse(read('values.schema.json'))
const published = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])

describe('values', () => {
  it('has defaults that its own schema takes', () => {
    expect(published.safeParse(parse(read('values.yaml'))).error).toBeUndefined()
    expect(published.safeParse({ ...parse(read('values.yaml')), ...valuesOfOneKey() }).error).toBeUndefined()
  })

  it.each(misspellAll(describeValues()).map((one) => [one.place || 'the top level', one] as const))(
    'refuses every misspelt name at %s',
    (_, { names, values }) => {
      const { error } = published.safeParse(values)
      const unknown = JSON.stringify(error?.issues ?? [])
      expect(names.filter((name) => !unknown.includes(`"${name}"`))).toEqual([])
    },
  )

  it.each([
    ['mode', { mode: 'daemon' }],
    ['a digest', { image: { digest: 'sha256:short' } }],
    ['a port below 1024', { deployment: { port: 80 } }],
    ['a schedule of four fields', { cronjob: { schedule: '* * * *' } }],
    ['a duration without a unit', { cronjob: { wait: 600 } }],
    ['a privileged container', { securityContext: { privileged: true } }],
    [
      'a wildcard in a rule',
      {
        rbac: {
          rules: [{ namespace: 'web', rules: [{ apiGroups: [''], resources: ['*'], verbs: ['get'] }] }],
        },
      },
    ],
    ['a token in the values', { credentials: { gateway: { value: 'sk-1' } } }],
    ['a CIDR without a length', { networkPolicy: { egress: [{ cidr: '10.0.0.0' }] } }],
    [
      'a key without an issuer',
      { config: { keys: { a: { environment: 'p', service: 's', owner: 'o', targets: [] } } } },
    ],
  ])('refuses %s', (_, values) => {
    expect(published.safeParse(values).success).toBe(false)
  })
})

describe('templates', () => {
  const used = [...templates.matchAll(/(?:\$|\$root|\.root|)\.Values((?:\.[A-Za-z]+)+)/g)].map((match) =>
    (match[1] ?? '').slice(1).split('.'),
  )

  it('read only values that there are', () => {
    expect(used.length).toBeGreaterThan(40)
    // Below `config` and a map with free names, the path leads out of what the chart describes.
    const unknown = used.filter((path) => schemasAt(chartValues, path).length === 0)
    expect(unknown.map((path) => path.join('.'))).toEqual([])
  })

  it('read every value', () => {
    const notUsed = ['global', 'enabled']
    const named = [...templates.matchAll(/\$values\.([A-Za-z]+)/g)].map(([, name]) => name)
    const listed = [...templates.matchAll(/list ((?:"[A-Za-z]+" ?)+)/g)].flatMap(([, text]) =>
      [...(text ?? '').matchAll(/[A-Za-z]+/g)].map(String),
    )
    const read = new Set([...used.map(([name]) => name), ...named, ...listed, ...notUsed])
    expect(Object.keys(schema.properties ?? {}).filter((name) => !read.has(name))).toEqual([])
  })

  it('look nothing up and make nothing up', () => {
    const actions = [...templates.matchAll(/\{\{-? *(?!\/\*)([\s\S]*?)\}\}/g)].map(([, action]) => action)
    const calls = actions.join('\n').replaceAll(/"[^"]*"/g, '')
    expect(calls).toContain('include')
    const changing = calls.match(/\b(lookup|rand\w+|uuidv4|now|gen[A-Z]\w+|htpasswd|Capabilities)\b/g)
    expect(changing).toBeNull()
  })

  it('have no hook but the test', () => {
    expect([...templates.matchAll(/helm\.sh\/hook" "([^"]+)"/g)].map(([, hook]) => hook)).toEqual(['test'])
  })
})

it('has the version of the package', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version })
})
