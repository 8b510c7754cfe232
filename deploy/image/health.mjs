#!/nodejs/bin/node
/* Tells Docker whether `keyrota serve` in this container is well: `health.mjs [host:port]`, by default 127.0.0.1:9464. */

const [address = '127.0.0.1:9464'] = process.argv.slice(2)

try {
  const answer = await fetch(`http://${address}/healthz`, { signal: AbortSignal.timeout(4000) })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`/healthz returned ${answer.status}`)
} catch (error) {
  console.error(`${address}: ${error.cause?.code ?? error.message}`)
  process.exitCode = 1
}
