/** The problems that Microsoft's language service for KQL finds in a query on Application Insights. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import * as z from 'zod'

/** Columns of `traces` that the queries use (Application Insights, "Data model: traces"). */
const traces =
  '(timestamp: datetime, message: string, severityLevel: int, operation_Id: string, customDimensions: dynamic)'

// Compiled from C# for pages: scripts that set globals, and no module.
const context = createContext({ console })
for (const script of [
  import.meta.resolve('@kusto/language-service-next/bridge.min.js'),
  import.meta.resolve('@kusto/language-service-next/Kusto.Language.Bridge.min.js'),
]) {
  runInContext(readFileSync(fileURLToPath(script), 'utf8'), context)
}
runInContext(
  `
  const { Symbols, GlobalState, KustoCode } = Kusto.Language
  const table = Symbols.TableSymbol.From(${JSON.stringify(traces)}).WithName('traces')
  const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('insights', [table]))
  const problemsOf = (query) => {
    const found = KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics()
    return JSON.stringify(Array.from({ length: found.Count }, (_, at) => found.getItem(at).Message))
  }
  `,
  context,
)

export const kqlProblems = (query: string): string[] =>
  z
    .array(z.string())
    .parse(JSON.parse(String(runInContext(`problemsOf(${JSON.stringify(query)})`, context))))
