/** Puts text from callers into a query, as literals that it cannot break out of. */

/**
 * A string literal. Escapes the quote and the backslash, which could end or change it. The schema of the argument refuses
 * line ends and other characters that no name has ({@link isOneLine}).
 *
 * https://learn.microsoft.com/kusto/query/scalar-data-types/string
 */
export const literal = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`

export const isOneLine = (text: string): boolean => !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(text)

/** `Resources | where … | where …` */
export const query = (table: string, ...steps: readonly (string | false | undefined)[]): string =>
  [table, ...steps.filter(Boolean)].join(' | ')
