/** Calls the address whose silence somebody notices. The address is a secret: whoever knows it can keep it from being silent. */
import { ProviderError } from '../../../src/contracts/errors.ts'
import { readSecret, type SecretSource } from '../options/secret-source.ts'
import { isSafeUrl } from '../options/service-url.ts'
import { sendRequest } from './client.ts'
import { toStatusError } from './errors.ts'

const PROVIDER = 'heartbeat'
const LIMIT_MS = 10_000
const MAX_BYTES = 64 * 1024

/**
 * One GET, as every service of this kind takes it.
 * @throws ProviderError `invalid` for what is no https URL, else what the answer means
 */
export async function callHeartbeat(source: SecretSource, signal: AbortSignal): Promise<void> {
  const url = URL.parse((await readSecret(source, PROVIDER)).expose())
  if (url === null || !isSafeUrl(url)) throw notSafe()
  const answer = await sendRequest(
    { provider: PROVIDER, hosts: [url.host], limitMs: LIMIT_MS, maxBytes: MAX_BYTES },
    { method: 'GET', url: url.href, shownUrl: `${url.origin}/(hidden)` },
    { signal, beforeSend: () => {} },
  )
  if (answer.status < 200 || answer.status > 299) throw toStatusError(answer, answer.subject)
}

function notSafe(): ProviderError {
  return new ProviderError({
    code: 'invalid',
    provider: PROVIDER,
    message: 'the address is no https URL without user (plain http to this machine only)',
    effect: 'none',
    nextStep: 'Put the whole address that your monitor shows into the secret that `heartbeat.url` names.',
  })
}
