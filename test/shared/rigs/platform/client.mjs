/*
 * A workload as customers have it: it reads its key from a mounted file when it starts, or before each call with
 * RELOADS, calls the gateway all the time, is ready while its last call was accepted, tells the fingerprint of its key,
 * and reports every call to the test.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { GATEWAY, REPORT, POD, FAILS_WITH, RELOADS } = process.env
const readKey = () => readFileSync('/etc/key/API_KEY', 'utf8')
let key = readKey()
let isAccepted = false
let isStopped = false

// A release that does not take the new key: it crashes, but not with the key that it was released with.
if (FAILS_WITH && !key.startsWith(FAILS_WITH)) {
  console.error('this release cannot use the key')
  process.exit(3)
}

createServer((_request, response) => {
  const fingerprint = createHash('sha256').update(key).digest('hex').slice(0, 16)
  response.writeHead(isAccepted ? 200 : 503).end(JSON.stringify({ fingerprint }))
}).listen(8080)
process.on('SIGTERM', () => {
  isStopped = true
})

async function callGateway() {
  const response = await fetch(`${GATEWAY}/api/v1/generation/google/veo-3.1`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a lighthouse at dusk' }),
    signal: AbortSignal.timeout(5_000),
  })
  await response.arrayBuffer()
  return response.status
}

while (!isStopped) {
  if (RELOADS) key = readKey()
  const status = await callGateway().catch((error) => `${error.cause?.code ?? error.name}`)
  isAccepted = status === 200
  const line = JSON.stringify({ pod: POD, status })
  await fetch(REPORT, { method: 'POST', body: line, signal: AbortSignal.timeout(5_000) }).catch(
    () => undefined,
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
}
process.exit()
