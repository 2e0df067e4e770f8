import assert from "node:assert/strict";

import fc from "fast-check";

import { settingsConflicts } from "../../components/workload/rules";
import { releasedService } from "../../infra/config/service";
import { Drain, type Group, type Placement, protectedGroups, type Scenario } from "../support/drain";
import { encrypted, everything } from "../support/everything";
import { podsOf } from "../support/pods";
import { renderStack, stacks } from "../support/resources";

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Nodes in three zones. */
const nodes = (count: number) => upTo(count).map((index) => ({ name: `node-${index}`, zone: `zone-${index % 3}` }));

/** One pod on each node as far as there are pods and nodes. */
const spread = ({ replicas }: Group, count: number, ready = true): Placement =>
  upTo(Math.min(replicas, count)).map((node) => ({ node, ready }));

function explore(group: Group, count: number, more: Partial<Scenario> & { readonly placement?: Placement } = {}) {
  const { placement = spread(group, count), ...scenario } = more;
  const drain = new Drain({ nodes: nodes(count), groups: [group], order: upTo(count), uncordon: true, ...scenario });
  return drain.explore(drain.start([placement]));
}

/** A colour as spec 004 wants it. */
const colour: Group = {
  name: "a colour",
  replicas: 3,
  minAvailable: 2,
  exclusive: true,
  bound: false,
  unhealthy: "AlwaysAllow",
};

/*
 * Each exploration goes through every order in which evictions, placements and starts can happen. Groups of pods are explored one by
 * one: they have only the end of a node's drain in common, so a drain that is stuck is stuck for one of its groups alone.
 */
describe("a drain of every node in turn", () => {
  it("ends with 2 of 3 pods to be available on 3 nodes, where an evicted pod has nowhere to go", () => {
    const { states, stuck, fewest } = explore(colour, 3);
    assert.deepEqual(stuck, []);
    assert.deepEqual(fewest, [2]);
    assert.ok(states > 10, `only ${states} states`);
  });

  it("ends with volumes that bind pods to their zones", () => {
    assert.deepEqual(explore({ ...colour, bound: true }, 3).stuck, []);
    assert.deepEqual(explore({ ...colour, bound: true }, 6).stuck, []);
  });

  it("is stuck where all pods have to be available", () => {
    const { stuck, fewest } = explore({ ...colour, minAvailable: 3 }, 4);
    assert.equal(stuck.length, 1);
    assert.deepEqual(fewest, [3]);
  });

  it("is stuck where fewer nodes than minAvailable + 1 take a pod each, however many pods there are", () => {
    const many = { ...colour, replicas: 10, minAvailable: 3 };
    assert.notDeepEqual(explore(many, 3).stuck, []);
    assert.deepEqual(explore(many, 4).stuck, []);
  });

  it("is stuck where nodes stay closed until all are drained", () => {
    assert.notDeepEqual(explore(colour, 3, { order: [0, 1], uncordon: false }).stuck, []);
    assert.deepEqual(explore(colour, 4, { order: [0, 1], uncordon: false }).stuck, []);
    assert.notDeepEqual(explore(colour, 4, { order: [0, 1, 2], uncordon: false }).stuck, []);
  });

  it("is not held up by pods that never get ready, which is what AlwaysAllow is for", () => {
    const broken = { ...colour, starts: false };
    const placement = spread(broken, 3, false);
    assert.deepEqual(explore(broken, 3, { placement }).stuck, []);
    assert.notDeepEqual(explore({ ...broken, unhealthy: "IfHealthyBudget" }, 3, { placement }).stuck, []);
  });

  it("ends, and leaves minAvailable, for all settings that the rules let through, on more nodes than minAvailable", () => {
    const settings = fc
      .tuple(fc.integer({ min: 1, max: 8 }), fc.nat(7), fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }))
      .map(([minReplicas, minAvailable, replicas]) => ({
        ...releasedService.parse({ autoscaling: { minReplicas, maxReplicas: 10 }, minAvailable }),
        replicas,
      }));
    const place = fc.tuple(settings, fc.integer({ min: 3, max: 5 })).chain(([service, count]) =>
      fc.record({
        service: fc.constant(service),
        count: fc.constant(count),
        order: fc.shuffledSubarray([...upTo(count)], { minLength: count }),
        where: fc.shuffledSubarray([...upTo(count)]),
        ready: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
      }),
    );
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(place, ({ service, count, order, where, ready }) => {
        const { minAvailable, autoscaling } = service;
        const replicas = service.replicas ?? autoscaling.minReplicas;
        const isRefused = settingsConflicts(service).length > 0;
        assert.equal(isRefused, minAvailable >= replicas);
        if (isRefused) {
          refused += 1;
          return;
        }
        fc.pre(count > minAvailable);
        const group = { ...colour, replicas, minAvailable };
        const placement = where.slice(0, replicas).map((node, index) => ({ node, ready: ready[index] === true }));
        const healthy = placement.filter((pod) => pod.ready).length;
        const { stuck, fewest } = explore(group, count, { order, placement });
        assert.deepEqual(stuck, []);
        assert.ok((fewest[0] ?? 0) >= Math.min(healthy, minAvailable));
        accepted += 1;
      }),
      { numRuns: 100 },
    );
    assert.ok(accepted > 10 && refused > 10, `${accepted} accepted, ${refused} refused`);
  }).timeout(60_000);

  for (const stack of stacks) {
    it(`ends for everything that has a budget in the stack ${stack}, on 3 nodes and more`, async () => {
      const rendered = await renderStack(stack, everything, encrypted);
      const groups = protectedGroups(rendered);
      const names = groups.map(({ name }) => name);
      for (const name of ["blue", "green"]) assert.ok(names.includes(`Deployment monitoring-web-service-${name}`));
      for (const group of groups) {
        for (const count of [3, 4, 5]) {
          for (const ready of [true, false]) {
            const { stuck } = explore(group, count, { placement: spread(group, count, ready) });
            assert.deepEqual(stuck, [], `${group.name} on ${count} nodes`);
          }
        }
      }
    });
  }
});

describe("a workload of more than one pod", () => {
  for (const stack of stacks) {
    it(`has a disruption budget in the stack ${stack}`, async () => {
      const rendered = await renderStack(stack, everything, encrypted);
      const names = protectedGroups(rendered).map(({ name }) => name);
      const workloads = rendered.resources.flatMap((resource) =>
        /:(Deployment|StatefulSet)$/.test(resource.type) ? podsOf(resource) : [],
      );
      assert.deepEqual(
        workloads.filter(({ owner, replicas }) => replicas !== 1 && !names.includes(owner)).map(({ owner }) => owner),
        [],
      );
    });
  }
});
