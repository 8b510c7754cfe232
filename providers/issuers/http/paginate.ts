/* Reads a list page by page. */

import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { HttpAnswer } from '../../shared/http/client.ts'
import { readJson } from '../../shared/http/client.ts'
import { pick, pickAll } from '../../shared/http/extract.ts'
import { targetOf } from './find-templates.ts'
import { type Api, type Extra, perform } from './operations.ts'
import type { ListOptions } from './schema-list.ts'
import { notDescribed } from './undescribed.ts'

type Pagination = ListOptions['paginate']

/** A key as the list shows it; `key` is the name of the member where the list is an object. */
export interface Item {
  body: unknown
  key?: string
}

/** A page that was read, and what the next request depends on. */
interface Page {
  answer: HttpAnswer
  body: unknown
  /** Items on this page; `total` includes those before it. */
  count: number
  total: number
  number: number
}

/**
 * Reads the list page by page and passes the items of each page to `take`, which returns whether any of them was new: a
 * service that ignores the page parameter returns the first page forever.
 * @throws ProviderError `invalid` if there are more than `maxPages` pages: half a list would look complete.
 */
export async function readPages(
  api: Api,
  call: Call,
  take: (items: readonly Item[]) => boolean,
): Promise<void> {
  const { list } = api.options
  if (list === undefined) throw notDescribed(api, 'list')
  const { paginate } = list
  const asked = new Set<string>()
  let total = 0
  let extra: Extra | undefined = firstPage(paginate)
  for (let number = 1; extra !== undefined; number++) {
    const answer = await perform(api, 'list', list, {}, call, extra)
    const body = isSuccess(answer) ? readJson(answer) : undefined
    const items = pickItems(api, list, body)
    total += items.length
    const isNew = take(items)
    extra = nextPage(api, paginate, { answer, body, count: items.length, total, number })
    const isCounted = paginate.kind === 'offset' || paginate.kind === 'page'
    if (isCounted && !isNew) return
    if (extra !== undefined) refuseCycle(api, extra, { asked, isOld: items.length > 0 && !isNew })
    if (extra !== undefined && paginate.kind !== 'none' && number >= paginate.maxPages) {
      throw tooManyPages(api, paginate.maxPages)
    }
  }
}

/** Anything else that came through says that the list is empty. */
function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300
}

function firstPage(paginate: Pagination): Extra {
  return paginate.kind === 'page' ? { query: { [paginate.param]: String(paginate.first) } } : {}
}

/** Returns what to request after this page; undefined if it was the last. */
function nextPage(api: Api, paginate: Pagination, page: Page): Extra | undefined {
  switch (paginate.kind) {
    case 'none':
      return undefined
    case 'offset':
      return page.count === 0 ? undefined : { query: { [paginate.param]: String(page.total) } }
    case 'page':
      return page.count === 0
        ? undefined
        : { query: { [paginate.param]: String(paginate.first + page.number) } }
    case 'cursor': {
      if (paginate.more !== undefined && !hasMore(api, paginate.more, page.body)) return undefined
      const cursor = readNext(api, pick(page.body, paginate.from), 'cursor')
      if (cursor === undefined && paginate.more !== undefined) throw withoutCursor(api, paginate.from)
      return cursor === undefined ? undefined : { query: { [paginate.param]: cursor } }
    }
    case 'body-next-url': {
      const next = readNext(api, pick(page.body, paginate.from), 'address of the next page')
      return next === undefined ? undefined : { url: toUrl(api, next) }
    }
    case 'link-header': {
      const next = readNextLink(page.answer.headers.link)
      return next === undefined ? undefined : { url: toUrl(api, next) }
    }
  }
}

/** The next cursor or URL as text; undefined where the list ends. */
function readNext(api: Api, value: unknown, what: string): string | undefined {
  if (value === undefined || value === null || value === '' || value === false) return undefined
  if (typeof value === 'string' || Number.isSafeInteger(value)) return String(value)
  throw badPages(
    api,
    `the ${what} is neither text nor a whole number`,
    'Compare list.paginate.from with the response.',
  )
}

function hasMore(api: Api, path: string, body: unknown): boolean {
  const more = pick(body, path)
  if (typeof more === 'boolean') return more
  throw badPages(
    api,
    `list.paginate.more finds no true or false in the response`,
    'Compare list.paginate.more with the response; without it the list ends where there is no cursor.',
  )
}

function withoutCursor(api: Api, path: string): ProviderError {
  return badPages(
    api,
    `the response says that there is another page, but ${path} finds no cursor in it`,
    'Compare list.paginate.from with the response.',
  )
}

/** Pages that come round again would be read until the limit, and the list would still not be complete. */
function refuseCycle(api: Api, extra: Extra, pages: { asked: Set<string>; isOld: boolean }): void {
  const next = JSON.stringify(extra)
  if (pages.isOld || pages.asked.has(next)) {
    throw badPages(
      api,
      `the list never ends: after ${pages.asked.size + 1} pages the service shows what was read before, and names another page`,
      'Check list.paginate: the service may read another parameter, or its list may be broken.',
    )
  }
  pages.asked.add(next)
}

function badPages(api: Api, message: string, nextStep: string): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message,
    effect: 'none',
    nextStep,
  })
}

/** The target of the link with the relation `next` (RFC 8288). */
function readNextLink(header: string | undefined): string | undefined {
  for (const link of (header ?? '').split(/,\s*(?=<)/)) {
    const [, target, parameters = ''] = /^\s*<([^>]*)>(.*)$/.exec(link) ?? []
    const [, relation = ''] = /;\s*rel\s*=\s*"?([^";]*)/i.exec(parameters) ?? []
    if (target !== undefined && relation.toLowerCase().split(/\s+/).includes('next')) return target
  }
  return undefined
}

/** A relative next URL is resolved against the list. Its host is checked when the request is sent. */
function toUrl(api: Api, next: string): string {
  const target = api.options.list === undefined ? '/' : targetOf(api.options.list)
  const whole = target.startsWith('/') ? (api.options.base ?? '').replace(/\/+$/, '') + target : target
  const url = URL.parse(next, whole.replace(/\{\{.*?\}\}/g, 'x'))
  if (url !== null) return url.href
  throw badPages(api, 'the address of the next page is not a URL', 'Compare list.paginate with the response.')
}

/** An object's members are items whose names are the ids. */
function pickItems(api: Api, list: ListOptions, body: unknown): Item[] {
  if (list.map === undefined) return pickAll(body, list.items).map((item) => ({ body: item }))
  const map = pick(body, list.items)
  if (map === undefined || map === null) return []
  if (typeof map === 'object' && !Array.isArray(map))
    return Object.entries(map).map(([key, item]) => ({ key, body: item }))
  throw badPages(
    api,
    'list.items finds no object in the response, although map: true',
    'Compare list.items with the response.',
  )
}

function tooManyPages(api: Api, maxPages: number): ProviderError {
  return badPages(
    api,
    `the list has more than ${maxPages} pages`,
    'Raise list.paginate.maxPages, or narrow the list by a query parameter.',
  )
}
