/* An id is kept, shown and logged, so it must not be the secret. */

import { normalizePath } from '../../shared/http/extract.ts'
import type { Checked, Report } from './checked.ts'

/** Reports paths of ids and names that select a secret part of the key, as far as the paths alone show it. */
export function checkSecretIds(options: Checked, report: Report): void {
  const { create, list, whoami, readBack } = options
  const fromCreate = secretPaths(options, create?.parts)
  const fromList = secretPaths(options, list?.parts)
  const fromReadBack = secretPaths(options, readBack?.parts)
  const all = [...fromCreate, ...fromList, ...fromReadBack]
  checkPath(['create', 'id'], create?.id, fromCreate, report)
  checkPath(['readBack', 'id'], readBack?.id, fromReadBack, report)
  // Another answer has other paths to the same field, which services call by the same name everywhere.
  for (const field of ['id', 'name'] as const) {
    checkPath(['list', field], list?.[field], all.map(lastName), report, lastName)
    checkPath(['whoami', field], whoami?.[field], all.map(lastName), report, lastName)
  }
}

interface SecretPath {
  part: string
  path: string
}

function secretPaths(options: Checked, parts: Readonly<Record<string, string>> | undefined): SecretPath[] {
  return Object.entries(parts ?? {}).flatMap(([part, path]) =>
    options.publicParts.includes(part) ? [] : [{ part, path: normalizePath(path) }],
  )
}

function checkPath(
  at: string[],
  path: string | undefined,
  secrets: readonly SecretPath[],
  report: Report,
  shorten: (one: SecretPath) => SecretPath = (one) => one,
): void {
  if (path === undefined) return
  const mine = shorten({ part: '', path: normalizePath(path) }).path
  const same = secrets.find((one) => one.path === mine && mine !== '')
  if (same === undefined) return
  report(
    at,
    `expected a field that is not secret, and this is part ${same.part} of the key. If the service knows keys by their ` +
      `value alone, leave out create.id and list.id, describe list.parts, and revoke with {{ ${same.part} }}; ` +
      `if ${same.part} is public, add it to publicParts`,
  )
}

/** The name of the last member, e.g. `secret` of `$.data.secret`; empty when the path ends otherwise. */
function lastName({ part, path }: SecretPath): SecretPath {
  return { part, path: /(?:\.|\[')([A-Za-z_][\w-]*)(?:'\])?$/.exec(path)?.[1] ?? '' }
}
