/* Which fields each lifecycle needs, and which it cannot have. */

import type { Checked, Report } from './checked.ts'
import { partNames, revokesByValue, variablesOf } from './parts.ts'

type Lifecycle = Checked['lifecycle']
type Field = 'create' | 'list' | 'readBack' | 'revoke' | 'endOverlap' | 'disable' | 'slots' | 'operator'

const needed: Readonly<Record<Lifecycle, readonly Field[]>> = {
  many: ['create', 'revoke'],
  slots: ['create', 'readBack', 'slots'],
  roll: ['create'],
  self: ['create', 'revoke'],
  operator: ['operator'],
}

const noEnd = 'whatever ends a key here can end the one in use'
const onlyPlaces = 'a key is ended by regenerating its place, and readBack shows both'

/** Why a field cannot be there. */
const refused: Readonly<Record<Lifecycle, Partial<Record<Field, string>>>> = {
  many: {
    readBack: 'a lost key is found in the list',
    endOverlap: 'each key is revoked for itself',
    slots: 'they belong to lifecycle slots',
    operator: 'it belongs to lifecycle operator',
  },
  slots: {
    list: onlyPlaces,
    revoke: onlyPlaces,
    endOverlap: onlyPlaces,
    disable: onlyPlaces,
    operator: 'it belongs to lifecycle operator',
  },
  roll: {
    list: 'it would show one key under one id, before and after; use readBack',
    revoke: `${noEnd}; use endOverlap for the key that the last roll replaced`,
    disable: noEnd,
    slots: 'they belong to lifecycle slots',
    operator: 'it belongs to lifecycle operator',
  },
  self: {
    readBack: 'Keyrota knows the value that it made',
    endOverlap: 'each key is revoked for itself',
    slots: 'they belong to lifecycle slots',
    operator: 'it belongs to lifecycle operator',
  },
  operator: {
    create: 'a person creates keys',
    list: 'a person creates keys, so no id or name is known here',
    readBack: 'a person creates keys',
    endOverlap: 'each key is revoked for itself',
    disable: 'a person creates keys, so no id is known here',
    slots: 'they belong to lifecycle slots',
  },
}

const whatIsNeeded: Readonly<Record<Field, string>> = {
  create: 'the request that creates a key',
  list: 'the request that lists the live keys',
  readBack: 'the request that reads the keys in both places',
  revoke: 'the request that revokes a key',
  endOverlap: 'the request that ends the key which the last roll replaced',
  disable: 'the request that disables a key',
  slots: 'the two places and where readBack shows their parts',
  operator: 'the dashboard and the steps',
}

export function checkLifecycle(options: Checked, report: Report): void {
  const { lifecycle } = options
  for (const field of needed[lifecycle]) {
    if (options[field] === undefined) report([field], `expected ${whatIsNeeded[field]}`)
  }
  for (const [field, why] of Object.entries(refused[lifecycle])) {
    if (options[field as Field] !== undefined)
      report([field], `expected no ${field} with lifecycle ${lifecycle}: ${why}`)
  }
  checkOldKey(options, report)
  checkLostAnswer(options, report)
  if ((options.disable === undefined) !== (options.enable === undefined)) {
    const missing = options.disable === undefined ? 'disable' : 'enable'
    report(
      [missing],
      'expected both disable and enable, or neither: what is switched off must be switched on again',
    )
  }
  checkList(options, report)
  checkId(options, report)
  checkMade(options, report)
  const { operator, revoke } = options
  if (operator !== undefined && operator.revoke === undefined && revoke === undefined)
    report(['operator', 'revoke'], 'expected the steps, or a request under revoke')
}

/** What a creation does to the old key, and whether something can end it earlier. */
function checkOldKey(options: Checked, report: Report): void {
  const { lifecycle, oldKeyOnIssue, endOverlap, readBack } = options
  if (lifecycle !== 'roll') {
    if (lifecycle !== 'many' && oldKeyOnIssue !== undefined && oldKeyOnIssue !== 'lives')
      report(['oldKeyOnIssue'], `expected no such field with lifecycle ${lifecycle}: the old key lives`)
    return
  }
  if (oldKeyOnIssue === undefined)
    report(['oldKeyOnIssue'], 'expected lives, dies or { diesAfter: 24h }: what a roll does to the old key')
  if (oldKeyOnIssue === 'lives' && endOverlap === undefined)
    report(['endOverlap'], 'expected the request that ends the old key: nothing else would')
  if (oldKeyOnIssue === 'dies' && endOverlap !== undefined)
    report(['endOverlap'], 'expected no endOverlap: the old key dies as the new one is made')
  if (readBack !== undefined && Object.keys(readBack.parts ?? {}).join() !== partNames(options).join())
    report(['readBack', 'parts'], `expected the JSONPaths of ${partNames(options).join(' and ')}`)
}

function checkLostAnswer(options: Checked, report: Report): void {
  const { lifecycle, idempotency, exclusive, list, create } = options
  const isFound = idempotency === 'unique-name' || idempotency === 'client-id'
  if (lifecycle === 'roll' && isFound)
    report(
      ['idempotency'],
      'expected none or { header: Name }: a roll creates no separate key that could be found',
    )
  if ((lifecycle === 'slots' || lifecycle === 'operator') && idempotency !== undefined)
    report(['idempotency'], `expected no such field with lifecycle ${lifecycle}`)
  if (exclusive && (idempotency !== 'none' || list === undefined) && lifecycle !== 'slots')
    report(['exclusive'], 'expected only with a list and idempotency: none')
  if (create === undefined || (lifecycle !== 'many' && lifecycle !== 'self')) return
  if (isFound && list === undefined)
    report(['idempotency'], 'expected none or { header: Name } without a list')
  if (idempotency === 'unique-name' && list !== undefined && list.name === undefined)
    report(['list', 'name'], 'expected the JSONPath of the name, by which a lost key is found')
  const finds = isFound || (idempotency === undefined && list?.name !== undefined)
  if (!finds) return
  const used = variablesOf(create)
  if (!used.has('name') && !used.has('mark'))
    report(
      ['create', 'request'],
      'expected {{ name }} in this request to find a lost key again; idempotency: none if keys have no name',
    )
}

function checkList(options: Checked, report: Report): void {
  const { list, revoke, lifecycle } = options
  if (list === undefined) {
    const isIndependent = lifecycle === 'many' || lifecycle === 'self'
    if (isIndependent && revoke !== undefined && !revokesByValue(options))
      report(['list'], 'expected the request that lists the live keys: only a revoke by value needs none')
    return
  }
  const ways = [list.map, list.id, list.parts].filter((one) => one !== undefined)
  if (ways.length === 0) report(['list', 'id'], 'expected the JSONPath of the id, map: true, or parts')
  if (list.map && list.id !== undefined)
    report(['list', 'id'], 'expected no id beside map: true, which takes the names of the members')
  for (const part of Object.keys(list.parts ?? {})) {
    if (!partNames(options).includes(part))
      report(['list', 'parts', part], `expected one of ${partNames(options).join(', ')}`)
  }
  const { items, paginate } = list
  if (items.includes('?') && (paginate.kind === 'offset' || paginate.kind === 'page'))
    report(['list', 'items'], 'expected no filter, because these pages are counted by their items; use skip')
}

/** One id for one key, in the answer to its creation and in the list. */
function checkId(options: Checked, report: Report): void {
  const { create, list, lifecycle, whoami } = options
  if (whoami !== undefined && (whoami.id === undefined) === (whoami.name === undefined))
    report(['whoami', 'id'], 'expected either id or name (a JSONPath)')
  if (whoami !== undefined && list === undefined && whoami.id === undefined)
    report(['whoami', 'id'], 'expected id (a JSONPath): there is no list in which a name could be looked up')
  if (create === undefined) return
  const { id, idFrom } = create
  if (lifecycle === 'slots') {
    if (id !== undefined || idFrom !== undefined)
      report(['create', 'id'], 'expected no id: the places are named under slots')
    return
  }
  if (id !== undefined && idFrom !== undefined)
    report(['create', 'id'], 'expected either id (a JSONPath) or idFrom: list-match')
  if (idFrom !== undefined && list?.name === undefined)
    report(['create', 'idFrom'], 'expected a list with names, in which the id can be looked up')
  const hasId = id !== undefined || idFrom !== undefined
  const listHasId = list?.id !== undefined || list?.map !== undefined
  if (listHasId && !hasId) report(['create', 'id'], 'expected either id (a JSONPath) or idFrom: list-match')
  if (list !== undefined && !listHasId && hasId)
    report(['create', 'id'], 'expected no id: the list has none, so keys are known by their fingerprint')
}

/** Where the value comes from. */
function checkMade(options: Checked, report: Report): void {
  const { create, lifecycle, slots } = options
  if (create === undefined) return
  const parts = Object.keys(create.parts)
  const generated = Object.keys(create.generate)
  if (lifecycle === 'slots' && parts.length > 0)
    report(['create', 'parts'], 'expected no parts: readBack shows them at the paths under slots')
  if (lifecycle === 'self' && generated.length === 0)
    report(['create', 'generate'], 'expected at least one part, e.g. { value: {} }')
  if (lifecycle !== 'self' && generated.length > 0)
    report(['create', 'generate'], 'expected only with lifecycle self')
  const both = generated.find((part) => parts.includes(part))
  if (both !== undefined)
    report(['create', 'parts', both], 'expected another name: a part is either made here or returned')
  const used = variablesOf(create)
  for (const part of generated) {
    if (!used.has(part)) report(['create', 'request'], `expected {{ ${part} }} in this request`)
  }
  if (slots !== undefined && !used.has('slot'))
    report(['create', 'request'], 'expected {{ slot }} in this request: it does not say which place')
  const [one = {}, other = {}] = Object.values(slots ?? {})
  if (Object.keys(one).sort().join() !== Object.keys(other).sort().join())
    report(['slots'], 'expected the same parts in both places')
}
