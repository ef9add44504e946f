// The text messages. A connection begins with a hello from each side; everything else names the request it belongs to.
import { z } from 'zod';
import { ERROR_CODES, HeadscopeError } from './errors.ts';
import { MAX_FRAME_CREDIT, MAX_REQUEST_ID } from './limits.ts';

const id = z.number().int().min(1).max(MAX_REQUEST_ID);

const errorBody = z.strictObject({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  /** Plain JSON: the figures behind the sentence. */
  data: z.record(z.string(), z.unknown()),
});
export type ErrorBody = z.infer<typeof errorBody>;

/** First message of the client: what it speaks, and the frame bytes that may be under way. */
const clientHello = z.strictObject({
  kind: z.literal('hello'),
  protocol: z.number().int(),
  client: z.string().max(200),
  credit: z.number().int().min(0).max(MAX_FRAME_CREDIT),
});
const request = z.strictObject({ kind: z.literal('request'), id, method: z.string().max(100), params: z.unknown().optional() });
const cancel = z.strictObject({ kind: z.literal('cancel'), id });
/** Frame bytes (header included) that the client has taken in and that may be sent again. */
const credit = z.strictObject({ kind: z.literal('credit'), bytes: z.number().int().min(1).max(MAX_FRAME_CREDIT) });

export const clientEnvelope = z.discriminatedUnion('kind', [clientHello, request, cancel, credit]);
export type ClientEnvelope = z.infer<typeof clientEnvelope>;

const serverHello = z.strictObject({
  kind: z.literal('hello'),
  protocol: z.number().int(),
  build: z.string(),
  devices: z.array(z.string()),
});
const result = z.strictObject({ kind: z.literal('result'), id, result: z.unknown().optional() });
/** id 0: the message it answers had no usable id, or the connection itself failed. */
const error = z.strictObject({ kind: z.literal('error'), id: z.number().int().min(0).max(MAX_REQUEST_ID), error: errorBody });
const progress = z.strictObject({
  kind: z.literal('progress'),
  id,
  done: z.number(),
  total: z.number(),
  unit: z.string(),
  note: z.string(),
});
/** A part of the answer that arrives before the result. Unlike progress it is never dropped. */
const event = z.strictObject({ kind: z.literal('event'), id, data: z.unknown().optional() });

export const serverEnvelope = z.discriminatedUnion('kind', [serverHello, result, error, progress, event]);
export type ServerEnvelope = z.infer<typeof serverEnvelope>;
export type Envelope = ClientEnvelope | ServerEnvelope;

export interface Progress {
  done: number;
  total: number;
  /** What is counted: 'layer', 'head', 'row'. */
  unit: string;
  note: string;
}

function hasCode(value: unknown): value is { code: unknown; data?: unknown } {
  return typeof value === 'object' && value !== null && 'code' in value;
}

/** Any thrown value as a coded error: native errors carry a code of the same union, everything else is INTERNAL. Never a stack. */
export function codedError(thrown: unknown): HeadscopeError {
  if (thrown instanceof HeadscopeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const known = hasCode(thrown) ? ERROR_CODES.find((code) => code === thrown.code) : undefined;
  return known ? new HeadscopeError(known, message) : new HeadscopeError('INTERNAL', `Internal error: ${message}`);
}

export function errorToBody(thrown: unknown): ErrorBody {
  const { code, message, data } = codedError(thrown);
  return { code, message, data: { ...data } };
}

type Issue = z.core.$ZodIssue;

/** Of a union, the problems of the alternative that comes closest: the one with the fewest. */
function nearest(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const closest = issue.errors.reduce((least, branch) => (branch.length < least.length ? branch : least));
  return closest.flatMap((inner) => nearest({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** 'rect.0: expected number' for the first three problems of a failed parse. */
export function describeIssues(failure: z.ZodError): string {
  const issues = failure.issues.flatMap(nearest);
  const lines = issues.slice(0, 3).map((issue) => `${issue.path.map(String).join('.') || 'value'}: ${issue.message}`);
  const more = issues.length - lines.length;
  return more > 0 ? `${lines.join('; ')}; and ${more} more` : lines.join('; ');
}
