import assert from "node:assert/strict";

import { ValidationError } from "../../components/core/errors";
import { parseConfig } from "../../infra/config/parse";
import { configOf, find, renderStack } from "../support/resources";

function faults(storageClass: object): readonly string[] {
  const values = { ...configOf("staging"), storage: { class: storageClass } };
  try {
    parseConfig({ stack: "staging", values, encrypted: new Set() });
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

describe("the storage class", () => {
  it("is the cluster's business, unless the stack is told to make it", async () => {
    const { resources } = await renderStack("production");
    assert.ok(!resources.some(({ type }) => type.endsWith(":StorageClass")));
  });

  it("makes volumes where their pods are, that can grow, and that outlive their claims", async () => {
    const parameters = { type: "gp3", encrypted: "true" };
    const stack = await renderStack("production", (config) => {
      config["storage"] = { class: { create: true, provisioner: "ebs.csi.aws.com", parameters } };
    });
    const { metadata, ...rest } = find(stack, "StorageClass", "fast-ssd").inputs;
    assert.ok(metadata);
    assert.deepEqual(rest, {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      provisioner: "ebs.csi.aws.com",
      parameters,
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
      reclaimPolicy: "Retain",
    });
  });

  it("is made in the local stack, by the driver that kind has", async () => {
    assert.equal(
      find(await renderStack("local"), "StorageClass", "fast-ssd").inputs["provisioner"],
      "rancher.io/local-path",
    );
  });

  it("is refused without a driver", () => {
    assert.deepEqual(faults({ create: true }), [
      "storage.class.provisioner is missing; allowed: the name of a CSI driver where storage.class.create is true",
      "pulumi config set --path 'storage.class.provisioner' 'ebs.csi.aws.com' --stack staging",
    ]);
  });

  it("is encrypted once the remedy of the next two is followed, which sets no text", () => {
    assert.deepEqual(faults({ create: true, provisioner: "ebs.csi.aws.com", parameters: { encrypted: true } }), []);
  });

  for (const provisioner of ["ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com"]) {
    it(`is refused without encryption on ${provisioner}`, () => {
      assert.deepEqual(faults({ create: true, provisioner, parameters: { encrypted: "false" } }), [
        'storage.class.parameters.encrypted is "false"; allowed: "true": volumes of this driver are not encrypted otherwise',
        "pulumi config set --path 'storage.class.parameters.encrypted' 'true' --stack staging",
      ]);
    });
  }
});
