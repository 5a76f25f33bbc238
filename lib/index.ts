// The package's one door: notebooks import from "genlab" and nowhere else.
export {};
