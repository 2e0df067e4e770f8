import assert from "node:assert/strict";

import { podTemplate, type TrustedCa } from "../../../components/workload/pod";
import { releasedService } from "../../../infra/config/service";

interface Spec {
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
  readonly containers: readonly Readonly<Record<string, unknown>>[];
}

function podSpec(trustedCa?: TrustedCa): Spec {
  const template = podTemplate({
    service: "web",
    image: "web:1",
    labels: {},
    selector: {},
    settings: releasedService.parse({}),
    configMap: "config",
    priorityClass: "service",
    trustedCa,
  });
  // Nothing in it is an output: no argument was one.
  const { spec } = JSON.parse(JSON.stringify(template)) as { readonly spec: Spec };
  return spec;
}

describe("a pod that trusts an authority", () => {
  const spec = podSpec({ secretName: "postgresql-tls", key: "ca.crt" });
  const container = spec.containers[0] ?? {};

  it("gets that one key of the Secret, not the private key beside it", () => {
    assert.deepEqual(spec.volumes[1], {
      name: "trusted-ca",
      secret: { secretName: "postgresql-tls", defaultMode: 0o444, items: [{ key: "ca.crt", path: "ca.crt" }] },
    });
  });

  it("finds it where its variable points, and cannot write there", () => {
    const mounts = container["volumeMounts"] as readonly unknown[];
    assert.deepEqual(mounts[1], { name: "trusted-ca", mountPath: "/etc/trusted-ca", readOnly: true });
    assert.deepEqual(container["env"], [{ name: "NODE_EXTRA_CA_CERTS", value: "/etc/trusted-ca/ca.crt" }]);
  });

  it("differs in nothing else from a pod that trusts none", () => {
    const without = podSpec();
    const ours = { ...container, env: [], volumeMounts: [] };
    assert.deepEqual(ours, { ...without.containers[0], env: [], volumeMounts: [] });
    assert.equal("env" in (without.containers[0] ?? {}), false);
    assert.equal(without.volumes.length, 1);
  });
});
