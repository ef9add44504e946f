// What a host offers to start from. Ids stand for paths: methods that read a folder take either, as the host's policy allows.
import { z } from 'zod';
import { index, positive } from './records.ts';

/** An entry of the library. `path` is null on hosts that show no paths. */
const entry = {
  id: z.string(),
  name: z.string(),
  path: z.string().nullable(),
  /** Comes with the program. */
  bundled: z.boolean(),
};

const libraryModel = z.strictObject({
  ...entry,
  /** Of the Hugging Face cache: how large it is there, and why this engine does not run it (null: it does). */
  hub: z.strictObject({ bytes: z.number().int().min(0), problem: z.string().nullable() }).optional(),
});

const libraryPrompt = z.strictObject({
  ...entry,
  /** null where the file is too large to send along. */
  text: z.string().nullable(),
  /** About how many tokens it makes: characters / 4. */
  tokensHint: index,
});

/** A run saved by run.save, opened by run.open. */
const librarySavedRun = z.strictObject({
  ...entry,
  model: z.string(),
  rows: positive,
  layers: positive,
  heads: positive,
  created: z.string(),
});

/** A folder of q, k, v, opened by run.capture. */
const libraryCapture = z.strictObject(entry);

const libraryConfig = z.strictObject({ ...entry, text: z.string() });

export const library = z.strictObject({
  models: z.array(libraryModel),
  prompts: z.array(libraryPrompt),
  runs: z.array(librarySavedRun),
  captures: z.array(libraryCapture),
  configs: z.array(libraryConfig),
  /** Folders that could not be read, and what was left out. */
  notes: z.array(z.string()),
});
export type Library = z.infer<typeof library>;
export type LibraryModel = z.infer<typeof libraryModel>;
export type LibraryPrompt = z.infer<typeof libraryPrompt>;
export type LibrarySavedRun = z.infer<typeof librarySavedRun>;
export type LibraryCapture = z.infer<typeof libraryCapture>;
export type LibraryConfig = z.infer<typeof libraryConfig>;
