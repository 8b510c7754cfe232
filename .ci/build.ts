/**
 * Builds the publishable package in `dist/`, or in the folder given as the argument: the program, the contracts for
 * outside providers, their laws, types, and everything they need from other packages. With `--program`, only the program.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build, type Metafile } from 'esbuild'
import { listPackages, writeNotices } from './notices.ts'
import { writeSbom } from './sbom.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * CommonJS packages inside an ES module still need `require` and their own path. The names have a prefix, because some
 * packages declare the plain ones themselves, and that part of the bundle would then not load.
 */
export const BANNER = [
  "import { createRequire as keyrotaCreateRequire } from 'node:module'",
  'const require = keyrotaCreateRequire(import.meta.url)',
  'const keyrotaFilename = import.meta.filename',
  'const keyrotaDirname = import.meta.dirname',
].join('\n')

const PROGRAM = {
  main: 'src/main.ts',
  kubectl: 'src/kubectl-keyrota.ts',
  'scan-worker': 'src/scan/worker.ts',
}

/** Bundles the entries together, so that program, contracts and laws share one ProviderError. */
async function bundle(outDir: string, entryPoints: Record<string, string>): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: outDir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    // Its main file requires the others by a name that no bundler can follow; its module has plain imports.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    banner: { js: BANNER },
    define: { __filename: 'keyrotaFilename', __dirname: 'keyrotaDirname' },
    // Identifiers are kept: the stack traces of users are all that we get to see.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  })
  return metafile
}

/** Bundles the entries of the programs separately, without the banner and for older versions of Node than the rest. */
async function bundleEntry(outDir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { keyrota: '.ci/entry.mjs', 'kubectl-keyrota': '.ci/kubectl-entry.mjs' },
    outdir: outDir,
    bundle: true,
    external: ['./main.js', './kubectl.js'],
    format: 'esm',
    platform: 'node',
    target: 'es2020',
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
  })
}

/**
 * Lists dynamic imports of CommonJS packages: in a bundle they lose every named export, which shows only at run time.
 * They must be imported statically, by a file of ours that is itself imported on demand.
 */
export function findLostNames(metafile: Metafile): string[] {
  const lost: string[] = []
  for (const [file, input] of Object.entries(metafile.inputs)) {
    if (file.includes('node_modules/')) continue
    for (const { kind, path } of input.imports) {
      if (kind === 'dynamic-import' && metafile.inputs[path]?.format === 'cjs')
        lost.push(`${file} imports ${path}`)
    }
  }
  return lost
}

/** The manifest of the package: no dependencies to install, none of the tools of the repository. */
function describePackage(): string {
  const { name, version, description, license, keywords, engines } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const manifest = {
    name,
    version,
    description,
    license,
    keywords,
    type: 'module',
    engines,
    bin: { keyrota: 'keyrota.js', 'kubectl-keyrota': 'kubectl-keyrota.js' },
    man: './keyrota.1',
    exports: {
      '.': { types: './types/src/plugin.d.ts', default: './plugin.js' },
      './laws': { types: './types/test/laws/index.d.ts', default: './laws.js' },
      './package.json': './package.json',
    },
    // An outside provider describes its options with zod; running Keyrota does not need it.
    peerDependencies: { zod: '^4.0.0' },
    peerDependenciesMeta: { zod: { optional: true } },
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/**
 * Builds the entry, the bundle, and what has to come with it: licences, notices, and the list of what is in it.
 * @throws Error if named exports would be lost
 */
async function buildCode(outDir: string, entryPoints: Record<string, string>): Promise<void> {
  rmSync(outDir, { recursive: true, force: true })
  mkdirSync(outDir, { recursive: true })
  const metafile = await bundle(outDir, entryPoints)
  const lost = findLostNames(metafile)
  if (lost.length > 0) throw new Error(`named exports would be lost:\n${lost.join('\n')}`)
  await bundleEntry(outDir)
  const packages = listPackages(root, metafile)
  writeFileSync(join(outDir, 'THIRD-PARTY-NOTICES.txt'), writeNotices(packages))
  writeFileSync(join(outDir, 'sbom.cdx.json'), writeSbom(root, packages))
  copyFileSync(join(root, 'LICENSE'), join(outDir, 'LICENSE'))
}

/**
 * Builds the program alone, as an image holds it: no types, no laws, nothing to import.
 * @param outDir absolute; emptied first
 */
export async function buildProgram(outDir: string): Promise<void> {
  await buildCode(outDir, PROGRAM)
  writeFileSync(join(outDir, 'package.json'), '{ "type": "module" }\n')
}

/**
 * Builds the package.
 * @param outDir absolute; emptied first
 * @throws Error if a step fails, with its output
 */
export async function buildPackage(outDir: string): Promise<void> {
  await buildCode(outDir, { ...PROGRAM, plugin: 'src/plugin.ts', laws: 'test/laws/index.ts' })
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const types = ['--project', join(root, '.ci', 'tsconfig.types.json'), '--outDir', join(outDir, 'types')]
  execFileSync(tsc, types, { cwd: root, stdio: 'inherit' })
  writeFileSync(join(outDir, 'package.json'), describePackage())
  copyFileSync(join(root, 'docs', 'keyrota.1'), join(outDir, 'keyrota.1'))
  for (const file of ['README.md', 'CHANGELOG.md']) copyFileSync(join(root, file), join(outDir, file))
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { program: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const outDir = resolve(positionals[0] ?? join(root, 'dist'))
  await (values.program ? buildProgram(outDir) : buildPackage(outDir))
}
