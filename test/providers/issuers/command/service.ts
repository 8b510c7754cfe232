/*
 * A program as somebody would write one for issuer `command`, with a file for a service. Its argument is the file; what
 * is wrong with the service just now is in there too.
 */

import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'

interface State {
  trouble: string
  keys: { id: string; name: string; value: string }[]
}

const [, , file = '', token = 'none'] = process.argv
const request = JSON.parse(readFileSync(0, 'utf8'))
const state: State = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { trouble: 'none', keys: [] }
appendFileSync(`${file}.runs`, `${request.operation}\n`)

function print(answer: object): void {
  const text = JSON.stringify(answer)
  if (state.trouble === 'truncated') process.stdout.write(text.slice(0, text.length / 2))
  else process.stdout.write(text)
}

function change(): object {
  const { operation, name, parts, ref } = request
  if (operation === 'create') {
    const value = parts.value ?? `made-${randomBytes(20).toString('hex')}`
    const key = { id: `${state.keys.length + 1}${Date.now()}`, name, value }
    state.keys.push(key)
    writeFileSync(file, JSON.stringify(state))
    return { id: key.id, name, ...(parts.value === undefined ? { parts: { value } } : {}) }
  }
  const found = state.keys.find((key) => (ref ? key.id === ref.id : key.value === parts?.value))
  if (found === undefined) return { error: 'not_found' }
  state.keys = state.keys.filter((key) => key !== found)
  writeFileSync(file, JSON.stringify(state))
  return {}
}

function look(): object {
  if (request.operation === 'list') return { keys: state.keys.map(({ id, name }) => ({ id, name })) }
  const isKnown = state.keys.some((key) => key.value === request.parts.value)
  return { verdict: isKnown ? 'accepted' : 'rejected', status: isKnown ? 200 : 401 }
}

if (state.trouble === 'hang') setInterval(() => {}, 1000)
else if (state.trouble === 'throttled') print({ error: 'throttled', retryAfterMs: 2000 })
else if (state.trouble === 'unavailable') process.exitCode = 7
else if (token === 'wrong' && request.operation !== 'probe') print({ error: 'denied' })
else if (['list', 'probe'].includes(request.operation)) print(look())
else {
  const answer = change()
  if (state.trouble === 'lost-answer') process.kill(process.pid, 'SIGKILL')
  else print(answer)
}
