/** Scopes and roles of tests, with texts for consent pages that no test reads. */
import { adminScope, appRole, userScope } from '../../shared/mcp/access.ts'

const words = { title: 'A test', description: 'What a test needs.' }
export const scope = (value: string, alsoAccepts: readonly string[] = []) =>
  userScope(value, { ...words, alsoAccepts })
export const scopeOfAdministrators = (value: string) => adminScope(value, words)
export const role = (value: string) => appRole(value, words)
