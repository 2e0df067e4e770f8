import assert from "node:assert/strict";

import { type ConfigValues, differences, find, at, renderStack } from "../support/resources";
import { routers } from "../support/routers";
import { serviceOf } from "../support/routes";

interface Release {
  active: string;
  blue?: { image: string; version: string; replicas?: number };
  green?: { image: string; version: string; replicas?: number };
}

const green = { image: "registry.example.com/monitoring-web-service:1.1.0", version: "1.1.0" };

const addGreen = (release: Release) => (release.green = green);

for (const router of routers) {
  /** The stack local behind this router. */
  const render = (edit: (release: Release) => void = () => undefined) =>
    renderStack("local", (config) => {
      router.configure(config);
      edit(config["release"] as Release);
    });

  describe(`a release behind the router of kind ${router.kind}`, () => {
    it("with blue only has nothing of green, and no way to it", async () => {
      const stack = await render();
      assert.deepEqual(
        stack.resources.filter(({ urn, inputs }) => urn.includes("green") || JSON.stringify(inputs).includes("green")),
        [],
      );
      const routes = stack.resources.filter(({ name, custom }) => custom && name.startsWith("traffic-"));
      assert.deepEqual(routes.map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`).sort(), router.alone);
    });

    it("that adds green adds green and its preview, and touches nothing of blue", async () => {
      assert.deepEqual(differences(await render(), await render(addGreen)), {
        added: [
          "Colour monitoring-web-service-green",
          "Deployment monitoring-web-service-green",
          "HorizontalPodAutoscaler monitoring-web-service-green",
          "PodDisruptionBudget monitoring-web-service-green",
          "Service monitoring-web-service-green",
          ...router.idle.added,
        ].sort(),
        removed: [],
        changed: router.idle.changed,
      });
    });

    it("that changes the idle colour's image touches its Deployment alone", async () => {
      const after = await render((release) => {
        release.green = { image: "registry.example.com/monitoring-web-service:1.2.0", version: "1.2.0" };
      });
      assert.deepEqual(differences(await render(addGreen), after), {
        added: [],
        removed: [],
        changed: ["Deployment monitoring-web-service-green"],
      });
    });

    it("that flips touches the routes alone", async () => {
      const after = await render((release) => {
        addGreen(release);
        release.active = "green";
      });
      assert.deepEqual(differences(await render(addGreen), after), { added: [], removed: [], changed: router.flip });
      assert.equal(serviceOf(after, "metrics.monitoring.local"), "monitoring-web-service-green");
      assert.equal(serviceOf(after, "preview.metrics.monitoring.local"), "monitoring-web-service-blue");
    });

    it("that scales the idle colour to nothing keeps its objects and swaps the autoscaler for a number", async () => {
      const after = await render((release) => {
        release.green = { ...green, replicas: 0 };
      });
      assert.deepEqual(differences(await render(addGreen), after), {
        added: [],
        removed: ["HorizontalPodAutoscaler monitoring-web-service-green"],
        changed: ["Deployment monitoring-web-service-green"],
      });
      assert.equal(at(find(after, "Deployment", "monitoring-web-service-green"), "spec", "replicas"), 0);
    });
  });
}

describe("a release", () => {
  it("lets only the operators' networks into the preview", async () => {
    const stack = await renderStack("staging");
    const preview = find(stack, "Ingress", "monitoring-web-service-preview");
    assert.equal(at(preview, "metadata", "annotations", "nginx.org/policies"), "monitoring-web-service-preview");
    assert.deepEqual(at(find(stack, "Policy", "monitoring-web-service-preview"), "spec"), {
      ingressClassName: "nginx",
      accessControl: { allow: ["203.0.113.0/24"] },
    });
    const users = find(stack, "Ingress", "monitoring-web-service");
    assert.equal(at(users, "metadata", "annotations", "nginx.org/policies"), undefined);
  });

  it("tells its state in the outputs", async () => {
    const { cache, ...outputs } = (await renderStack("staging")).outputs;
    assert.deepEqual(cache.primary, { host: "redis", port: 6379 });
    assert.deepEqual(outputs, {
      environment: "staging",
      cluster: "staging",
      database: {
        name: "metrics_production",
        write: { host: "postgresql", port: 5432 },
        read: { host: "postgresql-read", port: 5432 },
      },
      namespace: "monitoring-web-service-staging",
      endpoints: {
        public: "https://metrics.staging.example.com",
        preview: "https://preview.metrics.staging.example.com",
      },
      release: {
        active: "blue",
        colours: {
          blue: {
            version: "1.1.0",
            image:
              "registry.example.com/monitoring-web-service:1.1.0@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
            digest: "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
            instance: "monitoring-web-service-blue",
          },
          green: {
            version: "1.0.0",
            image:
              "registry.example.com/monitoring-web-service:1.0.0@sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
            digest: "sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
            instance: "monitoring-web-service-green",
          },
        },
      },
      services: {},
    });
  });
});

describe("a service beside the released one", () => {
  const addFrontend = (config: ConfigValues) => {
    config["services"] = {
      "monitoring-web-service": {},
      frontend: {
        image: "registry.example.com/frontend:2.0.0",
        version: "2.0.0",
        port: 8080,
        egress: ["monitoring-web-service"],
      },
    };
  };

  it("gets the same objects without a colour, its own account and policy, and opens the way it takes", async () => {
    assert.deepEqual(differences(await renderStack("local"), await renderStack("local", addFrontend)), {
      added: [
        "Colour frontend",
        "ConfigMap frontend-config",
        "Deployment frontend",
        "HorizontalPodAutoscaler frontend",
        "NetworkPolicy network-policies-frontend",
        "PodDisruptionBudget frontend",
        "Service frontend",
        "ServiceAccount service-accounts-frontend",
        "WebService frontend",
      ],
      removed: [],
      // Its room in the quota, and the released service's permission to be called.
      changed: ["NetworkPolicy network-policies-monitoring-web-service", "ResourceQuota namespace-quota"],
    });
  });

  it("is not selected by the released service's Services or policies", async () => {
    const stack = await renderStack("local", addFrontend);
    const labels = at(find(stack, "Deployment", "frontend"), "spec", "template", "metadata", "labels");
    assert.deepEqual(labels, {
      "app.kubernetes.io/name": "frontend",
      "app.kubernetes.io/instance": "frontend",
      "app.kubernetes.io/component": "web-service",
      "app.kubernetes.io/part-of": "monitoring-web-service",
      "app.kubernetes.io/managed-by": "pulumi",
      "app.kubernetes.io/version": "2.0.0",
    });
  });
});
