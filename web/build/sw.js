/** Keeps the page for use without a network. The build writes its version and the files of a first visit in here. */

/** TypeScript's page and worker types do not go together: here is a worker. @type {any} */
const worker = self;
const CACHE = "gpu-carbon-__VERSION__";
const FILES = ["__FILES__"];

/** What a first visit does without, and the page may want when there is no network. */
const AFTERWARDS = ["__AFTERWARDS__"];

/** The names that the build gives by content: what has one never changes. */
const BY_CONTENT = /-[A-Z0-9]{8}\.\w+$/;

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(keep().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(forget().then(() => worker.clients.claim()));
  keepAfterwards().catch(() => {}); // it is kept, then, once it is wanted
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const ours = request.method === "GET" && request.url.startsWith(worker.registration.scope);
  if (ours && !live(request)) event.respondWith(answer(request));
});

/** What must come from the network: the exporter, and services. @param {Request} request */
function live(request) {
  return request.cache === "no-store";
}

/** What is named by its content is the page's own already, and is not fetched again. */
async function keep() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: BY_CONTENT.test(file) ? "default" : "reload" })));
}

async function keepAfterwards() {
  const cache = await caches.open(CACHE);
  await cache.addAll(AFTERWARDS);
}

/** The build before stays: a page of it that is open may yet want a part of it. */
async function forget() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("gpu-carbon-") && name !== CACHE).slice(0, -1);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** From the cache; else from the network, and a file named by its content is kept then, too. @param {Request} request */
async function answer(request) {
  const cache = await caches.open(CACHE);
  const { origin, pathname } = new URL(request.url);
  const page = `${origin}${pathname}` === `${worker.registration.scope}index.html`;
  const byContent = BY_CONTENT.test(pathname);
  const kept = (await cache.match(page ? "./" : request, { ignoreSearch: true })) ?? (byContent && (await caches.match(request)));
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok && byContent) await cache.put(request, fresh.clone());
  return fresh;
}
