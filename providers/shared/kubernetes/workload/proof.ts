import { Agent } from 'node:http'
import type { V1Pod } from '@kubernetes/client-node'
import type { Call } from '../../../../src/contracts/call.ts'
import { parseDurationMs } from '../../../../src/contracts/duration.ts'
import { ProviderError } from '../../../../src/contracts/errors.ts'
import { readFingerprint, readPointer } from '../../consumer/told.ts'
import { readJson, sendRequest } from '../../http/client.ts'
import { nameOf } from './pod.ts'
import type { Proof } from './proof-option.ts'

/** Fingerprints are short; anything longer is not read to its end. */
const maxBytes = 64 * 1024
const atOnce = 8
/** A proxy of the environment does not reach pods. */
const direct = new Agent()

export interface Proved {
  /** What the pods told, each once; the first is what most of them told. */
  readonly fingerprints: readonly string[]
  /** Which pod told nothing that can be used, and why. */
  readonly why?: string
}

/** Asks every pod for the fingerprint of its key. */
export async function askPods(
  provider: string,
  pods: readonly V1Pod[],
  proof: Proof,
  call: Call,
): Promise<Proved> {
  const told: (string | { why: string })[] = []
  for (let next = 0; next < pods.length; next += atOnce) {
    const batch = pods.slice(next, next + atOnce)
    told.push(...(await Promise.all(batch.map((pod) => askPod(provider, pod, proof, call)))))
  }
  const silent = told.find((one) => typeof one !== 'string')
  if (silent !== undefined) return { fingerprints: [], why: (silent as { why: string }).why }
  const counts = new Map<string, number>()
  for (const one of told as string[]) counts.set(one, (counts.get(one) ?? 0) + 1)
  return { fingerprints: [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0)) }
}

async function askPod(
  provider: string,
  pod: V1Pod,
  proof: Proof,
  call: Call,
): Promise<string | { why: string }> {
  if ('annotation' in proof) {
    const fingerprint = readFingerprint(pod.metadata?.annotations?.[proof.annotation])
    return (
      fingerprint ?? { why: `pod ${nameOf(pod)} has no fingerprint in the annotation ${proof.annotation}` }
    )
  }
  const place = proof.header === undefined ? `JSON field ${proof.json}` : `header ${proof.header}`
  try {
    const told = await request(provider, pod, proof, call)
    return readFingerprint(told) ?? { why: `pod ${nameOf(pod)} reports no fingerprint in ${place}` }
  } catch (error) {
    // A pod that cannot be reached proves nothing; the others may still be asked.
    if (error instanceof ProviderError && error.code === 'unavailable')
      return { why: `pod ${nameOf(pod)} cannot be asked for its fingerprint: ${error.message}` }
    throw error
  }
}

async function request(
  provider: string,
  pod: V1Pod,
  proof: Exclude<Proof, { annotation: string }>,
  call: Call,
): Promise<unknown> {
  const ip = pod.status?.podIP
  if (ip === undefined) return undefined
  const host = `${ip.includes(':') ? `[${ip}]` : ip}:${proof.port}`
  const url = new URL(`http://${host}${proof.path}`)
  // Nothing secret is sent, and what comes back is a fingerprint.
  const answer = await sendRequest(
    { provider, hosts: [url.host], limitMs: parseDurationMs(proof.limit), maxBytes, agent: direct },
    { method: 'GET', url: url.href },
    call,
  )
  if (answer.status !== 200) return undefined
  return proof.header === undefined
    ? readPointer(readJson(answer), proof.json ?? '')
    : answer.headers[proof.header.toLowerCase()]
}
