import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { providers } from '../../providers/index.ts'
import { initConfig } from '../../src/config/describe/init-template.ts'
import { loadConfig } from '../../src/config/load.ts'
import { findConfigPath, findStateFolder } from '../../src/state-folder/places.ts'
import { tinyProviders } from '../config/tiny-providers.ts'

describe('where the config is', () => {
  it('is what was asked for, else KEYROTA_CONFIG, else keyrota.yaml', () => {
    const env = { KEYROTA_CONFIG: '/b.yaml' }
    expect(findConfigPath({ asked: '/a.yaml', env })).toBe('/a.yaml')
    expect(findConfigPath({ env })).toBe('/b.yaml')
    expect(findConfigPath({ env: { KEYROTA_CONFIG: '' } })).toBe('keyrota.yaml')
  })
})

describe('where the state is', () => {
  const about = { configured: undefined, configFolder: '/etc/keyrota', installation: 'k7f3' }

  it('is what the environment says, else the config, else the user’s state folder', () => {
    const env = { HOME: '/home/ada', XDG_STATE_HOME: '/state', KEYROTA_STATE: '/k' }
    expect(findStateFolder({ ...about, env, configured: 'x' })).toBe('/k')
    expect(findStateFolder({ ...about, env: { HOME: '/home/ada' }, configured: 'x' })).toBe('/etc/keyrota/x')
    expect(findStateFolder({ ...about, env: { HOME: '/home/ada', XDG_STATE_HOME: '/state' } })).toBe(
      '/state/keyrota/k7f3',
    )
    expect(findStateFolder({ ...about, env: { HOME: '/home/ada', XDG_STATE_HOME: 'relative' } })).toBe(
      '/home/ada/.local/state/keyrota/k7f3',
    )
  })
})

describe('a config in a file', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyrota-config-'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  function load(path: string) {
    return loadConfig({ path, providers: tinyProviders, env: {} })
  }

  it('that cannot be read is a problem of its own', async () => {
    await expect(load(join(folder, 'none.yaml'))).rejects.toThrow('file not found; `keyrota init` writes one')
    await expect(load(folder)).rejects.toThrow('is a folder, not a file')
    await writeFile(join(folder, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]))
    await expect(load(join(folder, 'latin.yaml'))).rejects.toThrow('is not UTF-8 text')
    await writeFile(join(folder, 'long.yaml'), `# ${'x'.repeat(5 * 1024 * 1024)}`)
    await expect(load(join(folder, 'long.yaml'))).rejects.toThrow('the config is longer than 4 MiB')
  })

  it('that `init` wrote is valid as written, and with its examples uncommented', async () => {
    const text = initConfig({ installation: 'k7f3' })
    const path = join(folder, 'keyrota.yaml')
    await writeFile(path, text)
    const config = await loadConfig({ path, providers, env: {} })
    expect(config.keys['renderer-dev']?.targets[0]?.secret).toBe(join(folder, '.env'))
    const whole = text
      .replaceAll(/^#(consumers:| {2,4}\S)/gm, '$1')
      .replaceAll(/^ {4}# (consumers|window):/gm, '    $1:')
    expect(whole).not.toBe(text)
    const full = await loadConfig({ path, text: whole, providers, env: {} })
    expect(full.keys['renderer-dev']).toMatchObject({
      consumers: ['renderer'],
      window: { timeZone: 'Europe/Berlin' },
    })
  })
})
