import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

export interface Package {
  name: string
  version: string
  license: string
  text: string
  /** Relative to the checkout, as the lock file names it. */
  folder: string
}

/** Reads what a package says of its licence. @throws Error when it names none: then it must not be shipped. */
function readPackage(root: string, folder: string): Package {
  const place = join(root, folder)
  const manifest = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
  const license = readLicense(manifest.license ?? manifest.licenses)
  const files = readdirSync(place).filter((name) => /^(licen[cs]e|copying|notice)(\.|$)/i.test(name))
  const text = files.map((name) => readFileSync(join(place, name), 'utf8').trim()).join('\n\n')
  if (!license && !text) throw new Error(`${manifest.name} ${manifest.version} names no licence`)
  return { name: manifest.name, version: manifest.version, license: license ?? 'see below', text, folder }
}

/** The licence as text, also in the forms of old manifests: an object, or a list of which one may be chosen. */
function readLicense(given: unknown): string | undefined {
  if (Array.isArray(given)) return given.map(readLicense).filter(Boolean).join(' OR ') || undefined
  if (typeof given === 'object' && given !== null && 'type' in given) return readLicense(given.type)
  return typeof given === 'string' ? given : undefined
}

/** The folder of the package that a bundled file belongs to, relative to the checkout; undefined for our own. */
function findPackageFolder(file: string): string | undefined {
  const inside = file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)
  return inside?.[1]
}

/** Every package with code in the bundle, sorted. */
export function listPackages(root: string, metafile: Metafile): Package[] {
  const folders = new Set<string>()
  for (const output of Object.values(metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      const folder = bytesInOutput > 0 ? findPackageFolder(input) : undefined
      if (folder && existsSync(join(root, folder, 'package.json'))) folders.add(folder)
    }
  }
  const packages = [...folders].map((folder) => readPackage(root, folder))
  return packages.sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1))
}

/** The notices of these packages as one text. */
export function writeNotices(packages: readonly Package[]): string {
  const sections = packages.map(
    ({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}\n`,
  )
  return `Keyrota contains code of these packages.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`
}
