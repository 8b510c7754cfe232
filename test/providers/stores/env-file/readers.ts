import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { parse } from 'dotenv'
import fc from 'fast-check'

/** Reads an env file as a program of others does. */
export type Reader = (path: string) => Record<string, string | undefined>

/** The readers that run everywhere: Node's `--env-file`, npm's dotenv, and `source` of bash and of a POSIX shell. */
export const readers: Readonly<Record<string, Reader>> = {
  'node --env-file': (path) => ({ ...parseEnv(readFileSync(path, 'utf8')) }),
  dotenv: (path) => parse(readFileSync(path)),
  'bash source': (path) => readByShell('bash', path),
  'sh source': (path) => readByShell('sh', path),
}

function readByShell(shell: string, path: string): Record<string, string> {
  const script = 'set -a; . "$1"; exec env -0'
  const options = { encoding: 'utf8', maxBuffer: 16_000_000 } as const
  const env = execFileSync('env', ['-i', shell, '-c', script, shell, path], options)
  const pairs = env.split('\0').filter((pair) => pair.includes('='))
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}

const signs = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at))

/** Every sign of ASCII at the beginning, inside, at the end, doubled, and between spaces; and what has gone wrong. */
export const awkwardValues: readonly string[] = [
  ...[...signs, '\n', '\t'].flatMap((sign) => [
    `${sign}ab`,
    `ab${sign}cd`,
    `ab${sign}`,
    `a${sign}${sign}b`,
    `a ${sign} b`,
  ]),
  ...signs.flatMap((sign) => [`a$${sign}b`, `a'${sign}b`, `a"${sign}b`, `a\`${sign}b`]),
  ...[
    '$HOME',
    `\${HOME}`,
    '$(id)',
    '`id`',
    "it's $5",
    `it's "both"`,
    "'quoted'",
    '"quoted"',
    '#',
    ' # ',
    '~/x',
    '!!',
  ],
  ...[
    'two\nlines=x\n#c',
    '-----BEGIN KEY-----\nab+/=\n-----END KEY-----\n',
    'ünïcödé-日本語-🔑',
    '  spaces  ',
  ],
]

/** Random values of the signs that readers disagree on. */
export const randomValue = fc.string({
  minLength: 1,
  maxLength: 12,
  unit: fc.constantFrom(...`'"\`\\$#=&;|<>(){}[]!~*? \n\tab_A1`),
})
