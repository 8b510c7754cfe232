import { afterAll, describe, test } from 'vitest'
import { secretStoreLaw } from '../../../laws/secret-store.ts'
import { makeFixture, makeFolder } from './fixture.ts'

const { folder, remove } = makeFolder()
afterAll(remove)

for (const format of ['dotenv', 'docker', 'systemd'] as const) {
  describe(`env-file keeps the law: ${format}`, () => {
    const fixture = makeFixture(folder, format)
    for (const rule of secretStoreLaw) test(rule.name, () => rule.run(fixture))
  })
}
