import { ProviderError } from '../../../src/contracts/errors.ts'
import type {
  Answer,
  DeclaredKey,
  KeySource,
  LeftRequest,
  Notice,
} from '../../../src/contracts/key-source.ts'

interface Fake {
  declared: DeclaredKey
  notices: Notice[]
  answers: Answer[]
  left: string | null
}

/** Declared keys as a cluster keeps them: requests stay until they are answered, deleted ones until they are let go. */
export class FakeSource implements KeySource {
  readonly objects = new Map<string, Fake>()
  /** The next answers are lost, as if the process died after its commit. */
  losesAnswers = 0
  #tokens = 0

  add(key: string, about: Partial<DeclaredKey> = {}): void {
    const [namespace = '', name = ''] = key.includes('/') ? key.split('/') : ['keyrota', key]
    const declared = {
      ...{ key, namespace, name, isOfTeam: key.includes('/'), spec: {}, createdAt: 0 },
      ...{ isLeaving: false, isHeld: false, requests: [], installation: null, ...about },
    }
    this.objects.set(key, { declared, notices: [], answers: [], left: null })
  }

  /** Sets an annotation, as a person does. */
  ask(key: string, name: LeftRequest['name'], words = '', more: Partial<LeftRequest> = {}): void {
    this.#tokens += 1
    const request = { name, words, by: 'kubectl-annotate', token: `t${this.#tokens}`, ...more }
    const { declared } = this.#of(key)
    this.#change(key, { requests: [...declared.requests.filter((one) => one.name !== name), request] })
  }

  delete(key: string): void {
    const { declared } = this.#of(key)
    if (declared.isHeld) this.#change(key, { isLeaving: true })
    else this.objects.delete(key)
  }

  answersOf(key: string): string[] {
    return this.#of(key).answers.map(({ isTaken, text }) => `${isTaken ? 'taken' : 'refused'}: ${text}`)
  }

  noticeOf(key: string): Notice | undefined {
    return this.#of(key).notices.at(-1)
  }

  requestsOf(key: string): string[] {
    return this.#of(key).declared.requests.map(({ name }) => name)
  }

  leftOf(key: string): string | null {
    return this.#of(key).left
  }

  list = async () =>
    [...this.objects.values()].flatMap(({ declared, left }) => (left === null ? [declared] : []))
  watch = async () => undefined
  close = async () => undefined

  show = async ({ key }: DeclaredKey, notice: Notice) => {
    this.#of(key).notices.push(notice)
  }

  answer = async ({ key }: DeclaredKey, answers: readonly Answer[]) => {
    if (this.losesAnswers > 0) {
      this.losesAnswers -= 1
      throw new ProviderError({
        ...{ code: 'unavailable', provider: 'teams', message: 'the answer is lost', effect: 'unknown' },
        nextStep: 'Try again.',
      })
    }
    const fake = this.#of(key)
    fake.answers.push(...answers)
    const tokens = answers.map(({ request }) => request.token)
    this.#change(key, { requests: fake.declared.requests.filter(({ token }) => !tokens.includes(token)) })
  }

  hold = async ({ key }: DeclaredKey) => this.#change(key, { isHeld: true })

  letGo = async ({ key }: DeclaredKey, left: string) => {
    this.#of(key).left = left
  }

  #of(key: string): Fake {
    const fake = this.objects.get(key)
    if (!fake) throw new Error(`nothing is declared as ${key}`)
    return fake
  }

  #change(key: string, about: Partial<DeclaredKey>): void {
    const fake = this.#of(key)
    fake.declared = { ...fake.declared, ...about }
  }
}
