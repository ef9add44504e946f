/** Vite puts the file into the bundle as a data URI. */
declare module '*.woff?inline' {
  const dataUri: string;
  export default dataUri;
}
