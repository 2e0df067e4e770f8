import assert from "node:assert/strict";

import { runtime } from "@pulumi/pulumi";

import { AppNamespace } from "../../../components/security/app-namespace";
import { ServiceAccounts } from "../../../components/security/service-accounts";
import type { ApiPermission } from "../../../components/workload/settings";
import { installMonitor } from "../../support/mocks";

const permission: ApiPermission = { apiGroup: "", resource: "configmaps", names: ["release-record"], verbs: ["get"] };

function make(...apiAccess: readonly ApiPermission[]) {
  const namespace = new AppNamespace("namespace", { namespace: "apps", environment: "local", demands: [] });
  return new ServiceAccounts("accounts", { namespace, accounts: [{ service: "mcp", apiAccess }] });
}

describe("ServiceAccounts", () => {
  it("make no role for a service that needs none", async () => {
    const monitor = installMonitor("project", "stack");
    make();
    await runtime.disconnect();

    assert.deepEqual(
      monitor.recorded.filter(({ type }) => type.includes("rbac")),
      [],
    );
    const account = monitor.recorded.find(({ type }) => type === "kubernetes:core/v1:ServiceAccount");
    assert.equal(account?.inputs["automountServiceAccountToken"], false);
  });

  it("give a service its role on named objects alone", async () => {
    const monitor = installMonitor("project", "stack");
    make(permission);
    await runtime.disconnect();

    const role = monitor.recorded.find(({ type }) => type === "kubernetes:rbac.authorization.k8s.io/v1:Role");
    assert.deepEqual(role?.inputs["rules"], [
      { apiGroups: [""], resources: ["configmaps"], resourceNames: ["release-record"], verbs: ["get"] },
    ]);
  });

  it("refuse a permission without names, with wildcards or with verbs that names do not limit", async () => {
    installMonitor("project", "stack");
    assert.throws(() => make({ apiGroup: "", resource: "*", names: [], verbs: ["list"] }), {
      message: [
        "accounts has 3 faults:",
        "  mcp.apiAccess[0].names is []; allowed: the names of the objects it is about, at least one",
        '    set it to ["release-record"]',
        '  mcp.apiAccess[0].resource is "*"; allowed: one kind of object, no wildcard',
        "    set it to configmaps",
        '  mcp.apiAccess[0].verbs is ["list"]; allowed: verbs that a name limits: get, update, patch, delete',
        '    set it to ["get"]',
      ].join("\n"),
    });
    await runtime.disconnect();
  });

  it("say which account is missing", async () => {
    installMonitor("project", "stack");
    assert.throws(() => make().account("frontend"), { message: "accounts has no account for frontend" });
    await runtime.disconnect();
  });
});
