/* How far a campaign is: a line that is redrawn on a terminal, a line a second at most in a pipe, or events as JSON. */

import type { Clock } from '../../contracts/clock.ts'
import type { Board } from '../../fleet/board.ts'
import type { Campaign } from '../../fleet/campaign.ts'
import { Pace } from '../../fleet/estimate.ts'
import type { Judged } from '../../fleet/key-state.ts'
import type { CampaignListener } from '../../service/fleet/drive.ts'
import { formatSpan, type Screen } from '../live-line.ts'
import { onPrint, paint, printEvent, printNote } from '../output.ts'

const REDRAW_MS = 1_000
const CLEAR_LINE = '\r\u001b[2K'

export interface LiveCampaign {
  readonly listener: CampaignListener
  stop(): void
}

export type Manner = 'events' | 'lines' | 'quiet'

export function showLive(clock: Clock, manner: Manner, screen: Screen = process.stderr): LiveCampaign {
  const pace = new Pace(clock.wallMs())
  let shown: { campaign: Campaign; board: Board } | null = null
  let saidText = ''
  let isDrawn = false
  const hide = () => {
    if (isDrawn) screen.write(CLEAR_LINE)
    isDrawn = false
  }
  const tick = () => {
    if (!shown || manner === 'quiet') return
    const facts = factsOf(shown.campaign, shown.board, pace, clock.wallMs())
    if (manner === 'events') {
      const text = JSON.stringify(facts)
      if (text !== saidText) printEvent({ event: 'progress', ...facts })
      saidText = text
      return
    }
    const text = lineOf(facts)
    if (screen.isTTY) {
      screen.write(`${CLEAR_LINE}${paint('dim', text.slice(0, (screen.columns ?? 80) - 1), process.stderr)}`)
      isDrawn = true
    } else if (text !== saidText) screen.write(`${text}\n`)
    saidText = text
  }
  const release = onPrint(hide)
  const endTicks = clock.every(REDRAW_MS, tick)
  return {
    listener: {
      key: (key, judged) => {
        if (judged.state === 'done' || judged.state === 'failed') pace.note(clock.wallMs())
        sayKey(manner, key, judged)
      },
      progress: (campaign, board) => {
        shown = { campaign, board }
      },
    },
    stop: () => {
      tick()
      hide()
      endTicks()
      release()
    },
  }
}

function sayKey(manner: Manner, key: string, { state, why, command, rotation }: Judged): void {
  if (manner === 'events') {
    printEvent({
      event: 'key',
      ...{ key, state, rotation: rotation ?? null, why: why ?? null, command: command ?? null },
    } as { event: string })
    return
  }
  if (manner === 'quiet' || state !== 'failed') return
  printNote(`${key}: ${paint('red', 'failed', process.stderr)}${why ? `: ${why}` : ''}`)
}

function factsOf({ id, wave, plan }: Campaign, board: Board, pace: Pace, now: number) {
  const { done, failed, running, pending, asked, left } = board.counts
  const todo = pending + running
  return {
    campaign: id,
    wave: Math.min(wave + 1, plan.waves.length),
    waves: plan.waves.length,
    ...{ done, failed, running, pending, asked, left },
    perSecond: Math.round(pace.rate(now) * 100) / 100,
    etaMs: pace.etaMs(todo, plan.perHour, now),
  }
}

function lineOf(facts: ReturnType<typeof factsOf>): string {
  const { wave, waves, done, failed, running, pending, asked, perSecond, etaMs } = facts
  const eta = etaMs === null ? 'no estimate yet' : `about ${formatSpan(etaMs)} left`
  const people = asked > 0 ? `, ${asked} with a person` : ''
  return `wave ${wave}/${waves}: ${done} done, ${failed} failed, ${running} under way, ${pending} to begin${people}; ${perSecond}/s, ${eta}`
}
