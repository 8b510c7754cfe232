/* Reads a list page by page. */

import type { Call } from '../../../src/contracts/call.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import type { HttpAnswer } from '../../shared/http/client.ts'
import { readJson } from '../../shared/http/client.ts'
import { pick, pickAll } from './extract.ts'
import { type Api, type Extra, perform } from './operations.ts'
import type { ListOptions } from './schema.ts'
import { targetOf } from './templates-of.ts'

type Pagination = ListOptions['paginate']

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
  take: (items: readonly unknown[]) => boolean,
): Promise<void> {
  const { list } = api.options
  const { paginate } = list
  let total = 0
  let extra: Extra | undefined = firstPage(paginate)
  for (let number = 1; extra !== undefined; number++) {
    const answer = await perform(api, 'list', list, {}, call, extra)
    const body = readJson(answer)
    const items = pickAll(body, list.items)
    total += items.length
    const isNew = take(items)
    extra = nextPage(paginate, { answer, body, count: items.length, total, number }, baseUrl(api))
    const isCounted = paginate.kind === 'offset' || paginate.kind === 'page'
    if (isCounted && !isNew) return
    if (extra !== undefined && paginate.kind !== 'none' && number >= paginate.maxPages) {
      throw tooManyPages(api, paginate.maxPages)
    }
  }
}

function firstPage(paginate: Pagination): Extra {
  return paginate.kind === 'page' ? { query: { [paginate.param]: String(paginate.first) } } : {}
}

/** Returns what to request after this page; undefined if it was the last. */
function nextPage(paginate: Pagination, page: Page, base: string): Extra | undefined {
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
      const cursor = pick(page.body, paginate.from)
      return isEnd(cursor) ? undefined : { query: { [paginate.param]: String(cursor) } }
    }
    case 'body-next-url': {
      const next = pick(page.body, paginate.from)
      return isEnd(next) ? undefined : { url: new URL(String(next), base).href }
    }
    case 'link-header': {
      const next = readNextLink(page.answer.headers.link)
      return next === undefined ? undefined : { url: new URL(next, base).href }
    }
  }
}

function isEnd(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === false
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

/** The URL that a relative next URL is resolved against. Its host is checked when the request is sent. */
function baseUrl(api: Api): string {
  const target = targetOf(api.options.list)
  const whole = target.startsWith('/') ? (api.options.base ?? '').replace(/\/+$/, '') + target : target
  return whole.replace(/\{\{.*?\}\}/g, 'x')
}

function tooManyPages(api: Api, maxPages: number): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: api.settings.provider,
    message: `the list has more than ${maxPages} pages`,
    effect: 'none',
    nextStep: 'Raise list.paginate.maxPages, or narrow the list by a query parameter.',
  })
}
