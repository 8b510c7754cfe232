/**
 * Spans of steps and of calls, for an SDK of OpenTelemetry that somebody has registered in this process. All spans of a
 * rotation are of one trace, whichever process makes them: its id follows from that of the rotation.
 */
import { createHash } from 'node:crypto'
import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import type { Clock } from '../contracts/clock.ts'
import type { Watcher } from '../engine/context.ts'

export interface Tracing {
  readonly watcher: Watcher
  /** The fields that join a line of the log to a trace. */
  traceOf(about: { rotation: string | undefined }): Record<string, string>
}

export function startTracing(version: string, clock: Pick<Clock, 'wallMs'>): Tracing {
  const tracer = trace.getTracer('keyrota', version)
  /** The rotation of each key that was seen last, for calls that know their key alone. */
  const rotations = new Map<string, string>()
  const span = (
    name: string,
    about: { rotation: string | undefined; durationMs: number; kind: SpanKind; isGood: boolean },
    attributes: Record<string, string>,
  ) => {
    const endTime = clock.wallMs()
    const made = tracer.startSpan(
      name,
      { startTime: endTime - about.durationMs, kind: about.kind, attributes },
      about.rotation === undefined ? ROOT_CONTEXT : parentOf(about.rotation),
    )
    if (!about.isGood) made.setStatus({ code: SpanStatusCode.ERROR })
    made.end(endTime)
  }
  return {
    watcher: {
      committed: (audit) => {
        for (const { key, rotation } of audit) if (rotation !== undefined) rotations.set(key, rotation)
      },
      called: ({ key, provider, verb, code, durationMs }) => {
        const rotation = key === undefined ? undefined : rotations.get(key)
        span(
          `${verb} ${provider}`,
          { rotation, durationMs, kind: SpanKind.CLIENT, isGood: code === 'ok' },
          {
            'keyrota.provider': provider,
            'keyrota.verb': verb,
            'keyrota.code': code,
            ...(key === undefined ? {} : { 'keyrota.key': key }),
          },
        )
      },
      leftStep: (step, durationMs, { key, rotation }) =>
        span(
          `step ${step}`,
          { rotation, durationMs, kind: SpanKind.INTERNAL, isGood: true },
          { 'keyrota.step': step, 'keyrota.key': key, 'keyrota.rotation': rotation },
        ),
      ended: ({ key, rotation, end, reason, durationMs }) => {
        rotations.delete(key)
        span(
          'rotation',
          { rotation, durationMs, kind: SpanKind.INTERNAL, isGood: end === 'completed' },
          {
            'keyrota.key': key,
            'keyrota.rotation': rotation,
            'keyrota.end': end,
            'keyrota.reason': reason,
          },
        )
      },
    },
    traceOf: ({ rotation }) => {
      const active = trace.getActiveSpan()?.spanContext()
      if (active && isSpanContextValid(active)) return { trace_id: active.traceId, span_id: active.spanId }
      return rotation === undefined ? {} : { trace_id: idsOf(rotation).traceId }
    },
  }
}

function parentOf(rotation: string): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...idsOf(rotation),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  })
}

function idsOf(rotation: string): { traceId: string; spanId: string } {
  const hash = createHash('sha256').update(`keyrota ${rotation}`).digest('hex')
  return { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48) }
}
