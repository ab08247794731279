/** The series that the page comes with, by the names of the command line. */
export const BUNDLED = Object.freeze([
  { name: "sgip-pge-2020", title: "PG&E, California, 2020" },
  { name: "sgip-sce-2020", title: "SCE, California, 2020" },
]);
