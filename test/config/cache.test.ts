import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { providers } from '../../providers/index.ts'
import { findKeeping, type JudgedText, type Keeping, keepConfig, takeKept } from '../../src/config/cache.ts'
import { initConfig } from '../../src/config/describe/init-template.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/contracts/config.ts'

let folder = ''
let keeping: Keeping
let judged: JudgedText
let config: Config

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-kept-'))
  keeping = { folder: join(folder, 'configs'), program: 'one' }
  judged = {
    path: join(folder, 'keyrota.yaml'),
    text: initConfig({ installation: 'k7f3' }),
    env: { HOME: folder },
  }
  config = await loadConfig({ ...judged, providers })
})
afterEach(() => rmSync(folder, { recursive: true }))

function keptFile(): string {
  const [name = ''] = readdirSync(keeping.folder)
  return join(keeping.folder, name)
}

test('a config that was kept is taken as it was', () => {
  expect(takeKept(keeping, judged)).toBeUndefined()
  keepConfig(keeping, judged, config)
  expect(takeKept(keeping, judged)).toEqual(config)
  expect(statSync(keptFile()).mode & 0o777).toBe(0o600)
  expect(readdirSync(keeping.folder)).toHaveLength(1)
})

describe('it is judged again', () => {
  const changes: readonly (readonly [string, () => [Keeping, JudgedText]])[] = [
    ['another text', () => [keeping, { ...judged, text: `${judged.text}\n` }]],
    ['another program', () => [{ ...keeping, program: 'two' }, judged]],
    ['another file', () => [keeping, { ...judged, path: join(folder, 'other.yaml') }]],
    ['another home', () => [keeping, { ...judged, env: { HOME: '/elsewhere' } }]],
    [
      'another place of the state',
      () => [keeping, { ...judged, env: { HOME: folder, KEYROTA_STATE: '/s' } }],
    ],
    [
      'another folder for all state',
      () => [keeping, { ...judged, env: { HOME: folder, XDG_STATE_HOME: '/s' } }],
    ],
  ]
  test.each(changes)('for %s', (_, change) => {
    keepConfig(keeping, judged, config)
    expect(takeKept(...change())).toBeUndefined()
  })

  test('when the file is damaged', () => {
    keepConfig(keeping, judged, config)
    writeFileSync(keptFile(), readFileSync(keptFile(), 'utf8').slice(0, -9))
    expect(takeKept(keeping, judged)).toBeUndefined()
  })

  test('when others may write the file', () => {
    keepConfig(keeping, judged, config)
    chmodSync(keptFile(), 0o620)
    expect(takeKept(keeping, judged)).toBeUndefined()
  })
})

describe('nothing is kept', () => {
  test('of a config that JSON cannot carry', () => {
    keepConfig(keeping, judged, { ...config, journal: { type: 'memory', options: { pattern: /a/ } } })
    expect(takeKept(keeping, judged)).toBeUndefined()
  })

  test('where the folder cannot be made', () => {
    writeFileSync(keeping.folder, '')
    keepConfig(keeping, judged, config)
    expect(takeKept(keeping, judged)).toBeUndefined()
  })

  test('while another run writes it; what a killed one left is out of the way afterwards', () => {
    keepConfig(keeping, judged, config)
    const left = `${keptFile()}.new`
    rmSync(keptFile())
    writeFileSync(left, 'half')
    keepConfig(keeping, judged, config)
    expect(takeKept(keeping, judged)).toBeUndefined()
    keepConfig(keeping, judged, config)
    expect(takeKept(keeping, judged)).toEqual(config)
  })
})

describe('where configs are kept', () => {
  test('beside the compiled code of the user, by a built program', () => {
    const built = join(folder, 'main.js')
    writeFileSync(built, '')
    expect(findKeeping({ HOME: '/home/ada' }, built)?.folder).toBe('/home/ada/.cache/keyrota/configs')
    expect(findKeeping({ HOME: '/home/ada', XDG_CACHE_HOME: '/cache' }, built)?.folder).toBe(
      '/cache/keyrota/configs',
    )
    expect(findKeeping({}, built)).toBeUndefined()
    expect(findKeeping({ XDG_CACHE_HOME: 'relative' }, built)).toBeUndefined()
    expect(findKeeping({ HOME: '/home/ada' }, '/src/compose.ts')).toBeUndefined()
  })

  test('a program that was installed anew is another one', () => {
    mkdirSync(join(folder, 'dist'))
    const built = join(folder, 'dist', 'main.js')
    writeFileSync(built, 'same')
    const before = findKeeping({ HOME: folder }, built)
    expect(findKeeping({ HOME: folder }, built)).toEqual(before)
    rmSync(built)
    writeFileSync(`${built}.new`, '')
    writeFileSync(built, 'same')
    expect(findKeeping({ HOME: folder }, built)?.program).not.toBe(before?.program)
  })
})
