import assert from "node:assert/strict";

import fc from "fast-check";

import {
  bytes,
  days,
  formatBytes,
  formatCpu,
  isCpu,
  millicores,
  milliseconds,
  seconds,
} from "../../../components/core/units";

describe("units", () => {
  it("read CPU in cores and thousandths", () => {
    assert.deepEqual((["100m", "2", "0.5", "1.25"] as const).map(millicores), [100, 2000, 500, 1250]);
  });

  it("read memory in powers of 1024", () => {
    assert.deepEqual((["1Ki", "256Mi", "2Gi", "1Ti"] as const).map(bytes), [2 ** 10, 2 ** 28, 2 ** 31, 2 ** 40]);
  });

  it("read durations in every unit, singular and plural", () => {
    assert.deepEqual(
      (["250 ms", "30 s", "1 second", "2 minutes", "1 hour", "90 days"] as const).map(milliseconds),
      [250, 30_000, 1000, 120_000, 3_600_000, 7_776_000_000],
    );
  });

  it("round seconds up and days down", () => {
    assert.deepEqual([seconds("1500 ms"), days("47 hours")], [2, 1]);
  });

  it("give quantities back in the form that the API server uses", () => {
    assert.deepEqual(
      [formatCpu(6000), formatCpu(2640), formatBytes(2 ** 31), formatBytes(300 * 2 ** 20)],
      ["6", "2640m", "2Gi", "300Mi"],
    );
  });

  it("keep every amount of CPU through formatting and reading", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (amount) => millicores(formatCpu(amount)) === amount),
    );
  });

  it("keep every whole mebibyte through formatting and reading", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        (amount) => bytes(formatBytes(amount * 2 ** 20)) === amount * 2 ** 20,
      ),
    );
  });

  it("refuse text that only looks like an amount", () => {
    assert.deepEqual(["0", "0m", "1.5m", "-1", "1 m", "", "1e3"].filter(isCpu), []);
    assert.throws(() => bytes("12MB" as never), { message: "12MB is no amount of memory, such as 512Mi or 2Gi" });
    assert.throws(() => milliseconds("30s" as never), { message: "30s is no duration, such as 30 s or 90 days" });
    assert.throws(() => millicores("lots" as never), { message: "lots is no amount of CPU, such as 100m or 2" });
  });
});
