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
import { type Cache, type ConfigText, findCache, readCached, writeCached } from '../../src/config/cache.ts'
import { initConfig } from '../../src/config/describe/init-template.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/contracts/config.ts'

let folder = ''
let cache: Cache
let source: ConfigText
let config: Config

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-cache-'))
  cache = { folder: join(folder, 'configs'), program: 'one' }
  source = {
    path: join(folder, 'keyrota.yaml'),
    text: initConfig({ installation: 'k7f3' }),
    env: { HOME: folder },
  }
  config = await loadConfig({ ...source, providers })
})
afterEach(() => rmSync(folder, { recursive: true }))

function cachedFile(): string {
  const [name = ''] = readdirSync(cache.folder)
  return join(cache.folder, name)
}

test('reads a cached config as it was', () => {
  expect(readCached(cache, source)).toBeUndefined()
  writeCached(cache, source, config)
  expect(readCached(cache, source)).toEqual(config)
  expect(statSync(cachedFile()).mode & 0o777).toBe(0o600)
  expect(readdirSync(cache.folder)).toHaveLength(1)
})

describe('reads and checks the config again', () => {
  const changes: readonly (readonly [string, () => [Cache, ConfigText]])[] = [
    ['another text', () => [cache, { ...source, text: `${source.text}\n` }]],
    ['another program', () => [{ ...cache, program: 'two' }, source]],
    ['another file', () => [cache, { ...source, path: join(folder, 'other.yaml') }]],
    ['another home', () => [cache, { ...source, env: { HOME: '/elsewhere' } }]],
    ['another state folder', () => [cache, { ...source, env: { HOME: folder, KEYROTA_STATE: '/s' } }]],
    [
      'another folder for the state of all programs',
      () => [cache, { ...source, env: { HOME: folder, XDG_STATE_HOME: '/s' } }],
    ],
  ]
  test.each(changes)('for %s', (_, change) => {
    writeCached(cache, source, config)
    expect(readCached(...change())).toBeUndefined()
  })

  test('when the cached file is damaged', () => {
    writeCached(cache, source, config)
    writeFileSync(cachedFile(), readFileSync(cachedFile(), 'utf8').slice(0, -9))
    expect(readCached(cache, source)).toBeUndefined()
  })

  test('when others can write the cached file', () => {
    writeCached(cache, source, config)
    chmodSync(cachedFile(), 0o620)
    expect(readCached(cache, source)).toBeUndefined()
  })
})

describe('caches nothing', () => {
  const pasted = 'ppt_live_x4Yq9x4Yq9x4Yq9'
  test.each([
    { env: pasted },
    { env: `${pasted}/+` },
    { file: `/home/ada/./${pasted}` },
    { credential: pasted },
  ])('for a config with something else than a name in $0', (token) => {
    const issuer = { type: 'http', options: { auth: [{ bearer: token }] } }
    writeCached(cache, source, { ...config, issuers: { gateway: issuer } })
    expect(readCached(cache, source)).toBeUndefined()
  })

  test('of the text, in which a comment may hold anything', () => {
    source = { ...source, text: `${source.text}# was ${pasted}\n` }
    writeCached(cache, source, config)
    expect(readCached(cache, source)).toEqual(config)
    expect(readFileSync(cachedFile(), 'utf8')).not.toContain(pasted)
  })

  test('for a config that JSON cannot represent', () => {
    writeCached(cache, source, { ...config, journal: { type: 'memory', options: { pattern: /a/ } } })
    expect(readCached(cache, source)).toBeUndefined()
  })

  test('where the folder cannot be created', () => {
    writeFileSync(cache.folder, '')
    writeCached(cache, source, config)
    expect(readCached(cache, source)).toBeUndefined()
  })

  test('while another run writes it; a file left by a killed run is removed', () => {
    writeCached(cache, source, config)
    const left = `${cachedFile()}.new`
    rmSync(cachedFile())
    writeFileSync(left, 'half')
    writeCached(cache, source, config)
    expect(readCached(cache, source)).toBeUndefined()
    writeCached(cache, source, config)
    expect(readCached(cache, source)).toEqual(config)
  })
})

describe('the place of the cache', () => {
  test('is beside the compiled code of the user, for a built program', () => {
    const built = join(folder, 'main.js')
    writeFileSync(built, '')
    expect(findCache({ HOME: '/home/ada' }, built)?.folder).toBe('/home/ada/.cache/keyrota/configs')
    expect(findCache({ HOME: '/home/ada', XDG_CACHE_HOME: '/cache' }, built)?.folder).toBe(
      '/cache/keyrota/configs',
    )
    expect(findCache({}, built)).toBeUndefined()
    expect(findCache({ XDG_CACHE_HOME: 'relative' }, built)).toBeUndefined()
    expect(findCache({ HOME: '/home/ada' }, '/src/compose.ts')).toBeUndefined()
  })

  test('differs after a new installation of the program', () => {
    mkdirSync(join(folder, 'dist'))
    const built = join(folder, 'dist', 'main.js')
    writeFileSync(built, 'same')
    const before = findCache({ HOME: folder }, built)
    expect(findCache({ HOME: folder }, built)).toEqual(before)
    rmSync(built)
    writeFileSync(`${built}.new`, '')
    writeFileSync(built, 'same')
    expect(findCache({ HOME: folder }, built)?.program).not.toBe(before?.program)
  })
})
