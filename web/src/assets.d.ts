// Modules that the bundler replaces by addresses of files, and the constant that it defines.
declare module "*.pack" {
  const url: string;
  export default url;
}
/** The address of the worker's bundle. */
declare const WORKER: string;
