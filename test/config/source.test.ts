import { describe, expect, it } from 'vitest'
import { readSource } from '../../src/config/text/source.ts'

function told(text: string): string[] {
  return readSource(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

describe('reading YAML', () => {
  it('knows the place of values, names, and of what is around a thing that is absent', () => {
    const source = readSource('a: 1\nb:\n  - c: x\n    d: { e: y }\n')
    expect(source.data).toEqual({ a: 1, b: [{ c: 'x', d: { e: 'y' } }] })
    expect(source.placeOf(['b', 0, 'd', 'e'])).toEqual({ line: 4, column: 13 })
    expect(source.placeOf(['b', 0, 'd', 'e'], 'name')).toEqual({ line: 4, column: 10 })
    expect(source.placeOf(['b', 0, 'd', 'f'])).toEqual({ line: 4, column: 5 })
    expect(source.placeOf(['b', 0, 'g'])).toEqual({ line: 3, column: 5 })
  })

  it('is YAML 1.2: yes and no are texts', () => {
    expect(readSource('a: yes\nb: no\nc: 0o17\nd: 12:30\n').data).toEqual({
      a: 'yes',
      b: 'no',
      c: 15,
      d: '12:30',
    })
  })

  it('refuses what would make a config mean more than it says', () => {
    expect(told('a: &x 1\nb: *x\n')).toHaveLength(2)
    expect(told('a: !!str 1\n')).toHaveLength(1)
    expect(told('a: { b: 1 }\n<<: { c: 1 }\n')).toEqual(['2:1 merging maps is not allowed in a config'])
    expect(told('%YAML 1.1\n---\na: yes\n')).toEqual(['1:1 directives are not allowed in a config'])
    expect(told('? { a: 1 }\n: 2\n')[0]).toContain('the name of a field must be text')
  })

  it('refuses a number that would be read as another one', () => {
    const changed = ['9007199254740993', '012345678901', '1.10', '1e3', '0x1F', '0o17', '+1', '-0', '.inf']
    for (const number of changed) {
      expect([number, told(`a: ${number}\n`)]).toEqual([
        number,
        ['1:4 this number would not be read as it is written'],
      ])
      expect(told(`a: "${number}"\n`)).toEqual([])
    }
    expect(told('a: [0, 12, -3, 2.5, 9007199254740991]\n')).toEqual([])
  })

  it('answers a template without quotes with what to write', () => {
    for (const text of ['a: {{ id }}\n', 'a: { b: DELETE /k/{{ id }} }\n', 'a:\n  - {{ id }}\n']) {
      const [problem] = readSource(text).problems
      expect([text, problem?.expected]).toEqual([text, 'the template in quotes, e.g. "{{ id }}"'])
    }
    expect(readSource('a: "{{ id }}"\nb: DELETE /k/{{ id }}\n').problems).toEqual([])
  })

  it('goes on after these, so that the rest is judged too', () => {
    const source = readSource('a: *x\nb: 2\nb: 3\n')
    expect(source.data).toEqual({ a: null, b: 2 })
    expect([source.isSpoilt(['a']), source.isSpoilt(['a', 'b']), source.isSpoilt(['b'])]).toEqual([
      true,
      true,
      false,
    ])
  })

  it('stops where the text is broken, and says where', () => {
    expect(told('a: [1\nb: 2\n')[0]).toMatch(/^1:|^2:/)
    expect(readSource('a: [1\nb: 2\n').data).toBeUndefined()
    expect(told('a: 1\n\tb: 2\n')).not.toEqual([])
    expect(told('a: 1\n---\nb: 2\n')).toEqual(['2:1 the file contains several documents; a config is one'])
  })

  it('limits the depth of nesting and the number of problems', () => {
    expect(told(`a: ${'['.repeat(40)}${']'.repeat(40)}`)).toEqual([
      '1:36 maps and lists are nested too deeply',
    ])
    expect(told(`a: ${'['.repeat(20_000)}`).length).toBeLessThan(30)
    expect(readSource('- '.repeat(5_000)).data).toBeUndefined()
  })
})
