/**
 * Reading your own writes. The answer to a write names the versions of the data after it; sent along with reads of
 * figures, no answer is older, whichever instance gives it.
 */

/** What a version belongs to. */
export type DataTag = 'users' | 'proposals' | 'leads';

/** The version of each tag; one that is not known is left out. */
export type DataVersion = Partial<Record<DataTag, number>>;

export const DATA_TAGS: readonly DataTag[] = ['users', 'proposals', 'leads'];

/** Reads the header `X-Data-Version`, e.g. `users=17,proposals=18,leads=17`. */
export function parseDataVersion(text: string | null): DataVersion {
  const version: DataVersion = {};
  for (const pair of text?.split(',') ?? []) {
    const [tag, value] = pair.trim().split('=');
    if (isDataTag(tag) && value !== undefined && /^\d+$/.test(value)) version[tag] = Number(value);
  }
  return version;
}

/** The newest versions that somebody has to see. */
export class VersionMemory {
  #newest: DataVersion = {};

  /** From now on nothing older than `version` will do. */
  remember(version: DataVersion): void {
    for (const tag of DATA_TAGS) {
      const value = version[tag];
      if (value !== undefined && value > (this.#newest[tag] ?? -1)) this.#newest[tag] = value;
    }
  }

  /** From now on anything will do. */
  forget(): void {
    this.#newest = {};
  }

  /** The newest versions. */
  get newest(): Readonly<DataVersion> {
    return { ...this.#newest };
  }

  /** What to send as `X-Min-Data-Version`; nothing where nothing is known. */
  get header(): string | undefined {
    const pairs = DATA_TAGS.flatMap((tag) => {
      const value = this.#newest[tag];
      return value === undefined ? [] : [`${tag}=${value}`];
    });
    return pairs.length > 0 ? pairs.join(',') : undefined;
  }
}

function isDataTag(text: string | undefined): text is DataTag {
  return DATA_TAGS.some((tag) => tag === text);
}
