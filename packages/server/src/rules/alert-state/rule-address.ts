/** Where a rule stands. */
export type RuleAddress = { readonly file: string; readonly group: string; readonly name: string }
