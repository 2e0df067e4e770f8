import assert from "node:assert/strict";

import fc from "fast-check";
import { parse } from "yaml";

import { type Machine, NetworkEvaluator, type NetworkPod, type Party, type Protocol } from "./network-evaluator";

const namespaces = {
  default: {},
  mine: { project: "myproject" },
  frontend: { namespace: "frontend" },
  backend: { namespace: "backend" },
};

let lastAddress = 0;
const pod = (namespace: string, labels: Record<string, string> = {}, more: Partial<NetworkPod> = {}): NetworkPod => ({
  name: `${namespace}/${Object.values(labels).join(",")}`,
  namespace,
  labels,
  address: `10.244.0.${(lastAddress += 1)}`,
  ports: [],
  ...more,
});
const machine = (address: string): Machine => ({ name: address, address });

const db = pod("default", { role: "db" }, { ports: [{ name: "pg", port: 5432, protocol: "TCP" }] });
const frontend = pod("default", { role: "frontend" });
const stranger = pod("default", { role: "stranger" });
const client = pod("mine", { role: "client" });
const elsewhere = pod("frontend", { role: "client" });

const spec = (text: string, namespace = "default", name = "policy") => ({
  metadata: { name, namespace },
  spec: parse(text) as object,
});

type Case = readonly [from: Party, to: Party, port: number, passes: boolean, protocol?: Protocol];

/** The cases of the page "Network Policies" of the Kubernetes documentation, and what its text says of each. */
const documented: readonly (readonly [what: string, policy: object, cases: readonly Case[]])[] = [
  [
    "the example test-network-policy",
    spec(`
      podSelector: { matchLabels: { role: db } }
      policyTypes: [Ingress, Egress]
      ingress:
        - from:
            - ipBlock: { cidr: 172.17.0.0/16, except: [172.17.1.0/24] }
            - namespaceSelector: { matchLabels: { project: myproject } }
            - podSelector: { matchLabels: { role: frontend } }
          ports: [{ protocol: TCP, port: 6379 }]
      egress:
        - to: [{ ipBlock: { cidr: 10.0.0.0/24 } }]
          ports: [{ protocol: TCP, port: 5978 }]`),
    [
      [machine("172.17.0.0"), db, 6379, true],
      [machine("172.17.0.255"), db, 6379, true],
      [machine("172.17.1.0"), db, 6379, false],
      [machine("172.17.1.255"), db, 6379, false],
      [machine("172.17.2.0"), db, 6379, true],
      [machine("172.17.255.255"), db, 6379, true],
      [machine("172.18.0.0"), db, 6379, false],
      [client, db, 6379, true],
      [frontend, db, 6379, true],
      [frontend, db, 6380, false],
      [frontend, db, 6379, false, "UDP"],
      [stranger, db, 6379, false],
      [elsewhere, db, 6379, false],
      [db, machine("10.0.0.255"), 5978, true],
      [db, machine("10.0.1.0"), 5978, false],
      [db, machine("10.0.0.1"), 5979, false],
      // Pods that it does not select are not isolated.
      [stranger, frontend, 6379, true],
      [stranger, machine("10.0.1.0"), 80, true],
    ],
  ],
  [
    "one peer with both selectors: and",
    spec(`
      podSelector: {}
      ingress:
        - from:
            - namespaceSelector: { matchLabels: { project: myproject } }
              podSelector: { matchLabels: { role: client } }`),
    [
      [client, db, 80, true],
      [pod("mine", { role: "other" }), db, 80, false],
      [elsewhere, db, 80, false],
      [pod("default", { role: "client" }), db, 80, false],
    ],
  ],
  [
    "two peers with a selector each: or",
    spec(`
      podSelector: {}
      ingress:
        - from:
            - namespaceSelector: { matchLabels: { project: myproject } }
            - podSelector: { matchLabels: { role: client } }`),
    [
      [pod("mine", { role: "other" }), db, 80, true],
      [pod("default", { role: "client" }), db, 80, true],
      [elsewhere, db, 80, false],
    ],
  ],
  [
    "default deny all ingress traffic",
    spec("{ podSelector: {}, policyTypes: [Ingress] }"),
    [
      [frontend, db, 80, false],
      [machine("203.0.113.1"), db, 80, false],
      [db, client, 80, true],
      [db, db, 80, true],
    ],
  ],
  [
    "allow all ingress traffic",
    spec("{ podSelector: {}, ingress: [{}], policyTypes: [Ingress] }"),
    [
      [frontend, db, 80, true],
      [client, db, 53, true, "UDP"],
      [machine("203.0.113.1"), db, 80, true],
    ],
  ],
  [
    "default deny all egress traffic",
    spec("{ podSelector: {}, policyTypes: [Egress] }"),
    [
      [db, frontend, 80, false],
      [db, machine("203.0.113.1"), 80, false],
      [client, db, 80, true],
    ],
  ],
  [
    "allow all egress traffic",
    spec("{ podSelector: {}, egress: [{}], policyTypes: [Egress] }"),
    [
      [db, frontend, 80, true],
      [db, machine("203.0.113.1"), 80, true],
    ],
  ],
  [
    "default deny all ingress and all egress traffic",
    spec("{ podSelector: {}, policyTypes: [Ingress, Egress] }"),
    [
      [db, frontend, 80, false],
      [client, db, 80, false],
      [db, client, 80, false],
      [client, elsewhere, 80, true],
    ],
  ],
  [
    "targeting a range of ports",
    spec(`
      podSelector: { matchLabels: { role: db } }
      policyTypes: [Egress]
      egress:
        - to: [{ ipBlock: { cidr: 10.0.0.0/24 } }]
          ports: [{ protocol: TCP, port: 32000, endPort: 32768 }]`),
    [
      [db, machine("10.0.0.1"), 31_999, false],
      [db, machine("10.0.0.1"), 32_000, true],
      [db, machine("10.0.0.1"), 32_768, true],
      [db, machine("10.0.0.1"), 32_769, false],
    ],
  ],
  [
    "targeting multiple namespaces by label",
    spec(`
      podSelector: { matchLabels: { role: db } }
      policyTypes: [Egress]
      egress:
        - to:
            - namespaceSelector:
                matchExpressions: [{ key: namespace, operator: In, values: [frontend, backend] }]`),
    [
      [db, elsewhere, 80, true],
      [db, pod("backend"), 80, true],
      [db, client, 80, false],
      [db, frontend, 80, false],
    ],
  ],
  [
    "targeting a namespace by its name",
    spec(`
      podSelector: {}
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: mine } } }] }]`),
    [
      [client, db, 80, true],
      [elsewhere, db, 80, false],
    ],
  ],
  [
    "policyTypes left out, without egress: ingress alone",
    spec("{ podSelector: {}, egress: [] }"),
    [
      [frontend, db, 80, false],
      [db, client, 80, true],
    ],
  ],
  [
    "policyTypes left out, with egress: both",
    spec("{ podSelector: {}, egress: [{ to: [{ podSelector: { matchLabels: { role: db } } }] }] }"),
    [
      [frontend, client, 80, false],
      [client, db, 80, false],
    ],
  ],
  [
    "policyTypes that name one direction: rules of the other have no effect",
    spec("{ podSelector: {}, policyTypes: [Egress], ingress: [], egress: [{}] }"),
    [
      [frontend, db, 80, true],
      [client, db, 80, true],
    ],
  ],
  [
    "an empty peer selector: every pod of the namespace, an empty namespaceSelector: every pod of the cluster",
    spec(
      "{ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }], egress: [{ to: [{ namespaceSelector: {} }] }] }",
    ),
    [
      [frontend, db, 80, true],
      [client, db, 80, false],
      [db, client, 80, true],
      [db, machine("203.0.113.1"), 80, false],
    ],
  ],
  [
    "empty lists of peers and of ports: all of them",
    spec("{ podSelector: {}, ingress: [{ from: [], ports: [] }] }"),
    [
      [client, db, 80, true],
      [machine("203.0.113.1"), db, 53, true, "SCTP"],
    ],
  ],
  [
    "a port by its name: that of the pod that is called",
    spec("{ podSelector: {}, ingress: [{ ports: [{ port: pg }] }], egress: [{ ports: [{ port: pg }] }] }"),
    [
      [frontend, db, 5432, true],
      [frontend, db, 5433, false],
      [frontend, db, 5432, false, "UDP"],
      [db, frontend, 5432, false],
      [frontend, machine("203.0.113.1"), 5432, false],
    ],
  ],
  [
    "a protocol without a port: all of its ports",
    spec("{ podSelector: {}, ingress: [{ ports: [{ protocol: UDP }] }] }"),
    [
      [frontend, db, 1, true, "UDP"],
      [frontend, db, 1, false],
    ],
  ],
  [
    "the other operators of expressions",
    spec(`
      podSelector: { matchExpressions: [{ key: role, operator: NotIn, values: [stranger] }] }
      ingress:
        - from:
            - podSelector: { matchExpressions: [{ key: role, operator: DoesNotExist }] }
            - podSelector: { matchExpressions: [{ key: team, operator: Exists }] }`),
    [
      [pod("default"), db, 80, true],
      [pod("default", { role: "any", team: "" }), db, 80, true],
      [frontend, db, 80, false],
      [frontend, pod("default"), 80, false],
      [frontend, stranger, 80, true],
    ],
  ],
  [
    "an ipBlock that holds pods' addresses: the reading that lets more through",
    spec("{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.244.0.0/16 } }] }] }"),
    [
      [client, db, 80, true],
      [machine("10.245.0.1"), db, 80, false],
    ],
  ],
  [
    "IPv6, which an IPv4 block never holds",
    spec(
      '{ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: 0.0.0.0/0 } }, { ipBlock: { cidr: "2001:db8::/32" } }] }] }',
    ),
    [
      [db, machine("2001:db8::1"), 80, true],
      [db, machine("2001:db9::1"), 80, false],
    ],
  ],
];

describe("the evaluator of network policies", () => {
  for (const [what, policy, cases] of documented) {
    it(`knows ${what}`, () => {
      const evaluator = new NetworkEvaluator([policy], namespaces);
      for (const [from, to, port, passes, protocol = "TCP"] of cases) {
        assert.equal(
          evaluator.allows(from, to, port, protocol),
          passes,
          `${from.name} -> ${to.name} ${port}/${protocol}`,
        );
      }
    });
  }

  it("adds policies up, whatever their order", () => {
    const first = spec("{ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] }");
    const second = spec("{ podSelector: {}, ingress: [{ ports: [{ port: 81 }] }] }");
    for (const policies of [
      [first, second],
      [second, first],
    ]) {
      const evaluator = new NetworkEvaluator(policies, namespaces);
      assert.deepEqual(
        [80, 81, 82].map((port) => evaluator.allows(frontend, db, port, "TCP")),
        [true, true, false],
      );
    }
  });

  it("refuses what an API server would refuse, and fields that it does not know", () => {
    const refused = [
      "{ podSelector: {}, ingress: [{ from: [{}] }] }",
      "{ podSelector: {}, ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: 10.0.0.0/8 } }] }] }",
      "{ podSelector: {}, ingress: [{ ports: [{ endPort: 80 }] }] }",
      "{ podSelector: {}, ingress: [{ ports: [{ port: http, endPort: 80 }] }] }",
      "{ podSelector: {}, ingress: [{ ports: [{ port: 81, endPort: 80 }] }] }",
      "{ podSelector: {}, ingress: [{ sources: [] }] }",
      "{ podSelector: {}, policyTypes: [Both] }",
      "{}",
    ];
    for (const text of refused) assert.throws(() => new NetworkEvaluator([spec(text)], namespaces), text);
  });

  it("does not guess the labels of a namespace that nobody named", () => {
    const evaluator = new NetworkEvaluator(
      [spec("{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] }")],
      {
        default: {},
      },
    );
    assert.throws(() => evaluator.allows(client, db, 80, "TCP"), /labels the namespace mine has/);
  });
});

const label = fc.constantFrom("a", "b", "c");
const someLabels = fc.dictionary(fc.constantFrom("x", "y"), label, { maxKeys: 2, noNullPrototype: true });
const someNamespace = fc.constantFrom(...Object.keys(namespaces));
const somePod = fc.record({
  name: fc.constant("pod"),
  namespace: someNamespace,
  labels: someLabels,
  address: fc.integer({ min: 1, max: 250 }).map((last) => `10.1.0.${last}`),
  ports: fc.constant([{ name: "http", port: 80, protocol: "TCP" as const }]),
});
const somePort = fc.record({
  number: fc.integer({ min: 79, max: 82 }),
  protocol: fc.constantFrom("TCP" as const, "UDP" as const),
});
const someSelector = someLabels.map((matchLabels) => ({ matchLabels }));
const somePeer = fc.oneof(
  fc.record({ podSelector: someSelector }),
  fc.record({ podSelector: someSelector, namespaceSelector: someLabels.map((matchLabels) => ({ matchLabels })) }),
  fc.integer({ min: 24, max: 32 }).map((bits) => ({ ipBlock: { cidr: `10.1.0.0/${bits}` } })),
);
const portRules = fc.array(fc.record({ port: fc.oneof(fc.integer({ min: 79, max: 82 }), fc.constant("http")) }), {
  maxLength: 2,
});
const someRules = (key: "from" | "to") =>
  fc.array(fc.record({ [key]: fc.array(somePeer, { maxLength: 2 }), ports: portRules }), { maxLength: 2 });
const somePolicy = fc.record({
  metadata: fc.record({ name: fc.constant("policy"), namespace: someNamespace }),
  spec: fc.record({
    podSelector: someSelector,
    policyTypes: fc.subarray(["Ingress", "Egress"], { minLength: 1 }),
    ingress: someRules("from"),
    egress: someRules("to"),
  }),
});
const somePolicies = fc.array(somePolicy, { maxLength: 5 });

const passes = (policies: readonly unknown[], from: Party, to: Party, port: { number: number; protocol: Protocol }) =>
  new NetworkEvaluator(policies, namespaces).allows(from, to, port.number, port.protocol);

describe("network policies, whatever they are,", () => {
  it("leave everything open where none selects an end", () => {
    fc.assert(
      fc.property(somePolicies, somePod, somePod, somePort, (policies, from, to, port) => {
        const evaluator = new NetworkEvaluator(policies, namespaces);
        fc.pre(evaluator.selecting(from) === 0 && evaluator.selecting(to) === 0);
        assert.ok(passes(policies, from, to, port));
      }),
    );
  });

  it("never open anything by one more policy that has no rules", () => {
    fc.assert(
      fc.property(
        somePolicies,
        somePolicy,
        somePod,
        somePod,
        somePort,
        (policies, { metadata, spec: more }, from, to, port) => {
          const silent = { metadata, spec: { podSelector: more.podSelector, policyTypes: more.policyTypes } };
          if (!passes(policies, from, to, port)) assert.ok(!passes([...policies, silent], from, to, port));
        },
      ),
    );
  });

  it("never close anything by one more rule in a policy that is there", () => {
    fc.assert(
      fc.property(somePolicies, someRules("from"), somePod, somePod, somePort, (policies, rules, from, to, port) => {
        const wider = policies.map((policy) => ({
          ...policy,
          spec: { ...policy.spec, ingress: [...policy.spec.ingress, ...rules] },
        }));
        if (passes(policies, from, to, port)) assert.ok(passes(wider, from, to, port));
      }),
    );
  });

  it("never close anything by one more policy for a pod that is isolated already", () => {
    fc.assert(
      fc.property(somePolicies, somePolicy, somePod, somePod, somePort, (policies, more, from, to, port) => {
        const deny = Object.keys(namespaces).map((namespace) =>
          spec("{ podSelector: {}, policyTypes: [Ingress, Egress] }", namespace),
        );
        if (passes([...policies, ...deny], from, to, port))
          assert.ok(passes([...policies, ...deny, more], from, to, port));
      }),
    );
  });

  it("let nothing pass between isolated pods but by a rule", () => {
    fc.assert(
      fc.property(somePod, somePod, somePort, (from, to, port) => {
        assert.ok(!passes([spec("{ podSelector: {}, policyTypes: [Ingress] }", to.namespace)], from, to, port));
        assert.ok(!passes([spec("{ podSelector: {}, policyTypes: [Egress] }", from.namespace)], from, to, port));
      }),
    );
  });

  it("do not depend on their order", () => {
    fc.assert(
      fc.property(somePolicies, somePod, somePod, somePort, (policies, from, to, port) => {
        assert.equal(passes([...policies].reverse(), from, to, port), passes(policies, from, to, port));
      }),
    );
  });
});
