/* Tab completes commands, options and the names of keys in the config. */

import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dashboardIssuer, type Installation, KEY, makeInstallation } from './installation.ts'
import { MAIN } from './run-cli.ts'

const nobody = 'http://127.0.0.1:1'
let installation: Installation

beforeAll(() => {
  installation = makeInstallation({
    config: { issuers: { gateway: dashboardIssuer(nobody) } },
    value: 'ppt_live_value_of_this_test',
  })
})
afterAll(() => installation.remove())

/** What is offered after these words. */
async function complete(...words: string[]): Promise<string[]> {
  const { code, stdout } = await installation.run(['complete', '--', ...words])
  expect(code).toBe(0)
  const lines = stdout.trimEnd().split('\n')
  expect(lines.pop()).toBe(':4')
  return lines.map((line) => line.split('\t')[0] ?? '')
}

test.concurrent.each([
  [['ro'], ['rotate', 'rollback']],
  [['rotate', ''], [KEY]],
  [['status', 're'], [KEY]],
  [['rotate', '--lea'], ['--leaked']],
  [
    ['rotate', '--leaked', ''],
    ['old', 'new', 'both'],
  ],
  [['check', '--config', ''], ['keyrota.yaml']],
  [['rotate', '--config', 'keyrota.yaml', ''], [KEY]],
  [['rotate', '--config', 'nowhere.yaml', ''], []],
  [['run', ''], []],
])('%j', async (words, offered) => {
  expect(await complete(...words)).toEqual(offered)
})

test('the script for bash completes the name of a key', async () => {
  const { stdout: script } = await installation.run(['completion', 'bash'])
  const program = join(installation.folder, 'keyrota')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
  chmodSync(program, 0o755)
  const text = [
    // What the package bash-completion provides.
    `_get_comp_words_by_ref() { cur=\${COMP_WORDS[COMP_CWORD]}; words=("\${COMP_WORDS[@]}"); }`,
    'compopt() { :; }',
    script,
    `COMP_WORDS=(keyrota rotate ren) COMP_CWORD=2; __keyrota_complete; echo "\${COMPREPLY[@]}"`,
  ].join('\n')
  const path = `${installation.folder}:${installation.env.PATH}`
  const printed = execFileSync('bash', ['--norc', '--noprofile', '-c', text], {
    cwd: installation.folder,
    env: { ...installation.env, PATH: path },
    encoding: 'utf8',
  })
  rmSync(program)
  expect(printed).toBe(`${KEY}\n`)
})

test.concurrent.each(['zsh', 'fish', 'powershell'])('there is a script for %s', async (shell) => {
  const { code, stdout } = await installation.run(['completion', shell])
  expect(code).toBe(0)
  expect(stdout).toContain('keyrota complete')
})

test('another shell is refused with the ones there are', async () => {
  const { code, stderr } = await installation.run(['completion', 'csh'])
  expect(code).toBe(2)
  expect(stderr).toContain('Allowed choices are zsh, bash, fish, powershell')
})
