import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

interface Package {
  name: string
  version: string
  license: string
  text: string
}

/** Reads what a package says of its licence. @throws Error when it names none: then it must not be shipped. */
function readPackage(folder: string): Package {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const license = manifest.license?.type ?? manifest.license ?? manifest.licenses?.[0]?.type
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)(\.|$)/i.test(name))
  const text = files.map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n')
  if (!license && !text) throw new Error(`${manifest.name} ${manifest.version} names no licence`)
  return { name: manifest.name, version: manifest.version, license: license ?? 'see below', text }
}

/** The folder of the package that a bundled file belongs to, relative to the checkout; undefined for our own. */
function findPackageFolder(file: string): string | undefined {
  const inside = file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)
  return inside?.[1]
}

/** The notices of every package with code in the bundle, sorted, as one text. */
export function writeNotices(root: string, metafile: Metafile): string {
  const folders = new Set<string>()
  for (const output of Object.values(metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      const folder = bytesInOutput > 0 ? findPackageFolder(input) : undefined
      if (folder && existsSync(join(root, folder, 'package.json'))) folders.add(folder)
    }
  }
  const packages = [...folders].map((folder) => readPackage(join(root, folder)))
  packages.sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1))
  const sections = packages.map(
    ({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}\n`,
  )
  return `Keyrota contains code of these packages.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`
}
