import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { setFields } from '../../../../providers/stores/env-file/formats/edit.ts'
import { formats } from '../../../../providers/stores/env-file/formats/formats.ts'
import { makeFolder } from './fixture.ts'
import { awkwardValues, randomValue, readers } from './readers.ts'

const { folder, remove } = makeFolder()
afterAll(remove)

const values = [...awkwardValues, ...fc.sample(randomValue, { numRuns: 400, seed: 7 })]

/** Writes every value that the format carries into one file, as an env file of Keyrota has them. */
function writeAll(format: keyof typeof formats): { path: string; written: Map<string, string> } {
  const carried = values.filter((value) => formats[format].spell(value) !== undefined)
  const written = new Map(carried.map((value, index) => [`V${index}`, value]))
  const path = join(folder, `${format}.env`)
  writeFileSync(path, Buffer.from(setFields('FIRST=1\n', formats[format], written), 'latin1'))
  return { path, written }
}

describe('what is written is read alike by every reader of the format', () => {
  const all = writeAll('dotenv')
  for (const [name, read] of Object.entries(readers))
    test(`dotenv: ${name}`, () => {
      const got = read(all.path)
      for (const [field, value] of all.written) expect(got[field], JSON.stringify(value)).toBe(value)
      expect(got.FIRST).toBe('1')
    })

  for (const shell of ['bash source', 'sh source'] as const)
    test(`systemd: ${shell}`, () => {
      const { path, written } = writeAll('systemd')
      const got = readers[shell]?.(path)
      for (const [field, value] of written) expect(got?.[field], JSON.stringify(value)).toBe(value)
    })

  test('most values have a spelling', () => {
    expect(all.written.size).toBeGreaterThan(values.length / 2)
  })
})

/*
 * What the readers that cannot be run everywhere do, from their own documents and source, as values that must have no
 * spelling. `test/real/env-readers.test.ts` runs python-dotenv, godotenv and compose.
 */
const documented: [string, keyof typeof formats, string, string][] = [
  [
    'python-dotenv resolves a variable in braces in single quotes',
    'dotenv',
    `\${HOME}`,
    'https://pypi.org/project/python-dotenv/',
  ],
  [
    'dotenv-expand resolves `$NAME` in single quotes',
    'dotenv',
    'a$HOME',
    'https://github.com/motdotla/dotenv-expand',
  ],
  [
    'python-dotenv resolves `\\\\` in single quotes',
    'dotenv',
    'a\\\\b',
    'https://pypi.org/project/python-dotenv/',
  ],
  ["compose takes `\\'` for an open quote", 'dotenv', 'a\\', 'https://docs.docker.com/compose/env-file'],
  [
    'compose and shells resolve `$` in double quotes',
    'dotenv',
    "it's $5",
    'https://docs.docker.com/compose/env-file',
  ],
  [
    'a shell runs backticks in double quotes',
    'dotenv',
    "it's `id`",
    'https://pubs.opengroup.org/onlinepubs/9799919799/',
  ],
  [
    'a line of docker ends at a line end',
    'docker',
    'a\nb',
    'https://docs.docker.com/reference/cli/docker/container/run/',
  ],
  [
    'systemd drops a value with a control character',
    'systemd',
    'a\u0001b',
    'https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html',
  ],
]
describe('what a reader is known to read differently is not written', () => {
  for (const [what, format, value, source] of documented)
    test(`${format}: ${what} (${source})`, () => {
      expect(formats[format].spell(value)).toBeUndefined()
      expect(() => setFields('', formats[format], new Map([['API_KEY', value]]))).toThrow(
        formats[format].limits,
      )
    })
})

describe('a present value that readers read differently is known', () => {
  const disputed: [keyof typeof formats, string, RegExp | null][] = [
    ['dotenv', 'API_KEY=plain_value-1', null],
    ['dotenv', "API_KEY='a $5 b'", null],
    ['dotenv', `API_KEY="it's"`, null],
    ['dotenv', "export API_KEY='x' # why", null],
    ['dotenv', 'API_KEY="a$b"', /double quotes/],
    ['dotenv', 'API_KEY="a`b"', /double quotes/],
    ['dotenv', 'API_KEY="a\\nb"', /backslash in double quotes/],
    ['dotenv', "API_KEY='a\\b'", /python-dotenv resolves a backslash/],
    ['dotenv', `API_KEY='\${BASE}'`, /python-dotenv and dotenv-expand/],
    ['dotenv', 'API_KEY=`a`', /only dotenv and Node/],
    ['dotenv', 'API_KEY=a b', /bare value/],
    ['dotenv', "API_KEY=it's", /bare value/],
    ['dotenv', 'API_KEY=a$b', /bare value/],
    ['dotenv', 'API_KEY = a', /white space around/],
    ['dotenv', 'API_KEY= a', /white space around/],
    ['docker', 'API_KEY="a"', /quotes on as part/],
    ['docker', 'API_KEY=a$b "c', null],
    ['systemd', 'API_KEY=a$b', /shell/],
    ['systemd', 'API_KEY="a$b"', /shell/],
    ['systemd', 'API_KEY="a\\$b"', null],
    ['systemd', "API_KEY='a$b'", null],
  ]
  for (const [format, line, why] of disputed)
    test(`${format}: ${line}`, () => {
      const text = `FIRST=1\n${line}\nLAST=2\n`
      const definition = formats[format].scan(text).find(({ name }) => name === 'API_KEY')
      if (!definition) throw new Error('it has no definition')
      const found = formats[format].explainDispute(text, definition)
      if (why) expect(found).toMatch(why)
      else expect(found).toBeNull()
    })

  // The other way round: what is not called disputed is read alike by all that can be run.
  test('what is not called different is the same to every reader', () => {
    const spellings = values.flatMap((value) => [value, `'${value}'`, `"${value}"`, `\`${value}\``])
    const undisputed = spellings.filter((spelling) => {
      const text = `X=${spelling}\n`
      const [only, ...others] = formats.dotenv.scan(text)
      return (
        only?.end === text.length - 1 &&
        others.length === 0 &&
        only.problem === undefined &&
        !formats.dotenv.explainDispute(text, only)
      )
    })
    expect(undisputed.length).toBeGreaterThan(200)
    const path = join(folder, 'undisputed.env')
    writeFileSync(path, undisputed.map((spelling, index) => `V${index}=${spelling}\n`).join(''))
    const all = Object.values(readers).map((read) => read(path))
    for (const [index, spelling] of undisputed.entries()) {
      const seen = new Set(all.map((got) => got[`V${index}`]))
      expect([...seen], spelling).toHaveLength(1)
    }
  })
})
