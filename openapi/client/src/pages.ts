/** Walking through lists, page by page or row by row. */

/** A page of a list. */
export interface Page<Item> {
  items: Item[];
  page: { nextCursor?: string | null };
}

/** The calls of `Api` that answer with a page. */
export type ListCall<Api> = {
  [Name in keyof Api]: Api[Name] extends (options: never) => Promise<infer Answer>
    ? NonNullable<Answer> extends Page<unknown>
      ? Name
      : never
    : never;
}[keyof Api];

/** The calls of `Api` that answer with a file. */
export type ExportCall<Api> = Extract<keyof Api, `export${string}`>;

/** What the call `Name` takes. */
export type OptionsOf<Api, Name extends keyof Api> = Api[Name] extends (options: infer Options) => unknown
  ? NonNullable<Options>
  : never;

/** The pages that the call `Name` answers with. */
export type PageOf<Api, Name extends keyof Api> = Api[Name] extends (options: never) => Promise<infer Answer>
  ? NonNullable<Answer>
  : never;

/** The rows of those pages. */
export type ItemOf<Api, Name extends keyof Api> =
  PageOf<Api, Name> extends { items: (infer Item)[] } ? Item : never;

/** Asks `read` for one page after the other, each with the cursor of the one before, until there is none. */
export async function* walk<P extends Page<unknown>>(
  read: (cursor: string | undefined) => Promise<P>,
): AsyncGenerator<P, void, undefined> {
  let cursor: string | null | undefined;
  do {
    const page = await read(cursor ?? undefined);
    yield page;
    cursor = page.page.nextCursor;
  } while (cursor);
}
