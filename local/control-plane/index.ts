export { checkCluster, checkEmbeddedCluster, type ClusterIdentity } from "./check-cluster";
export { simulated, type Environment } from "./environment";
export { partNames, type PartName, type Tools } from "./parts";
export { logFile } from "./processes";
export { reset } from "./reset";
export { status, type PartStatus, type Status } from "./status";
export { down, up, type UpOptions } from "./up";
