import assert from "node:assert/strict";

import fc from "fast-check";

import { type Bytes, bytes } from "../../../components/core/units";
import {
  AUTOVACUUM_WORKERS,
  LEAST_WORK_MEM,
  leastMemoryLimit,
  memoryPlan,
  postgresParameters,
  type ServerSize,
} from "../../../components/data/postgres-parameters";

/** Spec 004's server with the defaults of the rest. */
const specified: ServerSize = { memory: { request: "1Gi", limit: "2Gi" }, walVolume: "20Gi", maxConnections: 200 };

const MIB = 2 ** 20;

const sizes = fc
  .record({
    request: fc.integer({ min: 256, max: 262_144 }),
    extra: fc.integer({ min: 0, max: 262_144 }),
    wal: fc.integer({ min: 2048, max: 1_048_576 }),
    maxConnections: fc.integer({ min: 50, max: 2000 }),
  })
  .map(({ request, extra, wal, maxConnections }): ServerSize => ({
    memory: { request: `${request}Mi`, limit: `${request + extra}Mi` },
    walVolume: `${wal}Mi`,
    maxConnections,
  }));

const mebibytes = (amount: Bytes) => bytes(amount) / MIB;

/** What `MB` in a parameter means to PostgreSQL. */
const parameter = (parameters: Readonly<Record<string, string>>, name: string) =>
  Number(/^(\d+)MB$/.exec(parameters[name] ?? "")?.[1]);

describe("PostgreSQL's parameters", () => {
  it("are these for the server of spec 004", () => {
    const parameters = postgresParameters(specified, "apache-2");
    const shown = ["shared_buffers", "effective_cache_size", "maintenance_work_mem", "work_mem", "max_connections"];
    assert.deepEqual(
      shown.map((name) => parameters[name]),
      ["256MB", "768MB", "64MB", "4MB", "200"],
    );
    const wal = ["min_wal_size", "max_wal_size", "wal_keep_size", "max_slot_wal_keep_size"];
    assert.deepEqual(
      wal.map((name) => parameters[name]),
      ["1280MB", "5120MB", "2048MB", "8192MB"],
    );
  });

  it("fit the memory limit with every connection sorting and every autovacuum worker at work", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { sharedBuffers, maintenanceWorkMem, workMem } = memoryPlan(size);
        fc.pre(workMem >= LEAST_WORK_MEM);
        const busy = sharedBuffers + AUTOVACUUM_WORKERS * maintenanceWorkMem + size.maxConnections * (4 + workMem);
        assert.ok(busy <= mebibytes(size.memory.limit), `${busy} MiB`);
      }),
    );
  });

  it("take the buffers from the request alone, which CloudNativePG insists on", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { sharedBuffers, effectiveCacheSize } = memoryPlan(size);
        assert.ok(sharedBuffers <= mebibytes(size.memory.request));
        assert.ok(effectiveCacheSize <= mebibytes(size.memory.request));
      }),
    );
  });

  it("say how much memory the connections need, to the mebibyte", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const least = leastMemoryLimit(size);
        const at = (limit: number) => memoryPlan({ ...size, memory: { ...size.memory, limit: `${limit}Mi` } }).workMem;
        assert.ok(at(least) >= LEAST_WORK_MEM);
        assert.ok(at(least - 1) < LEAST_WORK_MEM);
      }),
    );
  });

  it("leave a quarter of the volume of the log free, whatever its size", () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const parameters = postgresParameters(size, "apache-2");
        const kept = ["max_wal_size", "wal_keep_size", "max_slot_wal_keep_size"].map((name) =>
          parameter(parameters, name),
        );
        const volume = mebibytes(size.walVolume);
        assert.ok(kept.reduce((sum, one) => sum + one, 0) <= volume * 0.75);
        // CloudNativePG's webhook: min_wal_size < max_wal_size < the volume.
        assert.ok(parameter(parameters, "min_wal_size") < parameter(parameters, "max_wal_size"));
        assert.ok(parameter(parameters, "max_wal_size") < volume);
      }),
    );
  });

  it("state the licence that the edition has, and report to nobody", () => {
    assert.equal(postgresParameters(specified, "apache-2")["timescaledb.license"], "apache");
    assert.equal(postgresParameters(specified, "community")["timescaledb.license"], "timescale");
    assert.equal(postgresParameters(specified, "apache-2")["timescaledb.telemetry_level"], "off");
  });
});
