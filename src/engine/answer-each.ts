/** Questions of one kind, each answered under a name, all at the same time. */
import type { Question } from '../workflow/words/questions.ts'

export type Kind<K extends Question['ask']> = Extract<Question, { ask: K }>

export function only<K extends Question['ask']>(questions: readonly Question[], kind: K): Kind<K>[] {
  return questions.filter((question): question is Kind<K> => question.ask === kind)
}

export async function answerEach<Q, A>(
  questions: readonly Q[],
  name: (question: Q) => string,
  answer: (question: Q) => Promise<A>,
): Promise<Record<string, A>> {
  return Object.fromEntries(
    await Promise.all(questions.map(async (question) => [name(question), await answer(question)] as const)),
  )
}
