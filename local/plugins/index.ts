export { installPlugins } from "./install";
export type { InstallOptions, PluginMode, PluginReport } from "./install";
