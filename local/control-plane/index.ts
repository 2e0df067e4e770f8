export type { Environment } from "./environment";
export { simulated } from "./environment";
export { partNames, type PartName, type Tools } from "./parts";
export { down, up, type UpOptions } from "./up";
