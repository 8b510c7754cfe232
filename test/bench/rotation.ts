/**
 * What one rotation costs Keyrota itself: `node test/bench/rotation.ts [rotations]`. Issuer, store and journal are
 * those in memory, so that nothing but Keyrota's own work is counted; the baseline, measured in the same process in
 * turns with it, is the bare writing of the same records into the same kind of journal. Goals: 5 ms of CPU, and eight
 * commits for one target without a disable, lease renewals apart.
 */
import { parseArgs } from 'node:util'
import { make as makeJournal } from '../../providers/journals/memory/index.ts'
import type { Claim, CommitRequest, Journal } from '../../src/contracts/journal.ts'
import { machine } from '../../src/machine.ts'
import { makeRig, type Rig } from '../engine/harness.ts'
import { median } from './median.ts'

const GOAL_CPU_MS = 5
const GOAL_COMMITS = 8
const WARM_UP = 50
const BATCH = 25

let spaces = 0

interface Counted {
  rig: Rig
  /** What was committed since `begin()`. */
  commits: CommitRequest[]
}

/** A rig with one adopted key, whose journal notes every commit. */
async function makeCounted(): Promise<Counted> {
  const rig = makeRig({ issuer: { settle: '0s' } })
  await rig.run()
  const commits: CommitRequest[] = []
  const { journal } = rig.context
  const commit: Journal['commit'] = (claim, request) => {
    commits.push(request)
    return journal.commit(claim, request)
  }
  rig.context.journal = { ...journal, commit }
  return { rig, commits }
}

async function rotateAll(rigs: readonly Counted[]): Promise<void> {
  for (const { rig } of rigs) {
    const { end, record } = await rig.rotate()
    if (end !== 'ended' || record?.last?.end !== 'completed') throw new Error(`the rotation is ${end}`)
  }
}

/** The same records and trails, written with nothing around them. */
async function writeAll(rigs: readonly Counted[]): Promise<void> {
  const journal = makeJournal({ space: `bare-${++spaces}` }, { name: 'bare', stateFolder: '', ...machine })
  for (const { commits } of rigs) {
    let claim = (await journal.claim(`key-${++spaces}`, { holder: 'bench', leaseMs: 60_000 })) as Claim
    for (const { record, audit, finished } of commits) {
      const request = { record: { ...record, key: claim.key }, audit, ...(finished ? { finished } : {}) }
      claim = { ...claim, ...(await journal.commit(claim, request)) }
    }
  }
}

/** CPU of this process while `work` runs, in milliseconds for one of `count`. */
async function measureCpuMs(count: number, work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / count
}

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true })
  const rotations = Number(positionals[0] ?? 300)
  const warm = await Promise.all(Array.from({ length: WARM_UP }, makeCounted))
  await rotateAll(warm)
  await writeAll(warm)
  const rotating: number[] = []
  const writing: number[] = []
  let last: Counted | undefined
  for (let done = 0; done < rotations; done += BATCH) {
    const rigs = await Promise.all(Array.from({ length: BATCH }, makeCounted))
    rotating.push(await measureCpuMs(BATCH, () => rotateAll(rigs)))
    writing.push(await measureCpuMs(BATCH, () => writeAll(rigs)))
    last = rigs.at(-1)
  }
  const commits = last?.commits ?? []
  const cpuMs = median(rotating)
  const bareMs = median(writing)
  console.log(`rotations                ${rotations} in batches of ${BATCH}, after ${WARM_UP} to warm up`)
  console.log(`CPU per rotation         ${cpuMs.toFixed(2)} ms (goal ${GOAL_CPU_MS} ms)`)
  console.log(`its journal writes alone ${bareMs.toFixed(2)} ms`)
  console.log(`ratio                    ${(cpuMs / bareMs).toFixed(1)}`)
  console.log(`commits per rotation     ${commits.length} (goal ${GOAL_COMMITS})`)
  for (const [index, { record, audit }] of commits.entries()) {
    const { step, standing } = record.rotation ?? { step: 'over', standing: '' }
    console.log(`  ${index + 1} ${step} ${standing}: ${audit.map(({ kind }) => kind).join(', ')}`)
  }
}

await main()
