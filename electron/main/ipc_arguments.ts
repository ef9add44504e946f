// What the interface may say to main. The interface is ours, and main checks all the same: it holds the keys to the machine.
import { z } from 'zod';
import { MAX_CONFIG_CHARS, MAX_PATH_CHARS } from '../../engine/protocol/limits.ts';
import { recentDocument } from './recent_documents.ts';

const MAX_PNG_BYTES = 256 << 20;
const MAX_PREFERENCE_CHARS = 1 << 20;

const shortText = z.string().max(500);
/** A name to start from, not a path: what a dialog proposes. */
const fileName = z
  .string()
  .min(1)
  .max(255)
  .transform((name) => name.replace(/[/\\:*?"<>|\p{Cc}]/gu, '-'));

export const nonce = z.string().min(8).max(200);
export const fileKind = z.strictObject({ label: shortText, extensions: z.array(z.string().regex(/^(\*|[A-Za-z0-9.]{1,20})$/)).max(20) });
export const title = shortText;
export const suggestedName = fileName;
export const savedText = z.strictObject({ suggestedName: fileName, text: z.string().max(MAX_CONFIG_CHARS) });
export const savedPng = z.strictObject({
  suggestedName: fileName,
  bytes: z.instanceof(Uint8Array).refine((bytes) => bytes.byteLength <= MAX_PNG_BYTES, 'larger than 256 MiB'),
});
export const preferences = z
  .record(z.string().max(200), z.unknown())
  .refine((value) => JSON.stringify(value).length <= MAX_PREFERENCE_CHARS, 'more than 1 MiB of preferences');
export const recentEntry = recentDocument;
export const windowDescription = z.strictObject({ title: shortText, unsaved: z.boolean() });
export const theme = z.enum(['system', 'light', 'dark']);
export const menuCommands = z
  .array(
    z
      .strictObject({
        id: z.string().min(1).max(200),
        title: z.string().min(1).max(200),
        menu: z.enum(['file', 'edit', 'view', 'go', 'run', 'help']),
        group: z.string().max(100).optional(),
        // Ascii only: Electron throws on an accelerator it cannot read.
        accelerator: z
          .string()
          .regex(/^[\x20-\x7e]{1,60}$/)
          .optional(),
        enabled: z.boolean(),
        checked: z.boolean().optional(),
      })
      .transform(({ group, accelerator, checked, ...command }) => ({
        ...command,
        ...(group === undefined ? {} : { group }),
        ...(accelerator === undefined ? {} : { accelerator }),
        ...(checked === undefined ? {} : { checked }),
      })),
  )
  .max(500);

export const path = z.string().min(1).max(MAX_PATH_CHARS);
