/**
 * Measures the judgement of use on made-up traffic (test/usage/traffic.ts): false alarms a key and year, and how soon a
 * spike is found. `node test/bench/usage.ts [keys of each kind]`; what docs/usage.md states came from 100.
 */
import { countFalseAlarms, readingsUntilFound } from '../usage/measure.ts'
import { KINDS, makeTraffic, YEAR } from '../usage/traffic.ts'

const keys = Number(process.argv[2] ?? 20)
const WEEK = 336

/** Learns twice a day and not at each reading: the figures are the same within their error, at a twelfth of the time. */
const LEARN_EVERY = 24

for (const kind of KINDS) {
  const alarms: number[] = []
  for (let key = 1; key <= keys; key += 1)
    alarms.push(countFalseAlarms(makeTraffic(key * 7919, YEAR, kind), LEARN_EVERY))
  const mean = alarms.reduce((sum, one) => sum + one, 0) / keys
  const without = alarms.filter((one) => one === 0).length
  process.stdout.write(
    `${kind}: ${mean.toFixed(2)} false alarms a key and year; none at ${without} of ${keys} keys; most at one key ${Math.max(...alarms)}\n`,
  )
}
for (const kind of ['office', 'people', 'steady'] as const) {
  for (const times of [3, 5, 10]) {
    const found = [0, 0, 0, 0]
    for (let key = 1; key <= keys; key += 1) {
      const traffic = makeTraffic(key * 104_729, WEEK * (4 + (key % 8)), kind)
      for (let spike = 0; spike < 4; spike += 1) {
        const readings = readingsUntilFound(traffic, key * 10 + spike, times)
        if (readings !== null) found[readings] = (found[readings] ?? 0) + 1
      }
    }
    const [never = 0, first = 0, second = 0, third = 0] = found
    const all = never + first + second + third
    process.stdout.write(
      `${kind}, ${times} times for an hour: ${percent(first, all)} at the first hourly reading, ${percent(first + second, all)} within two, ${percent(never, all)} never (${all} spikes)\n`,
    )
  }
}

function percent(part: number, all: number): string {
  return `${((100 * part) / all).toFixed(1)} %`
}
