// Modules that the bundler replaces by addresses of files, and the constant that it defines.
declare module "*.pack" {
  const url: string;
  export default url;
}
/** The address of the worker's bundle. */
declare const WORKER: string;
/** The worker that src/engine/start.js starts before the page's own code has arrived. */
declare var engineWorker: Worker | undefined;

// Modules that the build makes from the tables and packs of crates/feeds.
declare module "regions:packs" {
  const addresses: Record<string, string>;
  export default addresses;
}
declare module "*.md" {
  const url: string;
  export default url;
}
declare module "regions:map" {
  const map: import("./regions/map.js").RegionMap;
  export default map;
}
