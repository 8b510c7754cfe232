/** Reads every message and the state of every notifier. */
import type { Document, Documents } from '../../contracts/documents.ts'
import { parseDocument } from '../../engine/parse-document.ts'
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
        const state = parseDocument<NotifierState>(document)
        mail.states.set(state.name, state)
      } else mail.subjects.push({ document, subject: parseDocument<Subject>(document) })
    }
    after = page.at(-1)?.name
    if (page.length < PAGE) return mail
  }
}
