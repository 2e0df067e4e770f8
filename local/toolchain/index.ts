export { engineEnvironment, linkTools } from "./engine-environment";
export { ensureCrds, kwokStages } from "./module-files";
export { type ResolvedTool, ensureTools } from "./resolve";
export { toolNames, tools } from "./versions";
