// What one connection may ask for; both ends check.

export const PROTOCOL_VERSION = 1;

/** Payload of one binary frame, bytes (without its header). */
export const MAX_FRAME_BYTES = 1 << 20;
/** Credit a client grants when it connects, bytes: the frames that may be under way. */
export const DEFAULT_FRAME_CREDIT = 16 << 20;
export const MAX_FRAME_CREDIT = 256 << 20;
export const MAX_REQUESTS_IN_FLIGHT = 256;
/** Request ids are positive and fit the frame header. */
export const MAX_REQUEST_ID = 0xffffffff;
export const MAX_PROGRESS_HZ = 20;
export const MAX_PROMPT_CHARS = 16 << 20;
export const MAX_PROMPT_TOKENS = 4 << 20;
/** Cells of one aggregated map request (width x height). */
export const MAX_MAP_CELLS = 1 << 26;
/** Pairs of one list. */
export const MAX_PAIRS_ASKED = 4096;
/** Side of a tile and of an overview, cells. */
export const TILE_SIDE = 256;
export const MAX_CONFIG_CHARS = 64 << 20;
export const MAX_PATH_CHARS = 4096;
/** Of one run.generate. */
export const MAX_NEW_TOKENS = 1 << 16;
export const MAX_THREADS = 1024;
/** Heads of one measuring request. */
export const MAX_HEADS_ASKED = 1 << 20;
/** One text message over a wire, bytes: the longest prompt or config, escaped. */
export const MAX_MESSAGE_BYTES = 96 << 20;
/** Calls of one timed question. */
export const MAX_REPEATS = 100;
