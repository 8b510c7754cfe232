import { material } from '../../src/contracts/secret-value.ts'
import type { Context } from '../../src/service/context.ts'
import { resume } from '../../src/service/resume.ts'
import { rotate } from '../../src/service/rotate.ts'
import { run } from '../../src/service/run.ts'
import { supply } from '../../src/service/supply.ts'
import { dashboardIssuer, KEY, sandboxIssuer } from './installation.ts'
import { createAtDashboard, deleteAtDashboard } from './person.ts'
import type { Stage } from './stage.ts'

const WAIT = ['--wait', '10s', '--json']

/** A verb as a command line, and as what the command line does with it. */
export interface Verb {
  args: readonly string[]
  input?: string
  here(context: Context): Promise<unknown>
}

/** One course of events, as verbs of which each may be the one that is killed. */
export interface Scenario {
  name: string
  issuer(url: string): object
  ends: 'completed' | 'rolled-back'
  begin?(stage: Stage): void
  /** What comes first is what a person does before the command. */
  verbs: readonly ((stage: Stage) => Promise<Verb>)[]
  /** What a person does who reads where the rotation stands, and the verb for it; null: nothing is asked. */
  help(stage: Stage): Promise<Verb | null>
}

export const runAll: Verb = { args: ['run', ...WAIT], here: run }

const rotateKey: Verb = { args: ['rotate', KEY, ...WAIT], here: (context) => rotate(context, KEY, {}) }

const nobody = async () => null

export const scenarios: readonly Scenario[] = [
  {
    name: 'the happy way',
    issuer: sandboxIssuer,
    ends: 'completed',
    verbs: [async () => rotateKey],
    help: nobody,
  },
  {
    name: 'the rollback',
    issuer: sandboxIssuer,
    ends: 'rolled-back',
    begin: (stage) => stage.consumer.dislikeNewKeys(),
    verbs: [async () => rotateKey],
    help: nobody,
  },
  {
    name: "the operator's way",
    issuer: dashboardIssuer,
    ends: 'completed',
    verbs: [async () => rotateKey, supplyNew, deleteOld],
    help: helpAsOperator,
  },
]

/** Makes the key that is asked for; whatever was made for the same request before is deleted first, as told. */
async function supplyNew(stage: Stage): Promise<Verb> {
  const record = await stage.load()
  const asked = record?.rotation?.operator
  if (asked?.kind !== 'create') throw new Error('no key is asked for')
  for (const { id, name, state } of stage.sandbox.listKeys()) {
    if (state !== 'revoked' && name.startsWith('keyrota-')) await deleteAtDashboard(stage.sandbox.url, id)
  }
  const value = await createAtDashboard(stage.sandbox.url, asked.name)
  return {
    args: ['supply', KEY, ...WAIT],
    input: `${value}\n`,
    here: (context) => supply(context, KEY, material({ value })),
  }
}

async function deleteOld(stage: Stage): Promise<Verb> {
  const record = await stage.load()
  if (record?.rotation?.operator?.kind !== 'revoke') throw new Error('no deletion is asked for')
  await deleteAtDashboard(stage.sandbox.url, stage.oldKey.id)
  return runAll
}

async function helpAsOperator(stage: Stage): Promise<Verb | null> {
  const record = await stage.load()
  const asked = record?.rotation?.operator
  if (asked?.kind === 'create') return supplyNew(stage)
  const isOldThere = stage.sandbox
    .listKeys()
    .some(({ id, state }) => id === stage.oldKey.id && state !== 'revoked')
  if (asked?.kind === 'revoke' && isOldThere) return deleteOld(stage)
  const debt = record?.debts[0]
  if (!debt) return null
  const confirmed = [`deleted:${debt.name}`]
  return {
    args: ['resume', KEY, '--confirm', ...confirmed, ...WAIT],
    here: (context) => resume(context, KEY, confirmed),
  }
}
