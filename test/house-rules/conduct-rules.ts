import type { Rule, Sample } from './rule.ts'
import { type Files, findInCode, isCode, placeOf } from './source-files.ts'
import { findSwallowedErrors } from './swallowed.ts'

/** Folders whose answers depend on their arguments alone. */
const PURE = /^src\/(workflow|schedule)\//

/**
 * What would let a pure folder look at the world. A moment may be turned into a date and back; which moment it is
 * now, the caller says.
 */
const IMPURE = new RegExp(
  [
    String.raw`(?<![.\w])(?:fetch|performance|crypto|process|console|globalThis|Buffer|WebSocket|AbortSignal)\b`,
    String.raw`(?<![.\w])(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b`,
    String.raw`(?<![.\w])(?:Date\.now|Math\.random|Temporal\.Now)\b`,
    String.raw`(?<![.\w])new\s+Date\s*\(\s*\)`,
    String.raw`(?<![.\w])new\s+Date\b(?!\s*\()`,
    String.raw`(?<!new\s)(?<![.\w])Date\s*\(`,
  ].join('|'),
  'g',
)

/** What gets time and chance handed over, and takes neither by itself. */
const TIMED =
  /^(src\/(?!(?:machine\.ts|demo\/|sandbox\/))|providers\/(journals\/|shared\/(journal|memory)\/|(stores|issuers)\/memory\/))/

/** Ways to the machine's own clock, timers and random numbers. A given moment may be turned into a date. */
const OWN_TIME = new RegExp(
  [
    String.raw`(?<![.\w])(?:performance|setTimeout|setInterval|setImmediate)\b`,
    String.raw`(?<![.\w])(?:Date\.now|Math\.random|Temporal\.Now|AbortSignal\.timeout)\b`,
    String.raw`(?<![.\w])process\.(?:hrtime|uptime)\b`,
    String.raw`\b(?:randomUUID|randomBytes|randomInt|randomFill(?:Sync)?|getRandomValues)\b`,
    String.raw`(?<![.\w])new\s+Date\s*\(\s*\)`,
    String.raw`(?<![.\w])new\s+Date\b(?!\s*\()`,
    String.raw`(?<![.\w])Date\.now\b|(?<!new\s)(?<![.\w])Date\s*\(`,
  ].join('|'),
  'g',
)

/** Modules that hold timers. */
const TIMER_MODULES = /from\s+'(?:node:)?(?:timers(?:\/promises)?|perf_hooks)'/g

/** The places that may look inside a SecretValue; everything else hands it on. */
const MAY_EXPOSE = [
  /^src\/contracts\/(secret-value|fingerprint)\.ts$/,
  /^src\/engine\/values\.ts$/,
  /^providers\/(issuers|stores|consumers|notifiers|journals|shared)\//,
]

/** Ways to leave a test out, to run it alone, or to let it fail. */
const LEFT_OUT = new RegExp(
  [
    String.raw`\b(?:it|test|describe|suite|bench)\s*\.[\s.\w]*?\b(?:skip|only|todo|fails|skipIf|runIf)\b`,
    String.raw`\.\s*(?:skip|only|todo|fails|skipIf|runIf)\s*[(.]`,
    String.raw`(?<![.\w])(?:xit|xtest|xdescribe|fit|fdescribe|skip)\s*\(`,
    String.raw`\b(?:it|test|describe|suite)[\s.\w]*\(\s*(['"])_*\1\s*,\s*\{[^{}]*\b(?:skip|only|todo|fails)\s*:`,
  ].join('|'),
  'g',
)

/** Words of unfinished work. */
const UNFINISHED = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'X'.repeat(3)].join('|')})\\b`, 'g')

/** What belongs to a machine or a way of working and not to the product. */
const FOREIGN = new RegExp(
  [
    String.raw`(?<![\w.~)}])\/(?:work|root|tmp\/brief)\/`,
    String.raw`\bissue\s*#?\d+\b`,
    String.raw`\b(?:this|last|next) session\b`,
    String.raw`\bregistry\.(?:npmjs|yarnpkg)\.\w+`,
    String.raw`"resolved":\s*"https?:`,
  ].join('|'),
  'gi',
)

function findInText(files: Files, pattern: RegExp): string[] {
  return files.flatMap((file) =>
    [...file.text.matchAll(pattern)].map((match) => `${placeOf(file, match.index)} ${match[0]}`),
  )
}

function inFolders(files: Files, folders: RegExp): Files {
  return files.filter((file) => isCode(file) && folders.test(file.path))
}

export const conductRules: readonly Rule[] = [
  {
    name: 'workflow and schedule know no clock, chance, timer, network or machine',
    find: (files) => findInCode(inFolders(files, PURE), IMPURE),
    planted: [
      ...['Date.now()', 'new Date()', 'new Date', 'Date()', 'Math.random()', 'performance.now()'],
      ...[
        'setTimeout(f, 1)',
        'setInterval(f, 1)',
        'await fetch(url)',
        'crypto.randomUUID()',
        'process.env.A',
      ],
      ...['console.log(1)', '`$' + '{Date.now()}`'],
    ].map((code) => ({ 'src/workflow/a.ts': `const a = ${code}` })),
    innocent: [
      {
        'src/schedule/a.ts': 'const a: Date = new Date(nowMs) // not Date.now()',
        'src/engine/a.ts': 'Date.now()',
      },
      { 'src/workflow/a.ts': 'const a = record.process + "fetch(x)" + plan.fetch' },
    ],
  },
  {
    name: 'time and chance come from the clock and the random numbers that were handed over',
    find: (files) => {
      const timed = inFolders(files, TIMED)
      return [...findInCode(timed, OWN_TIME), ...findInText(timed, TIMER_MODULES)]
    },
    planted: [
      ...['Date.now()', 'Date.now', 'new Date()', 'performance.now()', 'Math.random()'],
      ...['setTimeout(f, 1)', 'setInterval(f, 1)', 'setImmediate(f)', 'AbortSignal.timeout(9)'],
      ...['crypto.randomUUID()', 'randomBytes(8)', 'crypto.getRandomValues(a)', 'process.hrtime()'],
    ]
      .map((code): Sample => ({ 'src/engine/a.ts': `const a = ${code}` }))
      .concat([
        { 'src/cli/a.ts': 'const now = Date.now()' },
        { 'src/service/a.ts': "import { setTimeout as pause } from 'node:timers/promises'" },
        { 'providers/journals/sqlite/a.ts': "import { performance as p } from 'node:perf_hooks'" },
        { 'providers/stores/memory/a.ts': 'setImmediate(done)' },
        { 'providers/issuers/memory/a.ts': 'const id = randomUUID()' },
        { 'providers/shared/journal/a.ts': 'const now = Date.now' },
      ]),
    innocent: [
      {
        'src/cli/a.ts': 'const text = new Date(nowMs).toISOString() // not Date.now()',
        'src/engine/a.ts': 'await clock.sleep(1)\nconst a: Date = new Date(at)\nclock.setTimeout',
        'src/machine.ts': 'const now = () => Date.now()',
        'src/sandbox/a.ts': 'setTimeout(f, 1)',
        'src/demo/a.ts': 'performance.now()',
        'providers/stores/vault/a.ts': 'Date.now()',
        'test/a.ts': 'Date.now()',
      },
      { 'src/config/a.ts': 'const start = Date.UTC(2026, 0, 1), end = Date.parse(text)' },
    ],
  },
  {
    name: 'values are taken out of their wrapping only where they leave the process',
    find: (files) =>
      findInCode(
        inFolders(files, /^(src|providers)\//).filter(
          ({ path }) => !MAY_EXPOSE.some((place) => place.test(path)),
        ),
        /\bexpose\b/g,
      ),
    planted: [
      { 'src/cli/a.ts': 'print(value.expose())' },
      { 'src/engine/a.ts': 'const { expose } = value' },
      { 'src/telemetry/a.ts': 'value\n  .expose ()' },
    ],
    innocent: [{ 'providers/stores/a/index.ts': 'value.expose()', 'src/cli/a.ts': '// never expose() here' }],
  },
  {
    name: 'no test is left out and none runs alone',
    find: (files) => findInCode(inFolders(files, /^test\//), LEFT_OUT),
    planted: [
      ...[
        'it.skip("a", f)',
        'describe.only("a", f)',
        'const a = it.skip',
        'test.todo("a")',
        'it.fails("a", f)',
        'xit("a", f)',
      ],
      ...['describe.skipIf(x)("a", f)', 'it.runIf(x)("a", f)', 'fit("a", f)', 'context.skip()', 'skip()'],
      ...[
        'it("a", { skip: true }, f)',
        'it("a", { timeout: 1, todo: x }, f)',
        'it\n  .concurrent.only("a", f)',
      ],
    ].map((code) => ({ 'test/a.test.ts': code })),
    innocent: [
      { 'test/a.test.ts': 'it("is not .skip(ped)", f) // it.only', 'src/a.ts': 'page.skip(2)' },
      { 'test/a.test.ts': 'it("a", () => serve({ skip: 2 }))\nfault.skip -= 1' },
    ],
  },
  {
    name: 'nothing is left unfinished',
    find: (files) => findInText(files, UNFINISHED),
    planted: [
      { 'src/a.ts': `// ${'TO' + 'DO'}: more` },
      { 'README.md': 'FIX' + 'ME' },
      { '.ci/run': `# ${'X'.repeat(3)}` },
    ],
    innocent: [{ '.ci/run': `mktemp -d a.${'X'.repeat(6)}`, 'src/a.ts': 'const todos = 1' }],
  },
  {
    name: 'an error is never caught and answered with a default',
    find: (files) => inFolders(files, /^(src|providers|\.ci)\//).flatMap(findSwallowedErrors),
    planted: [
      ...['try { f() } catch {}', 'try { f() } catch { return null }', 'try { f() } catch { return }'],
      ...['try { f() } catch (error) { return [] }', 'try { f() } catch { log("a")\n return false }'],
      ...["try { f() } catch { return '' }", 'try { f() } catch (_) { }'],
      ...['try { a = JSON.parse(b)\n f(a) } catch { return null }', 'return f().catch(() => undefined)'],
      ...[
        'f().catch(() => {})',
        'f().catch(() => null)',
        'f().catch((error) => [])',
        'f().catch(() => undefined)',
      ],
    ].map((code) => ({ 'src/a.ts': code })),
    innocent: [
      { 'src/a.ts': 'try { f() } catch (error) { throw new A({ cause: error }) }' },
      { 'src/a.ts': "try { f() } catch (error) { if (error.code === 'ENOENT') return null\n throw error }" },
      { 'src/a.ts': 'try {\n  return JSON.parse(text)\n} catch {\n  return undefined\n}' },
      { 'src/a.ts': 'try { f() } catch {\n  // The other end is gone already.\n}' },
      { 'src/a.ts': '// An abort only ends the pause.\nawait pause().catch(() => undefined)' },
      { 'src/a.ts': 'f().catch((error) => tell(error))', 'test/a.ts': 'f().catch(() => null)' },
    ],
  },
  {
    name: 'the repository speaks of the product alone',
    find: (files) => findInText(files, FOREIGN),
    planted: [
      { 'README.md': `see ${'/wo' + 'rk'}/shared/design.md` },
      { 'src/a.ts': `const home = '${'/ro' + 'ot'}/.cache'` },
      { 'src/a.ts': `// as ${'iss' + 'ue'} #3 wants` },
      { 'CHANGELOG.md': `found in the ${'last ses' + 'sion'}` },
      { 'package-lock.json': `"${'resol' + 'ved'}": "https://example.org/a.tgz"` },
    ],
    innocent: [
      { 'README.md': 'open an issue; see ./work/a and ../root/b; issuer 3; the network/work/queue' },
    ],
  },
]
