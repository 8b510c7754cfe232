/*
 * The list of what the program is made of, in the form of CycloneDX 1.6. It is made from the bundle and not from the
 * installed packages: it names what is in there and nothing else.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Package } from './notices.ts'

interface Locked {
  integrity?: string
  resolved?: string
}

/** The list as text. The same input makes the same text: it has no time and no serial number. */
export function writeSbom(root: string, packages: readonly Package[]): string {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const program = describe({ name: own.name, version: own.version, license: own.license }, 'application')
  const components = packages.map((one) => ({
    ...describe(one, 'library'),
    ...hashesOf(lock.packages[one.folder]),
  }))
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: program },
    components: withoutRepeats(components),
    dependencies: [
      {
        ref: program['bom-ref'],
        dependsOn: [...new Set(components.map((component) => component['bom-ref']))],
      },
    ],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function describe(about: Pick<Package, 'name' | 'version' | 'license'>, type: 'application' | 'library') {
  const { name, version, license } = about
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  const licenses = license === 'see below' ? [] : [describeLicense(license)]
  return { type, 'bom-ref': purl, name, version, purl, licenses }
}

/** An identifier of SPDX, an expression of several, or what the package says in its own words. */
function describeLicense(license: string): object {
  if (/^[\w.+-]+$/.test(license)) return { license: { id: license } }
  return /^\(.+\)$/.test(license) ? { expression: license } : { license: { name: license } }
}

/** A package that is installed twice in one version is one component. */
function withoutRepeats<T extends { purl: string }>(components: readonly T[]): T[] {
  return [...new Map(components.map((component) => [component.purl, component])).values()]
}

/** The checksum that the registry gave and the lock file holds, in hexadecimal digits. */
function hashesOf(locked: Locked | undefined): object {
  const [, digest] = /^sha512-([A-Za-z0-9+/=]+)$/.exec(locked?.integrity ?? '') ?? []
  if (digest === undefined) return {}
  return { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }
}
