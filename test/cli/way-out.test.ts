/*
 * Whatever stops a key, the message alone is enough: a person who makes its condition true and types the first
 * command that is printed, again and again, gets the key going.
 */

import { expect, test } from 'vitest'
import { assertSafe } from '../engine/actors.ts'
import type { Rig } from '../engine/harness.ts'
import { commandsIn, type Said, typeCommand } from './in-process.ts'
import { troubles } from './troubles.ts'

/** Commands that one way out may take. */
const MOST = 6

/** What stands for something that only the person knows. */
function fillIn(command: string, rig: Rig): string {
  return command.replace(/<its id at the issuer>/, rig.space.keys[0]?.id ?? '')
}

test.each(Object.entries(troubles))('%s', async (_, make) => {
  const { rig, person, live = 1, code = 4 } = await make()
  let said: Said = await typeCommand(rig, 'keyrota status --check')
  expect(said.code).toBe(code)
  person?.()
  const typed: string[] = []
  while (commandsIn(said.text).length > 0) {
    expect(typed.length, `${typed.join('\n')}\n${said.text}`).toBeLessThan(MOST)
    const [command = ''] = commandsIn(said.text)
    typed.push(command)
    await typeCommand(rig, fillIn(command, rig))
    // Overlaps and pauses pass.
    rig.pass(120_000)
    await typeCommand(rig, 'keyrota run')
    said = await typeCommand(rig, 'keyrota status --check')
  }
  expect(said).toMatchObject({ code: 0 })
  expect((await rig.record()).rotation).toBeNull()
  assertSafe(rig, live)
})
