import type { Sample } from './rule.ts'

/** A rule of the linter's configuration, with files that show that it fires where it should and nowhere else. */
export interface LinterRule {
  /** As the linter names it in a diagnostic. */
  category: string
  /** Every one of these files is reported. */
  planted: Sample
  /** None of these files is. */
  innocent: Sample
}

/** Files `<folder>/<name>-0.ts`, … with these texts. */
function number(start: string, texts: readonly string[], end = '.ts'): Sample {
  return Object.fromEntries(texts.map((text, index) => [`${start}-${index}${end}`, text]))
}

export const linterRules: readonly LinterRule[] = [
  {
    category: 'lint/complexity/noExcessiveLinesPerFunction',
    planted: { 'src/function.ts': `export function a(): void {\n${'  f()\n'.repeat(51)}}\n` },
    innocent: {
      'src/short-function.ts': `export function a(): void {\n${'  f()\n'.repeat(45)}}\n`,
      'test/function.test.ts': `export function a(): void {\n${'  f()\n'.repeat(51)}}\n`,
    },
  },
  {
    category: 'lint/style/noExcessiveLinesPerFile',
    planted: { 'src/long.ts': 'x()\n'.repeat(251), 'test/long.test.ts': 'x()\n'.repeat(251) },
    innocent: { 'src/short.ts': 'x()\n'.repeat(250) },
  },
  {
    category: 'lint/style/useFilenamingConvention',
    planted: { 'src/keyIssuer.ts': 'f()', 'src/Key.ts': 'f()', 'test/a_b.ts': 'f()', 'src/a--b.ts': 'f()' },
    innocent: { 'src/key-issuer.ts': 'f()', 'test/a-b.test.ts': 'f()' },
  },
  {
    category: 'lint/style/noDefaultExport',
    planted: {
      'src/default.ts': 'export default 1',
      'src/as-default.ts': 'const a = 1\nexport { a as default }',
    },
    innocent: { 'test/vitest.config.ts': 'export default 1', 'src/no-default.ts': '// export default 1' },
  },
  {
    category: 'lint/suspicious/noImportCycles',
    planted: {
      'src/two/b.ts': "import { c } from './c.ts'\nexport const b = c",
      'src/two/c.ts': "import type { b } from './b.ts'\nexport const c = (a: typeof b) => a",
      'src/three/b.ts': "import { c } from './c.ts'\nexport const b = c",
      'src/three/c.ts': "export * from './d.ts'",
      'src/three/d.ts': "export const c = await import('./b.ts')",
    },
    innocent: {
      'src/none/b.ts': "import './c.ts'\nimport './d.ts'",
      'src/none/c.ts': "import './d.ts'",
      'src/none/d.ts': 'f()',
    },
  },
  {
    category: 'lint/suspicious/noSkippedTests',
    planted: number(
      'test/skipped',
      ['it.skip("a", () => f())', 'xit("a", () => f())', 'describe.skip("a", () => f())'],
      '.test.ts',
    ),
    innocent: { 'test/run.test.ts': 'it("is not .skip(ped)", f) // it.skip' },
  },
  {
    category: 'lint/suspicious/noFocusedTests',
    planted: number(
      'test/focused',
      ['describe.only("a", f)', 'fit("a", f)', 'it\n  .concurrent.only("a", f)'],
      '.test.ts',
    ),
    innocent: { 'test/unfocused.test.ts': 'it("is not .only", f) // it.only' },
  },
  {
    category: 'plugin',
    planted: number(
      'test/left-out',
      [
        ...['test.todo("a")', 'it.fails("a", f)', 'describe.skipIf(x)("a", f)', 'it.runIf(x)("a", f)'],
        ...[
          'it.each([1]).skip("a", f)',
          'const a = it.skip',
          'const a = it.only',
          'it.skip("a", f)',
          'context.skip()',
          'skip()',
        ],
        ...['it("a", { skip: true }, f)', 'it("a", { timeout: 1, todo: x }, f)'],
        'it("a", { timeout: 1, fails: x }, () => { f() })',
      ],
      '.test.ts',
    ),
    innocent: {
      'test/in.test.ts': 'it("a", () => serve({ skip: 2 }))\nfault.skip -= 1',
      'src/page.ts': 'page.skip(2)',
    },
  },
  {
    category: 'plugin',
    planted: {
      ...number('src/workflow/moment', [
        'f(new Date())',
        'f(new Date)',
        'f(Date())',
        'f(`$' + '{new Date()}`)',
      ]),
      'src/service/moment.ts': 'f(new Date())',
      'providers/journals/a/moment.ts': 'f(new Date())',
      'providers/shared/memory/moment.ts': 'f(new Date())',
    },
    innocent: {
      'src/schedule/moment.ts': 'export const a: Date = new Date(nowMs) // not new Date()',
      'src/demo/moment.ts': 'f(new Date())',
      'providers/stores/a/moment.ts': 'f(new Date())',
    },
  },
  {
    category: 'lint/style/noRestrictedGlobals',
    planted: {
      ...number('src/workflow/globals', [
        ...['performance.now()', 'setTimeout(f, 1)', 'setInterval(f, 1)', 'await fetch(url)'],
        ...['crypto.randomUUID()', 'f(process.env.A)', 'console.log(1)', 'globalThis.fetch(url)'],
      ]),
      ...number('src/engine/timers', [
        'performance.now()',
        'setTimeout(f, 1)',
        'setInterval(f, 1)',
        'setImmediate(f)',
        'globalThis.setTimeout(f, 1)',
      ]),
      ...number('providers/journals/a/timers', ['performance.now()', 'queueMicrotask(f)']),
      'providers/issuers/memory/timers.ts': 'setTimeout(f, 1)',
    },
    innocent: {
      'src/workflow/members.ts': 'f(record.process + "fetch(x)" + plan.fetch)',
      'src/engine/global.ts': 'await fetch(url)',
      'src/engine/clock.ts': 'clock.setTimeout(f, performed.now())',
      'src/machine.ts': 'f(performance.now(), Date.now(), crypto.randomUUID())\nsetTimeout(f, 1)',
      'src/sandbox/timers.ts': 'setTimeout(f, 1)',
      'providers/stores/a/timers.ts': 'setTimeout(f, 1)',
    },
  },
  {
    category: 'lint/style/noRestrictedImports',
    planted: {
      ...number('src/cli/imports', [
        "import { setTimeout as pause } from 'node:timers/promises'\npause(1)",
        "import * as timers from 'node:timers'\nf(timers)",
        "import { performance as steady } from 'node:perf_hooks'\nf(steady)",
        "import { randomUUID } from 'node:crypto'\nf(randomUUID())",
        "import { createHash, randomBytes as draw } from 'node:crypto'\nf(createHash, draw)",
      ]),
      'providers/shared/journal/imports.ts': "import { randomInt } from 'node:crypto'\nf(randomInt(2))",
    },
    innocent: {
      'src/cli/hash.ts': "import { createHash } from 'node:crypto'\nf(createHash)",
      'src/demo/imports.ts': "import { setTimeout as pause } from 'node:timers/promises'\npause(1)",
      'providers/stores/a/imports.ts': "import { randomInt } from 'node:crypto'\nf(randomInt(2))",
    },
  },
  {
    category: 'lint/nursery/noJsRestrictedProperties',
    planted: {
      ...number('src/workflow/members', [
        'f(Date.now())',
        'f(Math.random())',
        'f(`$' + '{Date.now()}`)',
        'f(a.expose())',
        'Object.assign(a, b)',
      ]),
      ...number('src/engine/chance', [
        'f(Date.now())',
        'f(Math.random())',
        'f(crypto.randomUUID())',
        'crypto.getRandomValues(a)',
        'f(AbortSignal.timeout(1))',
        'f(process.hrtime.bigint())',
        "import * as crypto from 'node:crypto'\nf(crypto.randomBytes(2))",
      ]),
      'src/engine/values.ts': 'f(Date.now())',
      'providers/stores/memory/now.ts': 'f(Date.now())',
      'providers/journals/a/now.ts': 'f(Date.now())',
      'src/demo/expose.ts': 'f(value.expose())',
      ...number('src/engine/expose', [
        'print(value.expose())',
        'const { expose } = value',
        'value\n  .expose ()',
      ]),
    },
    innocent: {
      'src/engine/assign.ts': 'f(Object.assign(a, b), AbortSignal.any(c))',
      'src/contracts/fingerprint.ts': 'f(value.expose())',
      'src/sandbox/now.ts': 'f(Date.now(), Math.random())',
      'providers/stores/memory/expose.ts': 'f(value.expose())',
      'providers/stores/a/index.ts': 'f(value.expose())',
      'src/cli/a.ts': '// never expose() here',
    },
  },
]
