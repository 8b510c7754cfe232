/** Reads every message and the state of every notifier. */
import type { Document, Documents } from '../../contracts/documents.ts'
import { parseOrNone } from '../../engine/parse-document.ts'
import { isStateName, type NotifierState } from './notifier-state.ts'
import { KIND, type Subject } from './subject.ts'

const PAGE = 100

export interface Mail {
  subjects: { document: Document; subject: Subject }[]
  states: Map<string, NotifierState>
}

export async function readMail(documents: Documents): Promise<Mail> {
  const mail: Mail = { subjects: [], states: new Map() }
  let after: string | undefined
  for (;;) {
    const page = await documents.list(KIND, { limit: PAGE, ...(after === undefined ? {} : { after }) })
    for (const document of page) {
      if (isStateName(document.name)) {
        const state = parseOrNone<NotifierState>(document)
        if (state) mail.states.set(state.name, state)
        continue
      }
      // One that is damaged holds up no message about another key, and is made anew with the next one about its own.
      const subject = parseOrNone<Subject>(document)
      if (subject) mail.subjects.push({ document, subject })
    }
    after = page.at(-1)?.name
    if (page.length < PAGE) return mail
  }
}
