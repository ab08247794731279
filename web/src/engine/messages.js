/** Said where there is no network for a part of the page that a first visit does without. */
export const NOT_LOADED = "this part of the page could not be loaded: it takes the network once, and is kept from then on";
