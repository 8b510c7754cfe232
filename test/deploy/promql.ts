import { parser } from '@prometheus-io/lezer-promql'

export interface Selector {
  metric: string
  matchers: { label: string; values: string[] }[]
}

/** What an expression asks for: its selectors, and the labels it groups or matches by. @throws Error where it is no PromQL */
export function readExpression(expr: string): { selectors: Selector[]; labels: string[] } {
  const selectors: Selector[] = []
  const labels: string[] = []
  const textOf = ({ from, to }: { from: number; to: number }) => expr.slice(from, to)
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expr}`)
      if (node.name === 'VectorSelector') {
        const name = node.node.getChild('Identifier')
        selectors.push({ metric: name ? textOf(name) : '', matchers: [] })
      }
      if (node.name === 'UnquotedLabelMatcher') {
        const [label, text] = ['LabelName', 'StringLiteral'].map((kind) => node.node.getChild(kind))
        if (!label || !text) throw new Error(`a matcher without a label or a text: ${expr}`)
        const values = String(JSON.parse(textOf(text))).split('|')
        selectors.at(-1)?.matchers.push({ label: textOf(label), values })
      }
      if (node.name === 'GroupingLabels') {
        for (const label of node.node.getChildren('LabelName')) labels.push(textOf(label))
      }
    },
  })
  return { selectors, labels }
}
