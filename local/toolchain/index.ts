export { type Checkov, ensureCheckov } from "./checkov";
export { engineEnvironment, linkTools } from "./engine-environment";
export { ensureCrds, kwokStages } from "./module-files";
export { type ResolvedTool, ensureTools } from "./resolve";
export { checkov, refereeNames, toolNames, tools } from "./versions";
