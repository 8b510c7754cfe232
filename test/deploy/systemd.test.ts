/* The units of deploy/systemd: what keeps them closed, and the score that the README states. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit-codes.ts'

const path = (name: string) => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url))
const service = readFileSync(path('systemd/keyrota.service'), 'utf8')
const timer = readFileSync(path('systemd/keyrota.timer'), 'utf8')

function valuesOf(unit: string, name: string): string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)
}

test.each([
  ['NoNewPrivileges', 'yes'],
  ['CapabilityBoundingSet', ''],
  ['ProtectSystem', 'strict'],
  ['ProtectHome', 'yes'],
  ['PrivateTmp', 'yes'],
  ['PrivateDevices', 'yes'],
  ['RestrictNamespaces', 'yes'],
  ['SystemCallArchitectures', 'native'],
  ['UMask', '0077'],
  ['User', 'keyrota'],
])('the service has %s=%s', (name, value) => {
  expect(valuesOf(service, name)).toEqual([value])
})

test('nothing in it keeps Node from running', () => {
  expect(valuesOf(service, 'MemoryDenyWriteExecute')).toEqual([])
  // Without it a call outside of the filter kills the process instead of failing.
  expect(valuesOf(service, 'SystemCallErrorNumber')).toEqual(['EPERM'])
  // It hides boot_id and uptime, by which Keyrota knows a restart of the machine.
  expect(valuesOf(service, 'ProcSubset')).toEqual([])
})

test('a token comes as a credential, and never in the environment', () => {
  expect(valuesOf(service, 'LoadCredential')).toHaveLength(1)
  expect(service).not.toMatch(/^(SetCredential|EnvironmentFile)=/m)
  for (const variable of valuesOf(service, 'Environment')) expect(variable).not.toMatch(/token|secret|key=/i)
})

test('only what the next run can do is no failure', () => {
  const { unavailable, claimed } = exitCodes
  expect(valuesOf(service, 'SuccessExitStatus')).toEqual([`${unavailable} ${claimed}`])
})

test('systemd waits longer for a run than the run does for the world', () => {
  const waits = /--wait (\d+)m$/.exec(valuesOf(service, 'ExecStart')[0] ?? '')?.[1]
  const limit = /^(\d+)min$/.exec(valuesOf(service, 'TimeoutStartSec')[0] ?? '')?.[1]
  expect(Number(limit)).toBeGreaterThan(Number(waits))
})

test('the timer starts it, also after a time in which the machine was off', () => {
  expect(valuesOf(timer, 'OnCalendar')).toEqual(['*:0/15'])
  expect(valuesOf(timer, 'Persistent')).toEqual(['yes'])
  expect(valuesOf(timer, 'WantedBy')).toEqual(['timers.target'])
})

test('the README states the exposure, and systemd agrees where there is one', () => {
  const stated = /an exposure of (\d\.\d) \(systemd (\d+)\)/.exec(readFileSync(path('README.md'), 'utf8'))
  expect(stated).not.toBeNull()
  const [, exposure, release] = stated ?? []
  const version = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' })
  const told = spawnSync('systemd-analyze', ['security', '--offline=true', path('systemd/keyrota.service')], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
  })
  // Another release weighs otherwise, and most machines have none.
  const isSame = version.stdout?.startsWith(`systemd ${release} `) ?? false
  const found = isSame ? /exposure level for keyrota\.service: (\d\.\d)/.exec(told.stdout)?.[1] : exposure
  expect(found).toBe(exposure)
})
