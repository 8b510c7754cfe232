/* Whoever mistypes or misunderstands gets the reason and the exact next command, and machines get one document. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dashboardIssuer, type Installation, KEY, makeInstallation } from './installation.ts'
import { openTerminal } from './terminal.ts'

const nobody = 'http://127.0.0.1:1'
let installation: Installation

beforeAll(async () => {
  installation = makeInstallation({
    config: { issuers: { gateway: dashboardIssuer(nobody) } },
    value: 'ppt_live_value_of_this_test',
  })
  writeFileSync(join(installation.folder, 'bad.yaml'), 'installation: x\nbogus: 1\n')
  await installation.run(['status'])
})
afterAll(() => installation.remove())

interface Case {
  args: readonly string[]
  code: number
  says: readonly string[]
  kind: string
}

const cases: Case[] = [
  { args: ['rotte', KEY], code: 2, says: ['Did you mean rotate?'], kind: 'usage' },
  { args: ['rotate'], code: 2, says: ['name one key, or choose many'], kind: 'usage' },
  { args: ['rotate', KEY, '--compromized'], code: 2, says: ['Did you mean --compromised?'], kind: 'usage' },
  { args: ['rotate', KEY, '--leaked', 'mine'], code: 2, says: ['old, new, both'], kind: 'usage' },
  { args: ['rotate', KEY, '--kill-by', '15m'], code: 2, says: ['require --compromised'], kind: 'usage' },
  { args: ['run', '--wait', '5'], code: 2, says: ['such as 30s, 15m'], kind: 'usage' },
  ...['rotate', 'check', 'status', 'supply', 'resume', 'rollback'].map((verb) => ({
    args: [verb, 'renderer-prot'],
    code: 2,
    says: ['no key renderer-prot', `Did you mean ${KEY}?`, 'keyrota status', '/keyrota.yaml'],
    kind: 'unknown-key',
  })),
  { args: ['explain', 'nothing'], code: 2, says: ['nothing', 'keyrota status'], kind: 'unknown-key' },
  { args: ['rollback', KEY], code: 4, says: ['no rotation', `keyrota status ${KEY}`], kind: 'nothing-to-do' },
  {
    args: ['resume', KEY, '--confirm', 'moved'],
    code: 4,
    says: ['moved cannot be confirmed', `keyrota status ${KEY}`],
    kind: 'refused',
  },
  { args: ['supply', KEY], code: 2, says: ['no value given'], kind: 'usage' },
  { args: ['whois'], code: 2, says: ['no value given'], kind: 'usage' },
  {
    args: ['status', '--config', 'nowhere.yaml'],
    code: 3,
    says: ['file not found', 'keyrota init nowhere.yaml', '--config <file>'],
    kind: 'config',
  },
  {
    args: ['check', '--config', 'bad.yaml'],
    code: 3,
    says: ['bad.yaml:2:1 bogus: unknown field', 'keyrota check --config bad.yaml'],
    kind: 'config',
  },
]

test.concurrent.each(cases)('$args', async ({ args, code, says }) => {
  // A value that is refused for what is asked, not for being empty.
  const input = args.includes('renderer-prot') ? 'ppt_live_another_value_here\n' : ''
  const ended = await installation.run(args, { input })
  expect(ended).toMatchObject({ code, stdout: '' })
  for (const text of says) expect(ended.stderr).toContain(text)
})

/** One of each kind: how an error is printed does not depend on the command. */
const withDocument = [...new Map(cases.map((one) => [one.kind, one])).values()]

test.concurrent.each(withDocument)('$args --json', async ({ args, code, says, kind }) => {
  const input = args.includes('renderer-prot') ? 'ppt_live_another_value_here\n' : ''
  const ended = await installation.run([...args, '--json'], { input })
  expect(ended).toMatchObject({ code, stderr: '' })
  const { error } = JSON.parse(ended.stdout)
  expect(error).toMatchObject({ exitCode: code, kind })
  expect(error.nextStep).toMatch(/keyrota|--/)
  const text = `${error.message}\n${error.nextStep}`
  for (const part of says) expect(text).toContain(part)
})

test('a config error is a list of places for machines', async () => {
  const { stdout } = await installation.run(['check', '--config', 'bad.yaml', '--json'])
  expect(JSON.parse(stdout).error.problems).toContainEqual(
    expect.objectContaining({ file: 'bad.yaml', line: 2, column: 1, path: 'bogus' }),
  )
})

test('a journal that another process keeps locked is named, with what to do', async () => {
  const file = join(installation.state, 'journal.sqlite')
  const other = new DatabaseSync(file)
  other.exec('BEGIN EXCLUSIVE')
  try {
    const { code, stderr } = await installation.run(['rotate', KEY, '--wait', '1s'])
    expect(code).toBe(5)
    expect(stderr).toContain(file)
    expect(stderr).toContain('locked')
    expect(stderr).toContain('Try again')
  } finally {
    other.close()
  }
})

test('version is a command, an option and a document', async () => {
  const [command, option, document] = await Promise.all(
    [['version'], ['--version'], ['version', '--json']].map((args) => installation.run(args)),
  )
  const { version, node } = JSON.parse(document?.stdout ?? '')
  expect(command?.stdout).toContain(`keyrota ${version} (Node.js ${node}`)
  expect(option?.stdout.trim()).toBe(version)
})

test('no help shows an empty default', async () => {
  for (const verb of ['resume', 'sandbox', 'rotate', 'status']) {
    const { stdout } = await installation.run([verb, '--help'])
    expect(stdout).not.toContain('(default: [])')
    expect(stdout).toContain('Example')
  }
})

test('with two configs, a terminal shows which one was read', async () => {
  const { cwd, env } = { cwd: installation.folder, env: installation.env }
  writeFileSync(join(cwd, 'other.yaml'), readFileSync(installation.config))
  const terminal = openTerminal(['status'], { cwd, env: { ...env, KEYROTA_CONFIG: 'other.yaml' } })
  expect(await terminal.ended).toBe(0)
  expect(terminal.screen()).toContain(`other.yaml (KEYROTA_CONFIG), not ${installation.config}`)
})
