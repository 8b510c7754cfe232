/* Bundles test programs, so that tests which start hundreds of processes stay fast. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** CommonJS packages inside an ES module still ask for `require`. */
const BANNER =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url)"

/** Clients of services that these tests never load. */
const UNUSED = ['@aws-sdk/*', '@azure/*', '@google-cloud/*', '@kubernetes/*', 'node-vault']

/** Bundles programs of the checkout into a folder: hundreds of processes start in half the time from there. */
export async function bundlePrograms(
  folder: string,
  entries: Readonly<Record<string, string>>,
): Promise<(name: string) => string> {
  await build({
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    entryPoints: { ...entries },
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    banner: { js: BANNER },
    external: UNUSED,
    logLevel: 'warning',
  })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  return (name) => join(folder, `${name}.js`)
}
