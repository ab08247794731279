/** Error of a part that the first visit does not load, and that cannot be fetched now. */
export const NOT_LOADED = "this part of the page could not be loaded: it needs the network once, and is stored from then on";
