/** The documents of campaigns: a small one each, and the rows of its keys in pieces beside it. */
import type { Document, DocumentId } from '../../contracts/documents.ts'
import { JournalError, ServiceError } from '../../contracts/errors.ts'
import { changeDocument } from '../../engine/change-document.ts'
import { parseDocument } from '../../engine/parse-document.ts'
import { type Campaign, isOver, type Row, splitRows } from '../../fleet/campaign.ts'
import type { Context } from '../context.ts'

const KIND = 'campaign'
const ROWS_KIND = 'campaign-keys'
/** Campaigns that are over are kept for so many; older ones make room for new ones. Their rotations stay on record. */
const KEPT = 50
const PAGE = 100
/** More campaigns than this are not looked at: each takes a person who typed a number in. */
const MOST = 1_000

type Hand = Pick<Context, 'journal' | 'clock' | 'random'>

/** Its rows first: a campaign that can be seen has them all. */
export async function makeCampaign(hand: Hand, campaign: Campaign, rows: readonly Row[]): Promise<void> {
  const { documents } = hand.journal
  await dropOldest(hand)
  for (const [at, piece] of splitRows(rows).entries()) {
    const text = JSON.stringify(piece)
    if ((await documents.write(rowsId(campaign.id, at), { text, revision: 0 })) === 'conflict')
      throw taken(campaign.id)
  }
  const text = JSON.stringify(campaign)
  if ((await documents.write({ kind: KIND, name: campaign.id }, { text, revision: 0 })) === 'conflict')
    throw taken(campaign.id)
}

function taken(id: string): JournalError {
  return new JournalError('unavailable', `there is a campaign ${id} already`, 'Run the command again.')
}

export async function readCampaign({ journal }: Pick<Context, 'journal'>, id: string): Promise<Campaign> {
  const found = isName(id) ? await journal.documents.read({ kind: KIND, name: id }) : null
  if (found) return parseCampaign(found)
  throw new ServiceError('unknown-key', `there is no campaign ${id}`, 'See: keyrota campaign list')
}

/** What a person types may be no name at all. */
function isName(id: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,60}$/.test(id)
}

/** A document of a later Keyrota is left alone. */
function parseCampaign(document: Document): Campaign {
  const nextStep = `Give it up: keyrota campaign stop ${document.name}`
  const campaign = parseDocument<Campaign>(document, nextStep)
  if (campaign.schema === 1) return campaign
  throw new JournalError(
    'newer-schema',
    'a campaign was written by a newer Keyrota',
    'Use the newer version, here as well.',
  )
}

/** Newest first; those that cannot be read are left out. */
export async function listCampaigns(context: Pick<Context, 'journal'>): Promise<Campaign[]> {
  return (await readCampaigns(context)).campaigns
}

/** Newest first, and beside them what is wrong with others: one that is damaged hides no other one. */
export async function readCampaigns({
  journal,
}: Pick<Context, 'journal'>): Promise<{ campaigns: Campaign[]; damaged: JournalError[] }> {
  const all: Campaign[] = []
  const damaged: JournalError[] = []
  let after: string | undefined
  while (all.length + damaged.length < MOST) {
    const page = await journal.documents.list(KIND, {
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    })
    for (const document of page) {
      try {
        all.push(parseCampaign(document))
      } catch (error) {
        if (!(error instanceof JournalError)) throw error
        damaged.push(error)
      }
    }
    after = page.at(-1)?.name
    if (page.length < PAGE) break
  }
  const campaigns = all.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
  return { campaigns, damaged }
}

/** `change` returns whether it has changed anything. @returns the campaign as it is then */
export async function changeCampaign(
  hand: Hand,
  id: string,
  change: (campaign: Campaign) => boolean,
): Promise<Campaign> {
  const documents = hand.journal.documents
  const changed = await changeDocument<Campaign>({ ...hand, documents }, { kind: KIND, name: id }, (now) =>
    now && change(now) ? now : undefined,
  )
  if (changed) return changed
  throw new ServiceError('unknown-key', `there is no campaign ${id}`, 'See: keyrota campaign list')
}

export async function readRows(
  { journal }: Pick<Context, 'journal'>,
  { id, pieces }: Campaign,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let at = 0; at < pieces; at += 1) {
    const found = await journal.documents.read(rowsId(id, at))
    if (!found)
      throw new JournalError(
        'corrupt',
        `the keys of the campaign ${id} are incomplete`,
        `Stop it: keyrota campaign stop ${id}`,
      )
    rows.push(...parseDocument<Row[]>(found, `Stop it: keyrota campaign stop ${id}`))
  }
  return rows
}

/** Notes what has come of these keys; what others have noted stays. */
export async function noteRows(
  hand: Hand,
  { id }: Campaign,
  at: number,
  notes: ReadonlyMap<string, Row>,
): Promise<void> {
  const documents = hand.journal.documents
  await changeDocument<Row[]>({ ...hand, documents }, rowsId(id, at), (rows) =>
    rows === null ? undefined : rows.map((row) => notes.get(row.key) ?? row),
  )
}

function rowsId(id: string, at: number): DocumentId {
  return { kind: ROWS_KIND, name: `${id}.${at}` }
}

async function dropOldest(hand: Hand): Promise<void> {
  // One that is damaged, or of a newer Keyrota, stays; it must not keep an emergency from being begun.
  const over = (await listCampaigns(hand)).filter(isOver)
  for (const campaign of over.slice(KEPT - 1)) {
    await drop(hand, { kind: KIND, name: campaign.id })
    for (let at = 0; at < campaign.pieces; at += 1) await drop(hand, rowsId(campaign.id, at))
  }
}

/** Takes away a campaign that nobody can read any more. */
export async function dropDamaged(hand: Hand, id: string): Promise<void> {
  await drop(hand, { kind: KIND, name: id })
}

/** One that somebody else takes away at the same time is gone as well. */
async function drop({ journal }: Hand, id: DocumentId): Promise<void> {
  const found = await journal.documents.read(id)
  if (found) await journal.documents.remove(id, found.revision)
}
