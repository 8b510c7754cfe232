/* Keys as issuers make them, and the ways in which they end up in files. */

import { createHash } from 'node:crypto'
import { seedRandom } from '../shared/seeded-random.ts'

export function fingerprintIn(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 16)
}

const random = seedRandom(7)
const mixed = (length: number) =>
  [...random(length)].map((char, at) => (at % 3 === 0 ? char.toUpperCase() : char)).join('')
const base64 = (length: number) => Buffer.from(random(length)).toString('base64')

/** One value of each shape: prefixes, dots, base64 with its padding, hex, UUIDs, passwords. */
export const values: Readonly<Record<string, string>> = {
  prefixed: `ppt_live_${mixed(32)}`,
  dashed: `sk-proj-${mixed(24)}-${mixed(24)}`,
  dotted: `SG.${mixed(22)}.${mixed(43)}`,
  hex: createHash('sha1').update('a key').digest('hex'),
  uuid: '5f0c1d9e-0b7a-4c1e-9a52-3d1f6be0a7c4',
  base64: `${mixed(12)}/${mixed(11)}+${mixed(14)}=`,
  'double padding': `${base64(31)}`,
  letters: 'qwmznxbvlaksjdhf',
  digits: '94012775018846320157',
  'with colon': `${mixed(10)}:${mixed(30)}`,
  password: `aB3"x/+%&<>?=~!@^*|{}-${random(12)}`,
}

type Write = (value: string) => string

/** How a value is written down so that it has to be found, by what the scan calls it. */
export const ways: readonly { about: string; form: RegExp; write: Write; except?: readonly string[] }[] = [
  { about: 'alone', form: /^raw$/, write: (value) => value },
  { about: 'dotenv', form: /^raw$/, write: (value) => `API_KEY=${value}` },
  { about: 'dotenv in quotes', form: /^raw$/, write: (value) => `export API_KEY='${value}'` },
  { about: 'YAML', form: /^raw$/, write: (value) => `  api_key: ${value}  # live` },
  {
    about: 'header',
    form: /^raw$/,
    write: (value) => `curl -H "Authorization: Bearer ${value}" https://h.test`,
  },
  { about: 'statement', form: /^raw$/, write: (value) => `const client = connect('${value}');` },
  { about: 'end of sentence', form: /^raw$/, write: (value) => `I used ${value}.` },
  { about: 'CSV', form: /^raw$/, write: (value) => `1,prod,${value},2026-01-01`, except: ['password'] },
  { about: 'XML', form: /^raw$/, write: (value) => `<key>${value}</key>`, except: ['password'] },
  {
    about: 'address, not encoded',
    form: /^raw$/,
    write: (value) => `postgres://app:${value}@db.test:5432/app`,
    except: ['base64', 'password', 'with colon'],
  },
  {
    about: 'JSON',
    form: /^(?:raw|json)$/,
    write: (value) => JSON.stringify({ id: 7, key: value, on: true }),
  },
  {
    about: 'JSON with escaped slashes',
    form: /^(?:raw|json)$/,
    write: (value) => JSON.stringify({ key: value }).replaceAll('/', '\\/').replaceAll('+', '\\u002b'),
  },
  {
    about: 'JSON within JSON',
    form: /^(?:raw|json)/,
    write: (value) => JSON.stringify({ log: JSON.stringify({ key: value }) }),
  },
  {
    about: 'lines in a JSON text',
    form: /^(?:raw|json)/,
    write: (value) => JSON.stringify(`first\nAPI_KEY=${value}\nlast`),
    except: ['password'],
  },
  { about: 'base64', form: /^base64$/, write: (value) => Buffer.from(value).toString('base64') },
  { about: 'base64url', form: /^base64$/, write: (value) => Buffer.from(value).toString('base64url') },
  {
    about: 'Kubernetes Secret',
    form: /^base64$/,
    write: (value) => `data:\n  KEY: ${Buffer.from(value).toString('base64')}\n`,
  },
  {
    about: 'Basic authentication',
    form: /^base64$/,
    write: (value) => `Authorization: Basic ${Buffer.from(`app:${value}`).toString('base64')}`,
    except: ['password'],
  },
  {
    about: 'env file in base64',
    form: /^base64$/,
    write: (value) => Buffer.from(`A=1\nKEY=${value}\nB=2\n`).toString('base64'),
  },
  {
    about: 'base64 twice',
    form: /^base64 in base64$/,
    write: (value) => Buffer.from(Buffer.from(value).toString('base64')).toString('base64'),
  },
  {
    about: 'query of an address',
    form: /^(?:raw|url)$/,
    write: (value) => `GET /v1/jobs?key=${encodeURIComponent(value)}&page=2 HTTP/1.1`,
  },
  {
    about: 'form',
    form: /^(?:raw|url)$/,
    write: (value) => new URLSearchParams({ grant: 'key', key: value, scope: 'all' }).toString(),
  },
  { about: 'hex', form: /^hex$/, write: (value) => Buffer.from(value).toString('hex') },
]

/** What must not be found: it is no key, or it is said to be out of reach. */
export const decoys: readonly { about: string; write: Write }[] = [
  { about: 'split over lines', write: (value) => `${value.slice(0, 12)}\n${value.slice(12)}` },
  { about: 'joined by a program', write: (value) => `"${value.slice(0, 12)}" + "${value.slice(12)}"` },
  { about: 'cut off', write: (value) => value.slice(0, -1) },
  { about: 'without its first character', write: (value) => value.slice(1) },
  // A value that ends in its padding is there as a whole, whatever follows.
  { about: 'one more character', write: (value) => `${value.replace(/=+$/, '')}Z` },
  {
    about: 'another value of that shape',
    write: (value) => value.replace(/[a-z0-9]/g, (char) => (char === 'q' ? 'r' : 'q')),
  },
  { about: 'its fingerprint', write: fingerprintIn },
]
