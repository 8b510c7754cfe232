import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildPackage, findLostNames } from '../.ci/build.ts'
import { providers } from '../providers/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'keyrota-package-'))
const built = join(folder, 'built')
const elsewhere = join(folder, 'elsewhere')
const home = join(folder, 'home')
const installed = join(elsewhere, 'node_modules', 'keyrota')

/** Runs a program in the folder where the package is installed, with a home of its own. */
function run(program: string, args: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: home }
  return spawnSync(program, args, { cwd: elsewhere, env, encoding: 'utf8' })
}

function keyrota(...args: string[]) {
  return run(join(elsewhere, 'node_modules', '.bin', 'keyrota'), args)
}

beforeAll(async () => {
  await buildPackage(built)
  for (const path of [elsewhere, home]) mkdirSync(path)
  const packed = execFileSync('npm', ['pack', built, '--json', '--silent'], { cwd: folder, encoding: 'utf8' })
  const tarball = join(folder, JSON.parse(packed)[0].filename)
  writeFileSync(join(elsewhere, 'package.json'), '{ "private": true, "type": "module" }')
  const quietly = ['--offline', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', ['install', ...quietly, tarball], { cwd: elsewhere })
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('is what publint wants a package to be', async () => {
  const { messages, pkg } = await publint({ pkgDir: built, strict: true })
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
})

it('needs nothing but itself', () => {
  expect(readdirSync(join(elsewhere, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
    'keyrota',
  ])
})

it('runs where it was installed', () => {
  const version = keyrota('--version')
  expect(version.stderr).toBe('')
  expect(version.stdout.trim()).toBe(manifest.version)
  const help = keyrota('--help')
  expect(help.status).toBe(0)
  expect(help.stdout).toContain('rotate')
})

it('can load every provider that ships', () => {
  const names = Object.values(providers).flatMap((entries) => Object.keys(entries))
  const chunks = readdirSync(join(installed, 'chunks'))
  const loadable = names.map((name) => {
    const own = chunks.filter((file) => file.startsWith(`${name}-`))
    const imports = own.map((file) => `import ${JSON.stringify(join(installed, 'chunks', file))}`)
    return { name, found: own.length > 0, code: imports.join('\n') }
  })
  expect(loadable.filter(({ found }) => !found)).toEqual([])
  const { stderr, status } = run(process.execPath, [
    '--input-type=module',
    '--eval',
    loadable.map(({ code }) => code).join('\n'),
  ])
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

it('has no part that cannot be loaded', () => {
  const files = readdirSync(join(installed, 'chunks')).filter((file) => file.endsWith('.js'))
  const code = files.map((file) => `await import(${JSON.stringify(join(installed, 'chunks', file))})`)
  const { stderr, status } = run(process.execPath, ['--input-type=module', '--eval', code.join('\n')])
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

it('keeps compiled code in a folder of the user', () => {
  keyrota('--version')
  expect(readdirSync(join(home, '.cache', 'keyrota', 'code'))).not.toEqual([])
})

it('says in one line that a Node is too old, and loads nothing else', () => {
  const pretend =
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.18.0" } })'
  const entry = join(installed, 'keyrota.js')
  rmSync(join(home, '.cache'), { recursive: true, force: true })
  const old = run(process.execPath, [
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
    entry,
    '--version',
  ])
  expect(old).toMatchObject({ status: 1, stdout: '' })
  expect(old.stderr).toBe('Keyrota needs Node 22.19 or newer, this is Node 22.18.0.\n')
})

it('lets outside providers throw the very errors that the laws and the program know', () => {
  const look = `
    import { ProviderError, SecretValue } from 'keyrota'
    import * as laws from 'keyrota/laws'
    const error = new ProviderError({ code: 'denied', provider: 'a', message: 'b', effect: 'none', nextStep: 'c' })
    console.log(JSON.stringify({ message: error.message, value: String(new SecretValue('x')), laws: Object.keys(laws) }))`
  const told = run(process.execPath, ['--input-type=module', '--eval', look])
  expect(told.stderr).toBe('')
  expect(JSON.parse(told.stdout)).toMatchObject({ message: 'a: b', value: '[secret]' })
  for (const law of JSON.parse(told.stdout).laws) expect(law).toMatch(/Law$/)
})

it('has types for outside providers', () => {
  symlinkSync(join(root, 'node_modules', 'zod'), join(elsewhere, 'node_modules', 'zod'))
  writeFileSync(
    join(elsewhere, 'provider.ts'),
    `import { type Call, ProviderError, type SecretAddress, type SecretStore } from 'keyrota'
     import { secretStoreLaw, type StoreFixture } from 'keyrota/laws'
     export async function check(store: SecretStore, address: SecretAddress, call: Call): Promise<'proved' | 'assumed'> {
       return (await store.check(address, call)).write
     }
     export const first = (fixture: StoreFixture) => secretStoreLaw[0]?.run(fixture)
     // @ts-expect-error A provider cannot invent a code.
     new ProviderError({ code: 'odd', provider: 'a', message: 'b', effect: 'none', nextStep: 'c' })
    `,
  )
  const strict = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--exactOptionalPropertyTypes',
  ]
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')]
  const done = run(join(root, 'node_modules', '.bin', 'tsc'), [...strict, ...types, 'provider.ts'])
  expect(done.stdout).toBe('')
  expect(done.status).toBe(0)
})

it('names every package whose code it carries', () => {
  const notices = readFileSync(join(installed, 'THIRD-PARTY-NOTICES.txt'), 'utf8')
  const named = [...notices.matchAll(/^(\S+) \d+\.\d\S* \(/gm)].map(([, name]) => name)
  expect(named).toEqual(expect.arrayContaining(['commander', 'yaml', 'zod']))
})

it('lists what it is made of, each with its checksum', () => {
  const sbom = JSON.parse(readFileSync(join(installed, 'sbom.cdx.json'), 'utf8'))
  const notices = readFileSync(join(installed, 'THIRD-PARTY-NOTICES.txt'), 'utf8')
  expect(sbom).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { version: manifest.version } },
  })
  const purls = sbom.components.map(({ purl }: { purl: string }) => purl)
  const zod = purls.find((purl: string) => purl.startsWith('pkg:npm/zod@'))
  expect(zod).toBe(`pkg:npm/zod@${manifest.dependencies.zod}`)
  expect(purls).not.toContainEqual(expect.stringContaining('vitest'))
  for (const { name, version, licenses, hashes } of sbom.components) {
    expect(notices).toContain(`${name} ${version} (`)
    expect(licenses).toHaveLength(1)
    expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }])
  }
  expect(sbom.dependencies[0].dependsOn).toEqual(purls)
})

it('is not built when a bundled import would lose its names', () => {
  const format = (kind: 'cjs' | 'esm') => ({ bytes: 1, imports: [], format: kind })
  const importing = (path: string) => ({
    bytes: 1,
    imports: [{ path, kind: 'dynamic-import' as const, original: 'sdk' }],
  })
  const inputs = {
    'node_modules/old/index.js': format('cjs'),
    'node_modules/new/index.js': format('esm'),
    'src/a.ts': importing('node_modules/old/index.js'),
    'src/b.ts': importing('node_modules/new/index.js'),
  }
  expect(findLostNames({ inputs, outputs: {} })).toEqual(['src/a.ts imports node_modules/old/index.js'])
})
