import { uniqueName } from "./auto-name";
import type { Checked } from "./check";
import { diffInputs, type Diff } from "./diff";
import type { Result } from "./operation";
import { OperationError } from "./outcome";
import {
  get,
  isObject,
  markSecretsInObject,
  object,
  plainObject,
  text,
  UNKNOWN,
  without,
  type JsonObject,
  type WireObject,
} from "./properties";
import type { Session } from "./session";
import type { CheckFailure } from "./settings";

/**
 * `kubernetes:helm.sh/v3:Release` without Helm: there is no chart to fetch without a network, so a release is checked
 * and recorded in the state, and nothing is installed. The log says so for each of them.
 */
const RECORDED = "recorded, not installed: the stand-in provider fetches no charts";

/** What is wrong with a release's inputs. */
function failuresOf(inputs: JsonObject): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const chart = inputs["chart"];
  const repository = get(inputs, "repositoryOpts", "repo");
  if (typeof chart !== "string" || chart === "") {
    failures.push({ property: "chart", reason: "is required: the chart's name, or its oci:// address" });
  } else if (chart !== UNKNOWN && chart.startsWith("oci://") && typeof repository === "string") {
    failures.push({
      property: "repositoryOpts.repo",
      reason: "does not go with an oci:// chart, whose address says it all",
    });
  }
  const local = typeof chart === "string" && (/^\.{0,2}\//.test(chart) || chart.endsWith(".tgz"));
  if (!local && (typeof inputs["version"] !== "string" || inputs["version"] === "")) {
    failures.push({
      property: "version",
      reason: "is required: an unpinned chart changes without anybody changing it",
    });
  }
  if (typeof repository === "string" && repository !== UNKNOWN && !/^https?:\/\//.test(repository)) {
    failures.push({ property: "repositoryOpts.repo", reason: "must be an http or https address" });
  }
  const values = inputs["values"];
  if (values !== undefined && values !== null && values !== UNKNOWN && !isObject(values)) {
    failures.push({ property: "values", reason: "must be an object" });
  }
  return failures;
}

/** Completes a release's inputs: its name, `<name>-<8 hex>` where the program gives none, and its namespace. */
export function checkRelease(
  session: Session,
  input: {
    readonly resourceName: string;
    readonly olds: WireObject | undefined;
    readonly news: WireObject;
    readonly seed: Uint8Array;
  },
): Checked {
  // What the SDK adds for the sake of older providers.
  const inputs: WireObject = { ...without(without(input.news, "compat"), "resourceNames") };
  const former = text(plainObject(input.olds ?? {}), "name");
  if (!("name" in inputs)) inputs["name"] = former ?? uniqueName(input.resourceName, input.seed);
  if (!("namespace" in inputs)) inputs["namespace"] = session.defaultNamespace;
  return { inputs, failures: failuresOf(plainObject(inputs)) };
}

/** A new name or namespace is a new release; everything else is an upgrade. */
export function diffRelease(state: WireObject, news: WireObject, ignoreChanges: readonly string[]): Diff {
  const olds = plainObject(object(plainObject(state), "__inputs"));
  const settings = { configMapMutable: true, secretMutable: true };
  const { changes } = diffInputs(olds, plainObject(news), settings, ignoreChanges);
  const marked = changes.map((change) => ({
    ...change,
    replace: change.path[0] === "name" || change.path[0] === "namespace",
  }));
  return { changes: marked, deleteBeforeReplace: false };
}

/** Records a release; `former` is its state before an upgrade. */
export function recordRelease(
  session: Session,
  urn: string,
  inputs: WireObject,
  former: WireObject | undefined,
  preview: boolean,
): Result {
  const values = plainObject(inputs);
  const name = text(values, "name") ?? "";
  const namespace = text(values, "namespace") ?? session.defaultNamespace;
  const before = get(former, "status", "revision");
  const revision = typeof before === "number" ? before + 1 : 1;
  const known = name !== UNKNOWN && namespace !== UNKNOWN;
  if (!preview) session.log.info(urn, `${text(values, "chart") ?? ""} ${text(values, "version") ?? ""} is ${RECORDED}`);
  const outputs: JsonObject = {
    ...values,
    resourceNames: {},
    status: {
      appVersion: "",
      chart: text(values, "chart") ?? "",
      name,
      namespace,
      revision,
      status: "deployed",
      version: text(values, "version") ?? "",
    },
  };
  const properties = { ...markSecretsInObject(outputs, inputs), __inputs: inputs };
  return { id: preview || !known ? "" : `${namespace}/${name}`, properties };
}

/** What a refresh finds of a release: what was recorded. There is nothing that could be imported. */
export function readRelease(
  id: string,
  state: WireObject,
  inputs: WireObject,
): { readonly id: string; readonly properties: WireObject; readonly inputs: WireObject } {
  if (Object.keys(state).length === 0) {
    throw new OperationError("a Helm release cannot be imported: the stand-in provider installs none");
  }
  return { id, properties: state, inputs };
}
