import { z } from 'zod'
import { describePathProblem } from './extract.ts'

/** An option that is a JSONPath. */
export const jsonPath = z.string().superRefine((path, context) => {
  const problem = describePathProblem(path)
  if (problem === undefined) return
  context.addIssue({ code: 'custom', message: `expected a JSONPath such as $.data.id: ${problem}` })
})
