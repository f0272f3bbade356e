/** Texts of callers inside a query: as literals, from which nothing gets out. */

/**
 * A string literal. Its quote and the backslash are what could end it or change it; characters that no name has, line
 * ends among them, are for the schema of the argument to refuse ({@link isOneLine}).
 *
 * https://learn.microsoft.com/kusto/query/scalar-data-types/string
 */
export const literal = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`

export const isOneLine = (text: string): boolean => !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(text)

/** `Resources | where … | where …` */
export const query = (table: string, ...steps: readonly (string | false | undefined)[]): string =>
  [table, ...steps.filter(Boolean)].join(' | ')
