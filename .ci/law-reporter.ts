import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import type { LawResult } from './law-table.ts'

/** What the tests of the law are called: the suite names store and server, each test its rule. */
const SUITE = /^(?<store>\S+) keeps the law: (?<server>.+)$/

/** Writes the result of each rule of the store law, as JSON, to the file that KEYROTA_LAW_RESULTS names. */
export const lawReporter: Reporter = {
  onTestRunEnd(modules) {
    const file = process.env.KEYROTA_LAW_RESULTS
    if (file === undefined) return
    const results = modules.flatMap((module) => [...findResults(module)])
    writeFileSync(file, JSON.stringify(results))
  },
}

function* findResults(module: TestModule): Generator<LawResult> {
  for (const test of module.children.allTests()) {
    const { store, server } =
      (test.parent.type === 'suite' ? SUITE.exec(test.parent.name)?.groups : null) ?? {}
    if (store === undefined || server === undefined) continue
    yield { store, server, rule: test.name, passed: test.result().state === 'passed' }
  }
}
