/** The service worker: it stores the page for use without a network. The build inserts its version and its files. */

/** The worker's scope; TypeScript cannot have the types of pages and workers together. @type {any} */
const worker = self;
const CACHE = "gpu-carbon-__VERSION__";
const FILES = ["__FILES__"];

/** Files that a first visit does not load, and that the page may need later without a network. */
const LATER_FILES = ["__LATER_FILES__"];

/** Names with a hash of the content: such files never change. */
const BY_CONTENT = /-[A-Z0-9]{8}\.\w+$/;

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(storeFiles().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(deleteOldCaches().then(() => worker.clients.claim()));
  storeLaterFiles().catch(() => {}); // they are stored when the page needs them
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const isOwn = request.method === "GET" && request.url.startsWith(worker.registration.scope);
  if (isOwn && !isLive(request)) event.respondWith(respond(request));
});

/** True for requests that need the network: to the exporter and to services. @param {Request} request */
function isLive(request) {
  return request.cache === "no-store";
}

/** Stores the files of a first visit. The browser's cache already has those that are named by their content. */
async function storeFiles() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: BY_CONTENT.test(file) ? "default" : "reload" })));
}

async function storeLaterFiles() {
  const cache = await caches.open(CACHE);
  await cache.addAll(LATER_FILES);
}

/** Deletes old caches but that of the previous build: an open page of it may still need its files. */
async function deleteOldCaches() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("gpu-carbon-") && name !== CACHE).slice(0, -1);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** Responds from the cache, or else from the network, and then stores a file that is named by its content. @param {Request} request */
async function respond(request) {
  const cache = await caches.open(CACHE);
  const { origin, pathname } = new URL(request.url);
  const page = `${origin}${pathname}` === `${worker.registration.scope}index.html`;
  const byContent = BY_CONTENT.test(pathname);
  const stored = (await cache.match(page ? "./" : request, { ignoreSearch: true })) ?? (byContent && (await caches.match(request)));
  if (stored) return stored;
  const fresh = await fetch(request);
  if (fresh.ok && byContent) await cache.put(request, fresh.clone());
  return fresh;
}
