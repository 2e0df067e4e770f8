export { engineEnvironment, linkTools } from "./engine-environment";
export { ensureCrds, kwokStages } from "./module-files";
export type { ToolchainOptions } from "./options";
export { type ResolvedTool, ensureTools } from "./resolve";
export { type ToolName, toolNames, tools } from "./versions";
