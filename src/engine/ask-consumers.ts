/** Answers questions about the consumers of a key. Changes nothing. */
import type { Answers, ConsumerCheckReading, Question } from '../workflow/words/questions.ts'
import { answerEach, only } from './answer-each.ts'
import type { AtHand, Subject } from './at-hand.ts'
import { type Limited, limitCall, toFailure } from './limit-call.ts'

export async function askConsumers(
  asking: AtHand & Subject,
  questions: readonly Question[],
): Promise<Pick<Answers, 'consumers' | 'consumerChecks'>> {
  const [consumers, consumerChecks] = await Promise.all([
    answerEach(
      only(questions, 'consumer'),
      (question) => question.consumer,
      (question) => lookAtConsumer(asking, question),
    ),
    answerEach(
      only(questions, 'consumer-check'),
      (question) => question.consumer,
      (question) => checkConsumer(asking, question.consumer),
    ),
  ])
  return { consumers, consumerChecks }
}

async function lookAtConsumer(
  asking: AtHand & Subject,
  question: Extract<Question, { ask: 'consumer' }>,
): Promise<Answers['consumers'][string]> {
  try {
    const consumer = await asking.world.consumer(question.consumer)
    const readiness = await limitCall(asking, limitOf(asking, question.consumer, 'ready'), (call) =>
      consumer.ready(aboutOf(question), call),
    )
    return { is: 'told', readiness }
  } catch (error) {
    return { is: 'failed', failure: toFailure(error, question.consumer) }
  }
}

async function checkConsumer(asking: AtHand & Subject, name: string): Promise<ConsumerCheckReading> {
  try {
    const consumer = await asking.world.consumer(name)
    const verb = consumer.check?.bind(consumer)
    if (!verb) return { is: 'ok', problems: [], notes: [] }
    return {
      is: 'ok',
      ...(await limitCall(asking, limitOf(asking, name, 'check'), (call) =>
        verb({ targets: asking.pin.targets }, call),
      )),
    }
  } catch (error) {
    return { is: 'failed', failure: toFailure(error, name) }
  }
}

function aboutOf({ mark, after, fingerprint }: Extract<Question, { ask: 'consumer' }>) {
  return { mark, after, ...(fingerprint === undefined ? {} : { fingerprint }) }
}

function limitOf({ pin }: Subject, provider: string, verb: string): Limited {
  return { provider, verb, limitMs: pin.policy.callLimitMs }
}
