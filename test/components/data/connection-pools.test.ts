import assert from "node:assert/strict";

import fc from "fast-check";

import {
  connectionsNeeded,
  POOLER_SURGE,
  type PoolDemand,
  poolSizes,
  serviceClients,
} from "../../../components/data/connection-pools";

/** Spec 004: two colours, each at 10 pods and one more while it is rolled, with 10 connections a pod. */
const specified: PoolDemand = { clients: serviceClients(2, 10, 10), instances: 2, clientsPerConnection: 8 };

const demands = fc.record({
  clients: fc.integer({ min: 0, max: 20_000 }),
  instances: fc.integer({ min: 2, max: 10 }),
  clientsPerConnection: fc.integer({ min: 1, max: 50 }),
});

describe("the poolers' sizes", () => {
  it("are these for the services of spec 004", () => {
    assert.equal(specified.clients, 220);
    assert.deepEqual(poolSizes(specified), { connections: 14, clients: 240 });
    assert.equal(connectionsNeeded(specified), 198);
  });

  it("never let all poolers together open more connections than were reckoned with, whatever pods there are", () => {
    const pooler = fc.record({
      pods: fc.integer({ min: 0, max: 10 }),
      perDatabase: fc.integer({ min: 0, max: 100_000 }),
    });
    fc.assert(
      fc.property(demands, pooler, pooler, (demand, write, read) => {
        const { connections } = poolSizes(demand);
        // PgBouncer: at most max_db_connections to a database, here to two of them; Kubernetes: at most the surge above `instances`.
        const opened = [write, read].map(
          ({ pods, perDatabase }) =>
            Math.min(pods, demand.instances + POOLER_SURGE) * 2 * Math.min(perDatabase, connections),
        );
        assert.ok(opened.reduce((sum, one) => sum + one, 0) < connectionsNeeded(demand));
      }),
    );
  });

  it("take every client through the last pod of a pooler", () => {
    fc.assert(
      fc.property(demands, (demand) => {
        assert.ok(poolSizes(demand).clients >= demand.clients);
      }),
    );
  });

  it("share a connection among as many clients as was said, and no more", () => {
    fc.assert(
      fc.property(demands, (demand) => {
        const { connections } = poolSizes(demand);
        assert.ok(connections * demand.instances * demand.clientsPerConnection >= demand.clients);
      }),
    );
  });

  it("grow with the services and never shrink with them", () => {
    fc.assert(
      fc.property(demands, fc.integer({ min: 0, max: 1000 }), (demand, more) => {
        const grown = { ...demand, clients: demand.clients + more };
        assert.ok(connectionsNeeded(grown) >= connectionsNeeded(demand));
      }),
    );
  });
});
