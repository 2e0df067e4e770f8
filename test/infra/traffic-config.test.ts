import assert from "node:assert/strict";

import { messageOf, set } from "../support/config-messages";
import { at, type ConfigValues, find, renderStack } from "../support/resources";

type Changes = Readonly<Record<string, unknown>>;

const apply = (changes: Changes) => (config: ConfigValues) => {
  for (const [path, value] of Object.entries(changes)) set(config, path, value);
};

const web = "services/monitoring-web-service";

/** One fault each: what is set, and the two lines that come of it. */
const faults: readonly (readonly [what: string, changes: Changes, lines: readonly [string, string]])[] = [
  [
    "a proxy that gives up before the service does",
    { "traffic/limits/readTimeout": "30 s" },
    [
      `traffic.limits.readTimeout is "30 s"; allowed: more than the service's longest request, which is 30 s, and at most 3600 s`,
      "pulumi config set --path 'traffic.limits.readTimeout' '35 s' --stack staging",
    ],
  ],
  [
    "a proxy that waits for ever",
    { "traffic/limits/readTimeout": "2 hours" },
    [
      `traffic.limits.readTimeout is "2 hours"; allowed: more than the service's longest request, which is 30 s, and at most 3600 s`,
      "pulumi config set --path 'traffic.limits.readTimeout' '35 s' --stack staging",
    ],
  ],
  [
    "a service that takes longer than the proxy was told to wait",
    {
      "traffic/limits/readTimeout": "40 s",
      [`${web}/shutdown/longestRequest`]: "60 s",
      [`${web}/shutdown/gracePeriod`]: "90 s",
    },
    [
      `traffic.limits.readTimeout is "40 s"; allowed: more than the service's longest request, which is 60 s, and at most 3600 s`,
      "pulumi config set --path 'traffic.limits.readTimeout' '65 s' --stack staging",
    ],
  ],
  [
    "a connection without any time",
    { "traffic/limits/connectTimeout": "0 s" },
    [
      'traffic.limits.connectTimeout is "0 s"; allowed: from 1 s to 75 s',
      "pulumi config set --path 'traffic.limits.connectTimeout' '5 s' --stack staging",
    ],
  ],
  [
    "a connection that leaves no time for a second pod",
    { "traffic/limits/connectTimeout": "20 s" },
    [
      'traffic.limits.connectTimeout is "20 s"; allowed: at most half of the read timeout, which is 35 s: a second pod must get its chance',
      "pulumi config set --path 'traffic.limits.connectTimeout' '5 s' --stack staging",
    ],
  ],
  [
    "a request that may be sent for hours",
    { "traffic/limits/sendTimeout": "2 hours" },
    [
      'traffic.limits.sendTimeout is "2 hours"; allowed: from 1 s to 3600 s',
      "pulumi config set --path 'traffic.limits.sendTimeout' '15 s' --stack staging",
    ],
  ],
  [
    "bodies that fill a pod's memory",
    { "traffic/limits/requestBody": "100Mi" },
    [
      'traffic.limits.requestBody is "100Mi"; allowed: at most 32Mi: 16 of them have to fit a pod, which has 512Mi',
      "pulumi config set --path 'traffic.limits.requestBody' '1Mi' --stack staging",
    ],
  ],
  [
    "headers of a size that nothing needs",
    { "traffic/limits/responseHeaders": "1Mi" },
    [
      'traffic.limits.responseHeaders is "1Mi"; allowed: from 1Ki to 64Ki',
      "pulumi config set --path 'traffic.limits.responseHeaders' '8Ki' --stack staging",
    ],
  ],
  [
    "Gateways without limits where anyone can reach them",
    { "traffic/kind": "gateway", "traffic/gateway/extensions": "none" },
    [
      'traffic.gateway.extensions is "none"; allowed: nginx in staging: nothing else limits requests or keeps strangers from the preview',
      "pulumi config set --path 'traffic.gateway.extensions' 'nginx' --stack staging",
    ],
  ],
  [
    "a list of networks that nothing would keep to",
    { environment: "local", "traffic/kind": "gateway", "traffic/gateway/extensions": "none" },
    [
      'traffic.gateway.extensions is "none"; allowed: nginx where traffic.previewAllowedCidrs is set: nothing else keeps others out',
      "pulumi config set --path 'traffic.gateway.extensions' 'nginx' --stack staging",
    ],
  ],
  [
    "a proxy that is away whenever its node is drained",
    { "traffic/kind": "gateway", "traffic/gateway/replicas": 1 },
    [
      "traffic.gateway.replicas is 1; allowed: at least 2 in staging",
      "pulumi config set --path 'traffic.gateway.replicas' '2' --stack staging",
    ],
  ],
  [
    "a namespace that is the gateway controller's",
    { "traffic/kind": "gateway", namespace: "nginx-gateway" },
    [
      'namespace is "nginx-gateway"; allowed: another namespace than traffic.gateway.controllerNamespace',
      "pulumi config set --path 'namespace' 'monitoring-web-service-prod' --stack staging",
    ],
  ],
  [
    "a service that is called like a proxy",
    {
      "traffic/kind": "gateway",
      "services/public-gateway": { image: `registry.example.com/x@sha256:${"0".repeat(64)}`, version: "1" },
    },
    [
      'services.public-gateway is "public-gateway"; allowed: a name that is not taken',
      "pulumi config set --path 'services.public-gateway' 'alert-service' --stack staging",
    ],
  ],
  [
    "a preview by Gateway API that everyone reaches",
    { "traffic/kind": "gateway", "traffic/previewAllowedCidrs": [] },
    [
      "traffic.previewAllowedCidrs[0] is missing; allowed: at least one network in staging: the preview must not be open to everyone",
      "pulumi config set --path 'traffic.previewAllowedCidrs[0]' '203.0.113.0/24' --stack staging",
    ],
  ],
  [
    "a burst that refuses clients that keep to their rate",
    { "traffic/rateLimit/burst": 100 },
    [
      "traffic.rateLimit.burst is 100; allowed: at least rateLimit.requestsPerSecond, which is 300",
      "pulumi config set --path 'traffic.rateLimit.burst' '600' --stack staging",
    ],
  ],
];

describe("the configuration of the traffic", () => {
  for (const [what, changes, lines] of faults) {
    it(`refuses ${what}`, () => {
      assert.deepEqual(messageOf(apply(changes)).split("\n"), [
        "Configuration of stack staging has 1 fault:",
        `  ${lines[0]}`,
        `    ${lines[1]}`,
      ]);
    });
  }

  it("minds the Gateways' settings only where they are used", async () => {
    await assert.doesNotReject(renderStack("staging", apply({ "traffic/gateway/replicas": 1 })));
  });

  it("lets the proxy's patience follow the service's, where nothing else is said", async () => {
    const patience = { [`${web}/shutdown/longestRequest`]: "60 s", [`${web}/shutdown/gracePeriod`]: "90 s" };
    const stack = await renderStack("staging", apply(patience));
    const annotation = ["metadata", "annotations", "nginx.org/proxy-read-timeout"] as const;
    assert.equal(at(find(stack, "Ingress", "monitoring-web-service"), ...annotation), "65s");
  });

  it("limits users and not the operators, who put the preview under load", async () => {
    const stack = await renderStack("staging");
    const annotation = ["metadata", "annotations", "nginx.org/limit-req-rate"] as const;
    assert.equal(at(find(stack, "Ingress", "monitoring-web-service"), ...annotation), "300r/s");
    assert.equal(at(find(stack, "Ingress", "monitoring-web-service-preview"), ...annotation), undefined);
  });
});
