import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EditError, readFields, setFields } from '../../../../providers/stores/env-file/formats/edit.ts'
import { formats } from '../../../../providers/stores/env-file/formats/formats.ts'
import { isNothing } from '../../../../src/contracts/value-shape.ts'

const { dotenv, docker, systemd } = formats
const names = Object.keys(formats) as (keyof typeof formats)[]

function set(format: keyof typeof formats, text: string, value: string, field = 'API_KEY'): string {
  return setFields(text, formats[format], new Map([[field, value]]))
}

function get(format: keyof typeof formats, text: string, field = 'API_KEY'): string | undefined {
  return readFields(text, formats[format], [field]).get(field)
}

describe('every byte but the value stays', () => {
  const cases: [string, keyof typeof formats, string, string][] = [
    [
      'comments, blank lines and order',
      'dotenv',
      '# top\n\nA=1\nAPI_KEY=old\n# end\n',
      '# top\n\nA=1\nAPI_KEY=new\n# end\n',
    ],
    ['CRLF', 'dotenv', 'A=1\r\nAPI_KEY=old\r\nB=2\r\n', 'A=1\r\nAPI_KEY=new\r\nB=2\r\n'],
    ['CRLF for docker', 'docker', 'API_KEY=old\r\nB=2\r\n', 'API_KEY=new\r\nB=2\r\n'],
    ['CRLF for systemd', 'systemd', 'API_KEY=old\r\nB=2\r\n', 'API_KEY=new\r\nB=2\r\n'],
    ['a missing final line end', 'dotenv', 'A=1\nAPI_KEY=old', 'A=1\nAPI_KEY=new'],
    ['`export` and spaces', 'dotenv', '  export API_KEY = old   # why\n', '  export API_KEY = new   # why\n'],
    [
      'a comment behind an empty value',
      'dotenv',
      'API_KEY= # to be filled\n',
      'API_KEY=new # to be filled\n',
    ],
    ['a byte order mark', 'dotenv', '\xef\xbb\xbfAPI_KEY=old\n', '\xef\xbb\xbfAPI_KEY=new\n'],
    ['bytes that are no UTF-8', 'dotenv', '# caf\xe9\nAPI_KEY=old\n', '# caf\xe9\nAPI_KEY=new\n'],
    ['quotes of a plain value go', 'dotenv', 'API_KEY="old"\n', 'API_KEY=new\n'],
    ['docker takes a comment as value', 'docker', 'API_KEY=old # x\n', 'API_KEY=new\n'],
    ['spaces around for systemd', 'systemd', ' API_KEY = "old"  \n', ' API_KEY = new  \n'],
    [
      'a value over several lines',
      'dotenv',
      `A='one\nAPI_KEY=not me\n'\nAPI_KEY=old\n`,
      `A='one\nAPI_KEY=not me\n'\nAPI_KEY=new\n`,
    ],
    [
      'a continued line for systemd',
      'systemd',
      'A=one\\\nAPI_KEY=not me\nAPI_KEY=old\n',
      'A=one\\\nAPI_KEY=not me\nAPI_KEY=new\n',
    ],
    ['a value of several lines goes whole', 'systemd', `API_KEY='one\ntwo'\nB=2\n`, 'API_KEY=new\nB=2\n'],
    ['a new name at the end', 'dotenv', 'A=1\n', 'A=1\nAPI_KEY=new\n'],
    ['a new name without a final line end', 'dotenv', 'A=1\r\nB=2', 'A=1\r\nB=2\r\nAPI_KEY=new'],
    ['a new name in an empty file', 'docker', '', 'API_KEY=new\n'],
    [
      'names that are alike',
      'dotenv',
      'MY_API_KEY=a\nAPI_KEY_2=b\n#API_KEY=c\nAPI_KEY=old\n',
      'MY_API_KEY=a\nAPI_KEY_2=b\n#API_KEY=c\nAPI_KEY=new\n',
    ],
  ]
  for (const [what, format, before, after] of cases)
    test(what, () => expect(set(format, before, 'new')).toBe(after))
})

describe('what cannot be changed safely is refused', () => {
  const cases: [string, keyof typeof formats, string, RegExp][] = [
    ['defined twice, with the lines', 'dotenv', 'API_KEY=a\n\nexport API_KEY=b\n', /2 times, in lines 1, 3/],
    ['defined twice for docker', 'docker', 'API_KEY=a\nAPI_KEY=b\n', /lines 1, 2/],
    ['defined twice for systemd', 'systemd', 'API_KEY=a\nB=1\nAPI_KEY=b\n', /lines 1, 3/],
    ['a `#` close to the value', 'dotenv', 'API_KEY=a#b\n', /line 1.*disagree/],
    ['written with a colon', 'dotenv', 'API_KEY: a\n', /`:` instead/],
    ['an escaped quote', 'dotenv', `API_KEY="a\\"b"\n`, /escapes a quote/],
    ['an open quote', 'dotenv', `API_KEY="a\n`, /quotes do not match/],
    ['`export` for docker', 'docker', 'export API_KEY=a\n', /docker does not understand/],
    ['`export` for systemd', 'systemd', 'export API_KEY=a\n', /systemd does not understand/],
    ['a name alone for docker', 'docker', 'API_KEY\n', /own environment/],
    ['a space before `=` for docker', 'docker', 'API_KEY =a\n', /no space/],
    ['an open quote for systemd', 'systemd', `API_KEY='a\n`, /not closed/],
    ['a comment that swallows the line', 'systemd', '# old \\\nAPI_KEY=a\n', /comment above/],
  ]
  for (const [what, format, text, message] of cases) {
    test(what, () => {
      expect(() => set(format, text, 'new')).toThrow(EditError)
      expect(() => set(format, text, 'new')).toThrow(message)
      expect(() => get(format, text)).toThrow(message)
    })
  }

  test('a file that ends within a quote takes no new name', () => {
    expect(() => set('systemd', `A='open\n`, 'new')).toThrow(/read differently/)
  })
  test('a file that ends with a backslash takes no new name', () => {
    expect(() => set('systemd', 'A=open\\', 'new')).toThrow(/read differently/)
  })
  test('a value that is not UTF-8', () => {
    expect(() => get('dotenv', 'API_KEY=caf\xe9\n')).toThrow(/not UTF-8/)
  })
  for (const [format, value] of [
    ['docker', 'two\nlines'],
    ['dotenv', 'carriage\rreturn'],
    ['dotenv', `'"\` #`],
    ['systemd', 'nul\0'],
    ['dotenv', 'broken \ud800'],
    ['docker', ''],
  ] as const)
    test(`${format} cannot carry ${JSON.stringify(value)}`, () => {
      expect(() => set(format, '', value)).toThrow(/cannot carry/)
    })
})

describe('values are read as their reader reads them', () => {
  const cases: [keyof typeof formats, string, string | undefined][] = [
    ['dotenv', 'API_KEY=bare value  # comment\n', 'bare value'],
    ['dotenv', `API_KEY='single \\n "x" #' # comment\n`, 'single \\n "x" #'],
    ['dotenv', 'API_KEY="a\\nb"\n', 'a\nb'],
    ['dotenv', 'API_KEY="a\nb"\n', 'a\nb'],
    ['dotenv', 'API_KEY=`it\'s "both"`\n', `it's "both"`],
    ['dotenv', 'API_KEY=\n', undefined],
    ['dotenv', `API_KEY=''\n`, undefined],
    ['docker', 'API_KEY="quotes stay" # all\n', '"quotes stay" # all'],
    ['docker', '  API_KEY= space kept \r\n', ' space kept '],
    ['systemd', 'API_KEY=  inner  space \t\n', 'inner  space'],
    ['systemd', `API_KEY='a'"b" c\n`, 'abc'],
    ['systemd', 'API_KEY="a\\"b\\\\c\\$d\\`e\\f"\n', 'a"b\\c$d`e\\f'],
    ['systemd', 'API_KEY=a\\ b\\\nc\n', 'a bc'],
    ['systemd', 'API_KEY=a # no comment\n', 'a # no comment'],
    ['systemd', '; c\n# d\nAPI_KEY=x"y"\n', 'x"y"'],
  ]
  for (const [format, text, value] of cases)
    test(`${format}: ${JSON.stringify(text)}`, () => expect(get(format, text)).toBe(value))
})

describe('any value that is written is read back, and leaves others alone', () => {
  const value = fc.oneof(
    fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
    fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...`'"\`\\$#= \n\t\rnr;`) }),
  )
  const lines = fc.array(
    fc.constantFrom('# note', '', 'A=1', `B='two words'`, 'C="x"', 'D=', 'not a line', 'E=it is 5 o clock'),
    { maxLength: 5 },
  )
  for (const format of names) {
    test(format, () => {
      fc.assert(
        fc.property(lines, lines, value, (above, below, wanted) => {
          if (formats[format].spell(wanted) === undefined || isNothing(wanted)) return
          const text =
            [...new Set(above), 'API_KEY=old', ''].join('\n') +
            below.filter((line) => !above.includes(line)).join('\n')
          const changed = set(format, text, wanted)
          expect(get(format, changed)).toBe(wanted)
          expect(set(format, changed, 'old')).toBe(text)
        }),
        { numRuns: 300 },
      )
    })
  }

  test('node’s own reader agrees on dotenv', () => {
    fc.assert(
      fc.property(value, (wanted) => {
        if (dotenv.spell(wanted) === undefined) return
        expect(parseEnv(Buffer.from(set('dotenv', 'A=1\n', wanted), 'latin1').toString()).API_KEY).toBe(
          wanted,
        )
      }),
      { numRuns: 300 },
    )
  })

  test('a shell agrees on what is spelt for systemd', () => {
    const values = fc.sample(value, 60).filter((wanted) => systemd.spell(wanted) !== undefined)
    const folder = mkdtempSync(join(tmpdir(), 'keyrota-sh-'))
    const text = setFields('', systemd, new Map(values.map((wanted, index) => [`V${index}`, wanted])))
    writeFileSync(join(folder, 'env'), Buffer.from(text, 'latin1'))
    const env = execFileSync('env', [
      '-i',
      '/bin/sh',
      '-c',
      'set -a; . "$1"; exec env -0',
      'sh',
      join(folder, 'env'),
    ])
    rmSync(folder, { recursive: true })
    const pairs = env.toString().split('\0')
    for (const [index, wanted] of values.entries()) expect(pairs).toContain(`V${index}=${wanted}`)
  })

  test('docker gets it as it is', () => {
    expect(docker.spell(`it's "quoted" #1 $HOME`)).toBe(`it's "quoted" #1 $HOME`)
  })
})
