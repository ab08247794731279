// Files that the bundler turns into addresses, and what it defines.
declare module "*.pack" {
  const url: string;
  export default url;
}
/** The address of the worker's bundle. */
declare const WORKER: string;
