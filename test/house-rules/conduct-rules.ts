import type { Rule } from './rule.ts'
import { type Files, isCode, placeOf } from './source-files.ts'
import { findSwallowedErrors } from './swallowed.ts'

/** Words of unfinished work. */
const UNFINISHED = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'X'.repeat(3)].join('|')})\\b`, 'g')

/** What belongs to a machine or a way of working and not to the product. */
const FOREIGN = new RegExp(
  [
    String.raw`(?<![\w.~)}])\/(?:work\w*|root|(?:var\/)?tmp\/[\w-]+)\/`,
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
    name: 'an error is never caught and replaced by a default',
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
    name: 'workflows pin every action to a commit',
    find: (files) =>
      findInText(
        files.filter(({ path }) => path.startsWith('.github/')),
        /\buses:\s+(?!\.\/)(?!\S+@[0-9a-f]{40}\s+# v\d)\S+/g,
      ),
    planted: [
      { '.github/workflows/ci.yml': '- uses: actions/checkout@v6\n' },
      { '.github/workflows/ci.yml': '- uses: actions/checkout@main # v6.0.2\n' },
      { '.github/workflows/ci.yml': `- uses: actions/checkout@${'0'.repeat(40)}\n` },
    ],
    innocent: [
      {
        '.github/workflows/ci.yml': `- uses: actions/checkout@${'0'.repeat(40)} # v6.0.2\n- uses: ./.ci/a\n`,
      },
      { 'README.md': 'uses: actions/checkout@v6' },
    ],
  },
  {
    name: 'the repository speaks of the product alone',
    find: (files) => findInText(files, FOREIGN),
    planted: [
      { 'README.md': `see ${'/wo' + 'rk'}/shared/design.md` },
      { 'src/a.ts': `const home = '${'/ro' + 'ot'}/.cache'` },
      { 'CONTRIBUTING.md': `see ${'/t' + 'mp'}/notes/a.md` },
      { 'src/a.ts': `// as ${'iss' + 'ue'} #3 wants` },
      { 'CHANGELOG.md': `found in the ${'last ses' + 'sion'}` },
      { 'package-lock.json': `"${'resol' + 'ved'}": "https://example.org/a.tgz"` },
    ],
    innocent: [
      { 'README.md': 'open an issue; see ./work/a and ../root/b; issuer 3; the network/work/queue' },
    ],
  },
]
