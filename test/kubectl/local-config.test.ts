import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { localize } from '../../src/kubectl/local-config.ts'

const about = { kubeconfig: '/home/ada/.kube/config', namespace: 'keyrota', stateFolder: '/home/ada/state' }

describe('the config of a release on a person’s machine', () => {
  it('signs in by the kubeconfig where the pod has its account, and nowhere else', () => {
    const text = `
installation: k7f3
stateFolder: /var/lib/keyrota
journal: { type: kubernetes, namespaces: all }
issuers: { video: { type: http, auth: { management: { bearer: { file: /var/run/secrets/token } } } } }
stores:
  cluster: { type: kubernetes-secret, namespace: shop }
  far: { type: kubernetes-secret, kubeconfig: /var/run/secrets/far }
  vault: { type: vault }
consumers:
  web: { type: kubernetes-rollout, kind: Deployment, name: web }
  page: { type: http, url: 'https://web.internal/health' }
keys: {}
`
    const signedIn = { kubeconfig: about.kubeconfig, context: 'prod' }
    expect(parse(localize(text, { ...about, context: 'prod' }))).toEqual({
      ...parse(text),
      stateFolder: '/home/ada/state',
      journal: { type: 'kubernetes', namespaces: 'all', namespace: 'keyrota', ...signedIn },
      stores: {
        cluster: { type: 'kubernetes-secret', namespace: 'shop', ...signedIn },
        far: { type: 'kubernetes-secret', kubeconfig: '/var/run/secrets/far' },
        vault: { type: 'vault' },
      },
      consumers: {
        web: {
          type: 'kubernetes-rollout',
          kind: 'Deployment',
          name: 'web',
          namespace: 'keyrota',
          ...signedIn,
        },
        page: { type: 'http', url: 'https://web.internal/health' },
      },
    })
  })

  it('that is no config is refused without repeating it', () => {
    expect(() => localize('just a text', about)).toThrow('the config of the release is not a map')
  })
})
