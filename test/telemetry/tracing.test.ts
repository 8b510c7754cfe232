import { type Context, type Span, type SpanOptions, type Tracer, trace } from '@opentelemetry/api'
import { afterEach, expect, test } from 'vitest'
import { startTracing } from '../../src/telemetry/tracing.ts'
import { makeRig } from '../engine/harness.ts'

afterEach(() => trace.disable())

interface Seen {
  name: string
  options: SpanOptions
  traceId: string | undefined
  endTime: unknown
}

/** An SDK as far as spans go. */
function registerSdk(): Seen[] {
  const seen: Seen[] = []
  const tracer = {
    startSpan: (name: string, options: SpanOptions, context: Context) => {
      const one: Seen = { name, options, traceId: trace.getSpanContext(context)?.traceId, endTime: null }
      seen.push(one)
      const end = (at: unknown) => {
        one.endTime = at
      }
      return { setStatus: () => undefined, end } as unknown as Span
    },
  } as unknown as Tracer
  trace.setGlobalTracerProvider({ getTracer: () => tracer })
  return seen
}

test('all spans of a rotation are of one trace, and its lines name it', async () => {
  const seen = registerSdk()
  const rig = makeRig()
  const tracing = startTracing('1.2.3', rig.clock)
  await rig.rotate({}, { ...rig.context, watch: tracing.watcher })
  const steps = seen.filter(({ name }) => name.startsWith('step '))
  expect(steps.map(({ name }) => name)).toContain('step revoke')
  const [first] = steps
  const id = (await rig.record()).last?.id
  expect(tracing.traceOf({ rotation: id })).toEqual({ trace_id: first?.traceId })
  expect(first?.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(steps.map(({ traceId }) => traceId)).size).toBe(1)
  const calls = seen.filter(({ options }) => options.attributes?.['keyrota.verb'] === 'revoke')
  expect(calls.length).toBeGreaterThan(0)
  expect(calls.every(({ traceId, endTime }) => traceId === first?.traceId && endTime !== null)).toBe(true)
})

test('without an SDK nothing is made up', async () => {
  const rig = makeRig()
  const tracing = startTracing('1.2.3', rig.clock)
  await rig.rotate({}, { ...rig.context, watch: tracing.watcher })
  expect(tracing.traceOf({ rotation: undefined })).toEqual({})
})
