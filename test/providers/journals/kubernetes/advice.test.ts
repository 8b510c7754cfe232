import { describe, expect, it } from 'vitest'
import { adviseInCluster } from '../../../../providers/journals/kubernetes/advice.ts'

const advise = (text: string) => adviseInCluster(text, { namespace: 'team-a', name: 'web' }, 'team-a/web')
const annotate = 'kubectl annotate managedkey -n team-a web keyrota.dev/confirm='

describe('a command in what an object says', () => {
  it('that confirms something is an annotation of the object', () => {
    expect(advise('nothing proves it; run: keyrota resume team-a/web --confirm moved')).toBe(
      `nothing proves it; run: ${annotate}moved`,
    )
    expect(advise("run: keyrota resume team-a/web --confirm 'id:<its id>'")).toBe(
      `run: ${annotate}'id:<its id>'`,
    )
    expect(advise('go on with: keyrota resume team-a/web')).toBe(`go on with: ${annotate}`)
  })

  it('for another key, or without an annotation, is one of the plugin', () => {
    expect(advise('keyrota resume web --confirm moved')).toBe('kubectl keyrota resume web --confirm moved')
    expect(advise('as `keyrota permissions --namespace team-a` prints it')).toBe(
      'as `kubectl keyrota permissions --namespace team-a` prints it',
    )
  })

  it('is the only thing that changes', () => {
    const text = 'keyrota-web-1 (keyrota.dev/rotate); see keyrota forget web'
    expect(advise(text)).toBe(text)
  })
})
