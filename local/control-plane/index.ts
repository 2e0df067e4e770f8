export { checkCluster, checkEmbeddedCluster } from "./check-cluster";
export { requireOwnFolder, type Environment } from "./environment";
export { partNames, type PartName } from "./parts";
export { logFile } from "./processes";
export { reset } from "./reset";
export { status, type Status } from "./status";
export { down, up, type UpOptions } from "./up";
