import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { material } from '../../../../src/contracts/secret-value.ts'
import { newCall, newMark, oneField, refused } from '../../../laws/secret-store/helpers.ts'
import { makeFolder, makeStore } from './fixture.ts'

const { folder, remove } = makeFolder()
afterAll(remove)

let files = 0
function makeFile(text: string): string {
  files += 1
  const path = join(folder, `${files}.env`)
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

const NEW = 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'

test('the value of before goes back as it was spelled, although no new value would be spelled so', async () => {
  const store = makeStore(folder)
  for (const spelling of [
    `"it's a $key of 5 readers"`,
    '`back\\slash and ticks`',
    '"two\\nlines"',
    "it's bare",
  ]) {
    const text = `# top\nAPI_KEY=${spelling}\nLAST=1\n`
    const path = makeFile(text)
    const old = await store.read(oneField(path), 'current', newCall())
    const { version } = await store.write(
      oneField(path),
      material({ value: NEW }),
      { mark: newMark(), replaces: old.version },
      newCall(),
    )
    expect(readFileSync(path, 'utf8')).toBe(`# top\nAPI_KEY=${NEW}\nLAST=1\n`)
    // Another process has only what the record keeps.
    const back = { mark: newMark(), replaces: version }
    await makeStore(folder).write(oneField(path), old.material, back, newCall())
    expect(readFileSync(path, 'utf8')).toBe(text)
    const again = await store.read(oneField(path), 'current', newCall())
    expect(again.material.value?.expose()).toBe(old.material.value?.expose())
  }
})

test('a value that no spelling carries to every reader is refused before anything changes, with the reason', async () => {
  const store = makeStore(folder)
  const path = makeFile('API_KEY=old-value-of-the-key\n')
  const { version } = await store.read(oneField(path), 'current', newCall())
  const value = `it's-$NAME-and-"more"-of-it`
  const unfit = store.explainUnfit?.(oneField(path), material({ value }))
  expect(unfit).toMatch(/^API_KEY would have a value that its readers \(dotenv, godotenv, .*read differently/)
  const attempt = store.write(
    oneField(path),
    material({ value }),
    { mark: newMark(), replaces: version },
    newCall(),
  )
  expect((await refused(attempt, 'invalid')).message).toMatch(/this format cannot carry it/)
  expect(readFileSync(path, 'utf8')).toBe('API_KEY=old-value-of-the-key\n')
})

test('check says of a present value that readers get different ones, and shows neither', async () => {
  const store = makeStore(folder)
  const path = makeFile('FIRST=1\nAPI_KEY="sk_live_$abc_and_more"\nOTHER="x$y"\n')
  const { notes } = await store.check(oneField(path), newCall())
  expect(notes.filter((note) => note.includes('readers'))).toEqual([
    'readers may get another value of API_KEY in line 2: a shell, compose and others resolve `$` and backticks in double quotes',
  ])
  expect(notes.join()).not.toContain('sk_live')
})

test('an empty variable of the advice "create it, empty" takes the first key in each format', async () => {
  for (const format of ['dotenv', 'docker', 'systemd'] as const) {
    const store = makeStore(folder, { format })
    const path = makeFile('API_KEY=\n')
    expect((await refused(store.read(oneField(path), 'current', newCall()), 'not_found')).missing).toBe(
      'field',
    )
    await store.write(
      oneField(path),
      material({ value: NEW }),
      { mark: newMark(), replaces: 'absent' },
      newCall(),
    )
    expect(readFileSync(path, 'utf8')).toBe(`API_KEY=${NEW}\n`)
  }
})
