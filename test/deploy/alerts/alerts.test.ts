import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { makeRuleFile } from '../../../.ci/monitoring/rule-file.ts'
import { alertCases } from './cases.ts'

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8')
}

const rules = makeRuleFile().groups.flatMap((group) => group.rules)
const runbook = read('deploy/alerts/README.md')

describe('every rule', () => {
  test.each(
    rules.map((rule) => [`${rule.alert} (${rule.labels.severity}, ${rule.labels.source ?? 'any'})`, rule]),
  )('%s has stories in which it fires and ends, and in which it does not fire', (_, { alert, labels }) => {
    const own = alertCases.filter(
      (one) => one.alert === alert && one.severity === labels.severity && one.source === labels.source,
    )
    const told = own.map(({ fires }) => Object.values(fires).map((alerts) => alerts.length > 0))
    expect(told.some((one) => one[0] === false && one.includes(true) && one.at(-1) === false)).toBe(true)
    expect(told.some((one) => !one.includes(true))).toBe(true)
  })

  test('has its text in one story', () => {
    const read = new Set(
      alertCases.filter(({ text }) => text).map(({ alert, source }) => `${alert} ${source}`),
    )
    expect(
      rules.map(({ alert, labels }) => `${alert} ${labels.source}`).filter((one) => !read.has(one)),
    ).toEqual([])
  })

  test('names a command to run next', () => {
    const silent = rules.filter(
      ({ annotations }) => !/`(kubectl|keyrota|curl|helm) [^`]+`/.test(annotations.description),
    )
    expect(silent.map(({ alert }) => alert)).toEqual([])
  })

  test('leads to a section of its own in the runbook', () => {
    const headings = [...runbook.matchAll(/^### (\S+)$/gm)].map(([, name]) => name)
    expect(headings.toSorted()).toEqual([...new Set(rules.map(({ alert }) => alert))].toSorted())
    const wrong = rules.filter(
      ({ alert, annotations }) => annotations.runbook !== `deploy/alerts/README.md#${alert.toLowerCase()}`,
    )
    expect(wrong).toEqual([])
  })
})

test('every verb of keyrota that is named is one', () => {
  const verbs = new Set([...read('docs/keyrota.1').matchAll(/^\.SS keyrota (\S+)/gm)].map(([, verb]) => verb))
  const texts = [
    runbook,
    ...rules.map(({ annotations }) => `${annotations.summary} ${annotations.description}`),
  ]
  const named = texts.flatMap((text) =>
    [...text.matchAll(/`(?:kubectl )?keyrota ([a-z]+)/g)].map(([, verb]) => verb),
  )
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((verb) => !verbs.has(verb ?? '') && verb !== 'serve')).toEqual([])
})

test('no alert has a label or a text with a key in it', () => {
  const labels = new Set(JSON.stringify(rules).match(/(?<=\$labels\.)\w+/g))
  expect([...labels].toSorted()).toEqual([
    'cronjob',
    'issuer',
    'job',
    'key',
    'kind',
    'managedkey',
    'meter',
    'namespace',
    'notifier',
    'provider',
  ])
})
