import { findImports } from './imports.ts'
import { findWrongImports } from './layers.ts'
import type { Rule } from './rule.ts'
import type { Files, SourceFile } from './source-files.ts'

const TOP_LEVEL = new Set([
  ...['src', 'providers', 'test', 'docs', 'deploy', 'helm'],
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
  ...['README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
])

const KEBAB = /^\.?[a-z0-9]+(-[a-z0-9]+)*$/

/** Folders of providers without a line in the list, and lines without a folder. */
function compareWithList(files: Files): string[] {
  const list = files.find(({ path }) => path === 'providers/index.ts')
  if (!list) return []
  const listed = new Set<string>()
  for (const { to } of findImports(list)) {
    const name = to?.match(/^(providers\/[a-z]+\/[^/]+)\/(?:index|options)\.ts$/)?.[1]
    if (name) listed.add(name)
  }
  const folders = new Set(providerFolders(files))
  return [
    ...[...folders].filter((folder) => !listed.has(folder)).map((folder) => `${folder} is not in the list`),
    ...[...listed].filter((folder) => !folders.has(folder)).map((folder) => `${folder} has no folder`),
  ]
}

function providerFolders(files: Files): string[] {
  const folders = files.map(({ path }) => path.match(/^providers\/(?!shared\/)[^/]+\/[^/]+(?=\/)/)?.[0])
  return [...new Set(folders.filter((folder) => folder !== undefined))]
}

function findMissingParts(files: Files): string[] {
  const paths = new Set(files.map(({ path }) => path))
  return providerFolders(files).flatMap((folder) =>
    ['index.ts', 'options.ts', 'README.md']
      .map((part) => `${folder}/${part}`)
      .filter((part) => !paths.has(part))
      .map((part) => `${part} is missing`),
  )
}

/** Laws that outside providers would not get to see. */
function findUnpublishedLaws(files: Files): string[] {
  const index = files.find(({ path }) => path === 'test/laws/index.ts')
  const published = new Set((index ? findImports(index) : []).map(({ to }) => to))
  return files
    .map(({ path }) => path)
    .filter((path) => /^test\/laws\/[^/]+\.ts$/.test(path) && path !== index?.path && !published.has(path))
}

/** Packages that options may load: the schema library, and the parsers of the expressions that a config holds. */
const LIGHT = /^(zod|liquidjs|json-p3|node:[\w/]+)$/

/** Follows what options load, file by file, to packages that are not light and to the adapter itself. */
function findHeavyOptions(files: Files): string[] {
  const options = files.filter(({ path }) => /^providers\/[^/]+\/[^/]+\/options\.ts$/.test(path))
  return options.flatMap((file) => findHeavy(files, [file], new Set([file.path])))
}

function findHeavy(files: Files, way: readonly SourceFile[], seen: Set<string>): string[] {
  const found: string[] = []
  for (const { place, to, isOurs, isTypeOnly } of findImports(way.at(-1) as SourceFile)) {
    if (isTypeOnly || (to && (seen.has(to) || LIGHT.test(to)))) continue
    const next = isOurs && !to?.endsWith('/index.ts') ? files.find(({ path }) => path === to) : undefined
    if (to) seen.add(to)
    if (next) found.push(...findHeavy(files, [...way, next], seen))
    else found.push(`${way[0]?.path} loads ${to ?? 'a computed name'} at ${place}`)
  }
  return found
}

const options = { 'providers/stores/a/index.ts': '', 'providers/stores/a/README.md': '' }

export const shapeRules: readonly Rule[] = [
  {
    name: 'the top level holds what the design names and dotfiles, nothing else',
    find: (files) =>
      [...new Set(files.map(({ path }) => path.split('/')[0] as string))].filter(
        (name) => !name.startsWith('.') && !TOP_LEVEL.has(name),
      ),
    planted: [{ 'scripts/a.ts': '' }, { 'vitest.config.ts': '' }, { 'notes/a.md': '' }],
    innocent: [
      { 'src/a.ts': '', '.ci/run': '', '.gitignore': '', LICENSE: '', 'helm/keyrota/Chart.yaml': '' },
    ],
  },
  {
    name: 'folders are named in kebab-case',
    find: (files) =>
      files
        .map(({ path }) => path)
        .filter((path) => path.split('/').some((part, at, all) => at < all.length - 1 && !KEBAB.test(part))),
    planted: [{ 'test/a_b/c.ts': '' }, { 'src/keyIssuers/a.ts': '' }, { 'src/a--b/c.ts': '' }],
    innocent: [{ 'src/key-issuer/a.ts': '', '.ci/run': '', 'src/DESIGN.md': '' }],
  },
  {
    name: 'imports go one way',
    find: findWrongImports,
    planted: [
      { 'src/contracts/a.ts': "import { b } from '../engine/b.ts'" },
      { 'src/workflow/a.ts': "import type { b } from '../schedule/b.ts'" },
      { 'src/workflow/a.ts': "import { z } from 'zod'" },
      { 'src/workflow/keys/a.ts': "import { z } from 'zod'" },
      { 'src/workflow/words/a.ts': "import { b } from '../keys/b.ts'" },
      { 'src/workflow/keys/a.ts': "import type { b } from '../rollout/b.ts'" },
      { 'src/workflow/rollout/a.ts': "import { b } from '../steps/b.ts'" },
      { 'src/workflow/steps/a.ts': "import { b } from './b.ts'" },
      { 'src/workflow/steps/a.ts': "import { b } from '../between/b.ts'" },
      { 'src/workflow/people/a.ts': "import { b } from '../rollout/b.ts'" },
      { 'src/workflow/between/a.ts': "import { b } from '../people/b.ts'" },
      { 'src/workflow/new-room/a.ts': "import { b } from './b.ts'" },
      { 'src/engine/a.ts': "import { b } from '../workflow/steps/b.ts'" },
      { 'src/engine/a.ts': "import { b } from '../workflow/rollout/b.ts'" },
      { 'src/workflow/a.ts': 'const b = await import(name)' },
      { 'src/schedule/a.ts': "export { b } from '../engine/b.ts'" },
      { 'src/engine/a.ts': "const b = await import('../service/b.ts')" },
      { 'src/engine/a.ts': "type B = import('../cli/b.ts').B" },
      { 'src/engine/a.ts': "import {\n  b,\n  c,\n} from '../../providers/index.ts'" },
      { 'src/sandbox/a.ts': "import '../contracts/b.ts'" },
      { 'src/service/a.ts': "const b = await import('../sandbox/b.ts')" },
      { 'src/cli/a.ts': "import { b } from '../demo/b.ts'" },
      { 'src/config/text/a.ts': "import type { b } from '../schema/b.ts'" },
      { 'src/config/schema/a.ts': "import { b } from '../check/b.ts'" },
      { 'src/config/check/a.ts': "import { b } from '../load.ts'" },
      { 'src/config/new-room/a.ts': "import { b } from './b.ts'" },
      { 'src/contracts/a.ts': "const b = require('./../engine/b.ts')" },
      { 'src/state-folder/a.ts': "import * as b from '../config/b.ts'" },
      { 'providers/stores/a/index.ts': "import { b } from '../b/index.ts'" },
      { 'providers/stores/a/index.ts': "import { b } from '../../../src/engine/b.ts'" },
      { 'src/unheard-of/a.ts': "import { b } from '../contracts/b.ts'" },
      { 'test/laws/a.ts': "import { test } from 'vitest'" },
      { 'test/laws/a.ts': "import { test } from 'node:test'" },
      { 'test/laws/a.ts': "import { b } from '../../providers/shared/b.ts'" },
    ],
    innocent: [
      { 'src/service/a.ts': "import { b } from '../engine/b.ts'\nimport { c } from './c.ts'" },
      { 'src/config/load.ts': "import { b } from './check/b.ts'" },
      { 'src/workflow/workflow.ts': "import { b } from './steps/b.ts'" },
      { 'src/workflow/rollout/a.ts': "import { b } from '../keys/b.ts'\nimport { c } from './c.ts'" },
      { 'src/config/check/a.ts': "import { b } from '../schema/b.ts'\nimport { c } from './c.ts'" },
      { 'src/demo/a.ts': "import { b } from '../cli/b.ts'" },
      {
        'src/contracts/a.ts': "// import { b } from '../engine/b.ts'\nconst c = \"import '../engine/b.ts'\"",
      },
      {
        'providers/stores/a/index.ts': "import { b } from '../../shared/b.ts'\nimport { c } from 'some-sdk'",
      },
      { 'test/engine/a.test.ts': "import { b } from '../../src/engine/b.ts'" },
    ],
  },
  {
    name: 'the list of providers is the list of their folders',
    find: compareWithList,
    planted: [
      { 'providers/index.ts': '', 'providers/stores/a/index.ts': '' },
      { 'providers/index.ts': "() => import('./stores/a/index.ts')" },
    ],
    innocent: [
      {
        'providers/index.ts': "() => import('./stores/a/index.ts')",
        'providers/stores/a/index.ts': '',
        'providers/shared/b.ts': '',
      },
    ],
  },
  {
    name: 'a provider has an adapter, options and a page',
    find: findMissingParts,
    planted: [{ ...options }, { 'providers/stores/a/options.ts': '', 'providers/stores/a/index.ts': '' }],
    innocent: [{ ...options, 'providers/stores/a/options.ts': '' }],
  },
  {
    name: 'every law is published',
    find: findUnpublishedLaws,
    planted: [
      { 'test/laws/a.ts': '' },
      { 'test/laws/index.ts': "export * from './a.ts'", 'test/laws/b.ts': '' },
    ],
    innocent: [
      { 'test/laws/index.ts': "export * from './a.ts'", 'test/laws/a.ts': '', 'test/laws/a/b.ts': '' },
    ],
  },
  {
    name: "a provider's options load the schema library and nothing heavier",
    find: findHeavyOptions,
    planted: [
      {
        'providers/stores/a/options.ts': "import { b } from './index.ts'",
        'providers/stores/a/index.ts': '',
      },
      { 'providers/stores/a/options.ts': "import { b } from 'some-sdk'" },
      {
        'providers/stores/a/options.ts': "import { b } from './b.ts'",
        'providers/stores/a/b.ts': "import { c } from '../../shared/c.ts'",
        'providers/shared/c.ts': "import 'some-sdk'",
      },
    ],
    innocent: [
      { 'providers/stores/a/options.ts': "import { z } from 'zod'\nimport type { B } from './index.ts'" },
      {
        'providers/stores/a/options.ts': "import { b } from './b.ts'",
        'providers/stores/a/b.ts':
          "import { readFile } from 'node:fs/promises'\nimport type { c } from 'some-sdk'",
      },
    ],
  },
]
