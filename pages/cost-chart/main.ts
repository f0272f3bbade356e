/**
 * Shows the result of a cost tool in a client's frame (MCP Apps). A click on a bar asks the host for the costs within it.
 * The page has no network and no storage; the host calls the tools, as the signed-in user.
 */
import {
  App,
  applyDocumentTheme,
  applyHostStyleVariables,
  type McpUiHostContext,
} from '@modelcontextprotocol/ext-apps'
import { type Question, questionBelow, readQuestion } from './question.ts'
import { type Answer, readResult, withPage } from './results.ts'
import { type Focus, type State, screenIn } from './screen.ts'
import { wordsFor } from './words.ts'

const app = new App({ name: 'cost-chart', title: 'Azure costs', version: '1.0.0' })
document.title = 'Azure costs'
const screen = screenIn(document.body)

/** One level of the drill-down. */
type Level = { name: string; question: Question | undefined; answer: Answer; rows: number }

const firstRows = 12
let levels: Level[] = []
let asked: Question | undefined
let state: State['is'] = 'ready'

/** Milliseconds, longer than any tool takes. */
const patience = { timeout: 90_000 }

const tools: Record<Answer['kind'], string> = {
  costs: 'cost_by_service',
  comparison: 'compare_costs',
  forecast: 'cost_forecast',
  budgets: 'list_budgets',
}

app.addEventListener('toolinput', ({ arguments: args }) => {
  asked = readQuestion(args)
})

app.addEventListener('toolresult', (result) => {
  const answer = readResult(result)
  if (typeof answer === 'string') return tell({ is: 'failed', says: answer })
  levels = [{ name: '', question: asked, answer, rows: firstRows }]
  tell({ is: 'ready' })
  draw()
})

app.addEventListener('toolcancelled', () => tell({ is: 'failed', says: 'The call was cancelled.' }))

app.addEventListener('hostcontextchanged', (changed) => {
  dress(changed)
  if (changed.locale || changed.timeZone) draw()
})

function dress({ theme, styles }: McpUiHostContext): void {
  if (theme) applyDocumentTheme(theme)
  if (styles?.variables) applyHostStyleVariables(styles.variables)
}

function tell(next: State): void {
  state = next.is
  screen.tell(next)
}

/** @param focus where keyboard focus goes */
function draw(focus?: Focus): void {
  const level = levels.at(-1)
  const { locale, timeZone } = app.getHostContext() ?? {}
  screen.show({
    words: wordsFor({ ...(locale && { locale }), ...(timeZone && { timeZone }) }),
    trail: levels.map(({ name }) => name),
    level,
    focus,
    opener,
    back: () => {
      const left = levels.pop()
      tell({ is: 'ready' })
      draw(left && { bar: left.name })
    },
    showAll: () => {
      if (level) level.rows = Number.POSITIVE_INFINITY
      draw({ row: firstRows })
    },
    loadMore,
  })
}

const canAsk = () => app.getHostCapabilities()?.serverTools !== undefined

/** Undefined if there is nothing within the row, or the host calls no tools. */
function opener(row: { name: string; thenName?: string | undefined }) {
  const level = levels.at(-1)
  const below = level?.question && canAsk() && questionBelow(level.question, row)
  if (!level || !below) return undefined
  const name = row.thenName ?? row.name
  return () =>
    ask(below, (answer) => {
      levels.push({ name, question: below, answer, rows: firstRows })
      return 'heading'
    })
}

function loadMore(): void {
  const level = levels.at(-1)
  if (!level?.question || !('nextPage' in level.answer) || !level.answer.nextPage) return
  const { rows } = level.answer
  ask({ ...level.question, page: level.answer.nextPage }, (next) => {
    level.answer = withPage(level.answer, next)
    level.rows = Number.POSITIVE_INFINITY
    return { row: rows.length }
  })
}

/** @param take uses the answer and returns what to focus */
async function ask(question: Question, take: (answer: Answer) => Focus): Promise<void> {
  const level = levels.at(-1)
  if (!level || state === 'waiting') return
  tell({ is: 'waiting', says: 'Asking Azure …' })
  const result = await app
    .callServerTool({ name: tools[level.answer.kind], arguments: question }, patience)
    .catch((error: unknown) => `The client could not call the tool: ${messageOf(error)}`)
  // The person went back in the meantime, or the host showed another answer.
  if (levels.at(-1) !== level) return
  const answer = typeof result === 'string' ? result : readResult(result)
  if (typeof answer === 'string') return tell({ is: 'failed', says: answer })
  tell({ is: 'ready' })
  draw(take(answer))
  // Tells the model what the person sees now. Not every host supports it.
  if (typeof result !== 'string' && app.getHostCapabilities()?.updateModelContext) {
    await app.updateModelContext({ content: result.content }).catch(() => undefined)
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

draw()
tell({ is: 'waiting', says: 'Waiting for the costs …' })
await app.connect()
dress(app.getHostContext() ?? {})
draw()
