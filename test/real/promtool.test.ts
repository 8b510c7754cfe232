import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { alertCases } from '../deploy/alerts/cases.ts'
import { writePromtoolFiles } from '../deploy/alerts/promtool-file.ts'
import { listExpressions } from '../deploy/dashboards/expressions.ts'
import { requireEnv } from '../shared/require-env.ts'

/* Prometheus' own judge of rules: the program of KEYROTA_TEST_PROMTOOL. */

const rules = fileURLToPath(new URL('../../deploy/alerts/alerts.yaml', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'keyrota-promtool-'))

afterAll(() => rmSync(folder, { recursive: true }))

function runPromtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync(requireEnv('KEYROTA_TEST_PROMTOOL'), args, {
    encoding: 'utf8',
  })
  if (error) throw error
  return { status, output: `${stdout}${stderr}` }
}

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('the rule file is one that Prometheus takes, without a warning', () => {
  const { status, output } = runPromtool('check', 'rules', '--lint-fatal', rules)
  expect(output).toContain('SUCCESS')
  expect(status, output).toBe(0)
})

test('every alert fires, does not fire and ends as its cases say', { timeout: 1_200_000 }, () => {
  const files = [...writePromtoolFiles(rules, alertCases)].map(([name, text]) => write(name, text))
  const { status, output } = runPromtool('test', 'rules', ...files)
  expect(status, output).toBe(0)
})

test('a case that expects what does not happen fails', { timeout: 60_000 }, () => {
  const [first] = alertCases
  if (!first) throw new Error('there is no case')
  const wrong = { ...first, fires: Object.fromEntries(Object.keys(first.fires).map((at) => [at, []])) }
  const [path = ''] = [...writePromtoolFiles(rules, [wrong])].map(([name, text]) =>
    write(`wrong-${name}`, text),
  )
  expect(runPromtool('test', 'rules', path).status).not.toBe(0)
})

test('every expression of the dashboard is one that Prometheus takes', () => {
  const records = listExpressions().map(({ expr }, at) => ({ record: `panel_${at}`, expr }))
  const path = write('dashboard.yaml', stringify({ groups: [{ name: 'dashboard', rules: records }] }))
  const { status, output } = runPromtool('check', 'rules', path)
  expect(status, output).toBe(0)
})
