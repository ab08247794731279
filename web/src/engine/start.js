/** Starts the engine's worker at once: it fetches the wasm while the page's own code is still on its way. */

globalThis.engineWorker ??= new Worker(new URL(WORKER, document.baseURI), { type: "module" });
