// What this build calls itself, in hello, provenance and --version.
export const VERSION = '0.1.0';
